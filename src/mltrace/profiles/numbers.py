"""Numbers: whole, floating, decimal; durations and times of day as seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy

from mltrace.profiles.bars import bars
from mltrace.profiles.hashing import hash_numbers
from mltrace.profiles.moments import Moments
from mltrace.profiles.number_arrays import as_array, keys_of, values_of
from mltrace.profiles.number_blocks import NumberBlocks
from mltrace.profiles.ordered import PROBABILITIES, Ordered
from mltrace.profiles.spread import Spread
from mltrace.records import ValueCount

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

    from mltrace.records import ProfileKind


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """What is collected of numbers; all but the counts leave out NaN and infinities.

    Attributes
    ----------
    num_values, num_nan, num_inf, num_zeros, num_negative, num_whole : int
    min, max : int, float or None
        None where no number is finite.
    is_whole : bool
        Whether all came as whole numbers.
    ordered : Ordered
        The histogram of them as float64, by their ordered bit patterns.
    moments : Moments or None
        None while the histogram is exact, from which they follow.
    """

    kind: ClassVar[ProfileKind] = "number"
    num_values: int
    num_nan: int
    num_inf: int
    num_zeros: int
    num_negative: int
    num_whole: int
    min: int | float | None
    max: int | float | None
    is_whole: bool
    ordered: Ordered
    moments: Moments | None

    @classmethod
    def of(cls, values: pyarrow.Array) -> tuple[Self, NDArray[numpy.uint64]]:
        """Collect what an array without nulls holds; also hash each value."""
        return cls.of_array(as_array(values))

    @classmethod
    def of_array(cls, values: NDArray[Any]) -> tuple[Self, NDArray[numpy.uint64]]:
        """Collect what a NumPy array of ints or floats holds; also hash each value."""
        with numpy.errstate(over="ignore", invalid="ignore"):
            seen = NumberBlocks(values)
        ordered = Ordered.of(
            seen.histogram, seen.frequent, seen.finite_hashes() if seen.is_sketched else None
        )
        made = cls(
            len(values),
            seen.num_nan,
            seen.num_inf,
            seen.num_zeros,
            seen.num_negative,
            seen.num_whole,
            seen.min,
            seen.max,
            values.dtype.kind != "f",
            ordered,
            seen.moments if seen.is_sketched else None,
        )
        return made, seen.hashes

    def merge(self, other: Self) -> Self:
        """Put together what two batches hold."""
        ordered = self.ordered.merge(other.ordered, _hash_keys)
        with numpy.errstate(over="ignore", invalid="ignore"):
            moments = (
                None
                if ordered.is_exact
                else self.moments_of_values().merge(other.moments_of_values())
            )
        return type(self)(
            self.num_values + other.num_values,
            self.num_nan + other.num_nan,
            self.num_inf + other.num_inf,
            self.num_zeros + other.num_zeros,
            self.num_negative + other.num_negative,
            self.num_whole + other.num_whole,
            min((one for one in (self.min, other.min) if one is not None), default=None),
            max((one for one in (self.max, other.max) if one is not None), default=None),
            self.is_whole and other.is_whole,
            ordered,
            moments,
        )

    def moments_of_values(self) -> Moments:
        """Tell the moments of the finite numbers: kept ones, or those of the exact histogram."""
        histogram = self.ordered.histogram
        with numpy.errstate(over="ignore", invalid="ignore"):
            return self.moments or Moments.of_counts(values_of(histogram.keys), histogram.counts)

    def summarize(self) -> dict[str, Any]:
        """Tell the fields of a `ColumnProfile` that sum the numbers up."""
        return self._counts() if self.min is None else self._summed_up(self.spread())

    def _counts(self) -> dict[str, Any]:
        return {
            "num_nan": self.num_nan,
            "num_inf": self.num_inf,
            "num_zeros": self.num_zeros,
            "num_negative": self.num_negative,
            "num_whole": self.num_whole,
        }

    def _summed_up(self, spread: Spread) -> dict[str, Any]:
        with numpy.errstate(over="ignore", invalid="ignore"):
            quantiles = spread.quantiles(PROBABILITIES)
            return {
                **self._counts(),
                **self.moments_of_values().describe(),
                "min": self.min,
                "max": self.max,
                "num_distinct": self.ordered.num_distinct,
                "is_distinct_exact": self.ordered.is_exact,
                "quantiles": dict(zip(map(str, PROBABILITIES), quantiles, strict=True)),
                "quantile_error": self.ordered.histogram.relative_width,
            }

    def describe(self) -> dict[str, Any]:
        """Tell all fields of a `ColumnProfile`."""
        if self.min is None:
            return self._counts()
        spread = self.spread()
        keys, counts, top_error = self.ordered.top()
        top = [self._as_value(value) for value in values_of(keys).tolist()]
        with numpy.errstate(over="ignore", invalid="ignore"):
            return {
                **self._summed_up(spread),
                "histogram": bars(spread),
                "top": tuple(
                    ValueCount(value=value, count=count)
                    for value, count in zip(top, counts, strict=True)
                ),
                "top_error": top_error,
            }

    def spread(self) -> Spread:
        """Tell how the finite numbers are spread."""
        ends = keys_of(numpy.array([self.min, self.max], numpy.float64) + 0.0).tolist()
        low_keys, high_keys, counts = self.ordered.pieces(*ends)
        low, high = values_of(low_keys), values_of(high_keys)
        # What shares the bin of 0 is less than 1e-300.
        return Spread(low, numpy.where(low == 0, low, high), counts)

    def _as_value(self, value: float) -> int | float:
        return int(value) if self.is_whole else value

    def to_plain(self) -> list[Any]:
        """Turn the state into lists, numbers and bytes."""
        scalars = [getattr(self, name) for name in _SCALARS]
        return [scalars, self.ordered.to_plain(), self.moments and self.moments.to_plain()]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the state again; a ValueError or TypeError tells what cannot be one."""
        scalars, ordered, moments = plain
        *numbers, least, greatest, is_whole = scalars
        counts: dict[str, Any] = dict(zip(_COUNTS, map(int, numbers), strict=True))
        made = Ordered.from_plain(ordered)
        if (moments is None) != made.is_exact:
            raise ValueError("moments that do not fit the histogram")
        ends = keys_of(numpy.array([least or 0, greatest or 0], numpy.float64) + 0.0).tolist()
        num_finite = counts["num_values"] - counts["num_nan"] - counts["num_inf"]
        made.must_hold(num_finite, *ends)
        if num_finite and (least is None or greatest is None):
            raise ValueError("no least and greatest number")
        return cls(
            **counts,
            min=_number(least),
            max=_number(greatest),
            is_whole=bool(is_whole),
            ordered=made,
            moments=None if moments is None else Moments.from_plain(moments),
        )


_COUNTS: Final = ("num_values", "num_nan", "num_inf", "num_zeros", "num_negative", "num_whole")
_SCALARS: Final = (*_COUNTS, "min", "max", "is_whole")


def _hash_keys(keys: NDArray[numpy.uint64]) -> NDArray[numpy.uint64]:
    return hash_numbers(values_of(keys))


def _number(value: Any) -> int | float | None:
    if value is None or isinstance(value, int | float):
        return value
    raise ValueError(f"a number of type {type(value).__name__}")
