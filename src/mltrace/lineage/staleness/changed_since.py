"""Says what of a component changed since one of its runs: its code, a setting, a schema.

Each run is compared with the latest one that wrote to the same places, else with the latest one of
its component.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mltrace.lineage.parameters import is_path, is_volatile, names_a_time, short_value
from mltrace.lineage.staleness.reasons import Finding
from mltrace.store.database.schema import WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

    from mltrace.lineage.staleness.links import Links, Write
    from mltrace.lineage.staleness.steps import Step, Steps

    Schema = tuple[int | None, int | None]

_MOST_COLUMNS: Final = 5
_decode: Final = msgspec.json.Decoder().decode


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
        self._left = {key: list(latest) for key, latest in steps.latest.items()}
        self._writers: defaultdict[int, dict[int, Step]] = defaultdict(dict)

    def find(self, step: Step) -> Iterator[Finding]:
        """Yield what changed since a run."""
        latest = self._steps.latest.get(step.component_id, ())
        if not latest or latest[-1].key == step.key:
            return
        successor = self._find_successor(step)
        yield from self._find_code(step, successor or latest[-1], is_same=successor is not None)
        is_same = successor is not None or self._has_no_place(step, latest[-1])
        yield from self._find_parameters(step, successor or latest[-1], is_same=is_same)
        yield from self._find_schemas(step, successor or latest[-1], is_same=is_same)

    def _find_successor(self, step: Step) -> Step | None:
        """Find the latest run after a run that wrote to a place that this one wrote to."""
        left, writers = self._left[step.component_id], self._writers[step.component_id]
        while left and left[-1].started_at > step.started_at:
            other = left.pop()
            for place in self._places(other):
                writers.setdefault(place, other)
        others = [writers[place] for place in self._places(step) if place in writers]
        latest = max(others, key=_order, default=None)
        return latest if latest is not None and latest.started_at > step.started_at else None

    def _places(self, step: Step) -> set[int]:
        writes = self._steps.links.writes(step.key)
        return {write.artifact_id for write in writes} & self._steps.links.lasting

    def _has_no_place(self, step: Step, other: Step) -> bool:
        """Tell whether two runs that wrote to no place read from the same places."""
        if self._places(step) or self._places(other):
            return False
        mine, theirs = (
            {read.artifact_id for read in self._steps.links.reads(one.key)}
            & self._steps.links.lasting
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
        key = step.component_id, name
        if key not in self._volatile:
            latest = self._steps.latest[step.component_id]
            values = [self._params_of(one)[name] for one in latest if name in self._params_of(one)]
            self._volatile[key] = is_volatile(values)
        return self._volatile[key] or is_path(value) or names_a_time(value)

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
                for text in _schema_texts(
                    self._steps.links, write, theirs[position], of=step.component
                ):
                    yield _finding("schema", text)

    def _schemas_of(self, step: Step) -> dict[int, Schema]:
        if step.key not in self._schemas:
            self._schemas[step.key] = {
                position: (write.columns_id, write.dtypes_id)
                for position, write in self._whole(step).items()
                if write.columns_id is not None
            }
        return self._schemas[step.key]

    def _whole(self, step: Step) -> dict[int, Write]:
        writes = self._steps.links.writes(step.key)
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


def _order(step: Step) -> tuple[int, int]:
    return step.started_at, step.key


def _finding(kind: Any, text: str) -> Finding:
    return Finding(kind, text, text)


def _schema_texts(links: Links, write: Write, after: Schema, *, of: str) -> Iterator[str]:
    names, types = links.names(write.columns_id), links.names(write.dtypes_id)
    new_names, new_types = (links.names(key) for key in after)
    what = f"{write.name} of {of}"
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
