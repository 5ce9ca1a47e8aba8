"""Profiles of the data that cross the boundaries of runs: once per content, at a bounded cost.

What the user may change after the call is profiled before the call returns; frames that cannot be
changed, copies that are kept, and files, in the background.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeGuard

import msgspec

from mltrace.capture.background import background
from mltrace.capture.guard import harmless
from mltrace.config import MODES
from mltrace.errors import MltraceError, OptionError
from mltrace.importing import late
from mltrace.store.facts import ProfileFact
from mltrace.times import NANOSECONDS, now_ns
from mltrace.values.file_digests import digest_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mltrace.capture.boundary import Crossing
    from mltrace.capture.health import Health
    from mltrace.config import ProfileMode, ProfileRule
    from mltrace.profiles.reading import Mode
    from mltrace.profiles.tables import Profile
    from mltrace.values.described import Described, Rows

GRACE_SECONDS: Final = 0.25
"""What all profiles of a process may take beside their share of its CPU time."""
PART: Final = 0.25
"""Of what is left one profile may take so much: a large table leaves something to the next."""
LEAST_SECONDS: Final = 0.002
"""What a profile of a few rows takes; with less, none is begun."""
SHARES_OF_SAMPLES: Final = 4
"""Once their share is used up, profiles are of few rows, until they took so many shares."""
MAX_BYTES: Final = 256 * 1024
"""What one profile may take up; beyond it only summaries are stored of the last columns."""
MAX_KNOWN: Final = 100_000
"""Digests of profiled content that are remembered."""
FRAME_LIBRARIES: Final = ("pandas", "polars", "pyarrow", "duckdb")
"""Where none is loaded, no file is profiled: to load one would cost more than most runs."""
_READERS: Final = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv_files",
    ".tsv": "csv_files",
    ".arrow": "arrow_files",
    ".feather": "arrow_files",
    ".ipc": "arrow_files",
    ".jsonl": "json_lines",
    ".ndjson": "json_lines",
}
"""Files that are profiled, by their endings, and the module of `profiles.sources` for each."""


class _Job(NamedTuple):
    """Content to profile: its digest, and the rows of a frame or the path of a file."""

    digest: str
    mode: Mode
    rows: Callable[[], Rows] | None = None
    path: str = ""


class Profiler:
    """Profiles data of one process for one store.

    Parameters
    ----------
    rule : ProfileRule
        Which data are profiled, and what that may cost.
    append : callable
        Appends a fact to the spool.
    health : Health
        Counts what was profiled and what was not.
    """

    def __init__(
        self, rule: ProfileRule, append: Callable[[ProfileFact], object], *, health: Health
    ) -> None:
        self._rule, self._append, self._health = rule, append, health
        self.forget()

    def forget(self) -> None:
        """Start afresh in a forked child, whose CPU time begins anew."""
        self._known: dict[str, ProfileMode] = {}
        self._spent_ns = 0

    def ask_again(self) -> None:
        """Take nothing to be profiled already: the store may have gone meanwhile."""
        self._known.clear()

    @harmless(default=None)
    def take(self, crossings: Iterable[Crossing], own: ProfileMode | None) -> None:
        """Profile what crosses a boundary, as far as it is data and not profiled yet.

        Parameters
        ----------
        own : {'full', 'sample', 'off'} or None
            What the component says; None leaves that to the settings.
        """
        mode = own or self._rule.mode
        if mode == "off":
            return
        for crossing in crossings:
            described = crossing.described
            if described.digest is None or described.trivial:
                continue
            if self._known.get(described.digest) in (mode, "full"):
                continue
            if described.rows is not None:
                self._take_frame(described, _Job(described.digest, mode, rows=described.rows))
            elif described.kind == "file" and _is_table(described.identity):
                self._take_file(_Job(described.digest, mode, path=described.identity))

    def _take_frame(self, described: Described, job: _Job) -> None:
        if not described.are_rows_safe:
            self._begin(job)
            self._profile(job)
        else:
            # The bytes of what is kept as well are counted there.
            self._submit(job, 0 if described.parts else described.size_bytes or 0)

    def _take_file(self, job: _Job) -> None:
        if not any(library in sys.modules for library in FRAME_LIBRARIES):
            self._health.not_profiled("no library of frames in the process")
            return
        try:
            with late():
                importlib.import_module(f"mltrace.profiles.sources.{_READERS[_ending(job.path)]}")
        except ImportError:
            self._health.not_profiled("pyarrow cannot be imported")
            return
        self._submit(job, 0)

    def _submit(self, job: _Job, held_bytes: int) -> None:
        self._begin(job)
        if not background.submit(partial(self._profile, job), size=held_bytes):
            self._give_up(job, "too much waiting")

    def _begin(self, job: _Job) -> None:
        with late():  # here, so that the thread in the background imports nothing
            import mltrace.profiles.reading  # noqa: F401
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[job.digest] = job.mode

    @harmless(default=None)
    def _profile(self, job: _Job) -> None:
        max_seconds = self._max_seconds()
        if max_seconds < LEAST_SECONDS:
            self._give_up(job, "share of the CPU time used up")
            return
        began = time.thread_time_ns()
        try:
            fact = self._fact(job, max_seconds)
        finally:
            spent_ns = time.thread_time_ns() - began
            self._spent_ns += spent_ns
            self._health.spent_on_profiles(spent_ns)
        if fact is None:
            return
        try:
            self._append(msgspec.structs.replace(fact, seconds=spent_ns / NANOSECONDS))
        except OSError:
            self._known.pop(job.digest, None)
            raise
        self._health.profiled("full" if fact.profiled == fact.rows else "sample")

    def _fact(self, job: _Job, max_seconds: float) -> ProfileFact | None:
        try:
            profile = _profile_of(job, max_seconds)
        except (OSError, MltraceError):
            self._health.not_profiled("not readable")
            return None
        if profile is None:
            self._give_up(job, "changed meanwhile")
            return None
        return ProfileFact(
            digest=job.digest,
            at=now_ns(),
            profile=profile.to_bytes(max_bytes=MAX_BYTES),
            rows=profile.num_rows,
            profiled=profile.num_profiled_rows,
        )

    def _max_seconds(self) -> float:
        """Tell what the next profile may take; where the share is used up, the least there is."""
        share = self._rule.max_share * time.process_time()
        left = GRACE_SECONDS + share - self._spent_ns / NANOSECONDS
        most = min(PART * left, self._rule.max_seconds)
        is_left_for_samples = left + (SHARES_OF_SAMPLES - 1) * share > 0
        if most < LEAST_SECONDS <= self._rule.max_seconds and is_left_for_samples:
            return LEAST_SECONDS
        return most

    def _give_up(self, job: _Job, reason: str) -> None:
        self._known.pop(job.digest, None)  # the next run with this content tries again
        self._health.not_profiled(reason)


def as_mode(given: object) -> ProfileMode | None:
    """Read the option `profile=`: None leaves it to the settings.

    Raises
    ------
    OptionError
        If it is neither 'full', 'sample', 'off', True nor False.

    Examples
    --------
    >>> as_mode("sample"), as_mode(False), as_mode(None)
    ('sample', 'off', None)
    """
    if given is None or isinstance(given, bool):
        return "off" if given is False else None
    for mode in MODES:
        if given == mode:
            return mode
    raise OptionError(f"profile={given!r} is unknown; give 'full', 'sample' or 'off'.")


def _is_table(path: str | None) -> TypeGuard[str]:
    return path is not None and _ending(path) in _READERS


def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _profile_of(job: _Job, max_seconds: float) -> Profile | None:
    """Profile rows or a file; None if the file does not have that digest any more."""
    from mltrace.profiles.reading import profile_data

    if job.rows is None:
        profile = profile_data(job.path, mode=job.mode, max_seconds=max_seconds)
        is_same = digest_file(job.path, os.stat(job.path)).digest == job.digest
        return profile if is_same else None
    table, dtypes = job.rows()
    profile = profile_data(table, mode=job.mode, max_seconds=max_seconds)
    states = {
        name: replace(column, dtypes={dtypes[name]: column.num_rows}) if name in dtypes else column
        for name, column in profile.states.items()
    }
    return replace(profile, states=states)
