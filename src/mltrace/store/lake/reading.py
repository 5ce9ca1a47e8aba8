"""Reads rows of the lake: of a task, within a time, only the columns that are wanted.

What is damaged or missing is left out and told of; it is never fatal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import pyarrow
import pyarrow.compute
import pyarrow.parquet

from mltrace.errors import StoreCorruptError
from mltrace.store.lake import layout
from mltrace.store.lake.batch import MAGIC, decode_batch
from mltrace.store.lake.parquet import PARQUET
from mltrace.store.lake.segments import Segment, live_segments, payload_of
from mltrace.store.lake.tables import TIME, batch_table, join_tables, no_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from mltrace.store.task_facts import RowKind

_CHUNK_ROWS: Final = 1_000_000
"""How many rows of a Parquet segment are held at a time, unless a row group has more."""
TIME_OF: Final = {"predictions": layout.AT, "feedback": layout.KNOWN_AT}
"""The column by whose times rows of a kind are sorted and chosen."""
COLUMNS_OF: Final = {"predictions": layout.PREDICTIONS, "feedback": layout.FEEDBACK}


class LeftOut(NamedTuple):
    """Rows of a segment that could not be read."""

    segment: Segment
    reason: Literal["missing", "damaged"]
    num_rows: int
    message: str


@dataclass(frozen=True, slots=True)
class Span:
    """From when on, and before when: nanoseconds; None is no bound."""

    since: int | None = None
    until: int | None = None

    def overlaps(self, low: int, high: int) -> bool:
        """Tell whether a time from `low` to `high`, in microseconds, may be within."""
        is_late = self.since is not None and high * 1_000 < self.since
        return not is_late and (self.until is None or low * 1_000 < self.until)

    def keep(self, table: pyarrow.Table, column: str) -> pyarrow.Table:
        """Keep the rows whose time is within."""
        if (self.since is None and self.until is None) or not table.num_rows:
            return table
        times = pyarrow.compute.cast(table.column(column), pyarrow.int64())
        if self.since is not None:
            is_late = pyarrow.compute.greater_equal(times, -(-self.since // 1_000))
            table, times = table.filter(is_late), times.filter(is_late)
        if self.until is not None:
            table = table.filter(pyarrow.compute.less(times, -(-self.until // 1_000)))
        return table


ALWAYS: Final = Span()


@dataclass(frozen=True, slots=True)
class LakeReader:
    """Reads segments, and remembers what it had to leave out.

    Parameters
    ----------
    connection : Connection
        Reads the catalog.
    folder : Path
        The lake.

    Attributes
    ----------
    left_out : list of LeftOut
        What could not be read so far.
    """

    connection: Connection
    folder: Path
    left_out: list[LeftOut] = field(default_factory=list)

    def read(
        self,
        task: str,
        kind: RowKind,
        *,
        columns: Sequence[str] | None = None,
        span: Span = ALWAYS,
    ) -> pyarrow.Table:
        """Read the rows of a task, those of each segment in the order of their time.

        Parameters
        ----------
        columns : sequence of str, optional
            The columns that are wanted; default: all. Those of `mltrace.store.lake.layout` are
            there even if no row has a value, others if any segment has them.
        span : Span, optional
            Only rows of that time: when predictions were made, when labels were known.
        """
        found = live_segments(self.connection, task, kind, since=span.since, until=span.until)
        parts = [
            part for segment in found for part in self.tables(segment, columns=columns, span=span)
        ]
        known = COLUMNS_OF[kind]
        empty = no_rows(known if columns is None else [one for one in known if one in columns])
        return join_tables([empty, *parts])

    def tables(
        self, segment: Segment, *, columns: Sequence[str] | None = None, span: Span = ALWAYS
    ) -> Iterator[pyarrow.Table]:
        """Yield the rows of a segment, some at a time; nothing where they cannot be read."""
        time = TIME_OF[segment.kind]
        needed = columns
        is_whole = span.overlaps(segment.first_at // 1_000, segment.last_at // 1_000)
        if columns is not None and time not in columns and span != ALWAYS and is_whole:
            needed = [*columns, time]
        for table in self._parts(segment, needed, span):
            kept = span.keep(table, time)
            yield kept if needed is columns else kept.drop_columns([time])

    def _parts(
        self, segment: Segment, columns: Sequence[str] | None, span: Span
    ) -> Iterator[pyarrow.Table]:
        try:
            content = self._content(segment)
            if isinstance(content, bytes):
                yield batch_table(decode_batch(content), columns)
            else:
                with content:
                    yield from self._row_groups(segment, content, columns, span)
        except FileNotFoundError as error:
            self._leave_out(segment, "missing", error)
        except (StoreCorruptError, pyarrow.ArrowException, OSError) as error:
            self._leave_out(segment, "damaged", error)

    def _content(self, segment: Segment) -> bytes | pyarrow.NativeFile:
        """Give a batch as bytes, Parquet to be read from."""
        if segment.file is not None:
            path = self.folder / segment.file
            is_parquet = segment.file.endswith(PARQUET)
            return pyarrow.OSFile(str(path)) if is_parquet else path.read_bytes()
        payload = payload_of(self.connection, segment.uid)
        if payload is None:
            raise FileNotFoundError("the catalog lists it without rows")
        return payload if payload.startswith(MAGIC) else pyarrow.BufferReader(payload)

    def _row_groups(
        self,
        segment: Segment,
        content: pyarrow.NativeFile,
        columns: Sequence[str] | None,
        span: Span,
    ) -> Iterator[pyarrow.Table]:
        file = pyarrow.parquet.ParquetFile(content, page_checksum_verification=True)
        names = None
        if columns is not None:
            there = set(file.schema_arrow.names)
            names = [name for name in columns if name in there]
        for groups, num_rows in _chosen(file.metadata, TIME_OF[segment.kind], span):
            try:
                table = file.read_row_groups(groups, columns=names)
            except (pyarrow.ArrowException, OSError) as error:
                self._leave_out(segment, "damaged", error, num_rows)
            else:
                yield table

    def _leave_out(
        self,
        segment: Segment,
        reason: Literal["missing", "damaged"],
        error: Exception,
        num_rows: int | None = None,
    ) -> None:
        lost = segment.num_rows if num_rows is None else num_rows
        self.left_out.append(LeftOut(segment, reason, lost, str(error)))


def _chosen(metadata: Any, time: str, span: Span) -> Iterator[tuple[list[int], int]]:
    """Yield row groups that may have rows of a time, some together, and their number of rows."""
    place = metadata.schema.names.index(time) if time in metadata.schema.names else -1
    groups: list[int] = []
    total = 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        if not _may_be_within(group, place, span):
            continue
        if groups and total + group.num_rows > _CHUNK_ROWS:
            yield groups, total
            groups, total = [], 0
        groups.append(number)
        total += group.num_rows
    if groups:
        yield groups, total


def _may_be_within(group: Any, place: int, span: Span) -> bool:
    statistics = group.column(place).statistics if place >= 0 else None
    if statistics is None or not statistics.has_min_max:
        return True
    low, high = (pyarrow.scalar(one, TIME).value for one in (statistics.min, statistics.max))
    return span.overlaps(low, high)
