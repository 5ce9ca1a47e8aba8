"""The number of values and the sums of their first three powers: means with their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from mltrace.tasks.grouping import Grouping


@dataclass(frozen=True, slots=True)
class PowerSums:
    """What the mean of values follows from, its standard error and how skewed it is.

    Examples
    --------
    >>> one = PowerSums(2, 3.0, 5.0, 9.0)
    >>> one.merge(one).mean
    1.5
    """

    num: int = 0
    first: float = 0.0
    second: float = 0.0
    third: float = 0.0

    @classmethod
    def collect(cls, values: NDArray[numpy.float64], grouping: Grouping) -> list[Self]:
        """Sum up the values of each group."""
        squares = values * values
        sums = (grouping.sums(one).tolist() for one in (values, squares, squares * values))
        return [cls(*four) for four in zip(grouping.sizes.tolist(), *sums, strict=True)]

    def merge(self, other: Self) -> Self:
        """Add up."""
        return type(self)(
            self.num + other.num,
            self.first + other.first,
            self.second + other.second,
            self.third + other.third,
        )

    @property
    def mean(self) -> float | None:
        """The mean; None of no values."""
        return self.first / self.num if self.num else None

    def to_plain(self) -> list[Any]:
        """Turn the sums into numbers."""
        return [self.num, self.first, self.second, self.third]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the sums again."""
        num, *sums = plain
        first, second, third = map(float, sums)
        return cls(int(num), first, second, third)
