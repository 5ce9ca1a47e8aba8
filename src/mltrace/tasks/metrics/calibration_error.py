"""Expected calibration error: how far scores are from how often they come true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy

from mltrace.errors import ArgumentError
from mltrace.tasks.intervals.calibration import calibration_interval
from mltrace.tasks.metrics.metric import Metric, register
from mltrace.tasks.naming import format_name
from mltrace.tasks.statistics.calibration_bins import CalibrationBins

if TYPE_CHECKING:
    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.intervals.interval import Interval
    from mltrace.tasks.statistics.statistic import Statistics


@register
@dataclass(frozen=True, kw_only=True)
class ExpectedCalibrationError(Metric):
    """The mean distance of scores from how often they come true, by bins of equal width.

    Attributes
    ----------
    num_bins : int, default 10

    Notes
    -----
    Of multiclass tasks the highest score promises that the prediction is right. The value is higher
    than that of the whole of which the pairs are a sample, the more so the fewer pairs there are;
    the interval takes that into account.

    References
    ----------
    Naeini, Cooper, Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian
    binning, doi:10.1609/aaai.v29i1.9602; Guo et al. (2017), On calibration of modern neural
    networks, https://proceedings.mlr.press/v70/guo17a.html.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("binary", [1, 0, 1], [1, 0, 0], scores=[0.8, 0.35, 0.4], positive=1)
    >>> told = measure_pairs(["ece"], pairs)[0]
    >>> round(told.value, 4)
    0.15
    """

    name: ClassVar[str] = "ece"
    kinds: ClassVar[tuple[TaskKind, ...]] = ("binary", "multiclass")
    is_higher_better: ClassVar[bool] = False
    unmet: ClassVar[str] = "no pair has a score"

    num_bins: int = 10

    def __post_init__(self) -> None:
        is_whole = isinstance(self.num_bins, int) and not isinstance(self.num_bins, bool)
        if not is_whole or not 1 <= self.num_bins <= 1000:
            raise ArgumentError(
                f"num_bins of {self.name} is {self.num_bins!r}; there are from 1 to 1,000."
            )

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        default = self.num_bins == 10
        return (format_name("calibration_bins", {} if default else {"num_bins": self.num_bins}),)

    def value(self, statistics: Statistics) -> float | None:
        """Give the metric; None where there are no scores."""
        nums, true, scores, _, _ = self._bins(statistics).sums
        num = float(nums.sum())
        return float(numpy.abs(true - scores).sum()) / num if num else None

    def interval(self, statistics: Statistics, confidence: float = 0.95) -> Interval | None:
        """Bound the metric of what the pairs are a sample of."""
        return calibration_interval(self._bins(statistics), confidence=confidence)

    def _bins(self, statistics: Statistics) -> CalibrationBins:
        bins = statistics[self.needs[0]]
        assert isinstance(bins, CalibrationBins)
        return bins
