"""What other libraries call a check: schemas and suites that work in `before=` and `after=`.

An adapter is a function that makes a `Check` of an object of its library, or returns None for any
other object. It tells by the module of the type, so that it imports nothing unless it has to.
Packages name adapters of their own as entry points of the group `mltrace.check_adapter`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Optional

from mltrace.registry import Registry

if TYPE_CHECKING:
    from mltrace.checks.check import Check

Adapter = Callable[[object], Optional["Check"]]

adapters: Final[Registry[Adapter]] = Registry(
    "check_adapter",
    ("mltrace.checks.pandera_schemas", "mltrace.checks.great_expectations_suites"),
    noun="adapter of checks",
)


def adapted(item: object) -> Check | None:
    """Make a check of an object of another library; None if no adapter knows it.

    Examples
    --------
    >>> adapted(print) is None
    True
    """
    if type(item).__module__ == "builtins":  # a function, as nearly all are
        return None
    for adapter in adapters:
        check = adapter(item)
        if check is not None:
            return check
    return None


def is_of(item: object, package: str) -> bool:
    """Tell whether an object, or a class, is of a package or derived from it.

    Examples
    --------
    >>> from decimal import Decimal
    >>> is_of(Decimal(1), "decimal"), is_of(Decimal, "pandera")
    (True, False)
    """
    cls = item if isinstance(item, type) else type(item)
    return any(base.__module__.partition(".")[0] == package for base in cls.__mro__)
