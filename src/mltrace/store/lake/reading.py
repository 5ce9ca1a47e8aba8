"""Reads rows of the lake: of a task, within a time, only the columns that are wanted.

What is damaged or missing is left out and told of; it is never fatal.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import pyarrow
import pyarrow.compute
import pyarrow.parquet

from mltrace.errors import StoreCorruptError
from mltrace.store.lake import layout
from mltrace.store.lake.batch import MAGIC, Batch, decode_batch
from mltrace.store.lake.parquet import PARQUET
from mltrace.store.lake.segments import Segment, lake_file, live_segments, payload_of
from mltrace.store.lake.tables import TIME, batch_table, join_tables, no_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from mltrace.store.task_facts import RowKind

_CHUNK_ROWS: Final = 1 << 17
"""How many rows of a Parquet segment are held at a time, unless a row group has more: so few that
room is soon used again, for touching memory first takes longer than decoding."""
TIME_OF: Final = {"predictions": layout.AT, "feedback": layout.KNOWN_AT}
"""The column by whose times rows of a kind are sorted and chosen."""
COLUMNS_OF: Final = {"predictions": layout.PREDICTIONS, "feedback": layout.FEEDBACK}


class LeftOut(NamedTuple):
    """Rows of a segment that could not be read."""

    segment: Segment
    reason: Literal["missing", "damaged"]
    num_rows: int
    message: str


class OpenParquet(NamedTuple):
    """A compacted segment that is open: as Parquet, and as bytes."""

    file: pyarrow.parquet.ParquetFile
    source: pyarrow.NativeFile

    def columns(self, wanted: Iterable[str] | None) -> list[str]:
        """Tell which of the columns that are wanted it has; None are all of its rows."""
        there = self.file.schema_arrow.names
        if wanted is None:
            return [name for name in there if name != layout.TASK]
        return [name for name in wanted if name in there]


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
        if columns is not None and time not in columns and span != ALWAYS:
            needed = [*columns, time]
        for table in self._parts(segment, needed, span):
            kept = span.keep(table, time)
            yield kept if needed is columns else kept.drop_columns([time])

    @contextmanager
    def opened(self, segment: Segment) -> Iterator[Batch | OpenParquet | None]:
        """Open a segment; None if it cannot be read.

        What is found to be damaged while it is open is left out as well.
        """
        with ExitStack() as stack:
            content = self._open(segment, stack)
            try:
                yield content
            except (pyarrow.ArrowException, OSError) as error:
                self._leave_out(segment, "damaged", error)

    def num_rows(self, segment: Segment) -> int:
        """Tell how many rows a segment has, whatever the catalog says; 0 if it cannot be read."""
        with self.opened(segment) as content:
            if isinstance(content, Batch):
                return content.num_rows
            return content.file.metadata.num_rows if content is not None else 0
        return 0

    def _open(self, segment: Segment, stack: ExitStack) -> Batch | OpenParquet | None:
        try:
            content = self._content(segment)
            if isinstance(content, bytes):
                return decode_batch(content)
            source = stack.enter_context(content)
            file = pyarrow.parquet.ParquetFile(source, page_checksum_verification=True)
            return OpenParquet(file, source)
        except FileNotFoundError as error:
            self._leave_out(segment, "missing", error)
        except (StoreCorruptError, pyarrow.ArrowException, OSError) as error:
            self._leave_out(segment, "damaged", error)
        return None

    def _content(self, segment: Segment) -> bytes | pyarrow.NativeFile:
        """Give a batch as bytes, Parquet to be read from."""
        if segment.file is not None:
            path = lake_file(self.folder, segment.file)
            is_parquet = segment.file.endswith(PARQUET)
            return pyarrow.OSFile(str(path)) if is_parquet else path.read_bytes()
        payload = payload_of(self.connection, segment.uid)
        if payload is None:
            raise FileNotFoundError("the catalog lists it without rows")
        return payload if payload.startswith(MAGIC) else pyarrow.BufferReader(payload)

    def _parts(
        self, segment: Segment, columns: Sequence[str] | None, span: Span
    ) -> Iterator[pyarrow.Table]:
        with self.opened(segment) as content:
            if isinstance(content, Batch):
                yield batch_table(content, columns)
            elif content is not None:
                yield from self._row_groups(segment, content, columns, span)

    def _row_groups(
        self,
        segment: Segment,
        content: OpenParquet,
        columns: Sequence[str] | None,
        span: Span,
    ) -> Iterator[pyarrow.Table]:
        names = content.columns(columns)
        for groups, num_rows in _chosen(content.file.metadata, TIME_OF[segment.kind], span):
            try:
                table = content.file.read_row_groups(groups, columns=names)
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
