"""Windows of time over which metrics are computed, and the buckets that they are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from mltrace.errors import ArgumentError
from mltrace.times import NANOSECONDS, describe_seconds, parse_age

MOST_WINDOWS: Final = 100_000
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

    def bounds(self) -> list[tuple[int, int]]:
        """List when each begins and ends, the earliest first."""
        return [self.bounds_of(number) for number in range(self.count)]

    def buckets_of(self, number: int) -> range:
        """Tell of which buckets a window is made."""
        first = number * self.step // self.bucket
        return range(first, first + self.length // self.bucket)


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
        If there were more than 100,000, or the lengths have no common measure of a second.

    Examples
    --------
    >>> day = 86_400_000_000
    >>> windows_between(day // 2, 2 * day + 1, day).bounds() == [
    ...     (0, day), (day, 2 * day), (2 * day, 3 * day)]
    True
    """
    step = length if step is None else step
    offset = _MONDAY if step % _WEEK == 0 else 0
    first_end = offset + ((first - offset) // step + 1) * step
    last_end = offset + ((last - offset) // step + 1) * step
    windows = Windows(length, step, first_end, (last_end - first_end) // step + 1)
    if windows.count > MOST_WINDOWS:
        raise ArgumentError(
            f"{windows.count:,} windows, one every {describe_seconds(step / _MICROSECONDS)}, are "
            f"more than {MOST_WINDOWS:,}; give a longer `every`, or `since` and `until`."
        )
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
