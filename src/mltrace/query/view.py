"""What a view of the SQL surface is: its name, its columns, and where its rows come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow
    from sqlalchemy import Connection

    from mltrace.config import Settings
    from mltrace.store.mirroring.mirror import Mirror, Pieces

VERSION: Final = 1
"""Raised if ever a column of a view has to go or to change its meaning."""


class ViewColumn(NamedTuple):
    """A column of a view: its name and type in DuckDB, and what it means."""

    name: str
    type: str
    about: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query asks of a view, and what may be looked at to answer.

    Attributes
    ----------
    columns : frozenset of str or None
        The names, in lower case, that it needs; None for all.
    equals : mapping of str to tuple of str
        By column, the texts one of which each row has that matters.
    most_rows : int
        How many rows may be read, beside files.
    """

    connection: Connection
    settings: Settings
    mirror: Mirror
    columns: frozenset[str] | None
    equals: Mapping[str, tuple[str, ...]]
    most_rows: int

    def takes(self, name: str) -> bool:
        """Tell whether a column is needed."""
        return self.columns is None or name in self.columns


class Source(Protocol):
    """Where the rows of a view come from."""

    def read(self, asked: Asked) -> Pieces:
        """Read the rows, or more of them; with the columns that are needed, or more of them."""


class Derived(NamedTuple):
    """A view that is a query over others.

    Attributes
    ----------
    query : str
        The query, in DuckDB's SQL.
    of : mapping of str to frozenset of str
        The views that it names, with the columns of each that it needs.
    passed : mapping of str to str
        What its columns are called in all of those, where a row with one value comes of rows with
        the same value alone.
    """

    query: str
    of: Mapping[str, frozenset[str]]
    passed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class View:
    """A table of the SQL surface.

    Attributes
    ----------
    name : str
        Its name.
    about : str
        What a row of it is.
    columns : tuple of ViewColumn
        Its columns, in order.
    source : Source or Derived
        Where the rows come from.
    renamed : mapping of str to str
        Columns that have another name in the source, which SQL keeps for itself.
    """

    name: str
    about: str
    columns: tuple[ViewColumn, ...]
    source: Source | Derived
    renamed: Mapping[str, str]

    def column(self, name: str) -> ViewColumn:
        """Give a column by its name."""
        return next(column for column in self.columns if column.name == name)


def described(text: str) -> dict[str, str]:
    """Read what columns mean: a line for each, its name and a colon before.

    Examples
    --------
    >>> described('''
    ...     run_id: its id
    ...     status: how it ended,
    ...       or 'running'
    ... ''')
    {'run_id': 'its id', 'status': "how it ended, or 'running'"}
    """
    found: dict[str, str] = {}
    name = ""
    for line in text.strip().splitlines():
        head, colon, about = line.strip().partition(": ")
        if colon and " " not in head.removeprefix("*"):
            name = head
            found[name] = about
        elif name:
            found[name] += f" {line.strip()}"
        else:
            raise ArgumentError(f"{line!r} is of no column; write 'name: what it means'.")
    return found


def table_of(view: View, rows: Sequence[Mapping[str, Any]]) -> pyarrow.Table:
    """Make the Arrow table of a view from rows; what they lack is null."""
    import pyarrow

    types = {
        "VARCHAR": pyarrow.string(),
        "BIGINT": pyarrow.int64(),
        "DOUBLE": pyarrow.float64(),
        "BOOLEAN": pyarrow.bool_(),
        "TIMESTAMP WITH TIME ZONE": pyarrow.timestamp("us", tz="UTC"),
    }
    fields = [(column.name, types[column.type]) for column in view.columns]
    return pyarrow.Table.from_pylist(list(rows), schema=pyarrow.schema(fields))
