"""What a detector of drift is to the benchmark, and ours as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from mltrace.monitors.drift.detector import DriftDetector

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


class Mltrace:
    """The default detector of mltrace, by its defaults, given profiles."""

    def fit(self, history: Sequence[Partition]) -> None:
        self.detector = DriftDetector().fit([part.profile for part in history])

    def score(self, partition: Partition) -> Verdict:
        result = self.detector.score(partition.profile)
        named = frozenset(name for name, column in result.columns.items() if column.is_drift)
        return Verdict(result.is_drift, result.score, named, result.reason)
