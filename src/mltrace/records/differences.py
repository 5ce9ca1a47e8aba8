"""What differs between two runs, or between the traces of two outputs."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from mltrace import rendering
from mltrace.records.record import Record
from mltrace.records.runs import Run  # noqa: TC001 (msgspec reads the annotations)

Aspect = Literal[  # in this order within a pair
    "run",
    "code",
    "stale",
    "package",
    "git",
    "parameter",
    "input",
    "host",
    "status",
    "error",
    "check",
    "columns",
    "rows",
    "metric",
    "output",
    "duration",
]


_CHANGE_COLUMNS: Final = (
    "depth",
    "component",
    "run_a",
    "run_b",
    "aspect",
    "name",
    "before",
    "after",
    "is_consequence",
    "text",
)


class Change(Record, frozen=True, kw_only=True):
    """One thing that differs between two runs.

    `name` says which parameter, package, artifact or metric it is, and is empty where the aspect
    says all. `before` and `after` are what A and B have, None where one has nothing of it; artifact
    versions are written `name@digest`, columns as a mapping of those that differ to their types.
    `text` is the unified diff of code, or of a parameter of several lines, else a remark.
    `is_consequence` marks what follows from another change: an input that a changed run wrote, or
    what a run makes of changed inputs, code, parameters or packages.
    """

    component: str
    aspect: Aspect
    name: str = ""
    before: Any = None
    after: Any = None
    text: str = ""
    is_consequence: bool = False


class DiffPair(Record, frozen=True, kw_only=True):
    """A run of A, the run of B that did the same work, and what differs between them, causes first.

    One of the runs is None where the other side has no such run. `depth` is the greatest distance
    from the outputs compared. `leeway` lists differences that count as none, and contents that
    nobody can compare.
    """

    component: str
    run_a: Run | None = None
    run_b: Run | None = None
    depth: int = 0
    changes: tuple[Change, ...] = ()
    leeway: tuple[Change, ...] = ()


class Diff(Record, frozen=True, kw_only=True):
    """What differs between two runs, or between the traces of two outputs, most upstream first.

    `differs` is False only if nothing differs. `pairs` are the runs that answer to each other,
    without the `num_shared` runs that both traces have.
    """

    a: str
    b: str
    kind: Literal["runs", "traces"]
    differs: bool
    pairs: tuple[DiffPair, ...] = ()
    num_shared: int = 0

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes, most upstream first."""
        return tuple(change for pair in self.pairs for change in pair.changes)

    def render(self, *, width: int = 80) -> str:
        """Draw the diff as plain text: side by side from 110 columns on, else stacked."""
        return rendering.diff_text(self, width=width)

    @classmethod
    def row_names(cls) -> tuple[str, ...]:
        """Name the columns of the rows."""
        return _CHANGE_COLUMNS

    def rows(self) -> list[dict[str, Any]]:
        """List one row per change; values that are no text are written as JSON."""
        return [
            {
                "depth": pair.depth,
                "component": change.component,
                "run_a": None if pair.run_a is None else pair.run_a.id,
                "run_b": None if pair.run_b is None else pair.run_b.id,
                "aspect": change.aspect,
                "name": change.name,
                "before": _text(change.before),
                "after": _text(change.after),
                "is_consequence": change.is_consequence,
                "text": change.text,
            }
            for pair in self.pairs
            for change in pair.changes
        ]


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
