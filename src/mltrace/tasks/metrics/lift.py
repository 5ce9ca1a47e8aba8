"""Lift at k: how much more frequent positives are among the highest scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy

from mltrace.errors import ArgumentError
from mltrace.tasks.intervals.posterior import counts_interval
from mltrace.tasks.metrics.metric import Metric, register
from mltrace.tasks.statistics.score_histogram import ScoreHistogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.intervals.interval import Interval
    from mltrace.tasks.statistics.statistic import Statistics


@register
@dataclass(frozen=True, kw_only=True)
class Lift(Metric):
    """The share of positives among the highest scores, beside that among all.

    Attributes
    ----------
    share : float, default 0.1
        How many of all pairs the highest scores are; rounded up to a pair at least.

    Notes
    -----
    Of pairs with the score at the edge, that share of positives is taken which all of them have.
    The interval is that of draws from the posterior, of positives among the highest scores and
    among others. Exact up to 4,096 distinct scores; beyond, `error` is what the best and the worst
    order in the bin at the edge would give.

    References
    ----------
    Piatetsky-Shapiro, Masand (1999), Estimating campaign benefits and modeling lift,
    doi:10.1145/312129.312225.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("binary", [1, 0], [1, 0], scores=[0.8, 0.1], positive=1)
    >>> measure_pairs(["lift@0.5"], pairs)[0].value
    2.0
    """

    name: ClassVar[str] = "lift_at_k"
    kinds: ClassVar[tuple[TaskKind, ...]] = ("binary",)
    bounds: ClassVar[tuple[float | None, float | None]] = (0.0, None)
    unmet: ClassVar[str] = "it takes scores, and labels of the positive class"

    share: float = 0.1

    def __post_init__(self) -> None:
        if not isinstance(self.share, int | float) or not 0 < self.share <= 1:
            raise ArgumentError(
                f"The share of {self.name} is {self.share!r}; it is above 0 and at most 1."
            )

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return ("score_histogram",)

    def value(self, statistics: Statistics) -> float | None:
        """Give the metric; None where no label is positive."""
        histogram = _histogram(statistics)
        found = histogram.num_positives
        if not found:
            return None
        num = self._num_taken(histogram)
        return _hits(histogram, num)[1] / num / (found / histogram.num_pairs)

    def interval(self, statistics: Statistics, confidence: float = 0.95) -> Interval | None:
        """Bound the metric of what the pairs are a sample of."""
        histogram = _histogram(statistics)
        num = self._num_taken(histogram)
        hits, found = _hits(histogram, num)[1], histogram.num_positives
        share = num / histogram.num_pairs
        others = histogram.num_pairs - num - (found - hits)
        counts = [hits, num - hits, found - hits, others]

        def formula(drawn: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
            above = drawn[:, 0] / (drawn[:, 0] + drawn[:, 1])
            below = drawn[:, 2] / (drawn[:, 2] + drawn[:, 3])
            lifts: NDArray[numpy.float64] = above / (share * above + (1 - share) * below)
            return lifts

        return counts_interval(counts, formula, confidence=confidence)

    def error(self, statistics: Statistics) -> float:
        """Bound how far the value is from that of the pairs."""
        histogram = _histogram(statistics)
        if histogram.is_exact or not histogram.num_positives:
            return 0.0
        num = self._num_taken(histogram)
        worst, hits, best = _hits(histogram, num)
        return max(best - hits, hits - worst) / num * histogram.num_pairs / histogram.num_positives

    def _num_taken(self, histogram: ScoreHistogram) -> int:
        return max(int(numpy.ceil(self.share * histogram.num_pairs - 1e-9)), 1)


def _hits(histogram: ScoreHistogram, num: int) -> tuple[float, float, float]:
    """Count positives among the highest scores: at the worst, as told, at the best."""
    positives, negatives = histogram.positives[::-1], histogram.negatives[::-1]
    whole = (positives + negatives).cumsum()
    edge = int(whole.searchsorted(num))
    above = int(positives[:edge].sum())
    left = num - (int(whole[edge - 1]) if edge else 0)
    positive, negative = int(positives[edge]), int(negatives[edge])
    told = above + left * positive / (positive + negative)
    return above + max(left - negative, 0), told, above + min(left, positive)


def _histogram(statistics: Statistics) -> ScoreHistogram:
    histogram = statistics["score_histogram"]
    assert isinstance(histogram, ScoreHistogram)
    return histogram
