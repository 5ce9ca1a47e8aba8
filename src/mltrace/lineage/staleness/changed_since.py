"""Says what of a component changed since one of its runs: its code, a setting, a schema.

Each run is compared with the latest one that wrote to the same places, else with the latest one of
its component.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mltrace.lineage.parameters import is_path, is_volatile, names_a_time, short_value
from mltrace.lineage.staleness.reasons import Finding
from mltrace.store.schema import WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from mltrace.lineage.staleness.steps import Step, Steps, Write

    Schema = tuple[str | None, str | None]

_MOST_COLUMNS: Final = 5
_decode: Final = msgspec.json.Decoder().decode
_decode_names: Final = msgspec.json.Decoder(tuple[str, ...]).decode


class ChangedSince:
    """Tells, among loaded steps, what changed in components since their runs.

    A value that runs before had too, or that runs came back to, is none that was changed: a
    component may serve training and prediction, or two pipelines of one name. Where only one run
    had the value, the change counts only if the later run did the same work.
    """

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._params: dict[int, Mapping[str, Any]] = {}
        self._schemas: dict[int, dict[int, Schema]] = {}
        self._volatile: dict[tuple[int, str], bool] = {}

    def find(self, step: Step) -> Iterator[Finding]:
        """Yield what changed since a run."""
        latest = self._steps.latest.get(step.component_id, ())
        if not latest or latest[-1].key == step.key:
            return
        successor = self._find_successor(step, latest)
        yield from self._find_code(step, successor or latest[-1], is_same=successor is not None)
        is_same = successor is not None or self._has_no_place(step, latest[-1])
        yield from self._find_parameters(step, successor or latest[-1], is_same=is_same)
        yield from self._find_schemas(step, successor or latest[-1], is_same=is_same)

    def _find_successor(self, step: Step, latest: Sequence[Step]) -> Step | None:
        """Find the latest run after a run that wrote to a place that this one wrote to."""
        places = self._places(step)
        if not places:
            return None
        for other in reversed(latest):
            if other.started_at <= step.started_at:
                break
            if places & self._places(other):
                return other
        return None

    def _places(self, step: Step) -> set[int]:
        writes = self._steps.writes.get(step.key, ())
        return {write.artifact_id for write in writes} & self._steps.lasting

    def _has_no_place(self, step: Step, other: Step) -> bool:
        """Tell whether two runs that wrote to no place read from the same places."""
        if self._places(step) or self._places(other):
            return False
        mine, theirs = (
            {read.artifact_id for read in self._steps.reads.get(one.key, ())} & self._steps.lasting
            for one in (step, other)
        )
        return mine == theirs

    def _find_code(self, step: Step, other: Step, *, is_same: bool) -> Iterator[Finding]:
        if step.code is None or other.code is None or step.code == other.code:
            return
        if is_same or self._is_change(step, other, lambda one: one.code, least=1):
            change = f"({step.code[:8]} → {other.code[:8]})"
            yield _finding("code", f"the code of {step.component} changed since {change}")

    def _find_parameters(self, step: Step, other: Step, *, is_same: bool) -> Iterator[Finding]:
        if step.params == other.params:
            return
        mine, theirs = self._params_of(step), self._params_of(other)
        for name, value in mine.items():
            if name not in theirs or theirs[name] == value or self._is_key(step, name, value):
                continue

            def value_of(one: Step, name: str = name) -> Hashable:
                return repr(self._params_of(one).get(name))

            if is_same or self._is_change(step, other, value_of, least=2):
                change = f"from {short_value(value)} to {short_value(theirs[name])}"
                text = f"parameter {name} of {step.component} changed {change} since"
                yield _finding("parameter", text)

    def _is_key(self, step: Step, name: str, value: Any) -> bool:
        """Tell whether a parameter says which data were meant, and not how to work."""
        if is_path(value) or names_a_time(value):
            return True
        key = step.component_id, name
        if key not in self._volatile:
            latest = self._steps.latest[step.component_id]
            values = [self._params_of(one)[name] for one in latest if name in self._params_of(one)]
            self._volatile[key] = is_volatile(values)
        return self._volatile[key]

    def _params_of(self, step: Step) -> Mapping[str, Any]:
        if step.key not in self._params:
            self._params[step.key] = _decode(step.params) if step.params else {}
        return self._params[step.key]

    def _find_schemas(self, step: Step, other: Step, *, is_same: bool) -> Iterator[Finding]:
        mine, theirs = self._schemas_of(step), self._schemas_of(other)
        for position, schema in mine.items():
            if position not in theirs or theirs[position] == schema:
                continue

            def schema_of(one: Step, position: int = position) -> Hashable:
                return self._schemas_of(one).get(position)

            if is_same or self._is_change(step, other, schema_of, least=2):
                write = self._whole(step)[position]
                for text in _schema_texts(write, theirs[position], step.component):
                    yield _finding("schema", text)

    def _schemas_of(self, step: Step) -> dict[int, Schema]:
        if step.key not in self._schemas:
            self._schemas[step.key] = {
                position: (write.columns, write.dtypes)
                for position, write in self._whole(step).items()
                if write.columns is not None
            }
        return self._schemas[step.key]

    def _whole(self, step: Step) -> dict[int, Write]:
        writes = self._steps.writes.get(step.key, ())
        return {write.position: write for write in writes if write.part == WHOLE}

    def _is_change(
        self, step: Step, other: Step, value_of: Callable[[Step], Hashable], *, least: int
    ) -> bool:
        """Tell whether a value was changed for good between two runs, not used side by side.

        `least` is how many runs must have had the old value for one to be sure.
        """
        old, new = value_of(step), value_of(other)
        values = [(one.started_at, value_of(one)) for one in self._steps.latest[step.component_id]]
        if any(at <= step.started_at and value == new for at, value in values):
            return False
        since = [value for at, value in values if at > step.started_at]
        if old in since[since.index(new) :]:
            return False
        is_older = not values or step.started_at < values[0][0]
        return is_older or Counter(value for _, value in values)[old] >= least


def _finding(kind: Any, text: str) -> Finding:
    return Finding(kind, text, text)


def _schema_texts(write: Write, after: Schema, component: str) -> Iterator[str]:
    names, types = (_decode_names(text) if text else () for text in (write.columns, write.dtypes))
    new_names, new_types = (_decode_names(text) if text else () for text in after)
    what = f"{write.name} of {component}"
    for verb, columns in (
        ("lacks the", [name for name in names if name not in new_names]),
        ("has the new", [name for name in new_names if name not in names]),
    ):
        if columns:
            noun = "column" if len(columns) == 1 else "columns"
            more = (
                f" and {len(columns) - _MOST_COLUMNS} more" if len(columns) > _MOST_COLUMNS else ""
            )
            yield f"{what} {verb} {noun} {', '.join(columns[:_MOST_COLUMNS])}{more} since"
    before = dict(zip(names, types, strict=False))
    for name, dtype in zip(new_names, new_types, strict=False):
        if before.get(name, dtype) != dtype:
            yield f"column {name} of {what} changed from {before[name]} to {dtype} since"
