"""Windows of time over which metrics are computed, and the buckets that they are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy

from mltrace.errors import ArgumentError
from mltrace.times import NANOSECONDS, describe_seconds, parse_age

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

MOST_WINDOWS: Final = 100_000
"""So many windows are answered at most."""
MOST_EMPTY: Final = 100
"""So many windows without predictions are told between others; a longer run is left out."""
_MICROSECONDS: Final = 1_000_000
_WEEK: Final = 7 * 86_400 * _MICROSECONDS
_MONDAY: Final = 4 * 86_400 * _MICROSECONDS
"""The first Monday of 1970, at which windows of whole weeks are aligned."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of one length, each of whole buckets; times are microseconds since 1970, UTC.

    Attributes
    ----------
    length, step : int
        How long each is, and how much later the next one begins.
    first_end : int
        When the earliest ends.
    count : int
        How many there are.
    """

    length: int
    step: int
    first_end: int
    count: int

    @property
    def bucket(self) -> int:
        """The length of the buckets, of which every window is made."""
        return math.gcd(self.length, self.step)

    @property
    def start(self) -> int:
        """When the earliest begins."""
        return self.first_end - self.length

    @property
    def end(self) -> int:
        """When the last one ends."""
        return self.first_end + (self.count - 1) * self.step

    def bounds_of(self, number: int) -> tuple[int, int]:
        """Tell when a window begins and ends."""
        end = self.first_end + number * self.step
        return end - self.length, end

    def buckets_of(self, number: int) -> range:
        """Tell of which buckets a window is made."""
        first = number * self.step // self.bucket
        return range(first, first + self.length // self.bucket)

    def holding(self, starts: ArrayLike, ends: ArrayLike, *, most_empty: int = 0) -> list[range]:
        """Find the windows that hold a part of some spans of time.

        Parameters
        ----------
        starts, ends : array of int, shape (num_spans,)
            From when on and before when, in microseconds; the starts ascend, all are of one length.
        most_empty : int, default 0
            Up to so many windows between two that hold some come with them.

        Returns
        -------
        list of range
            Their numbers, ascending, in runs without a gap.

        Examples
        --------
        >>> windows = Windows(length=10, step=10, first_end=10, count=1000)
        >>> windows.holding([5, 15, 9_000], [6, 16, 9_001])
        [range(0, 2), range(900, 901)]
        >>> Windows(length=20, step=10, first_end=20, count=1000).holding([45], [46])
        [range(3, 5)]
        """
        first = (numpy.asarray(starts, numpy.int64) - self.first_end) // self.step + 1
        last = -(-(numpy.asarray(ends, numpy.int64) - self.start) // self.step)
        first, last = numpy.maximum(first, 0), numpy.minimum(last, self.count)
        first, last = first[first < last], last[first < last]
        if not len(first):
            return []
        is_apart = first[1:] - last[:-1] > most_empty
        first, last = first[numpy.r_[True, is_apart]], last[numpy.r_[is_apart, True]]
        return [range(*run) for run in zip(first.tolist(), last.tolist(), strict=True)]

    def check(self, runs: Sequence[range]) -> None:
        """Refuse runs of more windows than anybody reads.

        Raises
        ------
        ArgumentError
            If there are more than 100,000.
        """
        num = sum(map(len, runs))
        if num > MOST_WINDOWS:
            raise ArgumentError(
                f"{num:,} windows, one every {describe_seconds(self.step / _MICROSECONDS)}, are "
                f"more than {MOST_WINDOWS:,}; give a longer `every`, or `since` and `until`."
            )


def parse_length(name: str, value: str | timedelta) -> int:
    """Read the length of a window, in microseconds.

    Raises
    ------
    ArgumentError
        If it is no age or not above zero.

    Examples
    --------
    >>> parse_length("window", "7d")
    604800000000
    """
    if not isinstance(value, str | timedelta):
        raise ArgumentError(
            f"{name}={value!r} is no length of time; give for example '7d', or a timedelta."
        )
    length = round(parse_age(value) * _MICROSECONDS)
    if length <= 0:
        raise ArgumentError(f"{name}={value!r} is no length of time; give for example '7d'.")
    return length


def windows_between(first: int, last: int, length: int, step: int | None = None) -> Windows:
    """Lay windows such that predictions made from `first` to `last` are in them.

    Parameters
    ----------
    first, last : int
        Microseconds since 1970, UTC; `last` is in a window as well.
    length : int
        How long a window is, in microseconds.
    step : int, optional
        How much later the next one begins; as long as a window where it is left out.

    Returns
    -------
    Windows
        They begin and end at multiples of the step since 1970, UTC, those of whole weeks on
        Mondays: days at midnight, hours at full hours.

    Raises
    ------
    ArgumentError
        If the lengths have no common measure of a second.

    Examples
    --------
    >>> day = 86_400_000_000
    >>> windows = windows_between(day // 2, 2 * day + 1, day)
    >>> windows.count, windows.start, windows.end // day
    (3, 0, 3)
    """
    step = length if step is None else step
    offset = _MONDAY if step % _WEEK == 0 else 0
    first_end = offset + ((first - offset) // step + 1) * step
    last_end = offset + ((last - offset) // step + 1) * step
    windows = Windows(length, step, first_end, (last_end - first_end) // step + 1)
    if windows.bucket < min(length, step, _MICROSECONDS):
        raise ArgumentError(
            f"A window of {describe_seconds(length / _MICROSECONDS)} every "
            f"{describe_seconds(step / _MICROSECONDS)}: give lengths of whole seconds."
        )
    return windows


def to_microseconds(nanoseconds: int) -> int:
    """Turn a time of the catalog into one of the lake.

    Examples
    --------
    >>> to_microseconds(1_999)
    1
    """
    return nanoseconds // (NANOSECONDS // _MICROSECONDS)
