"""One call of a component's function, from its arguments to its result."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from mltrace.capture import folders, running
from mltrace.capture.boundary import (
    Crossing,
    Found,
    describe,
    find_artifacts,
    find_in,
    named_artifact,
)
from mltrace.capture.files import FileWatch, is_missing
from mltrace.capture.guard import harmless
from mltrace.capture.outcomes import check_facts, check_failed
from mltrace.capture.plain import text
from mltrace.capture.recorder import current_recorder
from mltrace.capture.running import ActiveRun
from mltrace.capture.selection import RETURN
from mltrace.checks.engine import blocking, run_checks
from mltrace.errors import CheckFailed
from mltrace.times import now_ns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from mltrace.capture.recorder import Recorder
    from mltrace.capture.wrapping import Wrapped
    from mltrace.records import CheckResult

_NOTHING: Final = object()
MAX_YIELDED: Final = 100
"""Items of a generator that are looked at."""


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
        self._arguments = wrapped.arguments.bind(args, kwargs)
        self._attributes = wrapped.attributes if args and wrapped.selection.auto else None
        self._instance = args[0] if self._attributes is not None else None
        self._held: Mapping[str, Any] = {}
        component = wrapped.component
        self.run = ActiveRun(recorder, component.name, is_anonymising=component.anonymising)
        if self._attributes is not None:
            self._held = self._attributes.before(self._instance)
        self._watch = FileWatch(
            {**self._held, **self._arguments} if self._held else self._arguments
        )
        self._inputs: list[Crossing] = []
        self._checks: list[CheckResult] = []
        self._yielded: list[Crossing] = []
        self._num_yielded = 0
        self._locals = wrapped.probe.capture() if wrapped.probe is not None else None
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
        artifacts, params = self._part_arguments()
        self._inputs = describe(artifacts, at=at, keep_limit_bytes=recorder.keep_limit_bytes)
        wrapped.component.announce(recorder)
        code = wrapped.code(recorder)
        git = recorder.say_git(wrapped.file)
        self.run.begin(
            at=at,
            params=params,
            reads=self._inputs,
            code=code,
            git=git,
            may_be_outputs=wrapped.selection.inputs is None,
        )
        self._run_before_checks()

    def enter(self) -> None:
        """Make the run the current one, for a stretch of the user's code."""
        captured = self._locals
        if captured is not None:
            captured.__enter__()
        self._watch.start()
        self._tokens.append((running.activate(self.run), captured))

    @harmless(default=None)
    def leave(self) -> None:
        """End a stretch of the user's code."""
        self._watch.pause()
        token, captured = self._tokens.pop()
        running.deactivate(token)
        if captured is not None:
            captured.__exit__(None, None, None)

    @harmless(default=None)
    def see_yielded(self, value: object) -> None:
        """Take an item that a generator hands out, if it is an artifact."""
        number = self._num_yielded
        self._num_yielded += 1
        if number < MAX_YIELDED and self._takes_return:
            name = f"{self.run.component}.{number}"
            self._yielded += self._describe_outputs(name, value, at=now_ns())

    @harmless(default=None)
    def fail(self, error: BaseException) -> None:
        """Log that the user's code raised, with what it had changed until then."""
        if self.run.is_over:
            return
        stopped = self.run.stop()
        self._watch.finish()
        writes = [*self._yielded, *self._changed_arguments(at=stopped[0], result=_NOTHING)]
        self._end(writes, error=error, stopped=stopped)

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
        self._watch.finish()
        results = self._run_after_checks(result)
        writes = [*self._yielded, *self._take_outputs(result, at=stopped[0])]
        blocked = blocking(results)
        error = check_failed(self._wrapped.component.name, blocked) if blocked else None
        self._end(writes, error=error, stopped=stopped)
        if error is not None:
            raise error

    @property
    def wrapped_code(self) -> object:
        """The code of the innermost function, by which its own generators are known."""
        return self._wrapped.function_code

    @property
    def _takes_return(self) -> bool:
        outputs = self._wrapped.selection.outputs
        return outputs is None or RETURN in outputs

    def _part_arguments(self) -> tuple[list[Found], dict[str, Any]]:
        selection = self._wrapped.selection
        artifacts, params = find_artifacts(self._arguments, auto=selection.auto)
        if self._held:
            known = {id(found.value) for found in artifacts}
            held, _ = find_artifacts(self._held)
            artifacts += [found for found in held if id(found.value) not in known]
        existing = []
        for found in artifacts:
            if is_missing(found.value):
                if found.name not in self._held:
                    params[found.name] = text(str(found.value))
            else:
                existing.append(found)
        if selection.inputs is None:
            return existing, params
        named = [
            named_artifact(name, self._arguments[name])
            for name in selection.inputs
            if name in self._arguments
        ]
        for found in named:
            params.pop(found.name, None)
        return named, params

    def _run_before_checks(self) -> None:
        component = self._wrapped.component
        if not component.before:
            return
        self._checks = run_checks(component.before, "before", self._arguments)
        if blocked := blocking(self._checks):
            error = check_failed(component.name, blocked)
            self._end([], error=error, stopped=self.run.stop())
            raise error

    def _run_after_checks(self, result: object) -> list[CheckResult]:
        checks = self._wrapped.component.after
        if not checks:
            return []
        seen = {**self._arguments, **self._seen_locals(), "result": result, RETURN: result}
        results = run_checks(checks, "after", seen)
        self._checks += results
        return results

    def _seen_locals(self) -> Mapping[str, Any]:
        return self._locals.values if self._locals is not None else {}

    @harmless(default=())
    def _take_outputs(self, result: object, *, at: int) -> Sequence[Crossing]:
        named = self._wrapped.selection.outputs
        if named is None:
            crossings = self._describe_outputs(self.run.component, result, at=at)
            return [*crossings, *self._changed_arguments(at=at, result=result, beside=crossings)]
        seen = {**self._arguments, **self._seen_locals(), RETURN: result}
        found = [
            named_artifact(self.run.component if name == RETURN else name, seen[name])
            for name in named
            if name in seen
        ]
        return describe(found, at=at, keep_limit_bytes=self._recorder.keep_limit_bytes)

    def _describe_outputs(self, name: str, value: object, *, at: int) -> list[Crossing]:
        artifacts = find_in(name, value, auto=self._wrapped.selection.auto)
        return describe(artifacts, at=at, keep_limit_bytes=self._recorder.keep_limit_bytes)

    @harmless(default=())
    def _changed_arguments(
        self, *, at: int, result: object, beside: Sequence[Crossing] = ()
    ) -> Sequence[Crossing]:
        """Find the files that were written and the arguments that were changed in place."""
        selection = self._wrapped.selection
        if selection.outputs is not None or not selection.auto:
            return []
        limit = self._recorder.keep_limit_bytes
        taken = {crossing.described.identity for crossing in beside}
        changed = describe(self._watch.written(beside=taken), at=at, keep_limit_bytes=limit)
        for crossing in self._inputs:
            if crossing.value is result or not _is_mutable(crossing):
                continue
            found = [Found(crossing.name, crossing.value)]
            after = describe(found, at=at, keep_limit_bytes=None)[0]
            if after.described.digest != crossing.described.digest:
                kept = describe(found, at=at, keep_limit_bytes=limit)[0]
                changed.append(Crossing(kept.name, kept.value, kept.described, at, in_place=True))
        return [*changed, *self._set_attributes(at=at, result=result)]

    def _set_attributes(self, *, at: int, result: object) -> Sequence[Crossing]:
        """Find what a method left on its object that was not there before."""
        if self._attributes is None:
            return []
        known = {id(result), *(id(crossing.value) for crossing in self._inputs)}
        found, _ = find_artifacts(self._attributes.after(self._instance))
        left = [item for item in found if id(item.value) not in known]
        limit = self._recorder.keep_limit_bytes
        crossings = describe(left, at=at, keep_limit_bytes=limit)
        return [
            dataclasses.replace(crossing, in_place=True)  # so many objects have a `self.data`
            for crossing in crossings
            if crossing.described.identity is None
        ]

    @harmless(default=())
    def _read_inside_folders(self) -> Sequence[Crossing]:
        if self._wrapped.selection.inputs is not None or not self.run.members_read:
            return ()
        return folders.read_inside(self._inputs, self._watch)

    def _written_in_folders(self, writes: Sequence[Crossing]) -> Sequence[Crossing]:
        if not any(crossing.described.members for crossing in writes):
            return writes
        return folders.written(writes, self._watch)

    @harmless(default=())
    def _unread(self, writes: Sequence[Crossing]) -> Sequence[int]:
        """List the inputs that turned out to be written only."""
        if not self._inputs:
            return ()
        inside: list[int] = []
        if positions := self.run.members_read:
            unread = folders.unread_inside(self._inputs, self._watch)
            inside = [positions[path] for path in unread if path in positions]
        if self._wrapped.selection.inputs is not None:
            return inside
        written = {crossing.described.identity for crossing in writes}
        touched = self._watch.touched
        return inside + [
            position
            for position, crossing in enumerate(self._inputs)
            if (identity := crossing.described.identity) in written
            and identity in touched
            and not self._watch.was_read(identity)
        ]

    @harmless(default=())
    def _local_inputs(self, *, at: int) -> Sequence[Crossing]:
        """Take the inputs that are locals, which are known only now."""
        names = self._wrapped.selection.inputs
        if names is None:
            return ()
        seen = self._seen_locals()
        found = [
            named_artifact(name, seen[name])
            for name in names
            if name in seen and name not in self._arguments
        ]
        return describe(found, at=at, keep_limit_bytes=self._recorder.keep_limit_bytes)

    def _end(
        self,
        writes: Sequence[Crossing],
        *,
        error: BaseException | None,
        stopped: tuple[int, int],
    ) -> None:
        started = stopped[0] - stopped[1]
        self.run.end(
            error=running.describe_error(error) if error is not None else None,
            reads=[*self._local_inputs(at=started), *self._read_inside_folders()],
            writes=self._written_in_folders(writes),
            unread=self._unread(writes),
            checks=check_facts(self._checks),
            stopped=stopped,
        )


class Unlogged(Call):
    """A call that is not logged, because mltrace is disabled or cannot."""

    def __init__(self) -> None:
        """Hold nothing: there is one for all calls."""

    @property
    def wrapped_code(self) -> object:
        """Nothing: what the function returns is handed on as it is."""
        return _NOTHING

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


def _is_mutable(crossing: Crossing) -> bool:
    """Tell whether a value in memory can be changed where it is."""
    if crossing.described.identity is not None or crossing.described.digest is None:
        return False
    is_arrow = type(crossing.value).__module__.partition(".")[0] == "pyarrow"
    return crossing.described.kind in ("data", "model") and not is_arrow
