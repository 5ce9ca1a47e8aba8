"""The lengths of texts, lists and bytes: exact sums."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import numpy

from mltrace.records import TextLengths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[numpy.int64]

_FITS: Final = 2**62


class Lengths(NamedTuple):
    """Lengths, their sum and that of their squares.

    Examples
    --------
    >>> Lengths.of(numpy.array([1, 2, 6])).describe()
    TextLengths(min=1, max=6, mean=3.0, std=2.6457513110645907)
    """

    num_values: int
    num_zeros: int
    shortest: int
    longest: int
    total: int
    squares: int

    @classmethod
    def of(cls, lengths: Integers, counts: Integers | None = None) -> Self:
        """Sum up lengths, at least one, each standing once, or a number of times."""
        num_values = len(lengths) if counts is None else int(counts.sum())
        is_zero = lengths == 0
        num_zeros = numpy.count_nonzero(is_zero) if counts is None else counts[is_zero].sum()
        longest = int(lengths.max())
        exact: NDArray[Any] = lengths
        if longest * longest * num_values > _FITS:
            exact = lengths.astype(object)
        weighed = exact if counts is None else exact * counts
        return cls(
            num_values,
            int(num_zeros),
            int(lengths.min()),
            longest,
            int(weighed.sum()),
            int(weighed @ exact),
        )

    def merge(self, other: Self) -> Self:
        """Sum up the lengths of both."""
        return type(self)(
            self.num_values + other.num_values,
            self.num_zeros + other.num_zeros,
            min(self.shortest, other.shortest),
            max(self.longest, other.longest),
            self.total + other.total,
            self.squares + other.squares,
        )

    def describe(self) -> TextLengths:
        """Tell the statistics of the lengths."""
        size = self.num_values
        return TextLengths(
            min=self.shortest,
            max=self.longest,
            mean=self.total / size,
            std=math.sqrt(self._spread / (size * (size - 1))) if size > 1 else 0.0,
        )

    @property
    def _spread(self) -> int:
        return self.squares * self.num_values - self.total * self.total

    def to_plain(self) -> list[Any]:
        """Turn the sums into numbers; that of squares, which may outgrow 64 bits, into text."""
        *numbers, squares = self
        return [*numbers, str(squares)]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the sums again; a ValueError or TypeError tells what cannot be some."""
        made = cls(*map(int, plain))
        if not 0 <= made.num_zeros <= made.num_values or made.num_values < 1 or made._spread < 0:
            raise ValueError(f"{made.num_values} lengths whose sums do not fit each other")
        return made
