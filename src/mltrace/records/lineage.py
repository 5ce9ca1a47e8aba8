"""Lineage walked from an output upstream, or from an artifact downstream."""

from __future__ import annotations

from typing import Any, Final

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


class Trace(Record, frozen=True, kw_only=True):
    """Everything that made an output: each run once, nearest first.

    `sources` are the artifacts at the edge that no run wrote.
    """

    target: str
    steps: tuple[TraceStep, ...] = ()
    sources: tuple[ArtifactRef, ...] = ()

    def render(self, *, width: int = 80) -> str:
        """Draw the trace as a plain text tree; a shared ancestor is drawn once, then marked."""
        return rendering.lineage_text(self, width=width, is_upstream=True)

    @classmethod
    def row_names(cls) -> tuple[str, ...]:
        """Name the columns of the rows."""
        return _STEP_COLUMNS

    def rows(self) -> list[dict[str, Any]]:
        """List one row per step."""
        return _step_rows(self.steps)

    def __str__(self) -> str:
        return self.render()


class Impact(Record, frozen=True, kw_only=True):
    """Everything made from an artifact or run: each run once, nearest first.

    `sinks` are the artifacts at the edge that no run read.
    """

    target: str
    steps: tuple[TraceStep, ...] = ()
    sinks: tuple[ArtifactRef, ...] = ()

    def render(self, *, width: int = 80) -> str:
        """Draw the impact as a plain text tree; a shared descendant is drawn once, then marked."""
        return rendering.lineage_text(self, width=width, is_upstream=False)

    @classmethod
    def row_names(cls) -> tuple[str, ...]:
        """Name the columns of the rows."""
        return _STEP_COLUMNS

    def rows(self) -> list[dict[str, Any]]:
        """List one row per step."""
        return _step_rows(self.steps)

    def __str__(self) -> str:
        return self.render()


def _step_rows(steps: tuple[TraceStep, ...]) -> list[dict[str, Any]]:
    return [
        {
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
        for step in steps
    ]
