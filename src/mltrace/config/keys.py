"""Keys of tables that components read and write, as they and `mltrace.toml` declare them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mltrace.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

Keys = tuple[tuple[str, tuple[str, ...]], ...]
"""The key columns of tables, by what these are called."""


def read_keys(given: object) -> Keys | None:
    """Read the keys of tables; None if they are not names with one or several columns each.

    Examples
    --------
    >>> read_keys({"flights": "flight_id", "weather": ["origin", "hour"]})
    (('flights', ('flight_id',)), ('weather', ('origin', 'hour')))
    >>> read_keys({"flights": 3}) is None
    True
    """
    if not isinstance(given, Mapping):
        return None
    keys = []
    for name, columns in given.items():
        listed = (columns,) if isinstance(columns, str) else columns
        if not isinstance(listed, list | tuple) or not listed or not isinstance(name, str):
            return None
        if not all(isinstance(column, str) and column for column in listed):
            return None
        keys.append((name, tuple(listed)))
    return tuple(keys)


def key_tables(path: Path, given: Any) -> tuple[tuple[str, Keys], ...]:
    """Read `[keys.COMPONENT]`, tables of the keys of what components read and write.

    Raises
    ------
    ConfigurationError
        If they are anything else.
    """
    tables = []
    for component, table in given.items() if isinstance(given, Mapping) else [("", given)]:
        keys = read_keys(table)
        if keys is None:
            raise ConfigurationError(
                f"{path}: write keys as [keys.COMPONENT] with a column or a list of columns for "
                'each table: flights = "flight_id".'
            )
        tables.append((component, keys))
    return tuple(tables)
