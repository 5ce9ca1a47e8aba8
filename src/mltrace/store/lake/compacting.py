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

from mltrace.store.lake.planning import MAX_ROWS, plan_jobs
from mltrace.store.lake.reading import LakeReader
from mltrace.store.lake.rewriting import in_order, replace_segments
from mltrace.store.lake.segments import family_of_all, live_segments

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow

    from mltrace.store.database.catalog import Catalog
    from mltrace.store.lake.segments import Segment
    from mltrace.store.location import Location

_PIECE_BYTES: Final = 2**30
"""About how many bytes of rows are put in order together."""
_MAX_PAYLOAD_ROWS: Final = 1_000_000
"""About how many rows are compacted together where the catalog itself holds them."""


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
        pieces = (in_order(piece, sources[0].kind) for piece in _pieces(rows))
        new = replace_segments(self._catalog, self._location, sources, pieces, name=job_id(sources))
        if new is None:
            return Compacted()
        return Compacted(
            num_segments=len(sources),
            num_new_segments=len(new),
            num_rows=sum(one.num_rows for one in new),
            num_bytes_before=sum(segment.num_bytes for segment in sources),
            num_bytes_after=sum(one.num_bytes for one in new),
        )


def job_id(sources: Sequence[Segment]) -> str:
    """Tell what the ids of the segments begin with that are made of others."""
    return family_of_all(segment.uid for segment in sources)


def _pieces(tables: Sequence[pyarrow.Table]) -> Iterator[list[pyarrow.Table]]:
    """Part rows such that their texts can be put in order: Arrow takes 2 GiB of them at most."""
    piece: list[pyarrow.Table] = []
    num_bytes = 0
    for whole in tables:
        num_rows = max(1, whole.num_rows * _PIECE_BYTES // max(1, whole.nbytes))
        for start in range(0, max(1, whole.num_rows), num_rows):
            table = whole.slice(start, num_rows)
            if piece and num_bytes + table.nbytes > _PIECE_BYTES:
                yield piece
                piece, num_bytes = [], 0
            piece.append(table)
            num_bytes += table.nbytes
    yield piece
