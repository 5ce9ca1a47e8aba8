"""Removes the rows of ids, and rewrites only the segments that hold them.

What is live is written anew without them until nothing of them is listed. Files that this replaced,
and what killed processes left, is removed by `mltrace.store.lake.leavings`.
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import update

from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN_TEXTS, choose_texts
from mltrace.store.lake import layout
from mltrace.store.lake.changes import KINDS
from mltrace.store.lake.finding import WantedIds, find_by_segment
from mltrace.store.lake.planning import MAX_ROWS
from mltrace.store.lake.reading import LakeReader
from mltrace.store.lake.rewriting import in_order, replace_segments
from mltrace.store.lake.segments import COMPACTED, REMOVED, Segment, is_live
from mltrace.times import now_ns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import pyarrow
    from sqlalchemy import Connection

    from mltrace.store.database.catalog import Catalog
    from mltrace.store.location import Location
    from mltrace.store.progress import Progress
    from mltrace.store.task_facts import RowKind

_MOST_ROUNDS: Final = 20
"""How often it is looked again for rows that others have put elsewhere meanwhile."""


@dataclass(slots=True)
class Held:
    """The rows that ids have now.

    Attributes
    ----------
    segments : list of Segment
        Those that hold any of them.
    rows : dict of str to Counter of str
        By kind, how many rows each id has.
    unreadable : list of str
        The segments of which nobody can tell.
    """

    segments: list[Segment] = field(default_factory=list)
    rows: dict[RowKind, Counter[str]] = field(
        default_factory=lambda: {kind: Counter() for kind in KINDS}
    )
    unreadable: list[str] = field(default_factory=list)


def find_held(connection: Connection, location: Location, task: str, ids: Collection[str]) -> Held:
    """Find which rows ids have, and where.

    Notes
    -----
    Up to 100 ids are looked up by Bloom filters, some 3 ms of CPU for each million rows; of more
    ids all are compared.
    """
    held = Held()
    reader = LakeReader(connection, location.lake)
    for kind in KINDS:
        for segment, rows in find_by_segment(reader, ids, task=task, kind=kind):
            held.rows[kind].update(rows.column(layout.ID).to_pylist())
            if segment not in held.segments[-1:]:
                held.segments.append(segment)
    held.unreadable = list(dict.fromkeys(one.segment.uid for one in reader.left_out))
    return held


class Eraser:
    """Removes the rows of ids of one task.

    Parameters
    ----------
    catalog : Catalog
        Lists the segments.
    location : Location
        Where their files are.
    task : str
    ids : collection of str

    Attributes
    ----------
    num_segments : int
        How many segments were written anew or removed so far.
    """

    def __init__(
        self, catalog: Catalog, location: Location, task: str, ids: Collection[str]
    ) -> None:
        self._catalog = catalog
        self._location = location
        self._task = task
        self._ids = ids
        self._wanted = WantedIds(ids)
        self._damaged: list[str] = []
        self.num_segments = 0

    def run(self, on_progress: Progress) -> tuple[Held, Held]:
        """Remove all rows that are listed; return those that there were, and those that are left.

        Raises
        ------
        OSError
            If there is no room to write a segment anew.
        """
        found = left = self._find()
        for _ in range(_MOST_ROUNDS):
            jobs = [*_jobs([one for one in left.segments if one.uid not in self._damaged])]
            for number, job in enumerate(jobs):
                on_progress("Removing rows", number, len(jobs))
                self._rewrite(job)
            if not jobs:
                break
            left = self._find()
        left.unreadable = [*dict.fromkeys((*left.unreadable, *self._damaged))]
        return found, left

    def _find(self) -> Held:
        with self._catalog.read() as connection:
            return find_held(connection, self._location, self._task, self._ids)

    def _rewrite(self, job: Sequence[Segment]) -> None:
        """Write segments anew without the rows, unless others have replaced one meanwhile."""
        with self._catalog.read() as connection:
            reader = LakeReader(connection, self._location.lake)
            kept = {one: [*map(self._wanted.without, reader.tables(one))] for one in job}
        for lost in reader.left_out:
            kept.pop(lost.segment, None)
            if lost.reason == "damaged":  # else it was replaced, and its file is gone
                self._damaged.append(lost.segment.uid)
        tables = [table for parts in kept.values() for table in parts if table.num_rows]
        sources = [*kept]
        if not tables:
            self._remove(sources)
        elif self._replace(sources, tables):
            self.num_segments += len(sources)

    def _replace(self, sources: Sequence[Segment], tables: Sequence[pyarrow.Table]) -> bool:
        rows = in_order(tables, sources[0].kind)
        name = f"{COMPACTED}{secrets.token_hex(16)}"  # a digest of ids could be guessed
        new = replace_segments(self._catalog, self._location, sources, [rows], name=name)
        return new is not None

    def _remove(self, sources: Sequence[Segment]) -> None:
        gone = {"replaced_by": REMOVED, "replaced_at": now_ns(), "payload": None}
        mine = schema.segment.c.uid.in_(CHOSEN_TEXTS)
        removed = update(schema.segment).where(mine, is_live).values(gone)
        with self._catalog.write() as connection:
            connection.execute(removed, choose_texts(one.uid for one in sources))
        self.num_segments += len(sources)


def _jobs(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Put small segments of a kind together, so that each does not become a file of its own."""
    job: list[Segment] = []
    num_rows = 0
    for one in segments:
        if job and (one.kind != job[0].kind or num_rows + one.num_rows > MAX_ROWS):
            yield job
            job, num_rows = [], 0
        job.append(one)
        num_rows += one.num_rows
    if job:
        yield job
