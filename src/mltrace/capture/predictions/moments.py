"""Times that are given for all rows, or for each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy

from mltrace.capture.predictions.columns import column
from mltrace.classes import is_missing
from mltrace.errors import ArgumentError
from mltrace.times import parse_moment

if TYPE_CHECKING:
    from numpy.typing import NDArray

Moments: TypeAlias = "int | NDArray[numpy.datetime64]"
"""One time for all rows, in nanoseconds, or one for each row."""
_UNIT: Final = "datetime64[us]"
_FIRST, _LAST = numpy.datetime64("1678-01-01", "us"), numpy.datetime64("2262-01-01", "us")
_DAY: Final = 86_400_000_000_000
_EARLIEST, _LATEST = int(_FIRST.view("i8")) * 1000, int(_LAST.view("i8")) * 1000


def moments(name: str, at: Any, num_rows: int) -> Moments:
    """Bring times to one in nanoseconds, or to an array of one for each row.

    A column without a time zone, and text without one, are UTC; a `datetime` must have one.

    Raises
    ------
    ArgumentError
        If a value is no time, or their number is not that of the rows.
    """
    if isinstance(at, str | date | timedelta):
        return one_moment(name, at)
    if isinstance(at, numpy.datetime64):
        return one_moment(name, _one(name, at, 0))
    if hasattr(at, "columns") or not isinstance(at, Iterable):
        raise ArgumentError(
            f"{name}= is a {type(at).__name__}; give a time, an age such as '7d', or a column of "
            "times."
        )
    return _column(name, at, num_rows)


def one_moment(name: str, at: date | str | timedelta) -> int:
    """Bring a time to nanoseconds, as the store can keep it.

    Raises
    ------
    ArgumentError
        If it is no time, or lies too far away.
    """
    nanoseconds = parse_moment(at)
    if not _EARLIEST <= nanoseconds < _LATEST:
        raise ArgumentError(f"{name}= lies outside the years 1678 to 2261.")
    return nanoseconds


def num_ahead(at: Moments, now: int, num_rows: int) -> int:
    """Count the rows of times that are more than a day later than now, in nanoseconds.

    Examples
    --------
    >>> num_ahead(86_400_000_000_001, 0, 3), num_ahead(86_400_000_000_000, 0, 3)
    (3, 0)
    """
    latest = now + _DAY
    if isinstance(at, int):
        return num_rows if at > latest else 0
    return int(numpy.count_nonzero(at.view(numpy.int64) > latest // 1000))


def bounds(at: Moments) -> tuple[int, int]:
    """Tell the first and the last of times, in nanoseconds."""
    if isinstance(at, int):
        return at, at
    whole = at.view(numpy.int64)
    return int(whole.min()) * 1000, int(whole.max()) * 1000


def _column(name: str, at: Any, num_rows: int) -> NDArray[numpy.datetime64]:
    if "date" in (said := str(getattr(at, "dtype", getattr(at, "type", ""))).lower()) or (
        said.startswith("timestamp")
    ):
        at = _as_array(at)
    items = column(name, at, num_rows)
    if isinstance(items, numpy.ndarray) and items.dtype.kind == "M":
        times = items.astype(_UNIT)
    else:
        parsed = [parse_moment(_one(name, item, row)) // 1000 for row, item in enumerate(items)]
        times = numpy.array(parsed, numpy.int64).view(_UNIT)
    is_bad = numpy.isnat(times) | (times < _FIRST) | (times >= _LAST)
    if is_bad.any():
        row = int(is_bad.argmax())
        raise ArgumentError(
            f"{name}= has no time between 1678 and 2262 at position {row:,}; give one for each id."
        )
    return times


def _as_array(at: Any) -> Any:
    """Take a column of times as an array, those with a zone in UTC."""
    if hasattr(at, "to_numpy") and not hasattr(at, "array"):  # polars and Arrow
        plain = {"zero_copy_only": False} if hasattr(at, "type") else {}
        try:
            return at.to_numpy(**plain)
        except TypeError:
            return at.to_numpy()
    return numpy.asarray(at, _UNIT)


def _one(name: str, item: Any, row: int) -> Any:
    """Turn a time into what `parse_moment` takes."""
    if isinstance(item, numpy.datetime64) and not is_missing(item):
        return f"{item.astype(_UNIT)}+00:00"
    if is_missing(item) or not isinstance(item, str | date | timedelta):
        said = "missing" if is_missing(item) else f"a {type(item).__name__}"
        raise ArgumentError(
            f"The time at position {row:,} of {name}= is {said}; give a datetime with a time "
            "zone, ISO 8601 text, or an age such as '7d'."
        )
    return item
