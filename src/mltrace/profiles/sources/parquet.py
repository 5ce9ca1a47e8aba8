"""Parquet files, by their row groups."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import pyarrow
import pyarrow.parquet

from mltrace.errors import UnreadableDataError
from mltrace.profiles.sampling import golden_order
from mltrace.profiles.sources.arrow_tables import chosen
from mltrace.profiles.sources.source import Stream, choose, unique_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BATCH_ROWS = 1 << 16


class _RowGroup(NamedTuple):
    path: str
    place: int


def read_parquet(paths: Sequence[str], columns: Sequence[str] | None) -> Stream:
    """Read files that are the partitions of one table.

    Row groups come in an order of which each beginning is from all parts of the whole.

    Raises
    ------
    UnreadableDataError
        If one is no Parquet file, or damaged.
    """
    groups: list[_RowGroup] = []
    num_rows = 0
    known: dict[str, None] = {}
    for path in paths:
        with _opened(path) as file:
            groups += [_RowGroup(path, place) for place in range(file.metadata.num_row_groups)]
            num_rows += file.metadata.num_rows
            known |= dict.fromkeys(unique_names(file.schema_arrow.names))
    choose(list(known), columns)

    def tables() -> Iterator[pyarrow.Table]:
        with _opened(paths[0]) as file:
            yield chosen(file.schema_arrow.empty_table(), _here(file, columns))
        for place in golden_order(len(groups)):
            yield from _row_group(groups[place], columns)

    return Stream(tables, num_rows, is_spread=len(groups) > 1)


def _row_group(group: _RowGroup, columns: Sequence[str] | None) -> Iterator[pyarrow.Table]:
    try:
        with _opened(group.path) as file:
            names = unique_names(file.schema_arrow.names)
            here = _here(file, columns)
            # Of columns of one name a reader of columns reads all, so that is cut afterwards.
            wanted = (
                None if here is None else [file.schema_arrow.names[names.index(n)] for n in here]
            )
            for batch in file.iter_batches(BATCH_ROWS, row_groups=[group.place], columns=wanted):
                yield chosen(pyarrow.Table.from_batches([batch]), here)
    except (pyarrow.ArrowException, OSError) as error:
        raise UnreadableDataError.of(group.path, "Parquet", error) from error


def _here(file: pyarrow.parquet.ParquetFile, columns: Sequence[str] | None) -> list[str] | None:
    """Tell which of the columns that are wanted a file has: other partitions may have more."""
    names = unique_names(file.schema_arrow.names)
    return None if columns is None else [one for one in names if one in columns]


def _opened(path: str) -> pyarrow.parquet.ParquetFile:
    try:
        # Not mapped: a mapped file that is cut off by its writer kills its readers.
        return pyarrow.parquet.ParquetFile(os.path.abspath(path))
    except (pyarrow.ArrowException, OSError) as error:
        raise UnreadableDataError.of(path, "Parquet", error) from error
