"""What a monitor measured over stored history, by subject and in the order of time."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final

from mltrace.monitors.backtests.replaying import JUDGED, Track
from mltrace.monitors.backtests.scales import find_scale
from mltrace.monitors.backtests.spans import covered, merge_spans, point_periods, quiet_time
from mltrace.monitors.rules.periods import Period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.monitors.backtests.spans import Span
    from mltrace.records.alerts import Observation

MONTH: Final = timedelta(days=365.25 / 12)


class History:
    """The points of a monitor, and the accepted incidents among them.

    Parameters
    ----------
    observations : sequence of Observation
        In any order, each point once.
    """

    def __init__(self, observations: Sequence[Observation]) -> None:
        self.observations = sorted(observations, key=lambda one: (one.at, one.point))
        self.periods = point_periods(self.observations)
        self.judged = [one for one in self.observations if one.state in JUDGED]
        self.scale = find_scale(self.judged)
        self.incidents: list[Span] = []
        self.tracks: dict[str, Track] = {}
        self.places: list[int | None] = []
        """Of each observation the incident that it is part of."""

    @property
    def whole(self) -> Period | None:
        """From the first judged point to the last; None if there is none."""
        times = self._judged_periods()
        if not times:
            return None
        begin, end = min(one.begin for one in times), max(one.end for one in times)
        if all(one.begin == one.end for one in times):
            end += self.usual_gap
        return Period(begin, end)

    @property
    def usual_gap(self) -> timedelta:
        """How far moments that follow each other are apart, usually."""
        moments = sorted({one.begin for one in self._judged_periods()})
        gaps = [(later - before).total_seconds() for before, later in pairwise(moments)]
        return timedelta(seconds=median(gaps) if gaps else 0)

    @property
    def num_months(self) -> float:
        """How long quiet time is in all."""
        whole = self.whole
        return 0.0 if whole is None else quiet_time(self.incidents, whole) / MONTH

    def told_by_names(self) -> bool:
        """Tell whether times are those that names tell."""
        return any(one.begin != one.end for one in self.periods)

    def spanning(self, begin: datetime, end: datetime, subjects: frozenset[str]) -> Period:
        """Tell which time the points are of that were made from one moment to another."""
        if not self.told_by_names():
            return Period(begin, end)
        found = [
            period
            for one, period in zip(self.observations, self.periods, strict=True)
            if one.subject in subjects and begin <= one.at <= end
        ]
        if not found:
            return Period(begin, end)
        return Period(min(one.begin for one in found), max(one.end for one in found))

    def accept(self, incidents: Sequence[Span]) -> None:
        """Mark the points of accepted incidents; the others are of quiet time."""
        self.incidents = merge_spans(incidents)
        for one, period in zip(self.observations, self.periods, strict=True):
            place = covered(self.incidents, one.subject, period)
            self.places.append(place)
            if one.state not in JUDGED:
                continue
            track = self.tracks.setdefault(one.subject, Track())
            track.points.append(one)
            track.times.append(period.begin)
            track.incidents.append(place)
            track.badness.append(None if self.scale is None else self.scale.badness(one))

    def _judged_periods(self) -> list[Period]:
        return [
            period
            for one, period in zip(self.observations, self.periods, strict=True)
            if one.state in JUDGED
        ]
