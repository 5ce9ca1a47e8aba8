"""The checks that have a name: built-in ones, and those of packages with a `mltrace.check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace import checks
from mltrace.registry import Registry

if TYPE_CHECKING:
    from mltrace.checks.check import Check

library: Final[Registry[type[Check]]] = Registry(
    "check", tuple(f"mltrace.checks.{module}" for module in sorted(set(checks.BUILT_IN.values())))
)
