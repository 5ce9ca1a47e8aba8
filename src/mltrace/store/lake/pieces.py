"""Rows of many tasks in parts, for who scans Parquet by itself: files, and a table of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyarrow

from mltrace.errors import ArgumentError
from mltrace.store.lake import layout
from mltrace.store.lake.reading import COLUMNS_OF, LakeReader
from mltrace.store.lake.segments import live_segments
from mltrace.store.lake.tables import join_tables, no_rows

if TYPE_CHECKING:
    from collections.abc import Collection

    from mltrace.store.lake.segments import Segment
    from mltrace.store.task_facts import RowKind


class LakePieces(NamedTuple):
    """Rows of a kind: compacted segments as files, and the others.

    Attributes
    ----------
    files : tuple of str
        Parquet, each with the columns that its rows have, `task` among them. The types of values
        and of features may differ from file to file.
    rows : pyarrow.Table
        The other rows, with the columns of the layout and `task`.
    """

    files: tuple[str, ...]
    rows: pyarrow.Table


def read_pieces(
    reader: LakeReader,
    kind: RowKind,
    *,
    tasks: Collection[str] | None = None,
    columns: Collection[str] | None = None,
    most_rows: int,
) -> LakePieces:
    """List the files of all rows of a kind, and read those that are in none.

    Parameters
    ----------
    tasks : collection of str, optional
        Only of these tasks.
    columns : collection of str, optional
        The columns that the rows beside the files must have; default: all.
    most_rows : int
        How many rows may be read beside the files.

    Raises
    ------
    ArgumentError
        If there are more.
    """
    found = [
        segment
        for segment in live_segments(reader.connection, kind=kind)
        if tasks is None or segment.task in tasks
    ]
    files = {one.uid: path for one in found if (path := _file_of(reader, one)) is not None}
    others = [segment for segment in found if segment.uid not in files]
    if (num_rows := sum(segment.num_rows for segment in others)) > most_rows:
        raise ArgumentError(
            f"{num_rows:,} rows of {kind} are not compacted yet, of which at most {most_rows:,} "
            "can be read for a query; compact them: mltrace sync."
        )
    names = [*COLUMNS_OF[kind], layout.TASK]
    wanted = None if columns is None else [*columns]
    parts = [no_rows(names if wanted is None else [one for one in names if one in wanted])]
    for segment in others:
        for table in reader.tables(segment, columns=wanted):
            tasks_of = pyarrow.array([segment.task] * table.num_rows, pyarrow.string())
            parts.append(table.append_column(layout.TASK, tasks_of.dictionary_encode()))
    return LakePieces(tuple(files.values()), join_tables(parts))


def _file_of(reader: LakeReader, segment: Segment) -> str | None:
    """Tell where a compacted segment is, if it is there."""
    if segment.file is None or not segment.is_compacted:
        return None
    path = reader.folder / segment.file
    return str(path) if path.exists() else None
