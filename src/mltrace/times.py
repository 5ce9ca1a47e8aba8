"""Points in time and ages, as users give them and as the store keeps them.

The store keeps nanoseconds since 1970 in UTC; users give aware datetimes, ISO 8601 text or ages.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta

from mltrace.errors import ArgumentError

NANOSECONDS = 1_000_000_000
_AGE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)\s*")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_HELD = 60 * NANOSECONDS
_latest = 0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_ns(*, not_before: int = 0) -> int:
    """Tell the time in nanoseconds since 1970, UTC.

    Parameters
    ----------
    not_before : int, default 0
        A time that is known to have passed, whatever the clock says.

    Notes
    -----
    Where the clock is set back a little, the time stands still until the clock has caught up: what
    a process does later must not seem earlier, or lineage would miss it. A clock set back by more
    than a minute was wrong, and is believed.
    """
    global _latest  # noqa: PLW0603 (the order of times is the process's)
    now = max(time.time_ns(), not_before)
    if now < _latest <= now + _HELD:
        return _latest
    _latest = now
    return now


def to_datetime(nanoseconds: int) -> datetime:
    """Turn stored nanoseconds into an aware UTC datetime, cut to microseconds.

    Examples
    --------
    >>> to_datetime(1_500_000_000)
    datetime.datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=datetime.timezone.utc)
    """
    return _EPOCH + timedelta(0, 0, nanoseconds // 1000)


def to_nanoseconds(moment: datetime) -> int:
    """Turn an aware datetime into stored nanoseconds.

    Raises
    ------
    ArgumentError
        If `moment` has no time zone.
    """
    if moment.tzinfo is None:
        raise ArgumentError(
            f"The time {moment.isoformat()} has no zone; give it one, for example {moment}+00:00."
        )
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def parse_age(age: str | timedelta) -> float:
    """Turn an age such as '7d', '1h 30m' or a timedelta into seconds.

    Raises
    ------
    ArgumentError
        If the text is not a row of numbers with the units ms, s, m, h, d, w.

    Examples
    --------
    >>> parse_age("1h 30m")
    5400.0
    """
    if isinstance(age, timedelta):
        return age.total_seconds()
    seconds, end = 0.0, 0
    for match in _AGE.finditer(age):
        if match.start() != end:
            break
        seconds += float(match[1]) * _SECONDS[match[2]]
        end = match.end()
    if not age.strip() or end != len(age):
        raise ArgumentError(f"{age!r} is not an age; write for example '7d', '12h' or '1h 30m'.")
    return seconds


def parse_moment(moment: date | str | timedelta, *, now: int | None = None) -> int:
    """Turn an aware datetime, ISO 8601 text (UTC if it has no zone) or an age into nanoseconds.

    A date is its first moment in UTC. Of several ages that are asked about together, `now` is the
    same moment, in nanoseconds.

    Raises
    ------
    ArgumentError
        If it is none of these.

    Examples
    --------
    >>> parse_moment("1970-01-01T00:00:01+00:00")
    1000000000
    """
    if isinstance(moment, datetime):
        return to_nanoseconds(moment)
    if isinstance(moment, timedelta) or (isinstance(moment, str) and _AGE.match(moment)):
        try:
            return (now_ns() if now is None else now) - int(parse_age(moment) * NANOSECONDS)
        except ArgumentError:
            pass
    try:
        parsed = datetime.fromisoformat(str(moment))
    except ValueError as error:
        raise ArgumentError(
            f"{moment!r} is not a time; give an aware datetime, ISO 8601 text or an age like '7d'."
        ) from error
    return to_nanoseconds(parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC))


def describe_seconds(seconds: float) -> str:
    """Say a duration in its largest fitting unit.

    Examples
    --------
    >>> describe_seconds(0.0123), describe_seconds(95), describe_seconds(3 * 86_400)
    ('12 ms', '1.6 minutes', '3 days')
    """
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.001 else f"{seconds * 1e6:.0f} µs"
    value, unit = seconds, "second"
    for size, name in ((86_400.0, "day"), (3600.0, "hour"), (60.0, "minute")):
        if seconds >= size:
            value, unit = seconds / size, name
            break
    text = f"{value:.1f}".removesuffix(".0")
    return f"{text} {unit}{'' if text == '1' else 's'}"
