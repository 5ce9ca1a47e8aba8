"""Errors of regressions, summed up: absolute, squared, relative, and beside how labels vary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy

from mltrace.profiles.moments import Moments
from mltrace.tasks.statistics.power_sums import PowerSums
from mltrace.tasks.statistics.statistic import Statistic, statistics

if TYPE_CHECKING:
    from mltrace.tasks.grouping import Grouping
    from mltrace.tasks.pairs import Pairs


@dataclass(frozen=True, slots=True)
class ErrorSums(Statistic):
    """Sums of the errors of predictions.

    Attributes
    ----------
    absolute, squared : PowerSums
    relative : PowerSums
        Of absolute errors as a share of the label's size, where the label is not 0.
    labels : Moments
        The mean of the labels, and sums of powers of their distances from it.
    across, across_squares : float
        Sums of the squared error times the distance of the label from the mean, and times the
        square of that.
    """

    VERSION: ClassVar[int] = 1

    absolute: PowerSums
    squared: PowerSums
    relative: PowerSums
    labels: Moments
    across: float = 0.0
    across_squares: float = 0.0

    @classmethod
    def collect(cls, pairs: Pairs, grouping: Grouping, /) -> list[Self]:
        """Sum up the errors of each group."""
        labels = pairs.truth.astype(numpy.float64)
        errors = numpy.abs(labels - pairs.predicted)
        squared = errors * errors
        rough = grouping.means(labels)
        distances = labels - rough[grouping.codes]
        off = grouping.means(distances)  # what rounding left
        squares = distances * distances
        powers = (squares, squares * distances, squares * squares)
        m2, m3, m4 = (grouping.sums(one) for one in powers)
        m2 = numpy.maximum(m2 - grouping.sizes * off * off, 0.0)
        across = grouping.sums(squared * distances), grouping.sums(squared * squares)
        mean = rough + off
        moments = (grouping.sizes, mean, off - (mean - rough), m2, m3, m4)
        columns = (
            PowerSums.collect(errors, grouping),
            PowerSums.collect(squared, grouping),
            _relative(labels, errors, grouping),
            map(Moments, *(one.tolist() for one in moments)),
            *(one.tolist() for one in across),
        )
        return list(map(cls, *columns))

    def merge(self, other: Self) -> Self:
        """Add up, around the mean of all labels."""
        labels = self.labels.merge(other.labels)
        mine, its = self._around(labels), other._around(labels)
        return type(self)(
            self.absolute.merge(other.absolute),
            self.squared.merge(other.squared),
            self.relative.merge(other.relative),
            labels,
            mine[0] + its[0],
            mine[1] + its[1],
        )

    def _around(self, labels: Moments) -> tuple[float, float]:
        by = (self.labels.mean - labels.mean) + (self.labels.rest - labels.rest)
        across = self.across + by * self.squared.first
        return across, self.across_squares + by * (self.across + across)

    def to_plain(self) -> list[Any]:
        """Turn the sums into numbers."""
        sums = (self.absolute, self.squared, self.relative, self.labels)
        return [*(one.to_plain() for one in sums), self.across, self.across_squares]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the sums again."""
        *sums, labels, across, across_squares = plain
        absolute, squared, relative = (PowerSums.from_plain(one) for one in sums)
        return cls(
            absolute,
            squared,
            relative,
            Moments.from_plain(labels),
            float(across),
            float(across_squares),
        )


def _relative(
    labels: numpy.typing.NDArray[numpy.float64],
    errors: numpy.typing.NDArray[numpy.float64],
    grouping: Grouping,
) -> list[PowerSums]:
    some = labels != 0
    if not some.all():
        labels, errors, grouping = labels[some], errors[some], grouping.take(some)
    return PowerSums.collect(errors / numpy.abs(labels), grouping)


statistics.add("error_sums", ErrorSums)
