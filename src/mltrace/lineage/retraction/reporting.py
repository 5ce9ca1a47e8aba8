"""Reports what retracted labels touch, what was rebuilt without them, and what still must be."""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace
from sqlalchemy import func, select

from mltrace.errors import ArgumentError, unknown
from mltrace.lineage.retraction.rebuilding import Entry, find_entries
from mltrace.lineage.retraction.tainting import Seed, Taint, find_seeds
from mltrace.records import RecordList, Retraction, RetractionReport, TouchedVersion
from mltrace.store.collector import collector_paused
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, CHOSEN_BESIDE, choose, choose_beside
from mltrace.store.database.keys import uid_bytes, uid_text
from mltrace.store.facts import RetractionFact
from mltrace.store.kept.blobs import is_digest
from mltrace.store.touched import Mark, strictest, version_key
from mltrace.times import NANOSECONDS, now_ns, parse_age, to_datetime
from mltrace.values.identity import is_uri

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from mltrace.config import Settings
    from mltrace.store.kept.blobs import Blobs
    from mltrace.store.touched import TouchedVersions

PREDICTIONS: Final = 10_000
_LONG_LOG: Final = 1024 * 1024
_version, _artifact, _component = schema.version, schema.artifact, schema.component
_retraction, _set, _output, _run = (
    schema.retraction,
    schema.subject_set,
    schema.output_id,
    schema.run,
)
_ACTIVE: Final = (
    select(_retraction)
    .where(_retraction.c.is_retracted)
    .order_by(_retraction.c.at.desc(), _retraction.c.label)
)
_PRIME: Final = 1_000_000_007  # keeps a sum of times small
_STATE: Final = select(func.sum(_retraction.c.at % _PRIME), func.count()).where(
    _retraction.c.is_retracted
)
_ANONYMISING: Final = (
    select(_component.c.id).where(_component.c.is_anonymising).order_by(_component.c.id)
)
_DETAILS: Final = (
    select(
        _version.c.id,
        _artifact.c.identity,
        _version.c.digest,
        _version.c.kind,
        _version.c.num_rows,
    )
    .join(_artifact, _artifact.c.id == _version.c.artifact_id)
    .where(_version.c.id.in_(CHOSEN))
)
_COMPONENTS: Final = select(_component.c.id, _component.c.name)
_OVER: Final = select(_run.c.uid).where(_run.c.status != "running")
_mine, _other = _output.alias("mine"), _output.alias("other")
_MADE: Final = select(_output.c.output).where(_output.c.run_id.in_(CHOSEN)).distinct()
_MADE_AGAIN: Final = (
    select(_mine.c.output, func.max(_mine.c.at), func.max(_other.c.at))
    .join(_other, _other.c.output == _mine.c.output)
    .where(_mine.c.run_id.in_(CHOSEN), _other.c.run_id.not_in(CHOSEN_BESIDE))
    .group_by(_mine.c.output)
)


