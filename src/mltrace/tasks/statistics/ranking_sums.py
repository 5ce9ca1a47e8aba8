"""How good the first k items of rankings are, summed up over queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy

from mltrace.errors import ArgumentError
from mltrace.tasks.statistics.power_sums import PowerSums
from mltrace.tasks.statistics.statistic import Statistic, statistics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.tasks.grouping import Grouping
    from mltrace.tasks.pairs import Pairs


@dataclass(frozen=True, slots=True)
class RankingSums(Statistic):
    """Sums over queries; one without any relevant item counts as 0, as in scikit-learn.

    Attributes
    ----------
    gain : PowerSums
        Of the normalised discounted cumulative gain at k.
    precision : PowerSums
        Of the average precision at k.
    """

    VERSION: ClassVar[int] = 1

    gain: PowerSums
    precision: PowerSums

    @classmethod
    def collect(cls, pairs: Pairs, grouping: Grouping, /, *, k: int = 10) -> list[Self]:
        """Sum up the queries of each group."""
        if isinstance(k, bool) or not isinstance(k, int) or k < 1:
            raise ArgumentError(f"The first {k!r} items of a ranking; it is at least 1.")
        best = -numpy.sort(-pairs.truth, axis=1)[:, :k]
        gains = _discounted(pairs.predicted[:, :k])
        most = _discounted(best)
        gain = numpy.divide(gains, most, out=numpy.zeros_like(gains), where=most > 0)
        values = gain, _average_precision(pairs, k)
        sums = (PowerSums.collect(one, grouping) for one in values)
        return [cls(*both) for both in zip(*sums, strict=True)]

    def merge(self, other: Self) -> Self:
        """Add up."""
        return type(self)(self.gain.merge(other.gain), self.precision.merge(other.precision))

    def to_plain(self) -> list[Any]:
        """Turn the sums into numbers."""
        return [self.gain.to_plain(), self.precision.to_plain()]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the sums again."""
        gain, precision = plain
        return cls(PowerSums.from_plain(gain), PowerSums.from_plain(precision))


def _discounted(gains: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    discounts = 1.0 / numpy.log2(numpy.arange(2, gains.shape[1] + 2))
    whole: NDArray[numpy.float64] = (gains * discounts).sum(axis=1)
    return whole


def _average_precision(pairs: Pairs, k: int) -> NDArray[numpy.float64]:
    relevant = pairs.predicted[:, :k] > 0
    precision = relevant.cumsum(axis=1) / numpy.arange(1, relevant.shape[1] + 1)
    most = numpy.minimum((pairs.truth > 0).sum(axis=1), k)
    found = (precision * relevant).sum(axis=1)
    precisions: NDArray[numpy.float64] = numpy.divide(
        found, most, out=numpy.zeros_like(found), where=most > 0
    )
    return precisions


statistics.add("ranking_sums", RankingSums)
