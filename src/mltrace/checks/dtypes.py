"""What kinds of values the types of columns hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from mltrace.errors import ArgumentError

Bound = int | float | str | date

TEXTS: Final = frozenset({"String", "Categorical", "Enum"})


def is_number(dtype: Any) -> bool:
    """Tell whether a column holds numbers; booleans are none."""
    return bool(dtype.is_numeric())


def is_time(dtype: Any) -> bool:
    """Tell whether a column holds dates or moments."""
    return type(dtype).__name__ in ("Date", "Datetime")


def is_number_or_time(dtype: Any) -> bool:
    """Tell whether a column holds numbers, dates or moments, which have an order."""
    return is_number(dtype) or is_time(dtype)


def is_text(dtype: Any) -> bool:
    """Tell whether a column holds texts, also as categories."""
    return type(dtype).__name__ in TEXTS


def is_nested(dtype: Any) -> bool:
    """Tell whether a column holds lists, dictionaries or any objects of Python."""
    return bool(dtype.is_nested()) or type(dtype).__name__ == "Object"


def is_ordered_with(left: Any, right: Any) -> bool:
    """Tell whether values of two columns can be compared with each other."""
    kinds = (is_number, is_text, lambda dtype: type(dtype).__name__ == "Boolean")
    if is_time(left):
        return bool(left == right)
    return any(kind(left) and kind(right) for kind in kinds)


def as_bound(check: str, option: str, bound: Bound | None) -> Bound | None:
    """Return a bound of numbers or times, if it is one.

    Raises
    ------
    ArgumentError
        If it is neither a number, a date, a datetime nor ISO 8601 text.

    Examples
    --------
    >>> as_bound("InRange", "min", "2013-01-01")
    '2013-01-01'
    """
    is_bound = isinstance(bound, int | float | date) and not isinstance(bound, bool)
    if bound is None or (is_bound and bound == bound):  # noqa: PLR0124 (NaN differs from itself)
        return bound
    if isinstance(bound, str) and _moment(bound) is not None:
        return bound
    raise ArgumentError(
        f"{check}({option}={bound!r}): give a number, or a time such as 2013-01-31."
    )


def comparable(bound: Bound, dtype: Any) -> Any:
    """Turn a bound into a value that a column of a type can be compared with, or None.

    A time without a zone is one of UTC, and so are times of a column without one.

    Examples
    --------
    >>> import narwhals as nw
    >>> comparable("2013-01-31", nw.Date())
    datetime.date(2013, 1, 31)
    >>> comparable("2013-01-31", nw.Int64())
    """
    if is_number(dtype):
        return None if isinstance(bound, str | date) else bound
    moment = _moment(bound) if isinstance(bound, str | date) else None
    if moment is None:
        return None
    if type(dtype).__name__ == "Date":
        return moment.date()
    return moment.replace(tzinfo=None) if dtype.time_zone is None else _in_zone(moment, dtype)


def _in_zone(moment: datetime, dtype: Any) -> datetime:
    """Tell a moment in the time zone of a column: Polars compares no others."""
    try:
        return moment.astimezone(ZoneInfo(dtype.time_zone))
    except (KeyError, ValueError):  # a zone by its offset
        return moment


def moment_of(value: date) -> datetime:
    """Turn a date or moment of a column into an aware UTC moment; a date into its beginning."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _moment(bound: str | date) -> datetime | None:
    if not isinstance(bound, str):
        return moment_of(bound)
    try:
        return moment_of(datetime.fromisoformat(bound))
    except ValueError:
        return None
