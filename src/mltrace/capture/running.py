"""The run that is under way: what it reads, writes and notes goes to the spool as it happens."""

from __future__ import annotations

import dataclasses
import os
import re
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from mltrace.capture.boundary import Crossing, explicit_crossings
from mltrace.capture.exceptions import describe_error
from mltrace.capture.guard import harmless
from mltrace.capture.handles import RunHandle, run_around
from mltrace.capture.identifiers import new_id
from mltrace.capture.plain import plain_param, text
from mltrace.capture.refusing import RetractedInputs
from mltrace.config import Variable
from mltrace.errors import RetractedError
from mltrace.store.facts import (
    BeginFact,
    CheckFact,
    EndFact,
    IdsFact,
    MoreFact,
    NoteFact,
    VersionFact,
)
from mltrace.times import now_ns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mltrace.capture.budget import KeepRule
    from mltrace.capture.recorder import Recorder
    from mltrace.config import ProfileMode
    from mltrace.values.described import Described

T = TypeVar("T")
_RUN_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_parent: Final = Variable("MLTRACE_PARENT")


class ActiveRun(RunHandle):
    """A run that is being logged."""

    id: str

    def __init__(
        self,
        recorder: Recorder,
        component: str,
        *,
        is_anonymising: bool = False,
        rule: KeepRule | None = None,
        known_id: str | None = None,
        profile: ProfileMode | None = None,
    ) -> None:
        self._opened_ns = time.perf_counter_ns()
        self.id = known_id or new_id()
        self.component = component
        self._profile = profile
        self._is_anonymising = is_anonymising
        self._retracted: RetractedInputs | None = None
        self._recorder = recorder
        self._rule = rule or recorder.values.rule(None)
        self._left_bytes = self._rule.per_run_bytes
        parent = run_around()
        self._parent_id = parent.id_for_inner() if parent is not None else parent_of_process()
        self._num_reads = 0
        self._num_writes = 0
        self._num_members = 0
        self.members_read: dict[str, int] = {}
        self.models_read: set[tuple[str, str]] = set()
        self._is_over = False
        self._begun_at = 0
        self._begun_ns = 0
        self._stopped_ns = 0

    def begin(
        self,
        *,
        at: int,
        params: Mapping[str, Any],
        reads: Sequence[Crossing],
        code: str | None = None,
        git: int | None = None,
        may_be_outputs: bool = False,
        is_late: bool = False,
    ) -> None:
        """Log the start of the run.

        Parameters
        ----------
        may_be_outputs : bool, default False
            Whether files among the inputs may turn out to be written only.
        is_late : bool, default False
            Whether the user's code is over already: nothing is left to be refused.

        Raises
        ------
        RetractedError
            If it would read retracted data, and must not; the run is then over.
        """
        self._recorder.append(
            BeginFact(
                run=self.id,
                component=self.component,
                at=at,
                process=self._recorder.process,
                parent=self._parent_id,
                params=dict(params),
                reads=self._read_facts(reads),
                code=code,
                git=git,
            )
        )
        if reads:
            self.profile(reads)
        self._begun_at, self._begun_ns = at, time.perf_counter_ns()
        if reads:
            refused = self._see(reads, may_be_outputs=may_be_outputs, is_late=is_late)
            if refused is not None:
                self.end(error=describe_error(refused))
                raise refused

    def end(
        self,
        *,
        error: tuple[str, str, str] | None = None,
        reads: Sequence[Crossing] = (),
        writes: Sequence[Crossing] = (),
        unread: Sequence[int] = (),
        checks: Sequence[CheckFact] = (),
        stopped: tuple[int, int] | None = None,
    ) -> None:
        """Log the end of the run, once.

        Parameters
        ----------
        error : tuple of str, optional
            Type, message and traceback of what made it fail; see `describe_error`.
        stopped : tuple of int, optional
            When the user's code ended and how long it took, in nanoseconds.
        """
        if self._is_over:
            return
        self._is_over = True
        at, nanoseconds = stopped or self.stop()
        if reads:
            self._see(reads, is_late=True)
        retracted = self._retracted
        if retracted is not None:
            retracted.settle(unread)
            retracted.spread(writes)
            checks = (*retracted.facts(), *checks)
        self._recorder.append(
            EndFact(
                run=self.id,
                at=at,
                status="succeeded" if error is None else "failed",
                nanoseconds=nanoseconds,
                reads=self._read_facts(reads),
                writes=self._write_facts(writes),
                unread=tuple(unread),
                checks=tuple(checks),
                error=error,
            )
        )
        if reads or writes:
            self.profile((*reads, *writes))
        self._recorder.health.ran(self._spent_ns(checks))
        self._recorder.note_run_end()

    def stop(self) -> tuple[int, int]:
        """Tell the time and how long the user's code has run, in nanoseconds.

        Where the clock was set back meanwhile, the end is as long after the start as it took.
        """
        self._stopped_ns = time.perf_counter_ns()
        nanoseconds = self._stopped_ns - self._begun_ns
        return now_ns(not_before=self._begun_at + nanoseconds), nanoseconds

    @property
    def is_over(self) -> bool:
        """Whether the end of the run was logged."""
        return self._is_over

    def read(self, value: T, name: str | None = None) -> T:
        """Log an input (a path, URI, data frame, array, model or anything) and return it."""
        self._log_crossings(value, name, is_read=True)
        return value

    def write(self, value: T, name: str | None = None) -> T:
        """Log an output (a path, URI, data frame, array, model or anything) and return it."""
        self._log_crossings(value, name, is_read=False)
        return value

    @harmless(default=None)
    def param(self, name: str, value: object) -> None:
        """Log a parameter; the last value of a name counts."""
        plain = plain_param(str(name), value)
        self._recorder.append(MoreFact(run=self.id, params={text(str(name)): plain}))

    @harmless(default=None)
    def metric(self, name: str, value: float) -> None:
        """Log a number that measures the run; the last value of a name counts."""
        self._recorder.append(MoreFact(run=self.id, metrics={text(str(name)): float(value)}))

    @harmless(default=None)
    def note(self, text: str) -> None:
        """Add a note in words."""
        self._recorder.append(NoteFact(id=new_id(), run=self.id, at=now_ns(), text=str(text)))

    def environment(self) -> dict[str, str]:
        """Return the environment for a subprocess, so that its runs know this one as their parent.

        It names the store as well, for the subprocess may work in another folder.
        """
        return {**os.environ, **self._recorder.environment, "MLTRACE_PARENT": self.id}

    @harmless(default=None, passing=(RetractedError,))
    def _log_crossings(self, value: object, name: str | None, *, is_read: bool) -> None:
        recorder = self._recorder
        crossings = explicit_crossings(value, name, self._rule.limit_bytes)
        if is_read:
            recorder.append(MoreFact(run=self.id, reads=self._read_facts(crossings)))
            if (refused := self._see(crossings)) is not None:
                raise refused
        else:
            if self._retracted is not None:
                self._retracted.spread(crossings)
            recorder.append(MoreFact(run=self.id, writes=self._write_facts(crossings)))
        self.profile(crossings)

    @harmless(default=None)
    def profile(self, crossings: Iterable[Crossing]) -> None:
        """Profile data that cross the boundary of the run, before the user can change them."""
        if touched := self._recorder.touched.look():  # then no profile is to tell of it
            if self._retracted is not None and self._retracted.spreads:
                return
            crossings = [one for one in crossings if one.described.digest not in touched]
        self._recorder.profiles.take(crossings, self._profile)

    def _spent_ns(self, checks: Sequence[CheckFact]) -> int:
        """Tell how long mltrace held up the user's code: all but that code and its checks."""
        spent = self._begun_ns - self._opened_ns + time.perf_counter_ns()
        spent -= self._stopped_ns or self._begun_ns
        if checks:
            spent -= int(1e9 * sum([check.seconds for check in checks if check.when == "after"]))
        return spent

    def _see(self, crossings: Sequence[Crossing], **how: bool) -> RetractedError | None:
        """Look whether inputs hold retracted data; return the error to raise if they must not."""
        if self._retracted is None:
            self._retracted = RetractedInputs(
                self._recorder, self.id, self.component, is_anonymising=self._is_anonymising
            )
        return self._retracted.see(crossings, **how)

    def _read_facts(self, crossings: Iterable[Crossing]) -> tuple[VersionFact, ...]:
        facts = []
        for crossing in crossings:
            fact = self._read_fact(crossing)
            facts.append(fact)
            if fact.kind == "model":
                self.models_read.add((fact.name, fact.digest))
            members = self._member_facts(crossing)
            self.members_read.update(
                (fact.identity or fact.name, fact.position) for fact in members
            )
            facts += members
        return tuple(facts)

    def _write_facts(self, crossings: Iterable[Crossing]) -> tuple[VersionFact, ...]:
        facts = []
        for crossing in crossings:
            facts += [self._write_fact(crossing), *self._member_facts(crossing)]
        return tuple(facts)

    def _member_facts(self, crossing: Crossing) -> list[VersionFact]:
        facts = crossing.member_facts(-1 - self._num_members)
        self._num_members += len(facts)
        return facts

    @harmless(default=None)
    def _keep(self, described: Described) -> str | None:
        """Keep a value; tell why not, if a budget or what waits already forbids it."""
        taken, why_not = self._recorder.values.keep(described, self._left_bytes)
        if self._left_bytes is not None:
            self._left_bytes -= taken
        return why_not

    def _kept(self, crossing: Crossing) -> Crossing:
        why_not = self._keep(crossing.described)
        if why_not is None:
            return crossing
        described = msgspec.structs.replace(crossing.described, reason=why_not)
        return dataclasses.replace(crossing, described=described)

    def _read_fact(self, crossing: Crossing) -> VersionFact:
        fact = self._kept(crossing).fact(self._num_reads)
        self._num_reads += 1
        return fact

    def _write_fact(self, crossing: Crossing) -> VersionFact:
        fact = self._kept(crossing).fact(self._num_writes)
        self._num_writes += 1
        if crossing.ids is not None:
            self._recorder.append(
                IdsFact(
                    run=self.id, name=fact.name, digest=fact.digest, at=fact.at, ids=crossing.ids
                )
            )
        return fact


def parent_of_process() -> str | None:
    """Tell the run that started this process, which `MLTRACE_PARENT` names; None if none did."""
    named = _parent.get()
    return named if named is not None and _RUN_ID.fullmatch(named) else None
