"""The kinds of monitors that have a name: built-in ones, and those of packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.registry import Registry

if TYPE_CHECKING:
    from mltrace.workspace.monitors.monitor import Monitor

BUILT_IN: Final = (
    "check_rate",
    "drift",
    "duration",
    "expression",
    "failure_rate",
    "freshness",
    "joins",
    "metric",
    "sql",
    "staleness",
    "volume",
)
"""The modules of this folder that register a kind."""

kinds: Final[Registry[type[Monitor]]] = Registry(
    "monitor",
    tuple(f"mltrace.workspace.monitors.{module}" for module in BUILT_IN),
    noun="kind of monitor",
)
