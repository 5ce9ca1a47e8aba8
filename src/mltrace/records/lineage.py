"""Lineage walked from an output upstream, or from an artifact downstream."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from mltrace import rendering
from mltrace.records.record import Record
from mltrace.records.runs import ArtifactRef, Run  # noqa: TC001 (msgspec reads the annotations)

_STEP_COLUMNS: Final = (
    "depth",
    "run_id",
    "component",
    "status",
    "started_at",
    "duration_seconds",
    "reads",
    "writes",
    "stale",
)


class TraceStep(Record, frozen=True, kw_only=True):
    """One run of a trace, with its least distance from the target and what it read and wrote."""

    run: Run
    depth: int
    reads: tuple[ArtifactRef, ...] = ()
    writes: tuple[ArtifactRef, ...] = ()


class Walk(Record, frozen=True, kw_only=True):
    """Lineage walked in one direction: each run once, nearest first."""

    is_upstream: ClassVar[bool]

    target: str
    steps: tuple[TraceStep, ...] = ()

    def render(self, *, width: int = 80) -> str:
        """Draw the walk as a plain text tree; what is shared is drawn once, then marked."""
        return rendering.lineage_text(self, width=width, is_upstream=self.is_upstream)

    @classmethod
    def row_names(cls) -> tuple[str, ...]:
        """Name the columns of the rows."""
        return _STEP_COLUMNS

    def rows(self) -> list[dict[str, Any]]:
        """List one row per step."""
        return [_step_row(step) for step in self.steps]

    def __str__(self) -> str:
        return self.render()


class Trace(Walk, frozen=True, kw_only=True):
    """Everything that made an output: each run once, nearest first.

    `sources` are the artifacts at the edge that no run wrote.
    """

    is_upstream: ClassVar[bool] = True

    sources: tuple[ArtifactRef, ...] = ()


class Impact(Walk, frozen=True, kw_only=True):
    """Everything made from an artifact or run: each run once, nearest first.

    `sinks` are the artifacts at the edge that no run read.
    """

    is_upstream: ClassVar[bool] = False

    sinks: tuple[ArtifactRef, ...] = ()


def _step_row(step: TraceStep) -> dict[str, Any]:
    return {
        "depth": step.depth,
        "run_id": step.run.id,
        "component": step.run.component,
        "status": step.run.status,
        "started_at": step.run.started_at,
        "duration_seconds": step.run.duration_seconds,
        "reads": [ref.name for ref in step.reads],
        "writes": [ref.name for ref in step.writes],
        "stale": list(step.run.stale),
    }
