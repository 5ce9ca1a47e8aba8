"""Many rows at once into PostgreSQL, by its COPY: a third of the time that inserts take.

SQLAlchemy has no expression for COPY, so psycopg composes the statement, of quoted names.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from sqlalchemy import ARRAY, UniqueConstraint, and_, bindparam, column, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from mltrace.store.database.column_types import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Column, Connection, Table


def copy_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows, which all have the same columns, to a table."""
    names = list(rows[0])
    defaults = {
        column.name: column.default.arg
        for column in table.columns
        if column.name not in rows[0] and isinstance(column.default, ScalarElementColumnDefault)
    }
    columns = sql.SQL(", ").join(map(sql.Identifier, [*names, *defaults]))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
    forms = [_form(table.c[name]) for name in names]
    more = list(defaults.values())
    with _translated(connection) as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([form(row[name]) for name, form in forms] + more)


def leave_out_known(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Leave out rows whose key is taken; of rows with the same key, keep the first.

    Nobody else can take a key meanwhile: there is one write transaction at a time.
    """
    key = _key(table)
    forms = [_form(one) for one in key]
    by_key: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for row in rows:
        by_key.setdefault(tuple([form(row[name]) for name, form in forms]), row)
    arrays = [bindparam(f"array_{one.name}", type_=ARRAY(one.type)) for one in key]
    given = (
        func.unnest(*arrays)
        .table_valued(*(column(one.name, one.type) for one in key), name="given")
        .render_derived()
    )
    is_same = and_(*(one == given.c[one.name] for one in key))
    parts = zip(*by_key, strict=True)
    values = {f"array_{one.name}": [*part] for one, part in zip(key, parts, strict=True)}
    for known in connection.execute(select(*key).join(given, is_same), values):
        by_key.pop(tuple(known), None)
    return list(by_key.values())


@contextmanager
def _translated(connection: Connection) -> Iterator[psycopg.Cursor]:
    """Make a cursor of the driver; its errors are raised as SQLAlchemy raises them."""
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor:
            yield cursor
    except psycopg.Error as error:
        if driver.closed:
            connection.invalidate(error)
        raise DBAPIError.instance(
            statement="COPY",
            params=None,
            orig=error,
            dbapi_base_err=psycopg.Error,
            connection_invalidated=driver.closed,
            dialect=connection.dialect,
        ) from error


def _key(table: Table) -> list[Column[Any]]:
    """Tell by which columns a row is known, beside its row id."""
    unique = (one for one in table.constraints if isinstance(one, UniqueConstraint))
    return list(next(unique, table.primary_key).columns)


def _form(column: Column[Any]) -> tuple[str, Callable[[Any], Any]]:
    """Tell how a value is changed on its way into a column."""
    return column.name, column.type.stored if isinstance(column.type, Text) else _same


def _same(value: Any) -> Any:
    return value
