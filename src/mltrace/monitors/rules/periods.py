"""The time that a name tells: a partition `2013-W21` is of that week, whenever it was made."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

_SIGNS: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"(?P<week>(?:19|20)\d\d-?W\d\d)"
    r"|(?P<hour>(?:19|20)\d\d-\d\d-\d\d[T_ ]\d\d)(?::?00)?"
    r"|(?P<day>(?:19|20)\d\d(?P<dash>[-_]?)\d\d(?P=dash)\d\d)"
    r"|(?P<month>(?:19|20)\d\d-\d\d)"
    r")(?![0-9A-Za-z])"
)


class Period(NamedTuple):
    """A stretch of time; its end is no part of it."""

    begin: datetime
    end: datetime


def period_of(name: str) -> Period | None:
    """Read the last week, hour, day or month that a name holds, in UTC.

    Examples
    --------
    >>> print(*period_of("batches/2013-W21/joined.parquet"))
    2013-05-20 00:00:00+00:00 2013-05-27 00:00:00+00:00
    >>> print(*period_of("dt=2013-05-20"))
    2013-05-20 00:00:00+00:00 2013-05-21 00:00:00+00:00
    >>> period_of("features.parquet") is None
    True
    """
    found = None
    for match in _SIGNS.finditer(name):
        found = _read(match) or found
    return found


def read_period(text: str) -> Period | None:
    """Read a text that is a week, hour, day or month and nothing else, such as a moment."""
    match = None if ":" in text else _SIGNS.fullmatch(text)
    return None if match is None else _read(match)


def _read(match: re.Match[str]) -> Period | None:
    kind, text = next(
        (kind, match[kind]) for kind in ("week", "hour", "day", "month") if match[kind]
    )
    try:
        if kind == "month":
            begin = date.fromisoformat(f"{text}-01")
            return Period(_midnight(begin), _midnight((begin + timedelta(31)).replace(day=1)))
        if kind == "hour":
            at = datetime.fromisoformat(text.replace("_", "T").replace(" ", "T"))
            at = at.replace(tzinfo=UTC)
            return Period(at, at + timedelta(hours=1))
        begin = date.fromisoformat(text.replace("_", "-"))
    except ValueError:
        return None
    return Period(_midnight(begin), _midnight(begin + timedelta(7 if kind == "week" else 1)))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
