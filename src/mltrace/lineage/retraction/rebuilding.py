"""Tells of touched versions whether one without the label has taken their place.

A file or URI is one place, whoever writes it. A name such as `features` is the place of one
component, and counts as rebuilt only by a run that depends on the artifact that held the label:
pipelines may share names. What a component said of its own output it replaces itself.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import func, or_, select

from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from mltrace.lineage.retraction.tainting import Taint, Write

_read, _write, _run, _artifact = schema.read, schema.write, schema.run, schema.artifact
_latest = (
    select(_read.c.artifact_id, func.max(_read.c.at).label("at"))
    .where(_read.c.artifact_id.in_(CHOSEN))
    .group_by(_read.c.artifact_id)
    .subquery()
)
_LATEST_READS: Final = select(
    _read.c.artifact_id, _read.c.version_id, _read.c.producer_id, _read.c.at
).join(_latest, (_latest.c.artifact_id == _read.c.artifact_id) & (_latest.c.at == _read.c.at))
_READS_BY_COMPONENT: Final = (
    select(
        _read.c.artifact_id,
        _read.c.version_id,
        _read.c.producer_id,
        _read.c.at,
        func.coalesce(_run.c.component_id, 0).label("component_id"),
    )
    .join(_run, _run.c.id == _read.c.run_id)
    .where(_read.c.artifact_id.in_(CHOSEN))
    .order_by(_read.c.at, _read.c.id)
)
_first = select(func.min(_read.c.id)).where(_read.c.version_id.in_(CHOSEN))
_FIRST_READS: Final = select(
    _read.c.version_id, _read.c.artifact_id, _read.c.name, _read.c.at
).where(_read.c.id.in_(_first.group_by(_read.c.version_id)))
_HANDED_ON: Final = (
    select(_read.c.version_id)
    .where(_read.c.version_id.in_(CHOSEN))
    .group_by(_read.c.version_id)
    .having(func.count(_read.c.producer_id) == func.count())
)
_FILES: Final = select(_artifact.c.id).where(
    _artifact.c.id.in_(CHOSEN),
    or_(_artifact.c.identity.like("/%"), _artifact.c.identity.like("%://%")),
)
_IDENTITIES: Final = select(_artifact.c.id, _artifact.c.identity).where(_artifact.c.id.in_(CHOSEN))
_NAMES: Final = (
    select(_write.c.artifact_id, func.max(_write.c.name))
    .where(_write.c.artifact_id.in_(CHOSEN), _write.c.name.is_not(None))
    .group_by(_write.c.artifact_id)
)


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A touched version.

    Attributes
    ----------
    version_id : int or None
        Its row id; None if the catalog has none, which leaves `identity` and `digest`.
    order : tuple of int
        Sorts what is upstream before what is downstream.
    uid, component_id
        The run that wrote it last, and the component of that.
    """

    version_id: int | None
    artifact_id: int
    at: int
    is_seed: bool
    order: tuple[int, int] = (0, 0)
    name: str | None = None
    identity: str = ""
    digest: str = ""
    uid: bytes | None = None
    component_id: int = 0
    is_pending: bool = True
    rebuilt_by: bytes | None = None
    rebuilt_at: int | None = None


def find_entries(connection: Connection, taint: Taint) -> list[Entry]:
    """Find the versions that a label touches; of a folder the whole, not each file."""
    places = _Places(connection, taint)
    written = places.written()
    known = {entry.version_id for entry in written}
    read = places.only_read([key for key in taint.versions if key not in known])
    return [*written, *read, *places.unseen()]


