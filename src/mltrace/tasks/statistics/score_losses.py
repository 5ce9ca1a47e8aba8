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
    """

    VERSION: ClassVar[int] = 1

    log_loss: PowerSums
    brier: PowerSums

    @classmethod
    def collect(cls, pairs: Pairs, grouping: Grouping, /) -> list[Self]:
        """Sum up the losses of each group; pairs without a score are left out."""
        scores = pairs.scores
        if scores is None:
            return [cls(PowerSums(), PowerSums())] * grouping.num_groups
        missing = numpy.isnan(scores if scores.ndim == 1 else scores.sum(axis=1))
        if missing.any():
            pairs, grouping = pairs.take(~missing), grouping.take(~missing)
        losses = _binary(pairs) if scores.ndim == 1 else _multiclass(pairs)
        sums = (PowerSums.collect(one, grouping) for one in losses)
        return [cls(*both) for both in zip(*sums, strict=True)]

    def merge(self, other: Self) -> Self:
        """Add up."""
        return type(self)(self.log_loss.merge(other.log_loss), self.brier.merge(other.brier))

    def to_plain(self) -> list[Any]:
        """Turn the sums into numbers."""
        return [self.log_loss.to_plain(), self.brier.to_plain()]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the sums again."""
        log_loss, brier = plain
        return cls(PowerSums.from_plain(log_loss), PowerSums.from_plain(brier))


def _binary(pairs: Pairs) -> tuple[NDArray[numpy.float64], NDArray[numpy.float64]]:
    scores = numpy.asarray(pairs.scores)
    of_truth = numpy.where(pairs.is_positive, scores, 1.0 - scores)
    return _surprise(of_truth), (1.0 - of_truth) ** 2


def _multiclass(pairs: Pairs) -> tuple[NDArray[numpy.float64], NDArray[numpy.float64]]:
    scores = numpy.asarray(pairs.scores)
    of_truth = scores[numpy.arange(len(pairs)), pairs.truth]
    distances = (scores * scores).sum(axis=1) - of_truth * of_truth + (1.0 - of_truth) ** 2
    return _surprise(of_truth), distances


def _surprise(of_truth: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    clipped = numpy.clip(of_truth, _EPSILON, 1.0 - _EPSILON)
    surprise: NDArray[numpy.float64] = -numpy.log(clipped)
    return surprise


statistics.add("score_losses", ScoreLosses)
