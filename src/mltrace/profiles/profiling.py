"""Makes profiles of tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.profiles.columns import Column, column_of
from mltrace.profiles.entries import Entry, entries_of, numbers_of
from mltrace.profiles.hashing import combine_rows
from mltrace.profiles.pearson import Comoments
from mltrace.profiles.rows import RowSample
from mltrace.profiles.tables import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow
    from numpy.typing import NDArray

_MOST_BYTES: Final = 2**31 - 1
"""What an array of strings with 32-bit offsets can hold."""


def profile_table(table: pyarrow.Table, dtypes: Mapping[str, str] | None = None) -> Profile:
    """Profile all rows of an Arrow table.

    Parameters
    ----------
    table : pyarrow.Table, shape (num_rows, num_columns)
        The rows.
    dtypes : mapping of str to str, default those of Arrow
        The types of columns where they came from.

    Examples
    --------
    >>> import pyarrow
    >>> profile_table(pyarrow.table({"carrier": ["AA", "UA", None]})).columns["carrier"].num_nulls
    1
    """
    states: dict[str, Column] = {}
    known = dtypes or {}
    entries = entries_of(table.schema)
    numbers: dict[Entry, NDArray[Any]] = {}

    def hashes() -> Iterator[tuple[str, NDArray[numpy.uint64]]]:
        for place, (name, values) in enumerate(zip(table.column_names, table.columns, strict=True)):
            states[name], hashes = _column(values, known.get(name, ""))
            if place in entries:
                numbers[entries[place]] = numbers_of(entries[place], values, hashes)
            yield name, hashes

    row_sample = RowSample.of(combine_rows(hashes(), table.num_rows))
    return Profile(table.num_rows, table.num_rows, states, Comoments.of(numbers), row_sample)


def _column(values: Any, dtype: str) -> tuple[Column, NDArray[numpy.uint64]]:
    if values.num_chunks < 2 or values.nbytes < _MOST_BYTES:
        return column_of(values.combine_chunks(), dtype)
    column, hashes = Column(), []
    for chunk in values.chunks:
        part, of_part = column_of(chunk, dtype)
        column = column.merge(part)
        hashes.append(of_part)
    return column, numpy.concatenate(hashes)
