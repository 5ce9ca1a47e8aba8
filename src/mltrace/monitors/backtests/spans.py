"""The spans of accepted incidents, and which points are part of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from mltrace.errors import ArgumentError
from mltrace.monitors.rules.periods import Period, period_of, read_period
from mltrace.times import parse_moment, to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mltrace.records.alerts import Observation

BY_HAND: Final = "given"
_NONE: Final = timedelta(0)


class Span(NamedTuple):
    """An accepted incident.

    `subjects` are the subjects of the monitor that it is to be seen at; None: all.
    """

    begin: datetime
    end: datetime
    source: str = BY_HAND
    subjects: frozenset[str] | None = None

    def covers(self, subject: str, period: Period) -> bool:
        """Tell whether a point of a subject is part of it."""
        if self.subjects is not None and subject not in self.subjects:
            return False
        if period.begin == period.end:
            return self.begin <= period.begin <= self.end
        if self.begin == self.end:
            return period.begin <= self.begin < period.end
        return period.begin < self.end and self.begin < period.end


def read_span(text: str) -> Span:
    """Read a span such as `2013-05-20..2013-06-10`, both ends included; a label may follow.

    Each end is a day, week, month, hour or moment in ISO 8601, or an age such as 7d.

    Raises
    ------
    ArgumentError
        If it is none.

    Examples
    --------
    >>> span = read_span("2013-W21..2013-W22  the new sensor")
    >>> print(span.begin.date(), span.end.date(), span.source)
    2013-05-20 2013-06-03 the new sensor
    """
    stretch, _, label = text.strip().partition(" ")
    first, dots, last = stretch.partition("..")
    try:
        begin = _read(first)
        end = _read(last) if dots else begin
    except ArgumentError as error:
        raise ArgumentError(
            f"The incident {text!r}: {error} Write it as 2013-05-20..2013-06-10 or 2013-W21."
        ) from error
    if end.end < begin.begin:
        raise ArgumentError(f"The incident {text!r} ends before it begins.")
    return Span(begin.begin, end.end, label.strip() or BY_HAND)


def _read(text: str) -> Period:
    found = read_period(text)
    if found is not None:
        return found
    at = to_datetime(parse_moment(text))
    return Period(at, at)


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Join the spans that overlap and are to be seen at the same subjects, in the order of time."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.begin, one.end)):
        for place, known in enumerate(merged):
            if known.subjects == span.subjects and (
                span.begin < known.end or span.begin == known.begin
            ):
                source = known.source
                if span.source not in source.split(", "):
                    source = f"{source}, {span.source}"
                merged[place] = known._replace(end=max(known.end, span.end), source=source)
                break
        else:
            merged.append(span)
    return merged


def covered(spans: Sequence[Span], subject: str, period: Period) -> int | None:
    """Tell the first span that a point is part of, by its place."""
    return next((place for place, span in enumerate(spans) if span.covers(subject, period)), None)


def quiet_time(spans: Iterable[Span], whole: Period) -> timedelta:
    """Tell how long a stretch is, without the spans in it."""
    left, at = _NONE, whole.begin
    for span in sorted(spans, key=lambda one: one.begin):
        begin, end = max(span.begin, whole.begin), min(span.end, whole.end)
        if end <= at or begin >= whole.end:
            continue
        left += max(begin - at, _NONE)
        at = max(at, end)
    return left + max(whole.end - at, _NONE)


def point_periods(points: Sequence[Observation]) -> list[Period]:
    """Tell what time each point is of.

    That is the one that its name tells, if every name tells one and they are not the same few;
    else the time that it was made.
    """
    told = [period_of(one.artifact or one.point.partition("@")[0]) for one in points]
    named = [one for one in told if one is not None]
    distinct = {(one.subject, period) for one, period in zip(points, told, strict=True)}
    if len(named) == len(points) and 2 * len(distinct) > len(points):
        return named
    return [Period(one.at, one.at) for one in points]