class Retractions:
    """What is retracted, as one state of the catalog has it.

    Labels that the same versions hold reach the same; this is worked out once for all of them.
    """

    def __init__(self, connection: Connection, blobs: Blobs, settings: Settings) -> None:
        self._connection, self._blobs, self._settings = connection, blobs, settings
        self._seeds: dict[str, tuple[Seed, ...]] = {}
        self._taints: dict[tuple[Seed, ...], Taint] = {}
        self._found: dict[tuple[Seed, ...], list[Entry]] = {}
        self._counts: dict[tuple[Seed, ...], tuple[int, int]] = {}
        self._names: dict[int, str] | None = None

    def stamp(self) -> str | None:
        """Tell of which state the published versions must be; None if nothing is retracted.

        What runs write is not part of it: the runs say that themselves.
        """
        times, num_active = self._connection.execute(_STATE).one()
        if not num_active:
            return None
        num_sets = self._connection.execute(select(func.count()).select_from(_set)).scalar()
        anonymising = self._connection.execute(_ANONYMISING).scalars().all()
        return f"2 {times} {num_active} {num_sets} {anonymising}"

    def publish(self, published: TouchedVersions, *, is_forced: bool = False) -> None:
        """Publish what is touched, for writers; nothing if nothing is retracted.

        Parameters
        ----------
        is_forced : bool, default False
            Even if what is published is of this state and sound, and its log is not long.
        """
        stamp = self.stamp()
        if stamp is None:
            if published.is_published:
                published.withdraw()
        elif is_forced or published.stamp() != stamp or published.log_bytes > _LONG_LOG:
            published.publish(stamp, self.touched(), self.over)

    @collector_paused()
    def active(self) -> RecordList[Retraction]:
        """List what is retracted, newest first."""
        rows = self._connection.execute(_ACTIVE).all()
        self._look_up([row.label for row in rows])
        return RecordList(
            (Retraction(**self._fields(row.label, row)) for row in rows), of=Retraction
        )

    def _row(self, label: str) -> Any:
        """Return the row of the latest that was said of a label, or None."""
        return self._connection.execute(
            select(_retraction).where(_retraction.c.label == label)
        ).first()

    def fact(
        self,
        label: str,
        *,
        reason: str,
        grace: str | timedelta | None,
        undo: bool,
        by: str,
    ) -> RetractionFact | None:
        """Make the fact that retracts a label or takes that back; None if it would say nothing new.

        Said again with another reason or grace period, a label stays retracted from when it first
        was: the fact is just new enough to count.

        Raises
        ------
        ArgumentError
            If the grace period is no age, or the reason no text.
        UnknownNameError
            If what is to be taken back is not retracted; the message lists the nearest matches.
        """
        if not isinstance(reason, str):
            raise ArgumentError(f"reason={reason!r} is no text; say in words why it must go.")
        before = self._row(label)
        is_active = before is not None and before.is_retracted
        if undo and not is_active:
            known = self._connection.execute(_ACTIVE).all()
            hint = "See `mltrace retracted`."
            raise unknown("retracted label", label, [row.label for row in known], hint=hint)
        seconds = None if grace is None else _grace_seconds(grace)
        if is_active and not undo:
            return _changed(before, reason=reason or before.reason, grace=seconds)
        return RetractionFact(
            label=label,
            at=max(now_ns(), before.at + 1 if before is not None else 0),
            is_retracted=not undo,
            grace=seconds,
            reason=reason or (before.reason if is_active else ""),
            by=by,
        )

    @collector_paused()
    def report(self, label: str) -> RetractionReport:
        """Report on a label; one that is not retracted as if it were."""
        self._look_up([label])
        taint, entries = self._derived(label)
        versions = self._versions(taint, entries)
        listed = _MADE.limit(PREDICTIONS)
        predictions = self._connection.execute(listed, choose(self._makers(taint, entries)))
        row = self._row(label)
        return RetractionReport(
            **self._fields(label, row if row is not None and row.is_retracted else None),
            touched=tuple(versions),
            predictions=tuple(sorted(predictions.scalars())),
            num_kept=len({version.digest for version in versions if version.is_kept}),
        )

    def taken_back(self, label: str) -> RetractionReport:
        """Report on a label that is no longer retracted: it touches nothing."""
        policy = self._settings.retraction.policy
        return RetractionReport(label=label, is_retracted=False, policy=policy)

    @collector_paused()
    def touched(self) -> dict[str, Mark]:
        """Make the marks of all touched versions, to be published."""
        marks: dict[str, tuple[Mark, ...]] = {}
        writers: dict[str, str] = {}
        rows = self._connection.execute(_ACTIVE).all()
        self._look_up([row.label for row in rows])
        by_seeds: dict[tuple[Seed, ...], list[Mark]] = defaultdict(list)
        for row in rows:
            by_seeds[self._seeds[row.label]].append(_mark(row))
        for seeds, said in by_seeds.items():
            mark = strictest(said, "")
            for key, writer in self._keys(self._taint(seeds)).items():
                marks[key] = (*marks.get(key, ()), mark)
                writers[key] = writer
        joined = {pair: strictest(*pair) for pair in {(marks[key], writers[key]) for key in marks}}
        return {key: joined[said, writers[key]] for key, said in marks.items()}

    def over(self, runs: Iterable[str]) -> set[str]:
        """Tell which runs are over."""
        uids = [uid_bytes(run) for run in runs]
        rows = self._connection.execute(_OVER.where(_run.c.uid.in_(uids))) if uids else ()
        return {uid_text(row.uid) for row in rows}

    def _look_up(self, labels: list[str]) -> None:
        unknown = [label for label in labels if label not in self._seeds]
        self._seeds.update(find_seeds(self._connection, self._blobs, unknown))

    def _taint(self, seeds: tuple[Seed, ...]) -> Taint:
        if seeds not in self._taints:
            self._taints[seeds] = Taint(self._connection, seeds)
        return self._taints[seeds]

    def _derived(self, label: str) -> tuple[Taint, list[Entry]]:
        seeds = self._seeds[label]
        taint = self._taint(seeds)
        if seeds not in self._found:
            self._found[seeds] = find_entries(self._connection, taint)
        return taint, self._found[seeds]

    def _fields(self, label: str, row: Any) -> dict[str, Any]:
        """Make the fields of a retraction; without its row those of one that is none."""
        _, entries = self._derived(label)
        num_pending = sum(entry.is_pending for entry in entries)
        total, num_again = self._predictions(label)
        fields = {
            "label": label,
            "is_retracted": row is not None,
            "policy": self._settings.retraction.policy,
            "num_touched": len(entries),
            "num_pending": num_pending,
            "num_rebuilt": len(entries) - num_pending,
            "num_predictions": total,
            "num_predictions_pending": total - num_again,
        }
        if row is not None:
            block_from = _mark(row).blocks_from(self._settings.retraction.grace_seconds)
            fields["retracted_at"] = to_datetime(row.at)
            fields["retracted_by"] = row.retracted_by or None
            fields["reason"] = row.reason
            fields["block_from"] = to_datetime(block_from)
        return fields

    def _makers(self, taint: Taint, entries: Iterable[Entry]) -> set[int]:
        """Find the runs whose output ids are touched."""
        seeded = {entry.version_id for entry in entries if entry.is_seed}
        writers = [write for write in taint.writes if write.version_id in seeded]
        details = self._details({write.version_id for write in writers})
        ids = {key for key, row in details.items() if row.kind == "ids"}
        return taint.runs | {write.run_id for write in writers if write.version_id in ids}

    def _predictions(self, label: str) -> tuple[int, int]:
        seeds = self._seeds[label]
        if seeds not in self._counts:
            self._counts[seeds] = self._count_predictions(self._makers(*self._derived(label)))
        return self._counts[seeds]

    def _count_predictions(self, makers: set[int]) -> tuple[int, int]:
        """Count the output ids of runs, and those that another run has made since."""
        made = _MADE.subquery()
        total = self._connection.execute(
            select(func.count()).select_from(made), choose(makers)
        ).scalar()
        if not total:
            return 0, 0
        rows = self._connection.execute(_MADE_AGAIN, choose(makers, **choose_beside(makers))).all()
        return total, sum(again > last for _, last, again in rows)

    def _details(self, version_ids: Iterable[int | None]) -> dict[int, Any]:
        wanted = [version_id for version_id in version_ids if version_id is not None]
        if not wanted:
            return {}
        return {row[0]: row for row in self._connection.execute(_DETAILS, choose(wanted)).all()}

    def _versions(self, taint: Taint, entries: list[Entry]) -> list[TouchedVersion]:
        details = self._details(entry.version_id for entry in entries)
        components = self._components()
        versions = [
            _touched_version(entry, details.get(entry.version_id or 0), components)
            for entry in sorted(entries, key=lambda entry: (not entry.is_pending, entry.order))
        ]
        kept = {
            key for key in self._keys(taint) if is_digest(key) and self._blobs.has_manifest(key)
        }
        return [replace(one, is_kept=True) if one.digest in kept else one for one in versions]

    def _components(self) -> dict[int, str]:
        if self._names is None:
            rows = self._connection.execute(_COMPONENTS)
            self._names = {row.id: row.name for row in rows}
        return self._names

    def _keys(self, taint: Taint) -> dict[str, str]:
        """Find the keys of the touched versions, each with the component that wrote it last.

        A version that was made again without the label is not touched any more, nor does an equal
        trivial one elsewhere mean anything.
        """
        components = self._components()
        last = {write.version_id: write for write in taint.writes}
        keys = {version_key(seed.digest, seed.identity): "" for seed in taint.seeds}
        bare = {key for key, write in last.items() if not write.digest and taint.is_touched(write)}
        for row in self._details({*bare, *taint.seed_versions()}).values():
            keys[version_key(row.digest, row.identity)] = ""
        for write in last.values():
            if write.digest and not write.is_trivial and taint.is_touched(write):
                keys[write.digest] = components.get(write.component_id, "")
        return keys


