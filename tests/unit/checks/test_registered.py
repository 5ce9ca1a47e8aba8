"""The library of checks."""

from __future__ import annotations

import mltrace.checks
from mltrace.checks.check import Check
from mltrace.checks.registered import library


def test_every_exported_check_is_in_the_library_under_its_name() -> None:
    exported = {name for name in mltrace.checks.__all__ if name != "Check"}
    assert exported == set(mltrace.checks.BUILT_IN) == set(library.keys())
    for name in exported:
        check = getattr(mltrace.checks, name)
        assert check is library.get(name)
        assert check.__name__ == name
        assert issubclass(check, Check)
