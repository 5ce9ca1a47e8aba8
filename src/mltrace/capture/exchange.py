"""What one call takes in and gives out: its inputs, parameters and outputs."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from mltrace.capture import folders
from mltrace.capture.boundary import (
    Crossing,
    Found,
    describe,
    find_artifacts,
    find_in,
    named_artifact,
)
from mltrace.capture.files import is_missing, watch_files
from mltrace.capture.guard import harmless
from mltrace.capture.plain import text
from mltrace.capture.selection import RETURN
from mltrace.times import now_ns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mltrace.capture.files import Stamp
    from mltrace.capture.returns import LocalsCapture
    from mltrace.capture.wrapping import Wrapped

NO_RESULT: Final = object()
"""Stands for the result of a call that raised."""
MAX_YIELDED: Final = 100
"""Items of a generator that are looked at."""


class Exchange:
    """What one call takes in and gives out.

    Parameters
    ----------
    wrapped : Wrapped
        The function that is called.
    limit_bytes : int or None
        The largest value that is kept; None keeps digests only.
    args, kwargs : tuple, dict
        The arguments of the call.
    before : mapping of str to Stamp, optional
        Of a call that is over, the stamps of the files that it was given when it began.

    Attributes
    ----------
    arguments : dict of str to object
        The arguments by name.
    inputs : list of Crossing
        What it took in, once `take_inputs` was called.
    locals : LocalsCapture or None
        Reads the locals that are asked for.
    watch : FileWatch
        Watches the files that the arguments name.
    """

    __slots__ = (
        "_attributes",
        "_held",
        "_instance",
        "_limit",
        "_num_yielded",
        "_selection",
        "_wrapped",
        "_yielded",
        "arguments",
        "inputs",
        "locals",
        "watch",
    )

    def __init__(
        self,
        wrapped: Wrapped,
        limit_bytes: int | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        *,
        before: Mapping[str, Stamp] | None = None,
    ) -> None:
        self._wrapped = wrapped
        self._selection = wrapped.selection
        self._limit = limit_bytes
        self.arguments = wrapped.arguments.bind(args, kwargs)
        self._attributes = wrapped.attributes if args and wrapped.selection.auto else None
        self._instance = args[0] if self._attributes is not None else None
        self._held: Mapping[str, Any] = {}
        if self._attributes is not None:
            self._held = self._attributes.before(self._instance)
        variables = {**self._held, **self.arguments} if self._held else self.arguments
        self.watch = watch_files(variables, before=before)
        self.inputs: list[Crossing] = []
        self._yielded: list[Crossing] = []
        self._num_yielded = 0
        self.locals = wrapped.probe.capture() if wrapped.probe is not None else None

    def take_inputs(self, *, at: int) -> dict[str, Any]:
        """Digest the inputs; return the parameters."""
        artifacts, params = self._part_arguments()
        if artifacts:
            self.inputs = describe(artifacts, at=at, keep_limit_bytes=self._limit)
        return params

    def see_yielded(self, value: object) -> Sequence[Crossing]:
        """Take an item that a generator hands out; return the artifacts in it.

        Their rows may only be looked at now: the user may change them until the run ends.
        """
        number = self._num_yielded
        self._num_yielded += 1
        if number < MAX_YIELDED and self._takes_return:
            name = f"{self._wrapped.component.name}.{number}"
            seen = self._describe_outputs(name, value, at=now_ns())
            self._yielded += [crossing.without_rows() for crossing in seen]
            return seen
        return ()

    def outputs(self, result: object, *, at: int) -> Sequence[Crossing]:
        """Digest the outputs of a call that returned."""
        taken = self._take_outputs(result, at=at)
        return [*self._yielded, *taken] if self._yielded else taken

    def outputs_of_failed(self, *, at: int) -> Sequence[Crossing]:
        """Digest what a call that raised has changed until then."""
        return [*self._yielded, *self._changed_arguments(at=at, result=NO_RESULT)]

    def variables(self, result: object) -> dict[str, Any]:
        """Give checks what they may ask for by name once the function has returned."""
        return check_variables(self.arguments, self.locals, result)

    def late_inputs(self, *, at: int, members: Mapping[str, int]) -> Sequence[Crossing]:
        """Take the inputs that are known only at the end.

        Parameters
        ----------
        at : int
            When they are taken to have been read.
        members : mapping of str to int
            The files of folders among the inputs, with their positions.
        """
        if self._selection.inputs is not None:
            return self._local_inputs(self._selection.inputs, at=at)
        return self._read_inside_folders() if members else ()

    @harmless(default=())
    def _local_inputs(self, names: Iterable[str], *, at: int) -> Sequence[Crossing]:
        seen = self._seen_locals()
        found = [
            named_artifact(name, seen[name])
            for name in names
            if name in seen and name not in self.arguments
        ]
        return describe(found, at=at, keep_limit_bytes=self._limit)

    @harmless(default=())
    def _read_inside_folders(self) -> Sequence[Crossing]:
        return folders.read_inside(self.inputs, self.watch)

    def written_in_folders(self, writes: Sequence[Crossing]) -> Sequence[Crossing]:
        """Leave of the files of folders only those that the call touched."""
        if not any(crossing.described.members for crossing in writes):
            return writes
        return folders.written(writes, self.watch)

    @harmless(default=())
    def unread(self, writes: Sequence[Crossing], members: Mapping[str, int]) -> Sequence[int]:
        """List the inputs that turned out to be written only.

        Parameters
        ----------
        writes : sequence of Crossing
            The outputs.
        members : mapping of str to int
            The files of folders among the inputs, with their positions.
        """
        inside: list[int] = []
        if members:
            unread = folders.unread_inside(self.inputs, self.watch)
            inside = [members[path] for path in unread if path in members]
        if self._selection.inputs is not None:
            return inside
        written = {crossing.described.identity for crossing in writes}
        touched = self.watch.touched
        return inside + [
            position
            for position, crossing in enumerate(self.inputs)
            if (identity := crossing.described.identity) in written
            and identity in touched
            and not self.watch.was_read(identity)
        ]

    @property
    def _takes_return(self) -> bool:
        outputs = self._selection.outputs
        return outputs is None or RETURN in outputs

    def _part_arguments(self) -> tuple[list[Found], dict[str, Any]]:
        selection = self._selection
        artifacts, params = find_artifacts(self.arguments, auto=selection.auto)
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
            named_artifact(name, self.arguments[name])
            for name in selection.inputs
            if name in self.arguments
        ]
        for found in named:
            params.pop(found.name, None)
        return named, params

    def _seen_locals(self) -> Mapping[str, Any]:
        return self.locals.values if self.locals is not None else {}

    @harmless(default=())
    def _take_outputs(self, result: object, *, at: int) -> Sequence[Crossing]:
        named = self._selection.outputs
        name = self._wrapped.component.name
        if named is None:
            crossings = self._describe_outputs(name, result, at=at)
            changed = self._changed_arguments(at=at, result=result, beside=crossings)
            return [*crossings, *changed] if changed else crossings
        seen = {**self.arguments, **self._seen_locals(), RETURN: result}
        found = [
            named_artifact(name if one == RETURN else one, seen[one])
            for one in named
            if one in seen
        ]
        return describe(found, at=at, keep_limit_bytes=self._limit)

    def _describe_outputs(self, name: str, value: object, *, at: int) -> Sequence[Crossing]:
        artifacts = find_in(name, value, auto=self._selection.auto)
        return describe(artifacts, at=at, keep_limit_bytes=self._limit) if artifacts else ()

    def _changed_arguments(
        self, *, at: int, result: object, beside: Sequence[Crossing] = ()
    ) -> Sequence[Crossing]:
        """Find the files that were written and the arguments that were changed in place."""
        selection = self._selection
        if selection.outputs is not None or not selection.auto:
            return ()
        changed: Sequence[Crossing] = ()
        if self.inputs or self.watch.touched:
            changed = self._changed_in_place(at=at, result=result, beside=beside)
        if self._attributes is None:
            return changed
        return [*changed, *self._set_attributes(at=at, result=result)]

    @harmless(default=())
    def _changed_in_place(
        self, *, at: int, result: object, beside: Sequence[Crossing]
    ) -> Sequence[Crossing]:
        taken = {crossing.described.identity for crossing in beside}
        changed = describe(self.watch.written(beside=taken), at=at, keep_limit_bytes=self._limit)
        for crossing in self.inputs:
            if crossing.value is result or not _is_mutable(crossing):
                continue
            found = [Found(crossing.name, crossing.value)]
            after = describe(found, at=at, keep_limit_bytes=None)[0]
            if after.described.digest != crossing.described.digest:
                kept = describe(found, at=at, keep_limit_bytes=self._limit)[0]
                changed.append(Crossing(kept.name, kept.value, kept.described, at, in_place=True))
        return changed

    @harmless(default=())
    def _set_attributes(self, *, at: int, result: object) -> Sequence[Crossing]:
        """Find what a method left on its object that was not there before."""
        if self._attributes is None:
            return ()
        known = {id(result), *(id(crossing.value) for crossing in self.inputs)}
        found, _ = find_artifacts(self._attributes.after(self._instance))
        left = [item for item in found if id(item.value) not in known]
        crossings = describe(left, at=at, keep_limit_bytes=self._limit)
        return [
            dataclasses.replace(crossing, in_place=True)  # so many objects have a `self.data`
            for crossing in crossings
            if crossing.described.identity is None
        ]


def check_variables(
    arguments: Mapping[str, Any], captured: LocalsCapture | None, result: object
) -> dict[str, Any]:
    """Give checks what they may ask for by name once the function has returned."""
    seen = captured.values if captured is not None else {}
    return {**arguments, **seen, "result": result, RETURN: result}


def _is_mutable(crossing: Crossing) -> bool:
    """Tell whether a value in memory can be changed where it is."""
    if crossing.described.identity is not None or crossing.described.digest is None:
        return False
    is_arrow = type(crossing.value).__module__.partition(".")[0] == "pyarrow"
    return crossing.described.kind in ("data", "model") and not is_arrow
