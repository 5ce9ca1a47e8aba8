"""Median absolute error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mltrace.tasks.intervals.interval import Interval
from mltrace.tasks.intervals.order_statistics import ranks_around
from mltrace.tasks.metrics.metric import Metric, register
from mltrace.tasks.statistics.error_distribution import ErrorDistribution

if TYPE_CHECKING:
    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.statistics.statistic import Statistics


@register
@dataclass(frozen=True, kw_only=True)
class MedianAbsoluteError(Metric):
    """The distance that half of the predictions are away from their labels at most.

    Notes
    -----
    Exact of at least 256 distinct errors, then within `error`, some 1 % of the value. The interval
    is that between two of the errors, by their ranks: exact, whatever the distribution. None of
    fewer than six pairs at a confidence of 95 %, which can bound nothing.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("regression", [1.0, 2.0, 4.0], [1.5, 2.0, 3.0])
    >>> measure_pairs(["median_absolute_error"], pairs)[0].value
    0.5
    """

    name: ClassVar[str] = "median_absolute_error"
    kinds: ClassVar[tuple[TaskKind, ...]] = ("regression",)
    bounds: ClassVar[tuple[float | None, float | None]] = (0.0, None)
    is_higher_better: ClassVar[bool] = False

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return ("error_distribution",)

    def value(self, statistics: Statistics) -> float | None:
        """Give the metric; None of no pairs."""
        ends = _middle(_errors(statistics))
        return None if ends is None else sum(ends) / 2

    def error(self, statistics: Statistics) -> float:
        """Bound how far the value is from that of the pairs."""
        ends = _middle(_errors(statistics))
        return 0.0 if ends is None or _errors(statistics).histogram.is_exact else _half(ends)

    def interval(self, statistics: Statistics, confidence: float = 0.95) -> Interval | None:
        """Bound the metric by errors of two ranks."""
        errors = _errors(statistics)
        low, high = ranks_around(errors.num_pairs, confidence=confidence)
        if low < 1 or high > errors.num_pairs:
            return None
        return Interval(errors.at_rank(low)[0], errors.at_rank(high)[1])


def _middle(errors: ErrorDistribution) -> tuple[float, float] | None:
    """Tell between which ends the median is; the median of exact ones is halfway."""
    num = errors.num_pairs
    if not num:
        return None
    first, second = errors.at_rank((num + 1) // 2), errors.at_rank(num // 2 + 1)
    if errors.histogram.is_exact:
        return first[0], second[0]
    return (first[0] + second[0]) / 2, (first[1] + second[1]) / 2


def _half(ends: tuple[float, float]) -> float:
    return (ends[1] - ends[0]) / 2


def _errors(statistics: Statistics) -> ErrorDistribution:
    errors = statistics["error_distribution"]
    assert isinstance(errors, ErrorDistribution)
    return errors
