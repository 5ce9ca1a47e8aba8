"""Pass/fail tests at run boundaries, and the library of built-in ones.

::

    from mltrace.checks import NoNulls, RowCount

Each check has a module of its own, which is loaded when the check is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mltrace.checks.check import Check
    from mltrace.checks.no_nulls import NoNulls
    from mltrace.checks.row_count import RowCount

__all__ = ["Check", "NoNulls", "RowCount"]

BUILT_IN = {
    "NoNulls": "no_nulls",
    "RowCount": "row_count",
}
_MODULES = {"Check": "check", **BUILT_IN}


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module 'mltrace.checks' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"mltrace.checks.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