def _changed(before: Any, *, reason: str, grace: float | None) -> RetractionFact | None:
    seconds = before.grace_seconds if grace is None else grace
    if (reason, seconds) == (before.reason, before.grace_seconds):
        return None
    return RetractionFact(
        label=before.label,
        at=before.at + 1,
        is_retracted=True,
        grace=seconds,
        reason=reason,
        by=before.retracted_by,
    )


def _grace_seconds(grace: object) -> float:
    if isinstance(grace, str | timedelta):
        seconds = parse_age(grace)
        if seconds >= 0:
            return seconds
    raise ArgumentError(f"grace={grace!r} is no age; write for example '7d' or '0d'.")


def _mark(row: Any) -> Mark:
    if row.grace_seconds is None:
        return Mark(None, row.at)
    return Mark(row.at + int(row.grace_seconds * NANOSECONDS), None)


def _as_here(identity: str) -> str:
    """Write a path as one would here: relative where it is below the working folder."""
    return identity.removeprefix(f"{os.getcwd().rstrip('/')}/")


def _touched_version(entry: Entry, row: Any, components: dict[int, str]) -> TouchedVersion:
    rebuilt_at = None if entry.rebuilt_at is None else to_datetime(entry.rebuilt_at)
    identity = row.identity if row is not None else entry.identity
    is_file = identity.startswith("/") or is_uri(identity)
    return TouchedVersion(
        name=entry.name or _as_here(identity),
        digest=(row.digest if row is not None else entry.digest) or None,
        kind=row.kind if row is not None else "file" if is_file else "data",
        num_rows=row.num_rows if row is not None else None,
        identity=identity,
        holds_label=entry.is_seed,
        at=to_datetime(entry.at),
        produced_by=None if entry.uid is None else uid_text(entry.uid),
        component=components.get(entry.component_id),
        state="pending" if entry.is_pending else "rebuilt",
        rebuilt_by=None if entry.rebuilt_by is None else uid_text(entry.rebuilt_by),
        rebuilt_at=rebuilt_at,
    )
