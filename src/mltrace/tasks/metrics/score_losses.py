"""What metrics share that are means of what scores lose against labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mltrace.tasks.metrics.means import MeanMetric

if TYPE_CHECKING:
    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.statistics.statistic import Statistics


@dataclass(frozen=True, kw_only=True)
class ScoreLossMetric(MeanMetric):
    """A mean of the losses of scores."""

    kinds: ClassVar[tuple[TaskKind, ...]] = ("binary", "multiclass")
    unmet: ClassVar[str] = "no pair has a score"
    statistic: ClassVar[str] = "score_losses"

    def least_variance(self, statistics: Statistics) -> float:
        """Tell how much losses would vary if scores were right: so much as if rare labels came."""
        variance: float = getattr(statistics[self.statistic], f"{self.mean_of}_variance")
        return variance / max(self.sums(statistics).num, 1)
