"""What a view of the SQL surface is: its name, its columns, and where its rows come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import pyarrow
    from sqlalchemy import Connection

    from mltrace.config import Settings
    from mltrace.store.mirroring.mirror import Mirror, Pieces

VERSION: Final = 1
"""Raised if ever a column of a view has to go or to change its meaning."""
OF_SLICE: Final = "{of_slice}"
"""Stands in a query for the condition that chooses the ids that are looked at at a time."""


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
    lake : Path
        The folder of predictions and feedback.
    measure : callable
        Tells the metrics of a task by day, as rows.
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
    lake: Path
    measure: Callable[[str], Iterable[Mapping[str, Any]]]
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
        The query, in DuckDB's SQL, with `OF_SLICE` where rows of those are chosen, if at all.
    of : mapping of str to frozenset of str
        The views that it names, with the columns of each that it needs.
    passed : mapping of str to str
        What its columns are called in all of those, where a row with one value comes of rows with
        the same value alone.
    """

    query: str
    of: Mapping[str, frozenset[str]]
    passed: Mapping[str, str]

    def in_slices(self, num: int) -> str:
        """Write the query so that some of its rows are made after the others, by their ids."""
        if num <= 1 or OF_SLICE not in self.query:
            return self.query.replace(OF_SLICE, "true")
        conditions = (f"hash(id) % {num} = {number}" for number in range(num))
        return " UNION ALL ".join(f"({self.query.replace(OF_SLICE, one)})" for one in conditions)


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


def quoted(name: str) -> str:
    """Quote a name for DuckDB.

    Examples
    --------
    >>> print(quoted('a "b'))
    "a ""b"
    """
    return '"{}"'.format(name.replace('"', '""'))


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


def typed_columns(text: str) -> tuple[ViewColumn, ...]:
    """Read columns with their types, which stand before what they mean; else they are texts.

    Examples
    --------
    >>> typed_columns("num_rows: BIGINT | how many")
    (ViewColumn(name='num_rows', type='BIGINT', about='how many'),)
    """
    found = []
    for name, meaning in described(text).items():
        kind, _, about = meaning.rpartition(" | ")
        found.append(ViewColumn(name, kind or "VARCHAR", about))
    return tuple(found)


def derived_view(
    view: tuple[str, str], query: str, columns: str, *, passed: Mapping[str, str], **of: str
) -> View:
    """Make a view that is a query.

    Parameters
    ----------
    view : tuple of str
        Its name, and what a row is.
    query : str
        The query, in DuckDB's SQL.
    columns : str
        What its columns mean; with their types before that, unless they are texts.
    passed : mapping of str to str
        What some of them are called in all of the views below.
    **of : str
        The views that it names, with the columns of each that it needs.
    """
    needed = {other: frozenset(names.split()) for other, names in of.items()}
    return View(*view, typed_columns(columns), Derived(query, needed, passed), {})


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
