"""Log loss, also called cross-entropy: how surprising labels are by the scores."""

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
class LogLoss(MeanMetric):
    """The mean of minus the natural logarithm of the score of the true class.

    Notes
    -----
    Scores are kept away from 0 and 1 by 2.2e-16, as in scikit-learn, so that a single pair costs at
    most 36.04.

    References
    ----------
    Good (1952), Rational decisions, doi:10.1111/j.2517-6161.1952.tb00104.x.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("binary", [1, 0, 1], [1, 0, 0], scores=[0.8, 0.3, 0.4], positive=1)
    >>> told = measure_pairs(["log_loss"], pairs)[0]
    >>> round(told.value, 4)
    0.4987
    """

    name: ClassVar[str] = "log_loss"
    kinds: ClassVar[tuple[TaskKind, ...]] = (
        "binary",
        "multiclass",
    )
    unmet: ClassVar[str] = "no pair has a score"

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return ("score_losses",)

    def sums(self, statistics: Statistics) -> PowerSums:
        """Take the sums out of statistics."""
        sums = statistics["score_losses"]
        assert isinstance(sums, ScoreLosses)
        return sums.log_loss

    def least_variance(self, statistics: Statistics) -> float:
        """Tell how much losses would vary if scores were right: so much as if rare labels came."""
        sums = statistics["score_losses"]
        assert isinstance(sums, ScoreLosses)
        return sums.log_loss_variance / max(sums.log_loss.num, 1)
