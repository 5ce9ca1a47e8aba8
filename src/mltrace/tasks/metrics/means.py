"""What metrics share that are means of something that each pair has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mltrace.tasks.intervals.means import mean_interval
from mltrace.tasks.metrics.metric import Metric

if TYPE_CHECKING:
    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.intervals.interval import Interval
    from mltrace.tasks.statistics.power_sums import PowerSums
    from mltrace.tasks.statistics.statistic import Statistics


@dataclass(frozen=True, kw_only=True)
class MeanMetric(Metric):
    """A mean, of a loss unless it says otherwise.

    Attributes
    ----------
    statistic : str
        The key of the statistic that it follows from.
    mean_of : str
        Of which of the sums there it is the mean.
    """

    statistic: ClassVar[str]
    mean_of: ClassVar[str]
    kinds: ClassVar[tuple[TaskKind, ...]] = ("regression",)
    bounds: ClassVar[tuple[float | None, float | None]] = (0.0, None)
    is_higher_better: ClassVar[bool] = False

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return (self.statistic,)

    def sums(self, statistics: Statistics) -> PowerSums:
        """Take the sums out of statistics."""
        sums: PowerSums = getattr(statistics[self.needs[0]], self.mean_of)
        return sums

    def value(self, statistics: Statistics) -> float | None:
        """Give the metric; None of no pairs."""
        return self.sums(statistics).mean

    def interval(self, statistics: Statistics, confidence: float = 0.95) -> Interval | None:
        """Bound the metric of what the pairs are a sample of; None of a single pair."""
        least = self.least_variance(statistics)
        return mean_interval(self.sums(statistics), confidence=confidence, least_variance=least)

    def least_variance(self, statistics: Statistics) -> float:  # noqa: ARG002
        """Tell how much what each pair has varies at least, even if in these it does not."""
        return 0.0
