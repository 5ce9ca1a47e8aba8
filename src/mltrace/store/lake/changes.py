"""Which segments of a task are news to whoever has seen others of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import select

from mltrace.store.database import schema
from mltrace.store.database.keys import CHUNK
from mltrace.store.lake.segments import (
    REMOVED,
    Segment,
    family_of,
    family_of_all,
    live_segments,
    replacements,
)

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
    new = tuple(one for one in unseen if not gone or not sources.are_seen(one.uid))
    return SegmentChanges(
        frozenset(segment.uid for segment in live),
        new,
        sum(one.num_rows for one in new if gone and one.is_compacted),
        are_rows_gone=len(went) < len(gone) or REMOVED in went.values() or sources.are_fewer,
    )


class _Sources:
    """Tells whether segments were made of segments that were seen, and of no others.

    `are_fewer`: one of those asked about was made of others without all of their rows.
    """

    def __init__(self, connection: Connection, task: str, seen: Collection[str]) -> None:
        self._connection = connection
        self._task = task
        self._seen = seen
        self._told: dict[str, bool] = {}
        self.are_fewer = False

    def are_seen(self, uid: str) -> bool:
        family = family_of(uid)
        if family not in self._told:
            of_task = (_table.c.task == self._task, _table.c.kind.in_(KINDS))
            query = select(_table.c.uid).where(*of_task, _table.c.replaced_by == family)
            sources = [str(row.uid) for row in self._connection.execute(query)]
            self.are_fewer |= bool(sources) and family != family_of_all(sources)
            seen = [one in self._seen or self.are_seen(one) for one in sources]
            self._told[family] = bool(sources) and all(seen)
        return self._told[family]