class _Places:
    def __init__(self, connection: Connection, taint: Taint) -> None:
        self._connection, self._taint = connection, taint
        ids = {write.artifact_id for write in taint.writes} | taint.artifacts
        self._files = set(connection.execute(_FILES, choose(ids)).scalars())
        spelled = connection.execute(_NAMES, choose(self._files)).all()
        self._spelled: dict[int, str | None] = {key: name for key, name in spelled}  # noqa: C416

    def written(self) -> list[Entry]:
        """Find the touched versions that runs wrote."""
        places: dict[tuple[int, int], list[Write]] = defaultdict(list)
        for write in self._taint.writes:
            if write.part != schema.MEMBER:
                scope = 0 if write.artifact_id in self._files else write.component_id
                places[write.artifact_id, scope].append(write)
        entries: dict[int, Entry] = {}
        for (_, scope), writes in places.items():
            for entry in self._entries(writes, is_file=scope == 0):
                version_id = entry.version_id or 0
                other = entries.get(version_id)
                if other is None or not other.is_pending:
                    entries[version_id] = entry
        return self._replaced_outside(list(entries.values()))

    def only_read(self, version_ids: Collection[int]) -> list[Entry]:
        """Find the versions that hold the label and that no run wrote.

        A value that runs only had from its writers, under a name of their own, is not one more.
        """
        if not version_ids:
            return []
        rows = self._connection.execute(_FIRST_READS, choose(version_ids)).all()
        handed_on = set(self._connection.execute(_HANDED_ON, choose(version_ids)).scalars())
        entries = [
            Entry(
                version_id=row.version_id,
                artifact_id=row.artifact_id,
                at=row.at,
                is_seed=True,
                order=(0, row.at),
                name=row.name,
            )
            for row in rows
            if row.artifact_id in self._files or row.version_id not in handed_on
        ]
        named = {one.artifact_id for one in entries} - self._files
        renewed = self._renewed_for_components(named)
        return [
            replace(one, is_pending=False, rebuilt_at=renewed[one.artifact_id])
            if one.artifact_id in renewed
            else one
            for one in self._replaced_outside(entries)
        ]

    def unseen(self) -> list[Entry]:
        """Make entries of versions that hold the label and that no run read or wrote."""
        digests = self._taint.digests()
        known = self._connection.execute(_IDENTITIES, choose(self._taint.artifacts)).all()
        by_identity = {identity: key for key, identity in known}
        return [
            Entry(
                version_id=None,
                artifact_id=by_identity.get(seed.identity, 0),
                at=seed.at,
                is_seed=True,
                order=(0, seed.at),
                identity=seed.identity,
                digest=seed.digest,
            )
            for seed in {(one.digest or one.identity): one for one in self._taint.seeds}.values()
            if (seed.digest or seed.identity) not in digests
        ]

    def _entries(self, writes: list[Write], *, is_file: bool) -> list[Entry]:
        """Make the entries of one place from its writes, oldest first."""
        touched = [at for at, write in enumerate(writes) if self._taint.is_touched(write)]
        if not touched:
            return []
        is_any = is_file or writes[touched[-1]].run_id not in self._taint.runs
        rebuilt = next(
            (
                write
                for write in writes[touched[-1] + 1 :]
                if is_any or write.run_id in self._taint.related()
            ),
            None,
        )
        order = (1, writes[touched[0]].at)
        last = {writes[at].version_id: writes[at] for at in touched}
        return [
            Entry(
                version_id=version_id,
                artifact_id=write.artifact_id,
                at=write.at,
                is_seed=self._taint.is_seed(version_id),
                order=order,
                name=self._spelled.get(write.artifact_id),
                uid=write.uid,
                component_id=write.component_id,
                is_pending=rebuilt is None,
                rebuilt_by=None if rebuilt is None else rebuilt.uid,
                rebuilt_at=None if rebuilt is None else rebuilt.at,
            )
            for version_id, write in last.items()
        ]

    def _replaced_outside(self, entries: list[Entry]) -> list[Entry]:
        """See which pending files were replaced by no run: what was read of them last is clean."""
        pending = [one for one in entries if one.is_pending and one.artifact_id in self._files]
        latest: dict[int, list[Any]] = defaultdict(list)
        wanted = choose({one.artifact_id for one in pending})
        for row in self._connection.execute(_LATEST_READS, wanted).all() if pending else ():
            latest[row.artifact_id].append(row)
        written: dict[int, int] = {}
        for write in self._taint.writes:
            if self._taint.is_touched(write):
                written[write.artifact_id] = write.at
        clean = {
            key: rows[0].at
            for key, rows in latest.items()
            if rows[0].at > written.get(key, 0) and not any(map(self._is_dirty, rows))
        }
        return [
            replace(one, is_pending=False, rebuilt_at=clean[one.artifact_id])
            if one.is_pending and one.artifact_id in clean
            else one
            for one in entries
        ]

    def _renewed_for_components(self, artifact_ids: Collection[int]) -> dict[int, int]:
        """See which names the components that read the label under them read without it since."""
        if not artifact_ids:
            return {}
        latest: dict[int, dict[int, Any]] = defaultdict(dict)
        concerned: dict[int, set[int]] = defaultdict(set)
        for row in self._connection.execute(_READS_BY_COMPONENT, choose(artifact_ids)).all():
            artifact_id, version_id, _, _, component_id = row
            latest[artifact_id][component_id] = row
            if self._taint.is_seed(version_id):
                concerned[artifact_id].add(component_id)
        renewed = {}
        for artifact_id, components in concerned.items():
            rows = [latest[artifact_id][component] for component in components]
            if not any(map(self._is_dirty, rows)):
                renewed[artifact_id] = max(row.at for row in rows)
        return renewed

    def _is_dirty(self, row: Any) -> bool:
        return self._taint.is_seed(row.version_id) or row.producer_id in self._taint.runs
