"""Outputs marked as bad, and what may have caused them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (msgspec reads the annotations)
from typing import Any, Final, Literal

from mltrace.records.record import Record
from mltrace.records.runs import ArtifactKind, Run  # noqa: TC001

SuspectKind = Literal[
    "run", "code", "parameter", "input", "component", "package", "python", "host", "git commit",
    "partition", "day", "hour",
]  # fmt: skip


_SUSPECT_COLUMNS: Final = (
    "rank",
    "kind",
    "attribute",
    "scope",
    "num_runs",
    "always_with",
    "run_id",
    "component",
    "score",
    "ci_low",
    "ci_high",
    "num_flagged",
    "num_unflagged",
    "num_flagged_without",
    "num_unflagged_without",
    "coverage",
    "evidence",
)


class Flag(Record, frozen=True, kw_only=True):
    """An output that somebody marked as bad."""

    output: str
    name: str
    digest: str | None = None
    kind: ArtifactKind = "data"
    produced_by: str | None = None
    flagged: bool = True
    reason: str = ""
    flagged_at: datetime
    flagged_by: str | None = None


class Suspect(Record, frozen=True, kw_only=True):
    """A run that may have caused the flagged outputs, or what runs have in common that may.

    `attribute` says what the runs have in common, and `scope` of which component, or None for any;
    `run` is then the first of them that a flagged output depends on. `num_runs` counts those that
    bear it, and `always_with` lists what they have in common beside it: attributes on which the
    very same outputs depend.

    `score` is that of the review's method, in a 95 % interval from `ci_low`, which ranks, to
    `ci_high`.
    `num_flagged` and `num_unflagged` count the outputs that depend on the suspect,
    `num_flagged_without` and `num_unflagged_without` those that do not; `coverage` is the share of
    the flagged ones. Suspects with an equal `rank` are a tie; `evidence` says what sets a run apart
    from the other runs of its component.
    """

    run: Run
    score: float
    num_flagged: int
    num_unflagged: int
    coverage: float
    rank: int = 1
    attribute: str | None = None
    evidence: tuple[str, ...] = ()
    kind: SuspectKind = "run"
    scope: str | None = None
    num_runs: int = 1
    always_with: tuple[str, ...] = ()
    ci_low: float | None = None
    ci_high: float | None = None
    num_flagged_without: int = 0
    num_unflagged_without: int = 0


class Review(Record, frozen=True, kw_only=True):
    """The flagged outputs and what may have caused them, the most suspect first.

    `num_unflagged` counts the other outputs that they were compared with, made by `num_compared`
    runs; `num_passed_over` runs of the same components were left out, for there were too many.
    `num_candidates` counts all runs and attributes that were scored; `suspects` lists the first.
    """

    flagged: tuple[Flag, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    num_unflagged: int = 0
    method: str = "ochiai"
    num_candidates: int = 0
    num_compared: int = 0
    num_passed_over: int = 0

    @classmethod
    def row_names(cls) -> tuple[str, ...]:
        """Name the columns of the rows."""
        return _SUSPECT_COLUMNS

    def rows(self) -> list[dict[str, Any]]:
        """List one row per suspect."""
        return [_suspect_row(suspect) for suspect in self.suspects]


def _suspect_row(suspect: Suspect) -> dict[str, Any]:
    return {
        "rank": suspect.rank,
        "kind": suspect.kind,
        "attribute": suspect.attribute,
        "scope": suspect.scope,
        "num_runs": suspect.num_runs,
        "always_with": list(suspect.always_with),
        "run_id": suspect.run.id,
        "component": suspect.run.component,
        "score": suspect.score,
        "ci_low": suspect.ci_low,
        "ci_high": suspect.ci_high,
        "num_flagged": suspect.num_flagged,
        "num_unflagged": suspect.num_unflagged,
        "num_flagged_without": suspect.num_flagged_without,
        "num_unflagged_without": suspect.num_unflagged_without,
        "coverage": suspect.coverage,
        "evidence": list(suspect.evidence),
    }
