"""Log loss and Brier score, summed up: exact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy

from mltrace.tasks.statistics.power_sums import PowerSums
from mltrace.tasks.statistics.statistic import Statistic, statistics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.tasks.grouping import Grouping
    from mltrace.tasks.pairs import Pairs

_EPSILON: Final = float(numpy.finfo(numpy.float64).eps)
"""From 0 and 1 scores are kept away by that much, so that no single pair makes a loss infinite."""


@dataclass(frozen=True, slots=True)
class ScoreLosses(Statistic):
    """Sums of the losses of pairs that have scores.

    Attributes
    ----------
    log_loss : PowerSums
        Of minus the logarithm of the score of the true class.
    brier : PowerSums
        binary: of the squared distance of the score from 0 or 1. multiclass: of these distances,
        added up over the classes.
    log_loss_variance, brier_variance : float
        Sums of how much the loss of a pair would vary, if its label were drawn by its scores.
    """

    VERSION: ClassVar[int] = 1

    log_loss: PowerSums
    brier: PowerSums
    log_loss_variance: float = 0.0
    brier_variance: float = 0.0

    @classmethod
    def collect(cls, pairs: Pairs, grouping: Grouping, /) -> list[Self]:
        """Sum up the losses of each group; pairs without a score are left out."""
        scores = pairs.scores
        if scores is None:
            return [cls(PowerSums(), PowerSums())] * grouping.num_groups
        missing = numpy.isnan(scores if scores.ndim == 1 else scores.sum(axis=1))
        if missing.any():
            pairs, grouping = pairs.take(~missing), grouping.take(~missing)
        log_loss, brier, *variances = score_losses(pairs)
        sums = [PowerSums.collect(one, grouping) for one in (log_loss, brier)]
        return list(map(cls, *sums, *(grouping.sums(one).tolist() for one in variances)))

    def merge(self, other: Self) -> Self:
        """Add up."""
        return type(self)(
            self.log_loss.merge(other.log_loss),
            self.brier.merge(other.brier),
            self.log_loss_variance + other.log_loss_variance,
            self.brier_variance + other.brier_variance,
        )

    def to_plain(self) -> list[Any]:
        """Turn the sums into numbers."""
        variances = self.log_loss_variance, self.brier_variance
        return [self.log_loss.to_plain(), self.brier.to_plain(), *variances]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the sums again."""
        log_loss, brier, *variances = plain
        sums = PowerSums.from_plain(log_loss), PowerSums.from_plain(brier)
        return cls(*sums, *map(float, variances))


def score_losses(pairs: Pairs) -> tuple[NDArray[numpy.float64], ...]:
    """Give the log loss and the Brier loss of each pair, and how each would vary by chance.

    Each pair must have scores; the last two are the variances that the losses of labels drawn by
    these scores have.
    """
    return (_binary if numpy.asarray(pairs.scores).ndim == 1 else _multiclass)(pairs)


def _binary(pairs: Pairs) -> tuple[NDArray[numpy.float64], ...]:
    scores = numpy.asarray(pairs.scores)
    is_positive = pairs.is_positive
    of_one, of_other = _surprise(scores), _surprise(1.0 - scores)
    by_chance = scores * (1.0 - scores)
    distance = numpy.where(is_positive, 1.0 - scores, scores)
    return (
        numpy.where(is_positive, of_one, of_other),
        distance * distance,
        by_chance * (of_one - of_other) ** 2,
        by_chance * (1.0 - 2.0 * scores) ** 2,
    )


def _multiclass(pairs: Pairs) -> tuple[NDArray[numpy.float64], ...]:
    scores = numpy.asarray(pairs.scores)
    surprise, squares = _surprise(scores), scores * scores
    rows = numpy.arange(len(pairs))
    of_truth = scores[rows, pairs.truth]
    sums = squares.sum(axis=1)
    drawn = scores * surprise
    return (
        surprise[rows, pairs.truth],
        sums - of_truth * of_truth + (1.0 - of_truth) ** 2,
        numpy.maximum((drawn * surprise).sum(axis=1) - drawn.sum(axis=1) ** 2, 0.0),
        numpy.maximum(4 * ((squares * scores).sum(axis=1) - sums * sums), 0.0),
    )


def _surprise(scores: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    clipped = numpy.clip(scores, _EPSILON, 1.0 - _EPSILON)
    surprise: NDArray[numpy.float64] = -numpy.log(clipped)
    return surprise


statistics.add("score_losses", ScoreLosses)
