"""Which segments of a task are news to whoever has seen others of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import select

from mltrace.store.database import schema
from mltrace.store.database.keys import CHUNK
from mltrace.store.lake.segments import PART, REMOVED, Segment, live_segments, replacements

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

_table = schema.segment
KINDS: Final = ("predictions", "feedback")


class SegmentChanges(NamedTuple):
    """What has changed since some segments were read.

    Attributes
    ----------
    live : frozenset of str
        The ids of all segments that hold rows now.
    new : tuple of Segment
        Those of them that hold rows that none of those segments had.
    num_repeated : int
        How many rows the new ones hold at most that one of those segments had.
    are_rows_gone : bool
        Whether rows of those segments were removed.
    """

    live: frozenset[str]
    new: tuple[Segment, ...]
    num_repeated: int
    are_rows_gone: bool


def segment_changes(connection: Connection, task: str, seen: Collection[str]) -> SegmentChanges:
    """Tell what has changed of a task since some of its segments were read.

    Parameters
    ----------
    seen : collection of str
        The ids of the segments that were read. One that is made of them alone is not new.
    """
    live = [one for kind in KINDS for one in live_segments(connection, task, kind)]
    known = set(seen)
    gone = sorted(known.difference(segment.uid for segment in live))
    went: dict[str, str] = {}
    for start in range(0, len(gone), CHUNK):
        went |= replacements(connection, gone[start : start + CHUNK])
    unseen = [segment for segment in live if segment.uid not in known]
    sources = _Sources(connection, task, known)
    new = tuple(one for one in unseen if not (gone and sources.are_seen(one.uid)))
    return SegmentChanges(
        frozenset(segment.uid for segment in live),
        new,
        sum(one.num_rows for one in new if gone and one.is_compacted),
        are_rows_gone=len(went) < len(gone) or REMOVED in went.values(),
    )


class _Sources:
    """Tells whether compacted segments were made of segments that were seen, and of no others."""

    def __init__(self, connection: Connection, task: str, seen: Collection[str]) -> None:
        self._connection = connection
        self._task = task
        self._seen = seen
        self._told: dict[str, bool] = {}

    def are_seen(self, uid: str) -> bool:
        job, is_compacted, _ = uid.partition(PART)
        if not is_compacted:
            return False
        if job not in self._told:
            of_job = (_table.c.task == self._task, _table.c.kind.in_(KINDS))
            query = select(_table.c.uid).where(*of_job, _table.c.replaced_by == job)
            sources = [str(row.uid) for row in self._connection.execute(query)]
            self._told[job] = bool(sources) and all(
                one in self._seen or self.are_seen(one) for one in sources
            )
        return self._told[job]
