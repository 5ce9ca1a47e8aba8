"""The keys of tables that components declare, and those that the settings say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import select

from mltrace.store.database import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from mltrace.config.keys import Keys

    TableKeys = Mapping[str, tuple[str, ...]]

_component = schema.component
_DECLARED: Final = select(_component.c.name, _component.c.table_keys).where(
    _component.c.table_keys.is_not(None)
)
_decode: Final = msgspec.json.Decoder(dict[str, tuple[str, ...]]).decode


def load_keys(connection: Connection, filed: tuple[tuple[str, Keys], ...]) -> dict[str, TableKeys]:
    """Load the keys of the tables of components; those of the settings count first."""
    keys: dict[str, TableKeys] = {
        row.name: _decode(row.table_keys) for row in connection.execute(_DECLARED)
    }
    for component, tables in filed:
        keys[component] = {**keys.get(component, {}), **dict(tables)}
    return keys
