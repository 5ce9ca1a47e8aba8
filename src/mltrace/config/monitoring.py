"""Monitors and notifiers in the file of settings, as plain tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from mltrace.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path


class PlacedTable(NamedTuple):
    """A table of settings, and where it stands, for messages."""

    where: str
    table: Mapping[str, Any]

    def __hash__(self) -> int:
        """Hash by the place alone, as tables have no hash: settings are keys of open stores."""
        return hash(self.where)


def monitor_tables(path: Path, given: Any) -> tuple[PlacedTable, ...]:
    """Read `[[monitors]]`, a list of tables."""
    if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
        raise ConfigurationError(
            f"{path}: monitors is a {type(given).__name__}; write each under [[monitors]]."
        )
    return tuple(
        PlacedTable(f"{path}: monitor {number} ({_title(table)})", table)
        for number, table in enumerate(given, 1)
    )


def notifier_tables(path: Path, given: Any) -> tuple[PlacedTable, ...]:
    """Read `[notifiers.NAME]`, a table of tables; each gets its name."""
    if not isinstance(given, Mapping) or not all(
        isinstance(one, Mapping) for one in given.values()
    ):
        raise ConfigurationError(f"{path}: write each notifier under [notifiers.NAME].")
    return tuple(
        PlacedTable(f"{path}: notifiers.{name}", {"name": name, **table})
        for name, table in given.items()
    )


def _title(table: Mapping[str, Any]) -> str:
    return str(table.get("name") or table.get("kind") or "without a kind")
