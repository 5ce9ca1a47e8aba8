"""Surrogate keys: find or create the rows of natural keys, many at a time.

Row ids are handed out as `max(id) + 1` inside a write transaction, of which there is one at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from sqlalchemy import and_, bindparam, false, func, or_, select, update

from mltrace.errors import ArgumentError
from mltrace.store.database.column_types import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import BindParameter, Column, ColumnElement, Connection, Table
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

K = TypeVar("K", bound="str | bytes")
to_json: Final = msgspec.json.Encoder().encode
CHUNK: Final = 5_000
"""How many values go into one `IN` list; databases bound the number of parameters."""
MIN_COPIED: Final = 50
"""From how many rows on PostgreSQL takes a COPY, for which it looks first which ones are there."""


def uid_bytes(run: str) -> bytes:
    """Turn the text of a run id into the 16 bytes that the catalog keeps.

    Raises
    ------
    ValueError
        If it is not 32 hex digits, with or without hyphens.

    Examples
    --------
    >>> uid_bytes("01938b5e-8c00-7000-8000-000000000001").hex()
    '01938b5e8c0070008000000000000001'
    """
    uid = bytes.fromhex(run.replace("-", ""))
    if len(uid) != 16:
        raise ArgumentError(f"{run!r} is not a run id; it has {len(uid)} bytes instead of 16.")
    return uid


def uid_text(uid: bytes) -> str:
    """Turn the bytes of a run id back into text.

    Examples
    --------
    >>> uid_text(bytes.fromhex("01938b5e8c0070008000000000000001"))
    '01938b5e-8c00-7000-8000-000000000001'
    """
    digits = uid.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def json_or_none(value: object) -> str | None:
    """Encode a value as JSON text; None for an empty one."""
    return to_json(value).decode() if value else None


def next_id(connection: Connection, table: Table) -> int:
    """Tell the row id that the next new row gets."""
    return (connection.execute(select(func.max(table.c.id))).scalar() or 0) + 1


def insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, which all have the same columns."""
    if not rows:
        return
    if _is_for_copy(connection, rows):
        from mltrace.store.database.bulk_rows import copy_rows

        copy_rows(connection, table, rows)
    else:
        connection.execute(table.insert(), list(rows))


def insert_ignoring(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows, which all have the same columns, leaving out those whose key is taken."""
    if not rows:
        return
    if _is_for_copy(connection, rows):
        from mltrace.store.database.bulk_rows import leave_out_known

        insert(connection, table, leave_out_known(connection, table, rows))
    else:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), list(rows))


def _is_for_copy(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> bool:
    return len(rows) >= MIN_COPIED and connection.dialect.name == "postgresql"


def _insert(connection: Connection, table: Table) -> SqliteInsert | PostgresqlInsert:
    """Make an insert of the database's own kind; the module of the other one is not loaded."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def settle(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    is_first: bool = False,
) -> None:
    """Insert rows, or give those with their keys a new state, unless these have a later `at`.

    Where `is_first`, it is the earlier `at` that counts instead. Of two states with the same `at`
    the greater one counts, by the first column in which they differ, whichever came first.
    """
    if not rows:
        return
    insert_ignoring(connection, table, rows)
    keys = [column.name for column in table.primary_key]
    state = [table.c[name] for name in rows[0] if name not in keys and name != "at"]
    at, new_at = table.c.at, _new(table.c.at)
    change = (
        update(table)
        .where(*(table.c[key] == _new(table.c[key]) for key in keys))
        .where(or_(at > new_at if is_first else at < new_at, and_(at == new_at, _is_less(state))))
        .values({column.name: _new(column) for column in (at, *state)})
    )
    connection.execute(
        change, [{f"new_{name}": value for name, value in row.items()} for row in rows]
    )


def _new(column: Column[Any]) -> BindParameter[Any]:
    return bindparam(f"new_{column.name}", type_=column.type)


def _is_less(columns: Sequence[Column[Any]]) -> ColumnElement[bool]:
    """Compare a row with the new one column by column; null is less than anything."""
    less: ColumnElement[bool] = false()
    for column in reversed(columns):
        new = _new(column)
        was_null = and_(column.is_(None), new.is_not(None))
        is_same = column.is_not_distinct_from(new)
        less = or_(column < new, was_null, and_(is_same, less))
    return less


def insert_numbered(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> range:
    """Insert rows under the next row ids, in order; return these."""
    first = next_id(connection, table) if rows else 0
    numbers = range(first, first + len(rows))
    insert(connection, table, [{"id": key, **row} for key, row in zip(numbers, rows, strict=True)])
    return numbers


def ensure(
    connection: Connection, column: Column[K], keys: Iterable[K], *, create: bool = True
) -> dict[K, int]:
    """Map natural keys to row ids; by default create the rows that are missing."""
    wanted = {key: _stored(connection, column, key) for key in keys}
    known = _find(connection, column, list(dict.fromkeys(wanted.values())))
    if create:
        missing = list(dict.fromkeys(key for key in wanted.values() if key not in known))
        numbers = insert_numbered(connection, column.table, [{column.name: key} for key in missing])
        known.update(zip(missing, numbers, strict=True))
    return {key: known[stored] for key, stored in wanted.items() if stored in known}


def _stored(connection: Connection, column: Column[K], key: K) -> K:
    """Tell what the database keeps of a key."""
    if connection.dialect.name == "postgresql" and isinstance(column.type, Text):
        return column.type.stored(key)  # type: ignore[arg-type, return-value]
    return key


def _find(connection: Connection, column: Column[K], keys: Sequence[K]) -> dict[K, int]:
    found: dict[K, int] = {}
    for start in range(0, len(keys), CHUNK):
        query = select(column, column.table.c.id).where(column.in_(keys[start : start + CHUNK]))
        found.update((key, number) for key, number in connection.execute(query))
    return found
