"""R²: how much of the variance of labels predictions explain."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from mltrace.distributions.quantiles import student_quantile
from mltrace.tasks.intervals.interval import Interval
from mltrace.tasks.metrics.metric import Metric, register
from mltrace.tasks.statistics.error_sums import ErrorSums

if TYPE_CHECKING:
    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.statistics.statistic import Statistics

_MOST: Final = 10.0


@register
@dataclass(frozen=True, kw_only=True)
class R2(Metric):
    """The coefficient of determination: 1 less the squared errors beside those of the mean label.

    Notes
    -----
    Not defined of fewer than two pairs. Of equal labels it is 1 if all are predicted, else 0, as in
    scikit-learn. The interval is that of the logarithm of 1 - R², by the delta method, which is
    right however errors are spread, with Student's t.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("regression", [1.0, 2.0, 4.0], [1.5, 2.0, 3.0])
    >>> told = measure_pairs(["r2"], pairs)[0]
    >>> round(told.value, 4)
    0.7321
    """

    name: ClassVar[str] = "r2"
    kinds: ClassVar[tuple[TaskKind, ...]] = ("regression",)
    bounds: ClassVar[tuple[float | None, float | None]] = (None, 1.0)
    unmet: ClassVar[str] = "there are fewer than two pairs"

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return ("error_sums",)

    def value(self, statistics: Statistics) -> float | None:
        """Give the metric; None of fewer than two pairs."""
        sums = _sums(statistics)
        if sums.labels.num_values < 2:
            return None
        if not sums.labels.m2 > 0:
            return 0.0 if sums.squared.first > 0 else 1.0
        return 1.0 - sums.squared.first / sums.labels.m2

    def interval(self, statistics: Statistics, confidence: float = 0.95) -> Interval | None:
        """Bound the metric; None of fewer than three pairs or of equal labels."""
        sums = _sums(statistics)
        num, of_labels, of_errors = sums.labels.num_values, sums.labels.m2, sums.squared.first
        if num < 3 or not of_labels > 0 or not of_errors > 0:
            return None
        # Of log(errors / labels) each pair moves its squared error and distance, as shares.
        variance = num * (
            sums.squared.second / of_errors / of_errors
            - 2 * sums.across_squares / of_errors / of_labels
            + sums.labels.m4 / of_labels / of_labels
        )
        error = math.sqrt(max(variance, 0.0) / (num - 1))
        if not error < _MOST:  # nothing is known, or something outgrew a float
            return None
        width = student_quantile(0.5 + confidence / 2, num - 1) * error
        rest = of_errors / of_labels * (num - 1) / num
        return Interval(1 - rest * math.exp(width), 1 - rest * math.exp(-width))


def _sums(statistics: Statistics) -> ErrorSums:
    sums = statistics["error_sums"]
    assert isinstance(sums, ErrorSums)
    return sums
