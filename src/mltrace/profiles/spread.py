"""How values are spread: pieces of their range, each with a count; what is told of any quantile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Counts of values by pieces that do not overlap; in a piece they are taken to be even.

    Attributes
    ----------
    low, high : array of float or int, shape (num_pieces,)
        The least and the greatest value of each piece, ascending; equal where it is one value.
    counts : array of int64, shape (num_pieces,)

    Examples
    --------
    >>> spread = Spread(numpy.array([0.0, 5.0]), numpy.array([0.0, 7.0]), numpy.array([2, 2]))
    >>> spread.quantiles([0.0, 0.5, 1.0])
    [0.0, 2.75, 6.5]
    >>> spread.below(numpy.array([0.0, 5.0, 6.0])).tolist()
    [0.0, 2.0, 3.0]
    """

    low: NDArray[Any]
    high: NDArray[Any]
    counts: NDArray[numpy.int64]

    def quantiles(self, probabilities: Sequence[float]) -> list[float]:
        """Tell quantiles; between two values by linear interpolation."""
        places = (int(self.counts.sum()) - 1) * numpy.array(probabilities)
        lower = numpy.floor(places)
        ranks = numpy.concatenate((lower, numpy.ceil(places))).astype(numpy.int64)
        low, high = self._at_ranks(ranks).reshape(2, -1)
        found: list[float] = _between(low, high, places - lower).tolist()
        return found

    def below(self, values: NDArray[Any]) -> NDArray[numpy.float64]:
        """Tell how many values are less than each of some."""
        pieces = numpy.minimum(self.high.searchsorted(values), len(self.high) - 1)
        low, high = self.low[pieces], self.high[pieces]
        part = numpy.where(values > high, 1.0, 0.0)
        width = high / 2 - low / 2  # half of it, as the whole may outgrow a float
        with numpy.errstate(over="ignore"):  # far beyond a narrow piece, which is cut below
            numpy.divide(values / 2 - low / 2, width, out=part, where=width > 0)
        before = numpy.cumsum(self.counts)[pieces] - self.counts[pieces]
        return numpy.asarray(before + self.counts[pieces] * numpy.clip(part, 0, 1))

    def _at_ranks(self, ranks: NDArray[numpy.int64]) -> NDArray[numpy.float64]:
        """Tell the values that stand at places in ascending order, from 0."""
        below = self.counts.cumsum()
        pieces = below.searchsorted(ranks, side="right")
        counts = self.counts[pieces]
        within = (ranks - (below[pieces] - counts) + 0.5) / counts
        return _between(self.low[pieces], self.high[pieces], within)


def _between(
    low: NDArray[Any], high: NDArray[Any], share: NDArray[numpy.float64]
) -> NDArray[numpy.float64]:
    """Go a share of the way; where both ends are one value, not even by rounding."""
    return numpy.where(low == high, low, low * (1 - share) + high * share)
