"""Rows that are read as Arrow tables, some columns of them, as often as they are needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mltrace.profiles.sources.choosing import source_of
from mltrace.profiles.sources.source import InMemory, Restart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pyarrow

_AT_ONCE: Final = 1 << 17


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table.

    Attributes
    ----------
    types : mapping of str to pyarrow.DataType
        The columns.
    read : callable
        Reads some columns, as tables of a part of the rows each.
    read_span : callable
        Reads some columns of the rows from one to before another.
    """

    types: Mapping[str, pyarrow.DataType]
    read: Callable[[Sequence[str]], Iterable[pyarrow.Table]]
    read_span: Callable[[Sequence[str], int, int], pyarrow.Table]


def rows_of(data: Any) -> Rows:
    """Read the rows of a frame, an Arrow table or a file.

    Parameters
    ----------
    data : frame, table or path
        Whatever `mltrace.profile` takes, and can be read twice.

    Examples
    --------
    >>> rows = rows_of({"origin": ["EWR", "JFK"], "hour": [1, 2]})
    >>> list(rows.types), [table.num_rows for table in rows.read(["hour"])]
    (['origin', 'hour'], [2])
    >>> rows.read_span(["hour"], 1, 2).to_pylist()
    [{'hour': 2}]
    """
    source = source_of(data, None)
    if isinstance(source, InMemory):
        schema = source.read(0, min(source.num_rows, 1)).schema
    else:
        schema = next(iter(source.tables())).schema
    types = {field.name: field.type for field in schema}
    return Rows(types, partial(_read, data), partial(_read_span, data))


def _read(data: Any, columns: Sequence[str]) -> Iterator[pyarrow.Table]:
    source = source_of(data, columns)
    if isinstance(source, InMemory):
        for begin in range(0, max(source.num_rows, 1), _AT_ONCE):
            yield source.read(begin, min(begin + _AT_ONCE, source.num_rows))
    elif source.num_rows is not None:
        yield from source.tables()
    else:
        yield from _read_text(source)


def _read_span(data: Any, columns: Sequence[str], begin: int, end: int) -> pyarrow.Table:
    import pyarrow

    source = source_of(data, columns)
    if isinstance(source, InMemory):
        return source.read(begin, min(end, source.num_rows))
    pieces, first = [], 0
    for table in _read(data, columns):
        start, stop = max(begin - first, 0), max(end - first, 0)
        pieces.append(table.slice(start, max(stop - start, 0)))
        first += table.num_rows
        if first >= end:
            break
    return pyarrow.concat_tables(pieces)


def _read_text(source: Any) -> list[pyarrow.Table]:
    """Read a file whose types are known for sure at its end only."""
    while True:
        try:
            return list(source.tables())
        except Restart:
            continue
