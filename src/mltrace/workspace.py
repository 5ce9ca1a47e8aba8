"""The query verbs: as methods of a `Workspace`, and as functions on the store in force here.

Every verb first drains what is pending in the spool, so that a process sees its own writes at once
and those of others after their call returned.
"""

from __future__ import annotations

import getpass
import os
import sys
import threading
import uuid
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from mltrace.config import Settings, load_settings
from mltrace.errors import ArgumentError
from mltrace.lineage import flags, listing, suspects, targets, walking
from mltrace.lineage.contents import ArtifactContent
from mltrace.lineage.loading import load_refs, load_runs
from mltrace.records import (
    Component,
    Flag,
    Impact,
    Record,
    RecordList,
    Review,
    Run,
    Tag,
    Trace,
)
from mltrace.store.facts import NoteFact
from mltrace.store.location import Location, locate
from mltrace.store.opening import Store
from mltrace.times import now_ns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from mltrace.capture.recorder import Recorder
    from mltrace.records import ArtifactRef
    from mltrace.store.facts import Fact

    Moment = datetime | str | timedelta
    Output = str | int | uuid.UUID | os.PathLike[str] | ArtifactRef | Flag | Run


class Synced(Record, frozen=True, kw_only=True):
    """What a `sync` moved from the spool into the catalog; skipped lines were cut or corrupt."""

    num_facts: int = 0
    num_skipped: int = 0


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
        """List the latest runs; see the function `recent`."""
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
        """List the latest runs of a component; see the function `history`."""
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
        """Return a run; see the function `run`."""
        with self._reading() as connection:
            key = targets.resolve_run(connection, run)
            return load_runs(connection, [key], self.settings)[key]

    def components(
        self, *, owner: str | None = None, tag: str | None = None
    ) -> RecordList[Component]:
        """List components; see the function `components`."""
        with self._reading() as connection:
            return listing.list_components(connection, owner=owner, tag=tag)

    def tags(self) -> RecordList[Tag]:
        """List tags; see the function `tags`."""
        with self._reading() as connection:
            return listing.list_tags(connection)

    def trace(self, output: Output) -> Trace:
        """Walk upstream; see the function `trace`."""
        with self._reading() as connection:
            target = targets.resolve(connection, output)
            return walking.walk_upstream(connection, target, self.settings)

    def impact(self, output: Output) -> Impact:
        """Walk downstream; see the function `impact`."""
        with self._reading() as connection:
            target = targets.resolve(connection, output)
            return walking.walk_downstream(connection, target, self.settings)

    def stale(self, target: Output | None = None) -> RecordList[Run]:
        """List runs that worked with stale inputs; see the function `stale`."""
        with self._reading() as connection:
            if target is None:
                ids = listing.latest_of_components(connection)
                runs = list(load_runs(connection, ids, self.settings).values())
            else:
                found = targets.resolve(connection, target)
                steps = walking.walk_upstream(connection, found, self.settings).steps
                runs = [step.run for step in steps]
        return RecordList((run for run in runs if run.stale), of=Run)

    def flag(self, output: Output | Iterable[Output], reason: str = "") -> RecordList[Flag]:
        """Mark an output as bad; see the function `flag`."""
        with self._reading() as connection:
            subjects = [
                subject for one in _each(output) for subject in flags.find_subjects(connection, one)
            ]
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
        """Take marks back; see the function `unflag`."""
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
        """List what is flagged; see the function `flagged`."""
        with self._reading() as connection:
            return flags.list_flags(connection)

    def review(self) -> Review:
        """Rank the runs behind the flagged outputs; see the function `review`."""
        with self._reading() as connection:
            return suspects.rank_suspects(connection, self.settings)

    def note(self, run: str | Run, text: str) -> Run:
        """Write a note on a run; see the function `note`."""
        if not isinstance(text, str) or not text.strip():
            raise ArgumentError(f"A note needs text, not {text!r}.")
        found = self.run(run)
        self._append([NoteFact(id=uuid.uuid4().hex, run=found.id, at=now_ns(), text=text)])
        return self.run(found.id)

    def artifact(self, name: Output) -> ArtifactContent:
        """Find a version of an artifact; see the function `artifact`."""
        with self._reading() as connection:
            version_id = targets.resolve_version(connection, name)
            ref = load_refs(connection, [version_id])[version_id]
        return ArtifactContent(ref, self.store.blobs)

    def sync(self) -> Synced:
        """Move what is pending into the catalog; see the function `sync`."""
        self._flush()
        drained = self.store.drain()
        return Synced(num_facts=drained.num_facts, num_skipped=drained.num_skipped)

    def close(self) -> None:
        """Close the store's catalog; it opens again when it is needed."""
        self.store.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        self._flush()
        self.store.drain()
        with self.store.catalog.read() as connection:
            yield connection

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


def recent(
    limit: int | None = 20,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    status: str | None = None,
    component: str | None = None,
) -> RecordList[Run]:
    """List the latest runs, newest first.

    Parameters
    ----------
    limit : int or None, default 20
        How many at most; None for all.
    since, until : datetime, ISO 8601 text or age such as "7d", optional
        Only runs that started in this period, its end excluded.
    status : {"running", "succeeded", "failed", "aborted"}, optional
        Only runs with this status.
    component : str, optional
        Only runs of this component.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.
    UnknownNameError
        If there is no such component.
    """
    return default_workspace().recent(
        limit, since=since, until=until, status=status, component=component
    )


