"""Checks of components that stand in a file; one that is broken is said once and left out."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from mltrace import config
from mltrace.capture.guard import harmless
from mltrace.importing import late

if TYPE_CHECKING:
    from pathlib import Path

    from mltrace.checks.check import Check
    from mltrace.checks.check_file import CheckFile, FiledCheck
    from mltrace.records import CheckWhen


@harmless(default=())
def filed_checks(component: str) -> tuple[tuple[CheckWhen, Check], ...]:
    """List the checks that the file of checks in force here has of a component, by boundary.

    The file is read once in a process, and not at all where the settings say so.
    """
    path = config.nearest_file(config.CHECK_FILE)
    if path is None or not config.load_settings().reads_check_file:
        return ()
    file = _read(path)
    if file is None:
        return ()
    found = ((one.when, _made(one)) for one in file.of(component))
    return tuple((when, check) for when, check in found if check is not None)


@functools.cache
@harmless(default=None)
def _read(path: Path) -> CheckFile | None:
    with late():
        from mltrace.checks.check_file import read_check_file
    return read_check_file(path)


@harmless(default=None)
def _made(filed: FiledCheck) -> Check | None:
    return filed.check()
