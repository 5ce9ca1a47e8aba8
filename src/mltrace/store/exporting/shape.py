"""What an exported table is: its name, its columns and the query that brings them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from sqlalchemy import select

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, Select, Table

Kind = Literal["text", "run", "time", "span", "int", "float", "bool", "bytes"]
"""How a column is stored; 'run' are the bytes of a run id, 'time' and 'span' nanoseconds."""
ROWS: Final = 20_000
"""How many rows of a table are held and written at a time."""


class Field(NamedTuple):
    """A column of an exported table: its name, kind, and what brings it."""

    name: str
    kind: Kind
    of: ColumnElement[Any]


class Shape(NamedTuple):
    """An exported table, written so many rows at a time."""

    name: str
    fields: tuple[Field, ...]
    source: Any
    where: ColumnElement[bool] | None = None
    rows: int = ROWS

    def query(self, names: Collection[str] | None = None) -> Select[Any]:
        """Select the rows, columns in order, or only some of them."""
        columns = [field.of.label(field.name) for field in self.chosen(names)]
        query = select(*columns).select_from(self.source)
        return query if self.where is None else query.where(self.where)

    def chosen(self, names: Collection[str] | None) -> tuple[Field, ...]:
        """List the columns of these names; None for all."""
        return tuple(field for field in self.fields if names is None or field.name in names)


def plain(table: Table, kind: Kind, *names: str, **renamed: str) -> tuple[Field, ...]:
    """Take columns as they are, or under another name."""
    fields = [Field(name, kind, table.c[name]) for name in names]
    return (*fields, *[Field(new, kind, table.c[old]) for new, old in renamed.items()])
