"""One call of a component's function, from its arguments to its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mltrace.capture import running
from mltrace.capture.exchange import Exchange
from mltrace.capture.guard import harmless
from mltrace.capture.outcomes import check_facts, check_failed
from mltrace.capture.recorder import current_recorder
from mltrace.capture.running import ActiveRun
from mltrace.checks.engine import blocking, run_checks
from mltrace.errors import CheckFailed
from mltrace.times import now_ns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from mltrace.capture.boundary import Crossing
    from mltrace.capture.recorder import Recorder
    from mltrace.capture.wrapping import Wrapped
    from mltrace.records import CheckResult

_NO_CODE: Final = object()


class Call:
    """A call that is logged as a run.

    The user's code runs between `start` and `succeed` or `fail`, in one go or, for generators and
    coroutines, in several; each go lies between `enter` and `leave`.
    """

    def __init__(
        self,
        wrapped: Wrapped,
        recorder: Recorder,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self._wrapped = wrapped
        self._recorder = recorder
        component = wrapped.component
        self.run = ActiveRun(recorder, component.name, is_anonymising=component.anonymising)
        self._exchange = Exchange(wrapped, recorder, args, kwargs)
        self._checks: list[CheckResult] = []
        self._tokens: list[tuple[object, AbstractContextManager[Any] | None]] = []

    def start(self) -> None:
        """Take the inputs and log the start.

        Raises
        ------
        CheckFailed
            If a blocking check before the run does not pass.
        """
        wrapped, recorder = self._wrapped, self._recorder
        at = now_ns()
        params = self._exchange.take_inputs(at=at)
        wrapped.component.announce(recorder)
        self.run.begin(
            at=at,
            params=params,
            reads=self._exchange.inputs,
            code=wrapped.code(recorder),
            git=recorder.say_git(wrapped.file),
            may_be_outputs=wrapped.selection.inputs is None,
        )
        self._run_before_checks()

    def enter(self) -> None:
        """Make the run the current one, for a stretch of the user's code."""
        captured = self._exchange.locals
        if captured is not None:
            captured.__enter__()
        self._exchange.watch.start()
        self._tokens.append((running.activate(self.run), captured))

    @harmless(default=None)
    def leave(self) -> None:
        """End a stretch of the user's code."""
        self._exchange.watch.pause()
        token, captured = self._tokens.pop()
        running.deactivate(token)
        if captured is not None:
            captured.__exit__(None, None, None)

    @harmless(default=None)
    def see_yielded(self, value: object) -> None:
        """Take an item that a generator hands out, if it is an artifact."""
        self._exchange.see_yielded(value)

    @harmless(default=None)
    def fail(self, error: BaseException) -> None:
        """Log that the user's code raised, with what it had changed until then."""
        if self.run.is_over:
            return
        stopped = self.run.stop()
        self._exchange.watch.finish()
        self._end(self._exchange.outputs_of_failed(at=stopped[0]), error=error, stopped=stopped)

    @harmless(default=None, passing=(CheckFailed,))
    def succeed(self, result: object) -> None:
        """Take the outputs and log the end.

        Raises
        ------
        CheckFailed
            If a blocking check after the run does not pass; the outputs are logged all the same.
        """
        if self.run.is_over:
            return
        stopped = self.run.stop()
        self._exchange.watch.finish()
        blocked = blocking(self._run_after_checks(result))
        writes = self._exchange.outputs(result, at=stopped[0])
        error = check_failed(self._wrapped.component.name, blocked) if blocked else None
        self._end(writes, error=error, stopped=stopped)
        if error is not None:
            raise error

    @property
    def wrapped_code(self) -> object:
        """The code of the innermost function, by which its own generators are known."""
        return self._wrapped.function_code

    def _run_before_checks(self) -> None:
        component = self._wrapped.component
        if not component.before:
            return
        self._checks = run_checks(component.before, "before", self._exchange.arguments)
        if blocked := blocking(self._checks):
            error = check_failed(component.name, blocked)
            self._end([], error=error, stopped=self.run.stop())
            raise error

    def _run_after_checks(self, result: object) -> Sequence[CheckResult]:
        checks = self._wrapped.component.after
        if not checks:
            return ()
        results = run_checks(checks, "after", self._exchange.variables(result))
        self._checks += results
        return results

    def _end(
        self,
        writes: Sequence[Crossing],
        *,
        error: BaseException | None,
        stopped: tuple[int, int],
    ) -> None:
        exchange, members = self._exchange, self.run.members_read
        reads: Sequence[Crossing] = ()
        if self._wrapped.selection.inputs is not None:
            reads = exchange.local_inputs(at=stopped[0] - stopped[1])
        elif members:
            reads = exchange.read_inside_folders()
        self.run.end(
            error=running.describe_error(error) if error is not None else None,
            reads=reads,
            writes=exchange.written_in_folders(writes) if writes else (),
            unread=exchange.unread(writes, members) if exchange.inputs else (),
            checks=check_facts(self._checks) if self._checks else (),
            stopped=stopped,
        )


class Unlogged(Call):
    """A call that is not logged, because mltrace is disabled or cannot."""

    def __init__(self) -> None:
        """Hold nothing: there is one for all calls."""

    @property
    def wrapped_code(self) -> object:
        """Nothing: what the function returns is handed on as it is."""
        return _NO_CODE

    def enter(self) -> None:
        """Do nothing."""

    def leave(self) -> None:
        """Do nothing."""

    def see_yielded(self, value: object) -> None:
        """Do nothing."""

    def fail(self, error: BaseException) -> None:
        """Do nothing."""

    def succeed(self, result: object) -> None:
        """Do nothing."""


_UNLOGGED: Final = Unlogged()


@harmless(default=_UNLOGGED, passing=(CheckFailed,))
def open_call(wrapped: Wrapped, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    """Start to log a call, if mltrace is not disabled and can.

    Raises
    ------
    CheckFailed
        If a blocking check before the run does not pass.
    """
    recorder = current_recorder()
    if recorder is None:
        return _UNLOGGED
    call = Call(wrapped, recorder, args, kwargs)
    call.start()
    return call
