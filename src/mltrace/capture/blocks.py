"""A run around a block of code, as a context manager."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from mltrace.capture import running, source
from mltrace.capture.boundary import describe, find_artifacts
from mltrace.capture.guard import harmless
from mltrace.capture.outcomes import check_facts, check_failed
from mltrace.capture.recorder import current_recorder
from mltrace.capture.running import NO_RUN, ActiveRun, RunHandle
from mltrace.checks.engine import blocking, run_checks
from mltrace.errors import CheckFailed
from mltrace.times import now_ns

if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from mltrace.capture.declaring import Component
    from mltrace.records import CheckResult


class Block:
    """A run around a block of code; its inputs and outputs are what the block says they are.

    Checks before the run see its parameters, checks after it the variables of the function or
    module that the block is in.
    """

    def __init__(self, component: Component, params: dict[str, object]) -> None:
        self._component = component
        self._params = params
        self._run: RunHandle = NO_RUN
        self._token: object = None
        self._checks: list[CheckResult] = []

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
        if isinstance(self._run, ActiveRun):
            self._token = running.activate(self._run)
        return self._run

    def _exit(self, error: BaseException | None, frame: FrameType) -> None:
        if isinstance(self._run, ActiveRun):
            running.deactivate(self._token)
            self._close(self._run, error, frame)

    @harmless(default=NO_RUN, passing=(CheckFailed,))
    def _open(self, frame: FrameType) -> RunHandle:
        recorder = current_recorder()
        if recorder is None:
            return NO_RUN
        at = now_ns()
        artifacts, params = find_artifacts(self._params)
        reads = describe(artifacts, at=at, keep_limit_bytes=recorder.keep_limit_bytes)
        self._component.announce(recorder)
        text = source.source_of_frame(frame)
        digest = source.digest_text(text) if text is not None else None
        if text is not None and digest is not None:
            recorder.say_source(digest, text)
        component = self._component
        run = ActiveRun(recorder, component.name, is_anonymising=component.anonymising)
        git = recorder.say_git(frame.f_code.co_filename)
        run.begin(at=at, params=params, reads=reads, code=digest, git=git)
        self._checks = run_checks(self._component.before, "before", self._params)
        if blocked := blocking(self._checks):
            error = check_failed(self._component.name, blocked)
            said = running.describe_error(error)
            run.end(error=said, checks=check_facts(self._checks))
            raise error
        return run

    @harmless(default=None, passing=(CheckFailed,))
    def _close(self, run: ActiveRun, error: BaseException | None, frame: FrameType) -> None:
        stopped = run.stop()
        is_clean_exit = isinstance(error, SystemExit) and error.code in (None, 0)
        if is_clean_exit or isinstance(error, GeneratorExit):
            error = None
        blocked: list[CheckResult] = []
        if error is None and self._component.after:
            variables: dict[str, Any] = {**self._params, **frame.f_locals}
            results = run_checks(self._component.after, "after", variables)
            self._checks += results
            blocked = blocking(results)
        failure = check_failed(self._component.name, blocked) if blocked else None
        raised = error or failure
        said = running.describe_error(raised) if raised is not None else None
        run.end(error=said, checks=check_facts(self._checks), stopped=stopped)
        if failure is not None:
            raise failure
