"""A call that sampling leaves out: counted, checked, and logged after all if it fails."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from mltrace.capture.calls import Call, log_begin, log_end
from mltrace.capture.checking import check_boundary
from mltrace.capture.exceptions import exception_name
from mltrace.capture.exchange import Exchange, check_variables
from mltrace.capture.files import stamp_files
from mltrace.capture.guard import harmless
from mltrace.capture.handles import SkippedRun, make_current, run_around
from mltrace.capture.outcomes import check_failed, is_passed
from mltrace.capture.refusing import is_any_touched
from mltrace.capture.running import ActiveRun
from mltrace.checks.engine import blocking
from mltrace.errors import CheckFailed
from mltrace.times import now_ns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.capture.recorder import Recorder
    from mltrace.capture.wrapping import Wrapped
    from mltrace.records import CheckResult


class SkippedCall(Call):
    """A call that is counted and not logged, unless it fails or a check of it does."""

    __slots__ = (
        "_begun_ns",
        "_captured",
        "_checks",
        "_given",
        "_is_over",
        "_outer",
        "_recorder",
        "_skipped",
        "_stamps",
        "_wrapped",
    )

    def __init__(
        self,
        wrapped: Wrapped,
        recorder: Recorder,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self._wrapped = wrapped
        self._recorder = recorder
        self._given = args, kwargs
        self._stamps = stamp_files((*args, *kwargs.values()) if kwargs else args)
        self._skipped = SkippedRun()
        self._is_over = False
        self._checks: Sequence[CheckResult] = ()
        self._captured = None
        self._outer = run_around()
        if wrapped.probe is not None and wrapped.component.after:
            self._captured = wrapped.probe.capture()
        self._begun_ns = time.perf_counter_ns()

    def check_before(self) -> Sequence[CheckResult]:
        """Run the checks before the run."""
        self._checks = check_boundary(self._wrapped.component, "before", self._arguments())
        return self._checks

    def raise_if_blocked(self) -> None:
        """Count the run as failed if a check before it blocks it.

        Raises
        ------
        CheckFailed
            If one does.
        """
        if blocked := blocking(self._checks):
            error = check_failed(self._wrapped.component.name, blocked)
            self._count(self._stop() or 0, exception_name(error))
            raise error

    @harmless(default=False)
    def reads_retracted(self) -> bool:
        """Tell whether the arguments hold retracted data; they are digested for it."""
        exchange = Exchange(self._wrapped, None, *self._given)
        exchange.take_inputs(at=now_ns())
        return is_any_touched(exchange.inputs, self._recorder)

    @property
    def wrapped_code(self) -> object:
        """The code of the innermost function, by which its own generators are known."""
        return self._wrapped.function_code

    @harmless(default=None)
    def enter(self) -> None:
        """Make the run the current one, for a stretch of the user's code."""
        if self._captured is not None:
            self._captured.__enter__()
        self._outer = run_around()
        make_current(self._skipped)

    @harmless(default=None)
    def leave(self) -> None:
        """End a stretch of the user's code."""
        make_current(self._outer)
        if self._captured is not None:
            self._captured.__exit__(None, None, None)

    def see_yielded(self, value: object) -> None:
        """Do nothing."""

    @harmless(default=None)
    def fail(self, error: BaseException) -> None:
        """Log the run, unless too many failed just now: then count it."""
        nanoseconds = self._stop()
        if nanoseconds is None:
            return
        if self._wrapped.component.failures.takes():
            self._log(nanoseconds, error=error)
        else:
            self._count(nanoseconds, exception_name(error))

    @harmless(default=None, passing=(CheckFailed,))
    def succeed(self, result: object) -> None:
        """Count the run; log it if a check fails, or if a run inside it was logged.

        Raises
        ------
        CheckFailed
            If a blocking check after the run does not pass.
        """
        nanoseconds = self._stop()
        if nanoseconds is None:
            return
        component = self._wrapped.component
        if not component.after and self._skipped.known_id is None:
            self._count(nanoseconds)
            return
        after = self._check_after(result)
        blocked = blocking(after)
        error = check_failed(component.name, blocked) if blocked else None
        is_fine = is_passed(after) and self._skipped.known_id is None
        if is_fine or not component.failures.takes():
            self._count(nanoseconds, None if error is None else exception_name(error))
        else:
            self._log(nanoseconds, error=error, result=result)
        if error is not None:
            raise error

    def _stop(self) -> int | None:
        """End the run; tell how long it took, or None if it is over already."""
        if self._is_over:
            return None
        self._is_over = True
        return time.perf_counter_ns() - self._begun_ns

    def _arguments(self) -> dict[str, Any]:
        return self._wrapped.arguments.bind(*self._given)

    def _check_after(self, result: object) -> Sequence[CheckResult]:
        variables = check_variables(self._arguments(), self._captured, result)
        after = check_boundary(self._wrapped.component, "after", variables)
        self._checks = [*self._checks, *after]
        return after

    def _count(self, nanoseconds: int, error: str | None = None) -> None:
        name = self._wrapped.component.name
        self._recorder.intervals.count(name, nanoseconds, error, self._checks)

    def _log(self, nanoseconds: int, *, error: BaseException | None, result: object = None) -> None:
        """Log the run now that it is over, with its inputs as they are by now."""
        wrapped, recorder, at = self._wrapped, self._recorder, now_ns()
        rule = recorder.values.rule(wrapped.component.keep_bytes)
        run = ActiveRun(
            recorder,
            wrapped.component.name,
            is_anonymising=wrapped.component.anonymising,
            rule=rule,
            profile=wrapped.component.profile_mode,
            known_id=self._skipped.known_id,
        )
        exchange = Exchange(wrapped, rule.limit_bytes, *self._given, before=self._stamps)
        log_begin(run, wrapped, recorder, exchange, late_at=at - nanoseconds)
        self._skipped.say_again(run)
        exchange.watch.finish()
        is_raised = error is not None and not isinstance(error, CheckFailed)
        writes = exchange.outputs_of_failed(at=at) if is_raised else exchange.outputs(result, at=at)
        stopped = at, nanoseconds
        log_end(run, exchange, writes, error=error, checks=self._checks, stopped=stopped)
