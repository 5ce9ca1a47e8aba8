"""Segments as the catalog lists them: which there are, and where their rows are."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final, NamedTuple

from blake3 import blake3
from sqlalchemy import select

from mltrace.errors import StoreCorruptError
from mltrace.store.database import schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from typing import Any

    from sqlalchemy import ColumnElement, Connection, Select

COMPACTED: Final = "c"
"""What the ids of compacted segments begin with, then the digest of the ids they were made of."""
GATHERED: Final = "g"
"""What the ids of batches begin with that were gathered from single rows, then their digest."""
MERGED: Final = "m"
"""What the ids of segments begin with that a merge made of rows that were lacking."""
PART: Final = "."
"""What stands before the number of a segment among those that were made together."""
REMOVED: Final = "removed"
"""What a segment was `replaced_by` whose rows were removed."""
_table = schema.segment
is_live: Final = _table.c.replaced_by.is_(None)
"""Whether a segment has rows of its own."""
is_logged: Final = ~_table.c.uid.contains(PART) & ~_table.c.uid.startswith(MERGED)
"""Whether rows were logged as that segment, rather than taken from others that are listed as well.

Who logged them stays listed when they are compacted or removed.
"""


class Segment(NamedTuple):
    """Rows of one task and kind that are kept together: a batch as it was logged, or Parquet.

    Times are in nanoseconds. Without a `file` the rows are in the catalog.
    """

    uid: str
    task: str
    kind: str
    num_rows: int
    num_bytes: int
    logged_at: int
    first_at: int
    last_at: int
    file: str | None

    @property
    def is_compacted(self) -> bool:
        """Whether it is Parquet already."""
        return self.uid.startswith(COMPACTED) and PART in self.uid


def lake_file(folder: Path, name: str) -> Path:
    """Tell where a file of the lake is.

    Raises
    ------
    StoreCorruptError
        If it would be elsewhere than in a folder of the lake, as a foreign catalog may say.
    """
    parts = name.split("/")
    if len(parts) != 2 or PurePath(name).parts != tuple(parts) or ".." in parts:
        raise StoreCorruptError(f"The catalog lists {name!r}, which is no file of the lake.")
    return folder / name


def live_segments(
    connection: Connection,
    task: str | None = None,
    kind: str | None = None,
    *,
    since: int | None = None,
    until: int | None = None,
) -> list[Segment]:
    """List the segments that hold rows now, in the order of their time.

    Parameters
    ----------
    task, kind : str, optional
        Only those of them.
    since, until : int, optional
        Only those that may have rows from `since` on and before `until`, in nanoseconds.
    """
    wanted: list[ColumnElement[bool]] = [is_live]
    if task is not None:
        wanted.append(_table.c.task == task)
    if kind is not None:
        wanted.append(_table.c.kind == kind)
    if since is not None:
        wanted.append(_table.c.last_at >= since)
    if until is not None:
        wanted.append(_table.c.first_at < until)
    return _segments(connection, select_segments().where(*wanted))


def select_segments() -> Select[Any]:
    """Select segments, without their rows, in the order of their time."""
    columns = [_table.c[name] for name in Segment._fields]
    return select(*columns).order_by(_table.c.first_at, _table.c.uid)


def _segments(connection: Connection, query: Select[Any]) -> list[Segment]:
    return [Segment(*row) for row in connection.execute(query)]


def payload_of(connection: Connection, uid: str) -> bytes | None:
    """Read the rows of a segment that the catalog holds; None if it has none now."""
    payload = connection.execute(select(_table.c.payload).where(_table.c.uid == uid)).scalar()
    return None if payload is None else bytes(payload)


def family_of_all(uids: Iterable[str]) -> str:
    """Tell what the ids of segments begin with that have all rows of others, each row once."""
    names = "\n".join(sorted(uids))
    return f"{COMPACTED}{blake3(names.encode()).hexdigest(16)}"


def family_of(uid: str) -> str:
    """Tell what those were `replaced_by` whose rows a segment has, if it has any of others.

    Examples
    --------
    >>> family_of("c0a1b2.3")
    'c0a1b2'
    """
    return uid.partition(PART)[0]


def replacements(connection: Connection, uids: Sequence[str]) -> dict[str, str]:
    """Tell into which segments those of `uids` went that have no rows of their own any more."""
    query = select(_table.c.uid, _table.c.replaced_by).where(_table.c.uid.in_(uids), ~is_live)
    return {row.uid: row.replaced_by for row in connection.execute(query)}
