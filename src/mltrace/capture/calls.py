"""One call of a component's function, from its arguments to its result."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final

from mltrace.capture.checking import check_boundary
from mltrace.capture.exceptions import describe_error
from mltrace.capture.exchange import Exchange
from mltrace.capture.guard import harmless
from mltrace.capture.handles import make_current, run_around
from mltrace.capture.outcomes import check_facts, check_failed
from mltrace.capture.running import ActiveRun
from mltrace.checks.engine import blocking
from mltrace.errors import CheckFailed
from mltrace.times import now_ns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.capture.boundary import Crossing
    from mltrace.capture.recorder import Recorder
    from mltrace.capture.wrapping import Wrapped
    from mltrace.records import CheckResult

_NO_CODE: Final = object()


class Call(ABC):
    """A call of the user's code.

    The code runs before `succeed` or `fail`, in one go or, for generators and coroutines, in
    several; each go lies between `enter` and `leave`.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def wrapped_code(self) -> object:
        """The code of the innermost function, by which its own generators are known."""

    @abstractmethod
    def enter(self) -> None:
        """Begin a stretch of the user's code."""

    @abstractmethod
    def leave(self) -> None:
        """End a stretch of the user's code; to do so again changes nothing."""

    @abstractmethod
    def see_yielded(self, value: object) -> None:
        """Take an item that a generator hands out."""

    @abstractmethod
    def fail(self, error: BaseException) -> None:
        """End the call, of which the user's code raised."""

    @abstractmethod
    def succeed(self, result: object) -> None:
        """End the call.

        Raises
        ------
        CheckFailed
            If a blocking check after the run does not pass.
        """


class LoggedCall(Call):
    """A call that is logged as a run, from `start` on."""

    __slots__ = ("_checks", "_exchange", "_outer", "_recorder", "_wrapped", "run")

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
        rule = recorder.values.rule(component.keep_bytes)
        self.run = ActiveRun(
            recorder,
            component.name,
            is_anonymising=component.anonymising,
            rule=rule,
            profile=component.profile_mode,
        )
        self._exchange = Exchange(wrapped, rule.limit_bytes, args, kwargs)
        self._checks: Sequence[CheckResult] = ()
        self._outer = run_around()

    def start(self, before: Sequence[CheckResult] | None = None) -> None:
        """Take the inputs and log the start.

        Parameters
        ----------
        before : sequence of CheckResult, optional
            The results of the checks before the run, if they have run already.

        Raises
        ------
        CheckFailed
            If a blocking check before the run does not pass.
        """
        wrapped, exchange = self._wrapped, self._exchange
        log_begin(self.run, wrapped, self._recorder, exchange)
        component = wrapped.component
        if not component.before:
            return
        if before is None:
            before = check_boundary(component, "before", exchange.arguments)
        self._checks = before
        if blocked := blocking(before):
            error = check_failed(component.name, blocked)
            self._end((), error=error, stopped=self.run.stop())
            raise error

    @harmless(default=None)
    def enter(self) -> None:
        """Make the run the current one, for a stretch of the user's code."""
        captured = self._exchange.locals
        if captured is not None:
            captured.__enter__()
        self._exchange.watch.start()
        self._outer = run_around()
        make_current(self.run)

    @harmless(default=None)
    def leave(self) -> None:
        """End a stretch of the user's code; to do so again changes nothing."""
        make_current(self._outer)
        self._exchange.watch.pause()
        captured = self._exchange.locals
        if captured is not None:
            captured.__exit__(None, None, None)

    @harmless(default=None)
    def see_yielded(self, value: object) -> None:
        """Take an item that a generator hands out, if it is an artifact."""
        self.run.profile(self._exchange.see_yielded(value))

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

    def _run_after_checks(self, result: object) -> Sequence[CheckResult]:
        component = self._wrapped.component
        if not component.after:
            return ()
        results = check_boundary(component, "after", self._exchange.variables(result))
        self._checks = [*self._checks, *results]
        return results

    def _end(
        self,
        writes: Sequence[Crossing],
        *,
        error: BaseException | None,
        stopped: tuple[int, int],
    ) -> None:
        log_end(self.run, self._exchange, writes, error=error, checks=self._checks, stopped=stopped)


def log_begin(
    run: ActiveRun,
    wrapped: Wrapped,
    recorder: Recorder,
    exchange: Exchange,
    *,
    late_at: int | None = None,
) -> None:
    """Take the inputs of a call and log its start; `late_at` is that of a call that is over."""
    at = now_ns() if late_at is None else late_at
    params = exchange.take_inputs(at=at)
    wrapped.component.announce(recorder)
    run.begin(
        at=at,
        params=params,
        reads=exchange.inputs,
        code=wrapped.code(recorder),
        git=recorder.say_git(wrapped.file),
        may_be_outputs=wrapped.selection.inputs is None,
        is_late=late_at is not None,
    )


def log_end(
    run: ActiveRun,
    exchange: Exchange,
    writes: Sequence[Crossing],
    *,
    error: BaseException | None,
    checks: Sequence[CheckResult],
    stopped: tuple[int, int],
) -> None:
    """Log the end of a call."""
    members = run.members_read
    run.end(
        error=describe_error(error) if error is not None else None,
        reads=exchange.late_inputs(at=stopped[0] - stopped[1], members=members),
        writes=exchange.written_in_folders(writes) if writes else (),
        unread=exchange.unread(writes, members) if exchange.inputs else (),
        checks=check_facts(checks) if checks else (),
        stopped=stopped,
    )


class Unlogged(Call):
    """A call that is not logged, because mltrace is disabled or cannot; one for all calls."""

    __slots__ = ()

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


UNLOGGED: Final = Unlogged()
