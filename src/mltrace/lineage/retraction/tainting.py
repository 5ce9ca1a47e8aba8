"""Derives what data subjects' labels have reached: nothing of it is stored.

Labels are declared of versions (the *seeds*). They spread to the runs that read a seed, to all that
these write, and to the runs that read from them, but not into runs of anonymising components.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import func, or_, select, union

from mltrace.store.database import schema
from mltrace.store.database.chosen import (
    CHOSEN,
    CHOSEN_BESIDE,
    CHOSEN_TEXTS,
    choose,
    choose_beside,
    choose_texts,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection, Select, Table

    from mltrace.store.kept.blobs import Blobs

_read, _write, _run = schema.read, schema.write, schema.run
_version, _artifact, _component = schema.version, schema.artifact, schema.component
_set = schema.subject_set


class Seed(NamedTuple):
    """A version that is said to hold a label: by digest, or where that is empty by identity."""

    digest: str
    identity: str
    at: int


class Write(NamedTuple):
    """A write of an artifact that is touched at some time."""

    artifact_id: int
    version_id: int
    run_id: int
    uid: bytes
    component_id: int
    part: int
    at: int
    digest: str
    is_trivial: bool


_VERSIONS: Final = (
    select(_version.c.id, _version.c.digest, _version.c.is_trivial, _artifact.c.identity)
    .join(_artifact, _artifact.c.id == _version.c.artifact_id)
    .where(
        or_(
            _version.c.digest.in_(CHOSEN_TEXTS),
            (_version.c.digest == "") & _artifact.c.identity.in_(CHOSEN_TEXTS),
        )
    )
)
_ANONYMISING: Final = select(_component.c.id).where(_component.c.is_anonymising)


def _select_tainted(*, is_filtered: bool) -> Select[Any]:
    """Select the runs that the chosen versions reach; those of anonymising components do not."""
    entered = _read.c.run_id
    base, more = select(entered), select(entered)
    if is_filtered:
        enters = or_(_run.c.component_id.is_(None), _run.c.component_id.not_in(CHOSEN_BESIDE))
        base = base.join(_run, _run.c.id == entered).where(enters)
        more = more.join(_run, _run.c.id == entered).where(enters)
    tainted = base.where(_read.c.version_id.in_(CHOSEN)).cte("tainted", recursive=True)
    tainted = tainted.union(more.join(tainted, _read.c.producer_id == tainted.c.run_id))
    return select(tainted.c.run_id)


def _select_related() -> Select[Any]:
    """Select the runs that any version of the chosen artifacts reaches."""
    related = select(_read.c.run_id).where(_read.c.artifact_id.in_(CHOSEN))
    reached = related.cte("related", recursive=True)
    reached = reached.union(
        select(_read.c.run_id).join(reached, _read.c.producer_id == reached.c.run_id)
    )
    return select(reached.c.run_id)


def _select_members(link: Table) -> Select[Any]:
    """Select the files of the chosen folders, as the first run that had them read or wrote them."""
    holder, file = link.alias(), link.alias()
    folder, inside = _artifact.alias(), _artifact.alias()
    first = select(func.min(link.c.id)).where(link.c.version_id.in_(CHOSEN))
    return (
        select(file.c.version_id)
        .join(holder, holder.c.run_id == file.c.run_id)
        .join(folder, folder.c.id == holder.c.artifact_id)
        .join(inside, inside.c.id == file.c.artifact_id)
        .where(
            holder.c.id.in_(first.group_by(link.c.version_id)),
            file.c.part == schema.MEMBER,
            func.substr(inside.c.identity, 1, func.length(folder.c.identity) + 1)
            == folder.c.identity + "/",
        )
    )


_TAINTED: Final = _select_tainted(is_filtered=False)
_TAINTED_BUT: Final = _select_tainted(is_filtered=True)
_RELATED: Final = _select_related()
_MEMBERS: Final = union(_select_members(_read), _select_members(_write))
_WRITES: Final = (
    select(
        _write.c.artifact_id,
        _write.c.version_id,
        _write.c.run_id,
        _run.c.uid,
        func.coalesce(_run.c.component_id, 0),
        _write.c.part,
        _write.c.at,
        _version.c.digest,
        _version.c.is_trivial,
    )
    .join(_run, _run.c.id == _write.c.run_id)
    .join(_version, _version.c.id == _write.c.version_id)
    .where(
        or_(
            _write.c.artifact_id.in_(
                select(_write.c.artifact_id).where(_write.c.run_id.in_(CHOSEN))
            ),
            _write.c.artifact_id.in_(CHOSEN_BESIDE),
        )
    )
    .order_by(_write.c.at, _write.c.id)
)


def find_seeds(
    connection: Connection, blobs: Blobs, labels: Collection[str]
) -> dict[str, tuple[Seed, ...]]:
    """Find the versions that are said to hold each of the labels.

    Notes
    -----
    Every set is looked into once, however many labels are asked for and versions have it.

    Raises
    ------
    StoreCorruptError
        If a set of labels is damaged or gone.
    """
    seeds: dict[str, tuple[Seed, ...]] = dict.fromkeys(labels, ())
    if not seeds:
        return seeds
    from mltrace.store.kept import label_sets  # loads numpy, which other verbs do not need

    rows = connection.execute(select(_set.c.labels, _set.c.digest, _set.c.identity, _set.c.at))
    versions: dict[str, list[Seed]] = defaultdict(list)
    for key, *seed in rows:
        versions[key].append(Seed(*seed))
    for key, held_by in versions.items():
        with blobs.open(key) as stream:
            held = label_sets.held(stream.read(), labels)
        for label in held:
            seeds[label] = (*seeds[label], *held_by)
    return {label: tuple(sorted(set(found))) for label, found in seeds.items()}


class Taint:
    """What the seeds of a label reach.

    Attributes
    ----------
    seeds : tuple of Seed
        The versions that are said to hold it, be they in the catalog or not.
    versions : dict of int to str
        The row ids of the seeds, with their identities; files in a seed that is a folder as well.
    runs : set of int
        The row ids of the runs that it reaches.
    writes : list of Write
        Every write of every artifact that it touches, oldest first.
    """

    def __init__(self, connection: Connection, seeds: Iterable[Seed]) -> None:
        self._connection = connection
        self._related: set[int] | None = None
        self.seeds = tuple(seeds)
        self._digests: set[str] = set()
        self.versions = self._find_versions()
        self._members = set(
            connection.execute(_MEMBERS, choose(self.versions)).scalars() if self.versions else ()
        )
        self.runs = self._find_runs()
        self.artifacts = self._find_artifacts()
        rows = connection.execute(_WRITES, choose(self.runs, **choose_beside(self.artifacts)))
        self.writes = list(map(Write._make, rows.all()))

    def is_seed(self, version_id: int) -> bool:
        """Tell whether a version holds the label by itself."""
        return version_id in self.versions or version_id in self._members

    def seed_versions(self) -> set[int]:
        """List the row ids of the versions that hold the label, files in folders included."""
        return self.versions.keys() | self._members

    def digests(self) -> set[str]:
        """List the digests, or identities for want of one, of the seeds in the catalog."""
        return self._digests

    def is_touched(self, write: Write) -> bool:
        """Tell whether what was written is touched."""
        return write.run_id in self.runs or self.is_seed(write.version_id)

    def related(self) -> set[int]:
        """Find the runs downstream of any version of the seeds' artifacts, once."""
        if self._related is None:
            rows = self._connection.execute(_RELATED, choose(self.artifacts))
            self._related = set(rows.scalars())
        return self._related

    def _find_versions(self) -> dict[int, str]:
        keys = {seed.digest or seed.identity for seed in self.seeds}
        names = {seed.identity for seed in self.seeds}
        bare = {seed.identity for seed in self.seeds if not seed.digest}
        found = [
            row
            for row in self._connection.execute(_VERSIONS, choose_texts(keys))
            if (row.digest or row.identity in bare)
            and (not row.is_trivial or row.identity in names)
        ]
        self._digests = {row.digest or row.identity for row in found}
        return {row.id: row.identity for row in found}

    def _find_runs(self) -> set[int]:
        anonymising = self._connection.execute(_ANONYMISING).scalars().all()
        start = choose([*self.versions, *self._members])
        if not anonymising:
            return set(self._connection.execute(_TAINTED, start).scalars())
        rows = self._connection.execute(_TAINTED_BUT, {**start, **choose_beside(anonymising)})
        return set(rows.scalars())

    def _find_artifacts(self) -> set[int]:
        """Find the artifacts of the seeds, by name where their versions are not in the catalog."""
        names = {seed.identity for seed in self.seeds} | set(self.versions.values())
        query = select(_artifact.c.id).where(_artifact.c.identity.in_(CHOSEN_TEXTS))
        return set(self._connection.execute(query, choose_texts(names)).scalars())
