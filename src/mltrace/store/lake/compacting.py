"""Makes few Parquet segments of many batches: sorted by time, of one task and kind each.

A compaction reads segments, writes files, and then, in one transaction, lists these and marks the
segments as replaced, unless somebody else has replaced one of them meanwhile. Whoever dies on the
way leaves at most a file that nothing lists. Ids of new segments follow from those of the old ones:
two who compact the same segments at once make the same files.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy
import pyarrow
import pyarrow.compute
from blake3 import blake3
from sqlalchemy import select, update

from mltrace.store.database import schema
from mltrace.store.database.keys import CHUNK, insert_ignoring
from mltrace.store.kept.placing import locked
from mltrace.store.lake.parquet import PARQUET, parquet_bytes
from mltrace.store.lake.planning import MAX_ROWS, MIN_ROWS, plan_jobs
from mltrace.store.lake.reading import TIME_OF, LakeReader
from mltrace.store.lake.repeats import drop_repeats
from mltrace.store.lake.segments import COMPACTED, PART, live_segments
from mltrace.store.lake.tables import join_tables
from mltrace.store.lake.writing import SEGMENTS, put_file
from mltrace.store.location import make_folder
from mltrace.times import now_ns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from mltrace.store.database.catalog import Catalog
    from mltrace.store.lake.segments import Segment
    from mltrace.store.location import Location

_MAX_PAYLOAD_ROWS: Final = 1_000_000
"""About how many rows are compacted together where the catalog itself holds them."""
_DAY_MICROSECONDS: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Compacted:
    """What was done: how many segments became how many, of how many rows and bytes."""

    num_segments: int = 0
    num_new_segments: int = 0
    num_rows: int = 0
    num_bytes_before: int = 0
    num_bytes_after: int = 0

    def plus(self, other: Compacted) -> Compacted:
        """Add what else was done."""
        return Compacted(
            self.num_segments + other.num_segments,
            self.num_new_segments + other.num_new_segments,
            self.num_rows + other.num_rows,
            self.num_bytes_before + other.num_bytes_before,
            self.num_bytes_after + other.num_bytes_after,
        )


class Compactor:
    """Compacts the segments of one store.

    Parameters
    ----------
    catalog : Catalog
        Lists them.
    location : Location
        Where their files are.
    """

    def __init__(self, catalog: Catalog, location: Location) -> None:
        self._catalog = catalog
        self._location = location

    def run(self, *, task: str | None = None, seconds: float | None = None) -> Compacted:
        """Compact what is worth it.

        Parameters
        ----------
        task : str, optional
            Only segments of that task.
        seconds : float, optional
            After which no other job is begun.

        Raises
        ------
        OSError
            If a file cannot be written; what was compacted before stays so.
        """
        latest = None if seconds is None else time.monotonic() + seconds
        done = Compacted()
        with self._catalog.read() as connection:
            found = live_segments(connection, task)
        max_rows = MAX_ROWS if self._location.is_lake_shared else _MAX_PAYLOAD_ROWS
        for job in plan_jobs(found, max_rows=max_rows):
            if latest is not None and time.monotonic() > latest:
                break
            done = done.plus(self._compact(job))
        return done

    def _compact(self, job: Sequence[Segment]) -> Compacted:
        with self._catalog.read() as connection:
            reader = LakeReader(connection, self._location.lake)
            tables = {segment: list(reader.tables(segment)) for segment in job}
        for lost in reader.left_out:
            tables.pop(lost.segment, None)  # it stays as it is, for who may find its file again
        if len(tables) < len(job) and len(tables) < 2:
            return Compacted()
        sources = list(tables)
        rows = [table for segment in sources for table in tables.pop(segment)]
        new = [*self._written(sources, _sorted(rows, sources[0].kind))]
        if not self._replace(sources, new):
            return Compacted()
        return Compacted(
            num_segments=len(sources),
            num_new_segments=len(new),
            num_rows=sum(row["num_rows"] for row in new),
            num_bytes_before=sum(segment.num_bytes for segment in sources),
            num_bytes_after=sum(row["num_bytes"] for row in new),
        )

    def _written(
        self, sources: Sequence[Segment], table: pyarrow.Table
    ) -> Iterator[dict[str, Any]]:
        """Write the new segments; yield their rows in the catalog."""
        prefix, kind = job_id(sources), sources[0].kind
        times = times_of(table, kind)
        for part, (start, end) in enumerate(_cuts(times // _DAY_MICROSECONDS)):
            uid = f"{prefix}{PART}{part}"
            data = parquet_bytes(table.slice(start, end - start), sources[0].task)
            row = {
                "uid": uid,
                "task": sources[0].task,
                "kind": kind,
                "num_rows": end - start,
                "num_bytes": data.size,
                "logged_at": max(segment.logged_at for segment in sources),
                "first_at": int(times[start]) * 1_000,
                "last_at": int(times[end - 1]) * 1_000,
                "payload": None,
                "file": None,
                "replaced_by": None,
                "replaced_at": None,
            }
            if self._location.is_lake_shared:
                row["file"] = f"{SEGMENTS}/{uid}{PARQUET}"
                self._put(row["file"], memoryview(data))
            else:
                row["payload"] = data.to_pybytes()
            yield row

    def _put(self, name: str, data: memoryview) -> None:
        lake = self._location.lake
        make_folder(lake)
        with locked(lake):  # a sweep looks at what is there under the exclusive lock
            put_file(lake / name, data, is_durable=True)

    def _replace(self, sources: Sequence[Segment], new: Sequence[Mapping[str, Any]]) -> bool:
        """List the new segments in the place of the old ones, unless one of these is replaced."""
        uids = [segment.uid for segment in sources]
        with self._catalog.write() as connection:
            if _num_live(connection, uids) < len(uids):
                return False
            insert_ignoring(connection, schema.segment, new)
            gone = {"replaced_by": job_id(sources), "replaced_at": now_ns(), "payload": None}
            for start in range(0, len(uids), CHUNK):
                mine = schema.segment.c.uid.in_(uids[start : start + CHUNK])
                connection.execute(update(schema.segment).where(mine).values(gone))
        return True


def job_id(sources: Sequence[Segment]) -> str:
    """Tell what the ids of the segments begin with that are made of others."""
    names = "\n".join(sorted(segment.uid for segment in sources))
    return f"{COMPACTED}{blake3(names.encode()).hexdigest(16)}"


def times_of(table: pyarrow.Table, kind: str) -> NDArray[numpy.int64]:
    """Give the times by which rows of a kind are sorted, in microseconds."""
    name = TIME_OF[kind]
    if name not in table.column_names:
        return numpy.zeros(table.num_rows, numpy.int64)
    filled = pyarrow.compute.fill_null(table.column(name).cast(pyarrow.int64()), 0)
    times: NDArray[numpy.int64] = filled.to_numpy()
    return times


def _sorted(tables: Sequence[pyarrow.Table], kind: str) -> pyarrow.Table:
    """Join rows, each once, in the order of their time."""
    table = drop_repeats(join_tables(tables))
    times = times_of(table, kind)
    if (times[1:] >= times[:-1]).all():
        return table
    return table.take(numpy.argsort(times, kind="stable"))


def _cuts(days: NDArray[numpy.int64]) -> Iterator[tuple[int, int]]:
    """Cut rows into segments at the ends of days, such that none is small if it can be helped."""
    start = 0
    ends = numpy.flatnonzero(days[1:] != days[:-1]) + 1
    for end in ends.tolist():
        if end - start >= MIN_ROWS and len(days) - end >= MIN_ROWS:
            yield start, end
            start = end
    if start < len(days):
        yield start, len(days)


def _num_live(connection: Connection, uids: Sequence[str]) -> int:
    is_live = schema.segment.c.replaced_by.is_(None)
    return sum(
        len(
            connection.execute(
                select(schema.segment.c.uid).where(
                    schema.segment.c.uid.in_(uids[start : start + CHUNK]), is_live
                )
            ).all()
        )
        for start in range(0, len(uids), CHUNK)
    )
