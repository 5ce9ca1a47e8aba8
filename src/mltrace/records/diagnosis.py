"""Outputs marked as bad, and what may have caused them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (msgspec reads the annotations)
from typing import Any

from mltrace.records.record import Record
from mltrace.records.runs import ArtifactKind, Run  # noqa: TC001


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
    """A run that may have caused the flagged outputs.

    `score` is Ochiai's: 1 if all flagged outputs and no others depend on the run. `num_flagged`
    and `num_unflagged` count the outputs that do; `coverage` is the share of the flagged ones.
    Suspects with an equal `rank` are a tie; `evidence` says what sets the run apart from the other
    runs of its component.
    """

    run: Run
    score: float
    num_flagged: int
    num_unflagged: int
    coverage: float
    rank: int = 1
    attribute: str | None = None
    evidence: tuple[str, ...] = ()


class Review(Record, frozen=True, kw_only=True):
    """The flagged outputs and the runs behind them, the most suspect first."""

    flagged: tuple[Flag, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    num_unflagged: int = 0

    def rows(self) -> list[dict[str, Any]]:
        """List one row per suspect."""
        return [
            {
                "rank": suspect.rank,
                "run_id": suspect.run.id,
                "component": suspect.run.component,
                "score": suspect.score,
                "num_flagged": suspect.num_flagged,
                "num_unflagged": suspect.num_unflagged,
                "coverage": suspect.coverage,
                "evidence": list(suspect.evidence),
            }
            for suspect in self.suspects
        ]
