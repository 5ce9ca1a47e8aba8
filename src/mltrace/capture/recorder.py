"""The recorder: what one process writes into the spool of one store."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Final

from mltrace import config
from mltrace.capture import environment, git
from mltrace.capture.background import background
from mltrace.capture.budget import DayBudget, KeepRule
from mltrace.capture.guard import harmless
from mltrace.capture.health import Health
from mltrace.capture.identifiers import new_id
from mltrace.capture.intervals import Intervals
from mltrace.capture.keeping import ValueKeeper
from mltrace.capture.profiling import Profiler
from mltrace.importing import late
from mltrace.store.facts import (
    ComponentFact,
    EnvironmentFact,
    GitFact,
    HealthFact,
    IntervalFact,
    ProcessFact,
    SourceFact,
)
from mltrace.store.location import locate
from mltrace.store.spool import SpoolWriter
from mltrace.store.task_facts import BatchFact, TaskFact
from mltrace.store.touched import TouchedVersions
from mltrace.times import now_ns
from mltrace.values.kinds import kinds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltrace.capture.companions import Companion
    from mltrace.store.fact import Fact
    from mltrace.store.lake.columns import Values
    from mltrace.store.location import Location


COMING_AGAIN: Final = (
    ComponentFact,
    EnvironmentFact,
    GitFact,
    HealthFact,
    IntervalFact,
    SourceFact,
    TaskFact,
)


class Recorder:
    """Appends facts of this process; says once what many runs share.

    Parameters
    ----------
    settings : Settings
        The store, and how large a value may be to be kept.
    ships : bool, default False
        Whether to send what is logged to a store on a server, and to have monitors evaluated after
        runs end; a reader does so by itself.
    """

    def __init__(self, settings: config.Settings, *, ships: bool = False) -> None:
        location = locate(settings.uri, settings.artifacts, spool=settings.spool)
        self.uri = location.uri
        self.environment = {"MLTRACE_URI": location.uri}
        if settings.artifacts is not None:
            self.environment["MLTRACE_ARTIFACTS"] = str(location.blobs)
        if settings.spool is not None:
            self.environment["MLTRACE_SPOOL"] = os.path.abspath(os.path.expanduser(settings.spool))
        places = (location.catalog, location.spool, location.blobs)
        self.paths = tuple([str(path) for path in places if path is not None])
        self._spool = SpoolWriter(location.spool, self._introduce)
        self.touched = TouchedVersions(location.touched)
        self.health = Health(self.append)
        self.intervals = Intervals(
            lambda facts: self.append(*facts),
            lambda count: self.health.dropped("too many waited", count),
        )
        self.values = ValueKeeper(
            location,
            KeepRule(settings.keep_limit_bytes or None, settings.keep_per_run_bytes),
            day=_day_budget(location, settings),
            health=self.health,
        )
        self.profiles = Profiler(settings.profile, self.append, health=self.health)
        self._shipper: Companion | None = None
        self._evaluator: Companion | None = None
        self._settings, self._location = settings, location
        if ships and location.catalog is None and settings.ship.seconds is not None:
            with late():
                from mltrace.capture.shipping import shipper
            self._shipper = shipper(location.spool.parent, settings.ship, self.environment)
        if ships and _is_any_at_run_end(settings, location):
            self.evaluate_at_run_end()
        self.forget()

    @property
    def process(self) -> str:
        """The id of this process; a forked child has its own."""
        return self._process

    def forget(self) -> None:
        """Start afresh in a forked child: it is another process."""
        self._process = new_id()
        self._said: dict[object, Fact] = {}
        self._owed: list[Fact] = []
        self._is_environment_due = True
        self._repositories: dict[str, int] = {}
        self._repository_of: dict[str, int | None] = {}
        self.values.forget()
        self.profiles.forget()
        self._is_anything_retracted = False
        self._look_again_at = 0.0
        self.health.forget(self._process)
        self.intervals.forget(self._process)
        background.at_exit(self.health.append)

    def append(self, *facts: Fact) -> None:
        """Append facts to the spool, behind those that found no room before."""
        if self._shipper is not None:
            self._shipper.note()
        owed = self._owed
        if owed:
            self._owed = []
        try:
            self._spool.append(*owed, *facts)
        except OSError as error:
            self._owed = owed + self._owed
            self._count_dropped(error, facts)
            raise

    def keep_batch(self, about: BatchFact, columns: Mapping[str, Values]) -> BatchFact:
        """Keep rows of predictions or feedback; return the fact to append, which tells of them."""
        with late():
            from mltrace.store.lake.writing import write_batch
        try:
            return write_batch(self._location, about, columns)
        except OSError as error:
            self._count_dropped(error, (about,))
            raise

    def is_anything_retracted(self) -> bool:
        """Tell whether any data is retracted, as it was at most a second ago."""
        now = time.monotonic()
        if now >= self._look_again_at:
            self._look_again_at = now + 1.0
            self._is_anything_retracted = bool(self.touched.look())
        return self._is_anything_retracted

    def send(self) -> None:
        """Send what was logged, where the exit of the process will not."""
        for companion in (self._shipper, self._evaluator):
            if companion is not None:
                companion.finish()

    def evaluate_at_run_end(self) -> None:
        """Have monitors evaluated after runs end, from now on, unless that is switched off."""
        if self._evaluator is None and self._settings.evaluates_at_run_end:
            with late():
                from mltrace.capture.run_ends import evaluator
            self._evaluator = evaluator(self._location.spool.parent, self.environment)

    def note_run_end(self) -> None:
        """Take note that a run has ended."""
        if self._evaluator is not None:
            self._evaluator.note()

    def has_said(self, key: object) -> bool:
        """Tell whether the fact of that key was logged before."""
        return key in self._said

    def said(self, key: object) -> Fact | None:
        """Return the fact of that key, if it was logged before."""
        return self._said.get(key)

    def say(self, key: object, fact: Fact) -> None:
        """Log a fact that many runs refer to, and remember it for the spool files to come."""
        self.append(fact)
        self.remember(key, fact)

    def remember(self, key: object, fact: Fact) -> None:
        """Remember a fact that was logged, for the spool files to come."""
        self._said[key] = fact

    def say_source(self, digest: str, text: str) -> None:
        """Log a source text, unless it was before."""
        if digest not in self._said:
            self.say(digest, SourceFact(digest=digest, text=text))

    @harmless(default=None)
    def say_git(self, path: str) -> int | None:
        """Log the state of the repository that a file is in; return its number in this process."""
        if path in self._repository_of:
            return self._repository_of[path]
        self._say_environment()
        repository = git.repository_of(path)
        number = self._number_of(repository) if repository is not None else None
        self._repository_of[path] = number
        return number

    def _introduce(self) -> tuple[str, list[Fact]]:
        """Tell who writes a spool file, and repeat what the facts to come refer to."""
        self.profiles.ask_again()
        self.values.ask_again()  # the values may have gone with the file before this one
        who = environment.process_identity()
        process = ProcessFact(
            id=self._process,
            host=who.host,
            pid=who.pid,
            user=who.user,
            python=environment.python_version(),
            at=now_ns(),
        )
        return self._process, [process, *list(self._said.values())]

    def _count_dropped(self, error: OSError, facts: Sequence[Fact]) -> None:
        """Count what was lost; intervals, health and what is said only once come again."""
        lost = sum(_num_lost(fact) for fact in facts)
        if lost:
            self.health.dropped(error.strerror or type(error).__name__, lost)

    def _number_of(self, repository: str) -> int:
        known = self._repositories.get(repository)
        if known is not None:
            return known
        number = self._repositories.setdefault(repository, len(self._repositories) + 1)
        background.submit(lambda: self._log_git(repository, number))
        return number

    def _say_environment(self) -> None:
        if self._is_environment_due:
            self._is_environment_due = False
            background.submit(self._log_environment)

    @harmless(default=None)
    def _log_environment(self) -> None:
        found = environment.environment()
        fact = EnvironmentFact(
            process=self._process,
            digest=found.digest,
            python=found.python,
            packages=found.packages,
        )
        self._say_later("environment", fact)

    @harmless(default=None)
    def _log_git(self, repository: str, number: int) -> None:
        state = git.git_state(repository)
        if state is not None:
            fact = GitFact(
                process=self._process,
                key=number,
                commit=state.commit,
                is_dirty=state.is_dirty,
                diff_digest=state.diff_digest,
            )
            self._say_later(("git", number), fact)

    def _say_later(self, key: object, fact: Fact) -> None:
        """Say what is found out only once; while there is no room for it, it stays owed."""
        self._said[key] = fact
        try:
            self.append(fact)
        except OSError:
            self._owed.append(fact)
            raise


def _num_lost(fact: Fact) -> int:
    """Count what is lost with a fact: the rows of a batch, nothing if it comes again."""
    if isinstance(fact, BatchFact):
        return fact.rows
    return 0 if isinstance(fact, COMING_AGAIN) else 1


def _is_any_at_run_end(settings: config.Settings, location: Location) -> bool:
    """Tell whether a monitor that is evaluated after runs end is declared or remembered."""
    declared = (table.get("at_run_end") is True for _, table in settings.monitors)
    return settings.evaluates_at_run_end and (any(declared) or location.at_run_end.exists())


def _day_budget(location: Location, settings: config.Settings) -> DayBudget | None:
    if settings.keep_per_day_bytes is None:
        return None
    name = f"{location.spool.name.removesuffix('spool')}kept"
    return DayBudget(location.spool.with_name(name), settings.keep_per_day_bytes)


_Place = tuple[str | bytes | None, bytes]
_by_place: Final[dict[_Place, Recorder]] = {}
_by_absolute_uri: Final[dict[str | bytes | None, Recorder]] = {}
_by_uri: Final[dict[str, Recorder]] = {}
_uri: Final = config.Variable("MLTRACE_URI")
_opening = threading.RLock()  # a signal handler may log as well


def current_recorder() -> Recorder | None:
    """Return the recorder of the store in force here and now; None if mltrace is disabled."""
    if config.is_disabled():
        return None
    uri = _uri.raw()
    if uri in _by_absolute_uri:
        return _by_absolute_uri[uri]
    place = (uri, _here())
    recorder = _by_place.get(place)
    return recorder if recorder is not None else _open(place)


def _here() -> bytes:
    try:
        return os.getcwdb()
    except FileNotFoundError:
        return b""  # it was deleted; a store that is named by its full path is there all the same


def flush(seconds: float = 30.0) -> bool:
    """Finish what this process still does in the background; False if that took too long."""
    return background.flush(seconds)


def _open(place: _Place) -> Recorder:
    kinds.keys()  # loads them now: in a child that is forked later, an import may hang
    with _opening:
        opened = Recorder(config.load_settings(), ships=True)
        recorder = _by_uri.setdefault(opened.uri, opened)
        _by_place[place] = recorder
        if (uri := place[0]) is not None and os.path.isabs(uri):
            _by_absolute_uri[uri] = recorder  # whatever folder the process goes to
    return recorder


def _forget_all() -> None:
    global _opening  # noqa: PLW0603 (the lock may be held by a thread that the child lacks)
    _opening = threading.RLock()
    for recorder in _by_uri.values():
        recorder.forget()


os.register_at_fork(after_in_child=_forget_all)
