"""Times: timestamps of all units and zones, and dates, as microseconds since 1970 in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy

from mltrace.profiles.bars import bars
from mltrace.profiles.dyadic_histogram import BITS, DyadicHistogram
from mltrace.profiles.hashing import mix
from mltrace.profiles.misra_gries import MisraGries
from mltrace.profiles.ordered import PROBABILITIES, Ordered
from mltrace.profiles.spread import Spread
from mltrace.profiles.time_gaps import find_gaps
from mltrace.records import TimeGap, ValueCount

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

    from mltrace.records import ProfileKind

BLOCK: Final = 1 << 16
_SECOND: Final = 1_000_000
_DAY: Final = 86_400
_PER_UNIT: Final = {"s": _SECOND, "ms": 1000, "us": 1}
_SIGN: Final = numpy.uint64(1 << 63)
_NANOSECONDS: Final = numpy.uint64(0x2545F4914F6CDD1D)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_LAST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_HOUR: Final = 3600
_STEPS: Final = (
    *(1.0, 5.0, 15.0, 60.0, 300.0, 900.0, _HOUR, 3.0 * _HOUR, 6.0 * _HOUR, 12.0 * _HOUR),
    *(1.0 * _DAY, 7.0 * _DAY, 30.0 * _DAY, 90.0 * _DAY, 365.0 * _DAY, 3652.5 * _DAY),
)
"""Widths of bars that people read, in seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """What is collected of times.

    Attributes
    ----------
    num_values : int
    ordered : Ordered
        Of the microseconds, in bins of equal width.
    min, max : int
        In microseconds.
    """

    kind: ClassVar[ProfileKind] = "time"
    num_values: int
    min: int
    max: int
    ordered: Ordered

    @classmethod
    def of(cls, values: pyarrow.Array) -> tuple[Self, NDArray[numpy.uint64]]:
        """Collect what an array without nulls holds; also hash each value."""
        micros, rest = _microseconds(values)
        keys = micros.view(numpy.uint64) ^ _SIGN
        hashes = _hash_moments(micros, rest)
        is_rounded = rest is not None and bool(rest.any())
        histogram, frequent = DyadicHistogram.empty(), MisraGries.empty()
        for start in range(0, len(keys), BLOCK):
            block = numpy.sort(keys[start : start + BLOCK])
            histogram = histogram.merge(DyadicHistogram.of_sorted(block, histogram.depth))
            frequent = frequent.merge(MisraGries.of_sorted(block))
        is_sketched = is_rounded or not histogram.is_exact
        ordered = Ordered.of(histogram, frequent, hashes if is_sketched else None)
        return cls(len(values), int(micros.min()), int(micros.max()), ordered), hashes

    def merge(self, other: Self) -> Self:
        """Put together what two batches hold."""
        return type(self)(
            self.num_values + other.num_values,
            min(self.min, other.min),
            max(self.max, other.max),
            self.ordered.merge(other.ordered, _hash_keys),
        )

    def summarize(self) -> dict[str, Any]:
        """Tell the fields of a `ColumnProfile` that sum the times up."""
        return self._summed_up(self.spread())

    def _summed_up(self, spread: Spread) -> dict[str, Any]:
        quantiles = [_at(int(value)) for value in spread.quantiles(PROBABILITIES)]
        return {
            "num_distinct": self.ordered.num_distinct,
            "is_distinct_exact": self.ordered.is_exact,
            "min": _at(self.min),
            "max": _at(self.max),
            "quantiles": dict(zip(map(str, PROBABILITIES), quantiles, strict=True)),
            "quantile_error": ((1 << BITS - self.ordered.histogram.depth) - 1) / _SECOND,
        }

    def describe(self) -> dict[str, Any]:
        """Tell all fields of a `ColumnProfile`."""
        spread = self.spread()
        keys, counts, top_error = self.ordered.top()
        top = [_at(value) for value in _micros_of(keys).tolist()]
        return {
            **self._summed_up(spread),
            "histogram": bars(_in_seconds(spread), _STEPS),
            "top": tuple(
                ValueCount(value=value, count=count)
                for value, count in zip(top, counts, strict=True)
            ),
            "top_error": top_error,
            "gaps": tuple(
                TimeGap(start=_at(start), end=_at(end)) for start, end in find_gaps(spread)
            ),
        }

    def spread(self) -> Spread:
        """Tell how the times are spread, in microseconds."""
        low, high, counts = self.ordered.pieces(self.min + (1 << 63), self.max + (1 << 63))
        return Spread(_micros_of(low), _micros_of(high), counts)

    def to_plain(self) -> list[Any]:
        """Turn the state into lists, numbers and bytes."""
        return [self.num_values, self.min, self.max, self.ordered.to_plain()]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the state again; a ValueError or TypeError tells what cannot be one."""
        num_values, least, greatest, ordered = plain
        made = Ordered.from_plain(ordered)
        if not len(made.histogram.keys):
            raise ValueError("times without any time")
        made.must_hold(num_values, least + (1 << 63), greatest + (1 << 63))
        return cls(int(num_values), int(least), int(greatest), made)


def is_time(kind: pyarrow.DataType) -> bool:
    """Tell whether an Arrow type is of points in time."""
    from pyarrow import types

    return bool(types.is_timestamp(kind) or types.is_date(kind))


def hash_times(values: pyarrow.Array) -> NDArray[numpy.uint64]:
    """Hash points in time, equal ones alike in any unit; no nulls.

    Examples
    --------
    >>> import pyarrow
    >>> day = pyarrow.array([19_000], pyarrow.date32())
    >>> bool(hash_times(day)[0] == hash_times(day.cast(pyarrow.timestamp("ns")))[0])
    True
    """
    return _hash_moments(*_microseconds(values))


def _hash_moments(
    micros: NDArray[numpy.int64], rest: NDArray[numpy.uint64] | None
) -> NDArray[numpy.uint64]:
    hashes = _hash_keys(micros.view(numpy.uint64) ^ _SIGN)
    if rest is not None and rest.any():
        hashes[rest != 0] = mix(hashes[rest != 0] ^ rest[rest != 0] * _NANOSECONDS)
    return hashes


def _microseconds(
    values: pyarrow.Array,
) -> tuple[NDArray[numpy.int64], NDArray[numpy.uint64] | None]:
    """Give whole microseconds, those that outgrow int64 cut; and the nanoseconds beside them."""
    from pyarrow import types

    kind = values.type
    is_days = types.is_date32(kind)
    whole = values.cast("int32" if is_days else "int64").to_numpy(zero_copy_only=False)
    if types.is_timestamp(kind) and kind.unit == "ns":
        micros, rest = numpy.divmod(whole, 1000)
        return micros, rest.astype(numpy.uint64)
    unit = _SECOND * _DAY if is_days else _PER_UNIT["ms" if types.is_date64(kind) else kind.unit]
    if unit == 1:
        return whole, None
    most = ((1 << 63) - 1) // unit
    return numpy.clip(whole.astype(numpy.int64), -most, most) * unit, None


def _hash_keys(keys: NDArray[numpy.uint64]) -> NDArray[numpy.uint64]:
    return mix(keys ^ _SIGN)


def _micros_of(keys: NDArray[numpy.uint64]) -> NDArray[numpy.int64]:
    return (keys ^ _SIGN).view(numpy.int64)


def _in_seconds(spread: Spread) -> Spread:
    return Spread(spread.low / _SECOND, spread.high / _SECOND, spread.counts)


def _at(micros: int) -> datetime:
    """Make a datetime; what lies beyond the years 1 and 9999 is the end of them."""
    return _EPOCH + timedelta(microseconds=min(max(micros, _FIRST), _LAST))
