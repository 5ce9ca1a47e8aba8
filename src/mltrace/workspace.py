"""A workspace: one store, with the verbs that ask and annotate it.

Every verb first drains what is pending in the spool, so that a process sees its own writes at once
and those of others after their call returned.
"""

from __future__ import annotations

import getpass
import os
import sys
import uuid
import weakref
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from mltrace.config import load_settings
from mltrace.errors import ArgumentError, StoreCorruptError
from mltrace.lineage import flags, forgetting, listing, targets, walking
from mltrace.lineage.contents import ArtifactContent
from mltrace.lineage.diffing import comparing
from mltrace.lineage.loading import load_refs, load_runs
from mltrace.lineage.retraction import purging, subjects
from mltrace.lineage.retraction.reporting import Retractions
from mltrace.lineage.staleness import limits, spreading
from mltrace.lineage.staleness.reasons import say
from mltrace.lineage.versions import list_versions
from mltrace.records import (
    ArtifactVersion,
    Collected,
    Component,
    Diff,
    Flag,
    Impact,
    RecordList,
    Retraction,
    RetractionReport,
    Review,
    Run,
    SubjectSet,
    Synced,
    Tag,
    Trace,
)
from mltrace.store.facts import NoteFact
from mltrace.store.opening import Store
from mltrace.times import NANOSECONDS, now_ns, parse_age, parse_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from mltrace.capture.recorder import Recorder
    from mltrace.records import ArtifactRef
    from mltrace.store.facts import Fact

    Moment = datetime | str | timedelta
    Output = str | int | uuid.UUID | os.PathLike[str] | ArtifactRef | Flag | Run


