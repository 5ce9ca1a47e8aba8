"""What a source of rows is: rows in memory, of which any can be read, or a stream of tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mltrace.errors import unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow

_GATHERED_CELLS: Final = 1 << 22
"""Rows times columns from which tables of a stream are no longer put together."""


@dataclass(frozen=True, slots=True)
class InMemory:
    """Rows in memory.

    Attributes
    ----------
    num_rows : int
        How many.
    dtypes : mapping of str to str
        The columns, and their types as the library names them.
    read : callable
        Makes an Arrow table of the rows from one to before another.
    take : callable
        Makes an Arrow table of the rows at positions, an array of int in rising order.
    """

    num_rows: int
    dtypes: dict[str, str]
    read: Callable[[int, int], pyarrow.Table]
    take: Callable[[Any], pyarrow.Table]


@dataclass(frozen=True, slots=True)
class Stream:
    """Rows that come one table after the other.

    Attributes
    ----------
    tables : callable
        Begins to read.
    num_rows : int or None
        How many rows there are; None where that is known at the end only.
    is_spread : bool
        Whether the first tables are from all parts of the whole.
    share : callable, optional
        Tells which share of the whole was read, where `num_rows` does not.
    dtypes : mapping of str to str
        Types of columns as the library names them, where Arrow has other names.
    """

    tables: Callable[[], Iterator[pyarrow.Table]]
    num_rows: int | None = None
    is_spread: bool = False
    share: Callable[[], float] | None = None
    dtypes: dict[str, str] | None = None

    def share_read(self, num_rows: int) -> float:
        """Tell which share of the whole was read, after so many rows; 0 where that is not known."""
        if self.num_rows:
            return num_rows / self.num_rows
        return 0.0 if self.share is None else self.share()


class Restart(Exception):  # noqa: N818 (no error: it tells the reader of a stream what to do)
    """What came of a stream is to be forgotten and the stream begun anew: types were wrong."""


def unique_names(labels: Sequence[Any]) -> list[str]:
    """Name columns by the text of their labels; equal ones are numbered.

    Examples
    --------
    >>> unique_names(["delay", "delay", 1])
    ['delay', 'delay.1', '1']
    """
    texts = [label if isinstance(label, str) else str(label) for label in labels]
    texts = [text.encode("utf-8", "backslashreplace").decode() for text in texts]
    if len(set(texts)) == len(texts):
        return texts
    taken, names = set(texts), []
    seen: dict[str, int] = {}
    for text in texts:
        number = seen.get(text, 0)
        name = text
        while number and name in taken:
            name = f"{text}.{number}"
            number += 1
        seen[text] = number or 1
        taken.add(name)
        names.append(name)
    return names


def choose(names: Sequence[str], columns: Sequence[str] | None) -> list[int]:
    """Find the places of the columns that are wanted, in the order of the table; None is all.

    Raises
    ------
    UnknownNameError
        If there is no such column.
    """
    if columns is None:
        return list(range(len(names)))
    for column in columns:
        if column not in names:
            few = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
            raise unknown("column", column, names, hint=f"Columns: {few}." if names else "")
    return [place for place, name in enumerate(names) if name in set(columns)]


def gathered(tables: Iterator[pyarrow.Table]) -> Iterator[pyarrow.Table]:
    """Put small tables together; of one column after the other more rows at once are faster."""
    import pyarrow

    waiting: list[pyarrow.Table] = []
    num_rows = 0
    for table in tables:
        is_enough = num_rows * table.num_columns >= _GATHERED_CELLS
        if waiting and (is_enough or table.schema != waiting[0].schema):
            yield pyarrow.concat_tables(waiting)
            waiting, num_rows = [], 0
        waiting.append(table)
        num_rows += table.num_rows
    if waiting:
        yield pyarrow.concat_tables(waiting)
