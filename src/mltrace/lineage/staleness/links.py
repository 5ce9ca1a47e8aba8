"""Loads what runs read and wrote: that of some at once, that of others when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import bindparam, func, select

from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import Connection, Select

MOST_LINKS: Final = 200_000
"""Reads, and writes, that are loaded at once, those of the newest runs; others are not known."""

_decode_names: Final = msgspec.json.Decoder(tuple[str, ...]).decode
_read, _write, _version = schema.read, schema.write, schema.version
_artifact, _text = schema.artifact, schema.shared_text


class Read(NamedTuple):
    """What a run read, and the run that made it."""

    artifact_id: int
    digest: str
    producer_id: int | None


class Write(NamedTuple):
    """What a run wrote; `part` and `position` tell where.

    `columns_id` and `dtypes_id` stand for the names and types of columns; `Links.names` says them.
    """

    part: int
    position: int
    artifact_id: int
    digest: str
    name: str
    columns_id: int | None
    dtypes_id: int | None


_READS: Final = (
    select(
        _read.c.run_id,
        _read.c.artifact_id,
        _version.c.digest,
        _read.c.producer_id,
        _artifact.c.identity,
    )
    .join(_artifact, _artifact.c.id == _read.c.artifact_id)
    .join(_version, _version.c.id == _read.c.version_id)
    .where(_read.c.run_id.in_(CHOSEN))
    .order_by(_read.c.run_id.desc())
    .limit(MOST_LINKS)
)
_WRITES: Final = (
    select(
        _write.c.run_id,
        _write.c.part,
        _write.c.position,
        _write.c.artifact_id,
        _version.c.digest,
        func.coalesce(_write.c.name, _artifact.c.identity),
        _version.c.columns_id,
        _version.c.dtypes_id,
        _artifact.c.identity,
    )
    .join(_artifact, _artifact.c.id == _write.c.artifact_id)
    .join(_version, _version.c.id == _write.c.version_id)
    .where(_write.c.run_id.in_(CHOSEN))
    .order_by(_write.c.run_id.desc(), _write.c.part, _write.c.position)
    .limit(MOST_LINKS)
)
_NAMES: Final = select(_text.c.text).where(_text.c.id == bindparam("key"))


class Links:
    """What runs read and wrote.

    Parameters
    ----------
    first : iterable of int
        The runs of which it is loaded at once.
    later : iterable of collection of int
        More runs that may be asked about, in groups that are loaded when one of it is.

    Attributes
    ----------
    lasting : set of int
        The artifacts, of what is loaded, that have a place of their own, where a new version
        replaces the one before: files and URIs, not values in memory.
    """

    def __init__(
        self, connection: Connection, first: Iterable[int], *, later: Iterable[Collection[int]]
    ) -> None:
        self.lasting: set[int] = set()
        self._connection = connection
        self._left = {key: group for group in later for key in group}
        self._reads: dict[int, list[Read]] = {}
        self._writes: dict[int, list[Write]] = {}
        self._load(list(first))

    def reads(self, key: int) -> Sequence[Read]:
        """Return what a run read, as far as that is known."""
        self._need(key)
        return self._reads.get(key, ())

    def has_reads(self, key: int) -> bool:
        """Tell whether it is known what a run read."""
        self._need(key)
        return key in self._reads

    def writes(self, key: int) -> Sequence[Write]:
        """Return what a run wrote, as far as that is known."""
        self._need(key)
        return self._writes.get(key, ())

    def names(self, key: int | None) -> tuple[str, ...]:
        """Return the names or types of columns that `columns_id` or `dtypes_id` stands for."""
        text = self._connection.execute(_NAMES, {"key": key}).scalar() if key else None
        return () if text is None else _decode_names(text)

    def _need(self, key: int) -> None:
        if key in self._left:
            self._load(self._left[key])

    def _load(self, keys: Collection[int]) -> None:
        for key in keys:
            self._left.pop(key, None)
        for run_id, *row, identity in _rows(self._connection, _READS, keys, self._reads):
            self._reads[run_id].append(Read(*row))
            if is_lasting(identity):
                self.lasting.add(row[0])
        for run_id, *row, identity in _rows(self._connection, _WRITES, keys, self._writes):
            self._writes[run_id].append(Write(*row))
            if is_lasting(identity):
                self.lasting.add(row[2])


def is_lasting(identity: str) -> bool:
    """Tell whether an artifact has a place of its own: it is a file or has a URI."""
    return "/" in identity or "\\" in identity


def _rows(
    connection: Connection, query: Select[Any], keys: Collection[int], links: dict[int, list[Any]]
) -> Sequence[Any]:
    """Ask for the links of runs, and prepare a list for each run whose links are known in full."""
    rows = connection.execute(query, choose(keys)).all()
    cut = rows[-1][0] if len(rows) == MOST_LINKS else 0
    links.update((key, []) for key in keys if key > cut)
    return [row for row in rows if row[0] > cut] if cut else rows
