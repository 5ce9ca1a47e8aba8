"""The quantile loss of predictions that are meant as a quantile, summed up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy

from mltrace.errors import ArgumentError
from mltrace.tasks.statistics.power_sums import PowerSums
from mltrace.tasks.statistics.statistic import Statistic, statistics

if TYPE_CHECKING:
    from mltrace.tasks.grouping import Grouping
    from mltrace.tasks.pairs import Pairs


@dataclass(frozen=True, slots=True)
class QuantileLossSums(Statistic):
    """Sums of the quantile loss.

    Attributes
    ----------
    losses : PowerSums
    """

    VERSION: ClassVar[int] = 1

    losses: PowerSums

    @classmethod
    def collect(cls, pairs: Pairs, grouping: Grouping, /, *, q: float = 0.5) -> list[Self]:
        """Sum up the losses of each group, of predictions of the quantile `q`."""
        if not 0 < q < 1:
            raise ArgumentError(f"The quantile {q!r}; it is between 0 and 1, such as 0.9.")
        short = pairs.truth.astype(numpy.float64) - pairs.predicted
        losses = numpy.where(short >= 0, q * short, (q - 1) * short)
        return [cls(sums) for sums in PowerSums.collect(losses, grouping)]

    def merge(self, other: Self) -> Self:
        """Add up."""
        return type(self)(self.losses.merge(other.losses))

    def to_plain(self) -> list[Any]:
        """Turn the sums into numbers."""
        return self.losses.to_plain()

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the sums again."""
        return cls(PowerSums.from_plain(plain))


statistics.add("quantile_loss_sums", QuantileLossSums)