def history(
    component: str,
    limit: int | None = 10,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
) -> RecordList[Run]:
    """List the latest runs of a component, newest first.

    Raises
    ------
    UnknownNameError
        If there is no such component; the message lists the nearest matches.
    ArgumentError
        If an argument has a value that cannot be.
    """
    return default_workspace().history(component, limit, since=since, until=until)


def run(run: str | Run) -> Run:
    """Return a run by its id or a unique prefix of at least 4 characters.

    Raises
    ------
    UnknownNameError
        If there is none; `AmbiguousNameError` if there are several.
    """
    return default_workspace().run(run)


def components(*, owner: str | None = None, tag: str | None = None) -> RecordList[Component]:
    """List components, the one that ran last first; only those of an owner or with a tag."""
    return default_workspace().components(owner=owner, tag=tag)


def tags() -> RecordList[Tag]:
    """List tags in alphabetical order, each with the components that bear it."""
    return default_workspace().tags()


def trace(output: Output) -> Trace:
    """Tell what made an output: every run upstream of it once, nearest first.

    Parameters
    ----------
    output : str, int, UUID, path, ArtifactRef, Flag or Run
        A name (its latest version), `name@digest-prefix`, an output id, a run id or its prefix.

    Raises
    ------
    UnknownNameError
        If there is no such output; the message lists the nearest matches.
    """
    return default_workspace().trace(output)


def impact(output: Output) -> Impact:
    """Tell what was made from an output or run: every run downstream of it once, nearest first.

    Parameters
    ----------
    output : str, int, UUID, path, ArtifactRef, Flag or Run
        As for `trace`.

    Raises
    ------
    UnknownNameError
        If there is no such output; the message lists the nearest matches.
    """
    return default_workspace().impact(output)


def stale(target: Output | None = None) -> RecordList[Run]:
    """List runs that worked with stale inputs; `Run.stale` says why in words.

    Parameters
    ----------
    target : str, int, UUID, path, ArtifactRef, Flag or Run, optional
        Look at the runs upstream of this output; without it, at the latest run of every component.
    """
    return default_workspace().stale(target)


def flag(output: Output | Iterable[Output], reason: str = "") -> RecordList[Flag]:
    """Mark an output as bad; `review` then ranks the runs that may have caused it.

    Parameters
    ----------
    output : str, int, UUID, path, ArtifactRef or Run, or several in a list, tuple or set
        As for `trace`; a run stands for all that it wrote.
    reason : str, default ""
        Why it is bad. Flagging again replaces the reason.

    Raises
    ------
    UnknownNameError
        If there is no such output; nothing is flagged then.
    """
    return default_workspace().flag(output, reason)


def unflag(
    output: Output | Iterable[Output] | None = None,
    *,
    all: bool = False,  # noqa: A002
) -> RecordList[Flag]:
    """Take the flag of an output back, or with `all=True` every flag; return what was taken back.

    Raises
    ------
    UnknownNameError
        If the output is not flagged.
    """
    return default_workspace().unflag(output, all=all)


def flagged() -> RecordList[Flag]:
    """List the flagged outputs, newest flag first."""
    return default_workspace().flagged()


def review() -> Review:
    """Rank the runs that may have caused the flagged outputs, the most suspect first."""
    return default_workspace().review()


def note(run: str | Run, text: str) -> Run:
    """Write a note on a run and return the run with its notes.

    Raises
    ------
    UnknownNameError
        If there is no such run.
    ArgumentError
        If the text is empty.
    """
    return default_workspace().note(run, text)


def artifact(name: Output) -> ArtifactContent:
    """Find a version of an artifact, to load its content if that was kept.

    Parameters
    ----------
    name : str, path or ArtifactRef
        A name (its latest version), `name@digest-prefix` or a digest.

    Raises
    ------
    UnknownNameError
        If there is no such artifact.
    """
    return default_workspace().artifact(name)


def sync() -> Synced:
    """Move what is pending in the spool into the catalog; other verbs do so by themselves."""
    return default_workspace().sync()


_opened: dict[tuple[Settings, Location], Workspace] = {}
_opening = threading.Lock()
_of_parents: Final[list[object]] = []


def default_workspace() -> Workspace:
    """Return the workspace of the store in force here and now, which the functions use."""
    settings = load_settings()
    key = (settings, locate(settings.uri, settings.artifacts))
    with _opening:
        found = _opened.get(key)
        if found is None:
            found = _opened[key] = Workspace()
    return found


def _forget_all() -> None:
    """Start afresh in a forked child: database connections must not be used or closed there."""
    global _opened, _opening
    _of_parents.append(_opened)
    _opened, _opening = {}, threading.Lock()


os.register_at_fork(after_in_child=_forget_all)


def _each(output: Output | Iterable[Output]) -> Iterable[Output]:
    return output if isinstance(output, list | tuple | set | frozenset) else [output]  # type: ignore[list-item]


def _who() -> str:
    """Name the user, if the system can."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