class Workspace:
    """A store, with the verbs that ask and annotate it.

    Parameters
    ----------
    uri : str or None, default None
        Which store; None for the one in force here: `MLTRACE_URI`, else the nearest `.mltrace/`.

    Raises
    ------
    ConfigurationError
        If a setting cannot be.
    """

    def __init__(self, uri: str | os.PathLike[str] | None = None) -> None:
        self.settings = load_settings(None if uri is None else os.fspath(uri))
        self.store = Store(self.settings)
        self._recorder: Recorder | None = None
        weakref.finalize(self, self.store.close)

    def recent(
        self,
        limit: int | None = 20,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        status: str | None = None,
        component: str | None = None,
    ) -> RecordList[Run]:
        """List the latest runs; see `mltrace.recent`."""
        with self._reading() as connection:
            return listing.list_runs(
                connection,
                self.settings,
                limit=limit,
                since=since,
                until=until,
                status=status,
                component=component,
            )

    def history(
        self,
        component: str,
        limit: int | None = 10,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> RecordList[Run]:
        """List the latest runs of a component; see `mltrace.history`."""
        with self._reading() as connection:
            listing.component_key(connection, component)
            return listing.list_runs(
                connection,
                self.settings,
                limit=limit,
                since=since,
                until=until,
                component=component,
            )

    def run(self, run: str | Run) -> Run:
        """Return a run; see `mltrace.run`."""
        with self._reading() as connection:
            key = targets.resolve_run(connection, run)
            return load_runs(connection, [key], self.settings)[key]

    def components(
        self, *, owner: str | None = None, tag: str | None = None
    ) -> RecordList[Component]:
        """List components; see `mltrace.components`."""
        with self._reading() as connection:
            return listing.list_components(connection, owner=owner, tag=tag)

    def tags(self) -> RecordList[Tag]:
        """List tags; see `mltrace.tags`."""
        with self._reading() as connection:
            return listing.list_tags(connection)

    def trace(self, output: Output, *, at: Moment | None = None) -> Trace:
        """Walk upstream; see `mltrace.trace`."""
        with self._reading() as connection:
            target = targets.resolve(connection, output, at=_moment(at))
            return walking.walk_upstream(connection, target, self.settings)

    def impact(self, output: Output, *, at: Moment | None = None) -> Impact:
        """Walk downstream; see `mltrace.impact`."""
        with self._reading() as connection:
            target = targets.resolve(connection, output, at=_moment(at))
            return walking.walk_downstream(connection, target, self.settings)

    def diff(self, a: Output, b: Output) -> Diff:
        """Tell what differs between two runs or outputs; see `mltrace.diff`."""
        with self._reading() as connection:
            target_a, target_b = (targets.resolve(connection, one) for one in (a, b))
            return comparing.diff_targets(connection, target_a, target_b, settings=self.settings)

    def stale(self, target: Output | None = None) -> RecordList[Run]:
        """List runs that are stale, by themselves or upstream; see `mltrace.stale`."""
        with self._reading() as connection:
            if target is None:
                keys = listing.latest_succeeded(connection)
            else:
                key = targets.resolve(connection, target).run_id
                keys = [] if key is None else [key]
            reasons = spreading.find_reasons(connection, keys, self.settings.stale_after)
            runs = load_runs(connection, list(reasons), self.settings)
        stale = (replace(run, stale=say(reasons[key])) for key, run in runs.items())
        return RecordList(stale, of=Run, drawn_as="StaleRun")

    def idle_limits(self) -> tuple[str, ...]:
        """Say which limits of `stale_after` fit no component or artifact that is known."""
        with self._reading() as connection:
            return limits.find_idle_limits(connection, self.settings.stale_after)

    def flag(self, output: Output | Iterable[Output], reason: str = "") -> RecordList[Flag]:
        """Mark an output as bad; see `mltrace.flag`."""
        if not isinstance(reason, str):
            raise ArgumentError(f"reason={reason!r} is no text; say in words what is wrong.")
        with self._reading() as connection:
            subjects = _subjects(connection, output)
            facts = flags.flag_facts(
                connection, subjects, is_flagged=True, reason=reason, by=_who()
            )
        self._append(facts)
        with self._reading() as connection:
            return flags.flags_of(connection, subjects)

    def unflag(
        self,
        output: Output | Iterable[Output] | None = None,
        *,
        all: bool = False,  # noqa: A002
    ) -> RecordList[Flag]:
        """Take marks back; see `mltrace.unflag`."""
        if all == (output is not None):
            raise ArgumentError("unflag takes either an output or all=True.")
        with self._reading() as connection:
            if output is None:
                subjects = flags.all_subjects(connection)
            else:
                subjects = [
                    subject
                    for one in _each(output)
                    for subject in flags.find_flagged_subjects(connection, one)
                ]
            taken = flags.flags_of(connection, subjects)
            facts = flags.flag_facts(connection, subjects, is_flagged=False, by=_who())
        self._append(facts)
        return RecordList((replace(flag, flagged=False) for flag in taken), of=Flag)

    def flagged(self) -> RecordList[Flag]:
        """List what is flagged; see `mltrace.flagged`."""
        with self._reading() as connection:
            return flags.list_flags(connection)

    def review(
        self, *, method: str = "ochiai", good: Output | Iterable[Output] | None = None
    ) -> Review:
        """Rank what may have caused the flagged outputs; see `mltrace.review`."""
        from mltrace.lineage.suspects.ranking import (
            rank_suspects,  # loads numpy, which no other verb needs
        )

        with self._reading() as connection:
            known = None if good is None else _subjects(connection, good)
            return rank_suspects(connection, self.settings, method=method, good=known)

    def subject(self, labels: Any, *, on: Any) -> SubjectSet:
        """Say whose data an artifact version holds; see `mltrace.subject`."""
        said = subjects.label_texts(labels)
        found = subjects.labelled_value(on)
        if found is None:
            with self._reading() as connection:
                found = subjects.labelled_name(connection, on)
        fact = subjects.keep_labels(self.store.blobs, said.texts, found)
        self._append([fact])
        return found.holding(fact.count, num_missing=said.num_missing)

    def retract(
        self,
        label: Any,
        *,
        reason: str = "",
        grace: str | timedelta | None = None,
        undo: bool = False,
        purge: bool = False,
        dry_run: bool = False,
    ) -> RetractionReport:
        """Follow a data subject's deletion along lineage; see `mltrace.retract`."""
        if purge and (undo or dry_run):
            raise ArgumentError("purge=True goes with neither undo nor dry_run.")
        text = subjects.label_text(label)
        with self._reading() as connection:
            known = Retractions(connection, self.store.blobs, self.settings)
            fact = known.fact(text, reason=reason, grace=grace, undo=undo, by=_who())
        if fact is not None and not dry_run:
            self._append([fact])
        with self._retractions() as known:
            if undo and not dry_run:
                return known.taken_back(text)
            report = known.report(text)
        return purging.purge(self.store.blobs, report) if purge else report

    def retracted(self) -> RecordList[Retraction]:
        """List what is retracted; see `mltrace.retracted`."""
        with self._retractions() as known:
            return known.active()

    def note(self, run: str | Run, text: str) -> Run:
        """Write a note on a run; see `mltrace.note`."""
        if not isinstance(text, str) or not text.strip():
            raise ArgumentError(f"A note needs text, not {text!r}.")
        found = self.run(run)
        self._append([NoteFact(id=uuid.uuid4().hex, run=found.id, at=now_ns(), text=text)])
        return self.run(found.id)

    def versions(self, name: Output, limit: int | None = 20) -> RecordList[ArtifactVersion]:
        """List the versions of an artifact; see `mltrace.versions`."""
        with self._reading() as connection:
            found = list_versions(connection, name, limit=listing.check_limit(limit))
        return RecordList(
            (replace(one, is_kept=self._is_kept(one.digest)) for one in found), of=ArtifactVersion
        )

    def artifact(self, name: Output, *, at: Moment | None = None) -> ArtifactContent:
        """Find a version of an artifact; see `mltrace.artifact`."""
        with self._reading() as connection:
            version_id = targets.resolve_version(connection, name, at=_moment(at))
            ref = load_refs(connection, [version_id])[version_id]
        return ArtifactContent(ref, self.store.blobs)

    def sync(self) -> Synced:
        """Move what is pending into the catalog; see `mltrace.sync`."""
        self._flush()
        drained = self.store.drain()
        with self._retractions():
            pass  # what is published for writers is brought up to date as well
        return Synced(num_facts=drained.num_facts, num_skipped=drained.num_skipped)

    def gc(self, older_than: str | timedelta = "90d", *, yes: bool = False) -> Collected:
        """Forget the details of old runs and the values that only they refer to.

        Lineage stays: traces and staleness answer as before. Never touched are the latest run of
        each component, runs under way, whatever a flagged output depends on, and values that other
        runs read or wrote or that were used within the last hour.

        Parameters
        ----------
        older_than : str or timedelta, default "90d"
            The age, by their start, from which runs lose their details.
        yes : bool, default False
            Do it; without it nothing is removed, only counted.

        Raises
        ------
        ArgumentError
            If `older_than` is not an age.
        """
        before = now_ns() - int(parse_age(older_than) * NANOSECONDS)
        self._flush()
        self.store.drain()
        return forgetting.collect_garbage(self.store, before, is_dry=not yes)

    def close(self) -> None:
        """Close the store's catalog; it opens again when it is needed."""
        self.store.close()

    def _is_kept(self, digest: str | None) -> bool:
        return digest is not None and self.store.blobs.has_manifest(digest)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        self._flush()
        self.store.drain()
        with self.store.catalog.read() as connection:
            # A set of labels that is damaged spoils no other answer, nor does a full disk.
            with suppress(OSError, StoreCorruptError):
                if not self.store.catalog.is_read_only:
                    known = Retractions(connection, self.store.blobs, self.settings)
                    known.publish(self.store.touched)
            yield connection

    @contextmanager
    def _retractions(self) -> Iterator[Retractions]:
        """Look at what is retracted, and publish for writers what that touches now."""
        self._flush()
        self.store.drain()
        with self.store.catalog.read() as connection:
            known = Retractions(connection, self.store.blobs, self.settings)
            yield known
            if not self.store.catalog.is_read_only:
                known.publish(self.store.touched, is_forced=True)

    def _flush(self) -> None:
        """Finish what the capture in this process still does in the background, if it was used."""
        recorder = sys.modules.get("mltrace.capture.recorder")
        if recorder is not None:
            recorder.flush()

    def _append(self, facts: Iterable[Fact]) -> None:
        from mltrace.capture.recorder import Recorder

        if self._recorder is None:
            self._recorder = Recorder(self.settings)
        self._recorder.append(*facts)


def _moment(at: Moment | None) -> int | None:
    return None if at is None else parse_moment(at)


def _each(output: Output | Iterable[Output]) -> Iterable[Output]:
    return output if isinstance(output, list | tuple | set | frozenset) else [output]  # type: ignore[list-item]


def _subjects(connection: Connection, output: Output | Iterable[Output]) -> list[flags.Subject]:
    return [one for each in _each(output) for one in flags.find_subjects(connection, each)]


def _who() -> str:
    """Name the user, if the system can."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
