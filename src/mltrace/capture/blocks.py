"""A run around a block of code, as a context manager."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from mltrace.capture import source
from mltrace.capture.boundary import describe, find_artifacts
from mltrace.capture.checking import check_boundary
from mltrace.capture.deciding import is_left_out
from mltrace.capture.exceptions import describe_error, exception_name
from mltrace.capture.guard import harmless
from mltrace.capture.handles import NO_RUN, RunHandle, SkippedRun, activate, deactivate
from mltrace.capture.outcomes import check_facts, check_failed, is_passed
from mltrace.capture.recorder import current_recorder
from mltrace.capture.running import ActiveRun
from mltrace.checks.engine import blocking
from mltrace.errors import CheckFailed
from mltrace.times import now_ns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType, TracebackType

    from mltrace.capture.declaring import Component
    from mltrace.capture.recorder import Recorder
    from mltrace.records import CheckResult


class Block:
    """A run around a block of code; its inputs and outputs are what the block says they are.

    Checks before the run see its parameters, checks after it the variables of the function or
    module that the block is in.
    """

    def __init__(self, component: Component, params: dict[str, object]) -> None:
        self._component = component
        self._params = params
        self._recorder: Recorder | None = None
        self._run: RunHandle = NO_RUN
        self._token: object = None
        self._checks: Sequence[CheckResult] = ()
        self._begun_ns = 0

    def __enter__(self) -> RunHandle:
        return self._enter(sys._getframe(1))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._exit(error, sys._getframe(1))

    async def __aenter__(self) -> RunHandle:
        return self._enter(sys._getframe(1))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._exit(error, sys._getframe(1))

    def _enter(self, frame: FrameType) -> RunHandle:
        self._run = self._open(frame)
        if self._run is not NO_RUN:
            self._token = activate(self._run)
        return self._run

    def _exit(self, error: BaseException | None, frame: FrameType) -> None:
        if self._run is not NO_RUN:
            deactivate(self._token)
            is_clean_exit = isinstance(error, SystemExit) and error.code in (None, 0)
            is_clean = is_clean_exit or isinstance(error, GeneratorExit)
            self._close(None if is_clean else error, frame)

    @harmless(default=NO_RUN, passing=(CheckFailed,))
    def _open(self, frame: FrameType) -> RunHandle:
        self._recorder = recorder = current_recorder()
        if recorder is None:
            return NO_RUN
        self._component.take_filed_checks()
        is_checked = is_left_out(self._component)
        if is_checked:
            self._check_before()
            if is_passed(self._checks) or not self._component.failures.takes():
                return self._leave_out(recorder)
        run = self._begin(recorder, frame)
        if not is_checked:
            self._check_before()
        if blocked := blocking(self._checks):
            error = check_failed(self._component.name, blocked)
            run.end(error=describe_error(error), checks=check_facts(self._checks))
            raise error
        return run

    def _leave_out(self, recorder: Recorder) -> SkippedRun:
        """Begin a block that is not logged; if a check blocks it, count it and raise."""
        if blocked := blocking(self._checks):
            error = check_failed(self._component.name, blocked)
            recorder.intervals.count(self._component.name, 0, exception_name(error), self._checks)
            raise error
        self._begun_ns = time.perf_counter_ns()
        return SkippedRun()

    def _begin(
        self,
        recorder: Recorder,
        frame: FrameType,
        *,
        known_id: str | None = None,
        late_at: int | None = None,
    ) -> ActiveRun:
        """Log the start; `late_at` is that of a block that is over."""
        component = self._component
        rule = recorder.values.rule(component.keep_bytes)
        run = ActiveRun(
            recorder,
            component.name,
            is_anonymising=component.anonymising,
            rule=rule,
            profile=component.profile_mode,
            known_id=known_id,
        )
        at = now_ns() if late_at is None else late_at
        artifacts, params = find_artifacts(self._params)
        reads = describe(artifacts, at=at, keep_limit_bytes=rule.limit_bytes)
        component.announce(recorder)
        text = source.source_of_frame(frame)
        digest = source.digest_text(text) if text is not None else None
        if text is not None and digest is not None:
            recorder.say_source(digest, text)
        run.begin(
            at=at,
            params=params,
            reads=reads,
            code=digest,
            git=recorder.say_git(frame.f_code.co_filename),
            is_late=late_at is not None,
        )
        return run

    def _check_before(self) -> None:
        self._checks = check_boundary(self._component, "before", self._params)

    def _check_after(self, frame: FrameType) -> CheckFailed | None:
        """Run the checks after the run; return the error of those that block."""
        if not self._component.after:
            return None
        variables: dict[str, Any] = {**self._params, **frame.f_locals}
        results = check_boundary(self._component, "after", variables)
        self._checks = [*self._checks, *results]
        blocked = blocking(results)
        return check_failed(self._component.name, blocked) if blocked else None

    @harmless(default=None, passing=(CheckFailed,))
    def _close(self, error: BaseException | None, frame: FrameType) -> None:
        run = self._run
        if isinstance(run, ActiveRun):
            stopped = run.stop()
        else:
            stopped = now_ns(), time.perf_counter_ns() - self._begun_ns
        failure = self._check_after(frame) if error is None else None
        raised = error or failure
        if isinstance(run, SkippedRun):
            run = self._log_or_count(run, raised, stopped, frame)
        if isinstance(run, ActiveRun):
            said = describe_error(raised) if raised is not None else None
            run.end(error=said, checks=check_facts(self._checks), stopped=stopped)
        if failure is not None:
            raise failure

    def _log_or_count(
        self,
        skipped: SkippedRun,
        error: BaseException | None,
        stopped: tuple[int, int],
        frame: FrameType,
    ) -> RunHandle:
        """Begin to log a block that was left out, if it failed; else count it."""
        recorder, component, (at, nanoseconds) = self._recorder, self._component, stopped
        assert recorder is not None
        is_fine = error is None and is_passed(self._checks) and skipped.known_id is None
        if is_fine or not component.failures.takes():
            name = exception_name(error) if error is not None else None
            recorder.intervals.count(component.name, nanoseconds, name, self._checks)
            return skipped
        known_id, late_at = skipped.known_id, at - nanoseconds
        run = self._begin(recorder, frame, known_id=known_id, late_at=late_at)
        skipped.say_again(run)
        return run
