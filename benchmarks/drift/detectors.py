"""What a detector of drift is to the benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.drift.dataset import Partition


class Verdict(NamedTuple):
    """An alarm or none by the detector's own rule, a score to rank by, and the columns it names."""

    is_alarm: bool
    score: float
    columns: frozenset[str]
    reason: str = ""


class Detector(Protocol):
    """Judges a partition by those before it."""

    def fit(self, history: Sequence[Partition]) -> object: ...

    def score(self, partition: Partition) -> Verdict: ...
