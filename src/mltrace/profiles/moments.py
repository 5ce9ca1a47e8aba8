"""Central moments up to the fourth, of blocks, and merged without loss of figures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

_BLOCK: Final = 1 << 13
"""So few that the dot products of BLAS start no threads, which would wait in vain."""


@dataclass(frozen=True, slots=True)
class Moments:
    """The mean, and sums of powers of the distances from it.

    Attributes
    ----------
    num_values : int
    mean, rest : float
        The mean, and what its rounding took away: without it, merging values far from zero would
        lose figures.
    m2, m3, m4 : float
        Sums of the second, third and fourth powers of the distances.

    References
    ----------
    Chan, Golub, LeVeque (1979), Updating formulae and a pairwise algorithm for computing sample
    variances. Pébay (2008), Formulas for robust, one-pass parallel computation of covariances and
    arbitrary-order statistical moments, SAND2008-6212.

    Examples
    --------
    >>> import numpy
    >>> both = Moments.of(numpy.array([1.0, 2.0])).merge(Moments.of(numpy.array([6.0])))
    >>> both.mean, both.variance
    (3.0, 7.0)
    """

    num_values: int = 0
    mean: float = 0.0
    rest: float = 0.0
    m2: float = 0.0
    m3: float = 0.0
    m4: float = 0.0

    @classmethod
    def of(cls, values: NDArray[numpy.float64]) -> Self:
        """Sum up finite values, block by block."""
        sums = cls()
        for start in range(0, len(values), _BLOCK):
            block = values[start : start + _BLOCK]
            sums = sums.merge(cls._around(block, float(block.sum()) / len(block)))
        return sums

    @classmethod
    def of_counts(cls, values: NDArray[numpy.float64], counts: NDArray[numpy.int64]) -> Self:
        """Sum up values that stand a number of times each."""
        total = int(counts.sum())
        if not total:
            return cls()
        center = float((values * (counts / total)).sum())
        return cls._around(values, center, counts)

    @classmethod
    def _around(
        cls, values: NDArray[numpy.float64], center: float, counts: NDArray[Any] | None = None
    ) -> Self:
        """Sum up around a center near the mean, then move to the mean itself."""
        distances = values - center
        squares = distances * distances
        weighed = distances if counts is None else distances * counts
        num = len(values) if counts is None else int(counts.sum())
        off = float(weighed.sum()) / num
        s2 = float(weighed @ distances) / num
        s3 = float(weighed @ squares) / num
        s4 = float((squares if counts is None else squares * counts) @ squares) / num
        off2 = off * off
        m2 = s2 - off2
        m3 = s3 - 3 * off * s2 + 2 * off * off2
        m4 = s4 - 4 * off * s3 + 6 * off2 * s2 - 3 * off2 * off2
        mean = center + off
        rest = off - (mean - center)
        return cls(num, mean, rest, max(m2, 0.0) * num, m3 * num, max(m4, 0.0) * num)

    def merge(self, other: Self) -> Self:
        """Put together the sums of two sets of values."""
        if not self.num_values or not other.num_values:
            return other if not self.num_values else self
        a, b = self.num_values, other.num_values
        num = a + b
        delta = (other.mean - self.mean) + (other.rest - self.rest)
        step = delta / num
        both = a * b * delta * step
        m2 = self.m2 + other.m2 + both
        m3 = self.m3 + other.m3 + both * step * (a - b) + 3 * step * (a * other.m2 - b * self.m2)
        m4 = (
            self.m4
            + other.m4
            + both * step * step * (a * a - a * b + b * b)
            + 6 * step * step * (a * a * other.m2 + b * b * self.m2)
            + 4 * step * (a * other.m3 - b * self.m3)
        )
        off = self.rest + b * step
        mean = self.mean + off
        return type(self)(num, mean, off - (mean - self.mean), m2, m3, m4)

    @property
    def variance(self) -> float | None:
        """The sample variance, divided by one less than the number of values, as in pandas."""
        return _known(self.m2 / (self.num_values - 1)) if self.num_values > 1 else None

    @property
    def std(self) -> float | None:
        """The square root of the variance."""
        return None if self.variance is None else math.sqrt(self.variance)

    @property
    def skewness(self) -> float | None:
        """The adjusted Fisher-Pearson coefficient, as in pandas; None for a constant."""
        n = self.num_values
        if n < 3 or not self.m2 > 0:
            return None
        plain = math.sqrt(n) * self.m3 / self.m2 / math.sqrt(self.m2)
        return _known(plain * math.sqrt(n * (n - 1)) / (n - 2))

    @property
    def kurtosis(self) -> float | None:
        """The unbiased excess kurtosis, as in pandas: 0 for a normal distribution."""
        n = self.num_values
        if n < 4 or not self.m2 > 0:
            return None
        plain = n * self.m4 / self.m2 / self.m2 - 3
        return _known((n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * plain + 6))

    def describe(self) -> dict[str, Any]:
        """Tell the fields of a `ColumnProfile`."""
        return {
            "mean": _known(self.mean) if self.num_values else None,
            "variance": self.variance,
            "std": self.std,
            "skewness": self.skewness,
            "kurtosis": self.kurtosis,
        }

    def to_plain(self) -> list[Any]:
        """Turn the sums into numbers."""
        return [self.num_values, self.mean, self.rest, self.m2, self.m3, self.m4]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the sums again; a ValueError or TypeError tells what cannot be some."""
        num_values, *sums = plain
        mean, rest, m2, m3, m4 = map(float, sums)
        return cls(int(num_values), mean, rest, m2, m3, m4)


def _known(value: float) -> float | None:
    """Leave out what has outgrown a float."""
    return value if math.isfinite(value) else None
