"""Brier score: how far scores are from what came true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mltrace.tasks.metrics.means import MeanMetric
from mltrace.tasks.metrics.metric import register
from mltrace.tasks.statistics.score_losses import ScoreLosses

if TYPE_CHECKING:
    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.statistics.power_sums import PowerSums
    from mltrace.tasks.statistics.statistic import Statistics


@register
@dataclass(frozen=True, kw_only=True)
class Brier(MeanMetric):
    """The mean squared distance of scores from 1 for the true class and 0 for others.

    Notes
    -----
    binary: of the score of the positive class, from 0 to 1. multiclass: added up over the classes,
    from 0 to 2, as in scikit-learn.

    References
    ----------
    Brier (1950), Verification of forecasts expressed in terms of probability,
    doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("binary", [1, 0, 1], [1, 0, 0], scores=[0.8, 0.3, 0.4], positive=1)
    >>> told = measure_pairs(["brier"], pairs)[0]
    >>> round(told.value, 4)
    0.1633
    """

    name: ClassVar[str] = "brier"
    kinds: ClassVar[tuple[TaskKind, ...]] = (
        "binary",
        "multiclass",
    )
    bounds: ClassVar[tuple[float | None, float | None]] = (0.0, 2.0)
    unmet: ClassVar[str] = "no pair has a score"

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return ("score_losses",)

    def sums(self, statistics: Statistics) -> PowerSums:
        """Take the sums out of statistics."""
        sums = statistics["score_losses"]
        assert isinstance(sums, ScoreLosses)
        return sums.brier

    def least_variance(self, statistics: Statistics) -> float:
        """Tell how much losses would vary if scores were right: so much as if rare labels came."""
        sums = statistics["score_losses"]
        assert isinstance(sums, ScoreLosses)
        return sums.brier_variance / max(sums.brier.num, 1)
