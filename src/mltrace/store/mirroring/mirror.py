"""The mirror of a catalog: its old rows as Parquet files, the others as they are.

It is a cache. What is missing, damaged or not of the present state is made again; where that
cannot be, the rows are read from the catalog.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import false, or_

from mltrace.store.exporting.arrow import read_rows
from mltrace.store.mirroring import marks
from mltrace.store.mirroring.copies import Copies, Stretch, stamp_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    import pyarrow
    from sqlalchemy import ColumnElement, Connection

    from mltrace.store.mirroring.mirrored import Mirrored
    from mltrace.store.progress import Progress

LARGE: Final = 16
"""Blocks that are copied into one file, once there are so many in a row."""


class Pieces(NamedTuple):
    """A table in parts: Parquet files of rows, and the other rows.

    Attributes
    ----------
    made_of : mapping of str to str or None
        By column of the view, in DuckDB's SQL, what of the columns of both it is made of; what a
        part lacks is null. None: files and rows have the same columns, which the view has.
    num_rows : int
        How many rows there are in all, where anybody asks.
    """

    files: tuple[str, ...]
    rows: pyarrow.Table
    made_of: Mapping[str, str] | None = None
    num_rows: int = 0


class _Blocks(NamedTuple):
    """How many blocks are full, and the marks of those that have one."""

    num_full: int
    marks: Mapping[int, str]


class Mirror:
    """The mirror of a store, as long as its catalog is as it is.

    Parameters
    ----------
    folder : Path
        Where the files are.
    is_used : bool
        Whether copies are used at all.
    is_writable : bool
        Whether copies may be made.
    on_progress : Progress
        Is told how many blocks of how many are copied.
    """

    def __init__(
        self, folder: Path, *, is_used: bool, is_writable: bool, on_progress: Progress
    ) -> None:
        self._folder = folder
        self._is_used = is_used
        self._is_writable = is_writable
        self._on_progress = on_progress
        self._blocks: dict[marks.Marked, _Blocks] = {}

    def unmarked(self, connection: Connection, of: marks.Marked) -> list[int]:
        """List the blocks that are full and have no mark, so that they cannot be copied yet."""
        blocks = self._blocks_of(connection, of)
        return [number for number in range(blocks.num_full) if number not in blocks.marks]

    def _blocks_of(self, connection: Connection, of: marks.Marked) -> _Blocks:
        if not self._is_used:
            return _Blocks(0, {})
        if of not in self._blocks:
            num_full = marks.num_full_blocks(connection, of)
            self._blocks[of] = _Blocks(num_full, marks.read_marks(connection, of))
        return self._blocks[of]

    def read(
        self, connection: Connection, table: Mirrored, columns: Collection[str], *, most_rows: int
    ) -> Pieces:
        """Read a table; copies that are wanting are made.

        Parameters
        ----------
        columns : collection of str
            Those that the rows beside the files must have.
        most_rows : int
            How many rows may be read beside the files.

        Raises
        ------
        ArgumentError
            If there are more.
        """
        num_full, known = self._blocks_of(connection, table.of)
        files, live = [], []
        copies = Copies(self._folder)
        stretches = list(_stretches(table, known, num_full))
        for done, stretch in enumerate(stretches):
            path = copies.find(table.shape.name, stretch)
            if path is None and self._is_writable:
                path = _copy(connection, table, stretch, copies)
                self._on_progress(f"Copying {table.shape.name}", done + 1, len(stretches))
            if path is None:
                live.append(_between(table, stretch))
            else:
                files.append(str(path))
        unmarked = (number for number in range(num_full) if number not in known)
        live += (_between(table, Stretch(number, 1, "")) for number in unmarked)
        live.append(table.key >= num_full * marks.ROWS)
        where = or_(false(), *live)
        rows = read_rows(connection, table.shape, columns, where=where, most_rows=most_rows)
        return Pieces(tuple(files), rows)


def remove_stale(folder: Path, connection: Connection, table: Mirrored) -> bool:
    """Remove the copies of a table that are not of its present state.

    Returns
    -------
    bool
        False if somebody is writing a copy, or was killed at it less than an hour ago.
    """
    known = marks.read_marks(connection, table.of)
    num_full = marks.num_full_blocks(connection, table.of)
    stamps = {one.stamp for one in _stretches(table, known, num_full)}
    return Copies(folder).remove_others(table.shape.name, stamps)


def _copy(connection: Connection, table: Mirrored, stretch: Stretch, copies: Copies) -> Path | None:
    rows = read_rows(connection, table.shape, where=_between(table, stretch))
    with contextlib.suppress(OSError):  # no room, say
        return copies.write(table.shape.name, stretch, rows)
    return None


def _stretches(table: Mirrored, known: Mapping[int, str], num_full: int) -> Iterator[Stretch]:
    """Part the marked blocks: as many as can be in large stretches, the others by themselves."""
    first = 0
    while first < num_full:
        large = range(first, first + LARGE)
        is_large = first % LARGE == 0 and all(number in known for number in large)
        num = LARGE if is_large else 1
        if first in known:
            of = [known[number] for number in range(first, first + num)]
            yield Stretch(first, num, stamp_of(table.shape, of))
        first += num


def _between(table: Mirrored, stretch: Stretch) -> ColumnElement[bool]:
    first, end = stretch.first * marks.ROWS, (stretch.first + stretch.num) * marks.ROWS
    return (table.key >= first) & (table.key < end)
