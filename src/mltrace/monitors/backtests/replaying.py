"""Replays a rule over points of history: false alarms, incidents found, and their delay.

A point is bad if its *badness* exceeds a threshold. Alerts open and resolve by the same life cycle
as those of a monitor that is evaluated.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from mltrace.monitors.alerts.life_cycle import Rule, follow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from mltrace.records.alerts import Observation

JUDGED: Final = frozenset({"ok", "bad"})
"""The states that count; what is learning or unknown neither opens an alert nor resolves one."""


@dataclass
class Track:
    """The judged points of one subject, in the order of time.

    Attributes
    ----------
    points : list of Observation
    times : list of datetime
        What times they are of.
    incidents : list of int or None
        The accepted incident that each is part of, by its place; None in quiet time.
    badness : list of float or None
        How bad each is, the larger the worse; None where no number tells, so that its state holds
        at any threshold.
    """

    points: list[Observation] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    incidents: list[int | None] = field(default_factory=list)
    badness: list[float | None] = field(default_factory=list)

    @cached_property
    def firsts(self) -> dict[int, int]:
        """Where each incident begins here."""
        found: dict[int, int] = {}
        for at, incident in enumerate(self.incidents):
            if incident is not None:
                found.setdefault(incident, at)
        return found

    @cached_property
    def _as_states(self) -> list[tuple[Observation, Observation]]:
        return [(replace(one, state="ok"), replace(one, state="bad")) for one in self.points]

    def judged(self, threshold: float | None) -> list[Observation]:
        """Judge the points by another threshold; None: as they were."""
        if threshold is None:
            return self.points
        return [
            one if badness is None else pair[badness > threshold]
            for one, badness, pair in zip(self.points, self.badness, self._as_states, strict=True)
        ]

    def lasting(self, open_after: int) -> list[float]:
        """Tell of each point the threshold below which it, and those before it, open an alert."""
        least = [
            (math.inf if one.state == "bad" else -math.inf) if badness is None else badness
            for one, badness in zip(self.points, self.badness, strict=True)
        ]
        return [
            min(least[at + 1 - open_after : at + 1]) if at + 1 >= open_after else -math.inf
            for at in range(len(least))
        ]


@dataclass
class Alarm:
    """An alert of a track, by the places of points.

    Attributes
    ----------
    begin : int
        Its first bad point.
    openings : list of int
        Where it opened, and where it was opened again.
    end : int or None
        The point that resolved it.
    """

    begin: int
    openings: list[int]
    end: int | None = None


class Delay(NamedTuple):
    """How late the first alert told of an incident, from its first point."""

    points: int
    at: datetime


@dataclass
class Outcome:
    """What a rule would have done.

    Attributes
    ----------
    alarms : list of (int, Alarm, bool)
        Each with the place of its track, and whether it was a false alarm.
    delays : dict of int to Delay
        Of the incidents that were found.
    num_bad_quiet : int
        Quiet points that are bad, together with as many before them as it takes for an alert.
    """

    alarms: list[tuple[int, Alarm, bool]] = field(default_factory=list)
    delays: dict[int, Delay] = field(default_factory=dict)
    num_bad_quiet: int = 0

    @property
    def num_false_alarms(self) -> int:
        """How many alerts were raised in quiet time."""
        return sum(is_false for _, _, is_false in self.alarms)

    @property
    def delay_points(self) -> float | None:
        """The mean delay of the incidents that were found, in points."""
        found = [one.points for one in self.delays.values()]
        return sum(found) / len(found) if found else None


def replay(rule: Rule, tracks: Sequence[Track], threshold: float | None = None) -> Outcome:
    """Tell which alerts a rule would have raised, and which incidents they would have told of.

    Notes
    -----
    An alert tells of an incident if it opens at one of its points, or at the point right before it
    and goes on into it; one that has long been open when the incident begins tells nobody. An alert
    is a false alarm if it first opened without telling of one, and its first bad point is in quiet
    time.
    """
    outcome = Outcome()
    for place, track in enumerate(tracks):
        judged = track.judged(threshold)
        run = 0
        for one, incident in zip(judged, track.incidents, strict=True):
            run = run + 1 if one.state == "bad" else 0
            outcome.num_bad_quiet += incident is None and run >= rule.open_after
        for alarm in _alarms(rule, judged):
            told = [_tells_of(opening, track, judged) for opening in alarm.openings]
            for incident, opening in zip(told, alarm.openings, strict=True):
                if incident is not None:
                    _tell(outcome, track, incident, opening)
            is_false = told[0] is None and track.incidents[alarm.begin] is None
            outcome.alarms.append((place, alarm, is_false))
    return outcome


def _alarms(rule: Rule, judged: Sequence[Observation]) -> list[Alarm]:
    places = {one.point: place for place, one in enumerate(judged)}
    alarms: list[Alarm] = []
    for change in follow(rule, judged, news=places.keys()):
        at = places[change.because.point]
        if change.what == "opened":
            alarms.append(Alarm(at, [at + rule.open_after - 1]))
        elif change.what == "reopened":
            alarms[-1].openings.append(at)
            alarms[-1].end = None
        else:
            alarms[-1].end = at
    return alarms


def _tells_of(opening: int, track: Track, judged: Sequence[Observation]) -> int | None:
    """Tell which incident an alert tells of that opens at a point."""
    incident = track.incidents[opening]
    after = opening + 1
    if incident is None and after < len(judged) and judged[after].state == "bad":
        return track.incidents[after]
    return incident


def _tell(outcome: Outcome, track: Track, incident: int, opening: int) -> None:
    first = track.firsts[incident]
    opening = max(opening, first)
    delay = Delay(opening - first, track.times[opening])
    known = outcome.delays.get(incident)
    outcome.delays[incident] = delay if known is None else min(known, delay)


class Separation(NamedTuple):
    """The values between which a threshold finds all incidents with the fewest false alarms.

    The threshold lies from `quiet`, the worst of quiet time that is milder than every incident, to
    `incident`, the mildest incident.
    """

    quiet: float
    incident: float

    @property
    def middle(self) -> float:
        """The threshold with a margin on both sides."""
        return middle_of(self.quiet, self.incident)


def separate(tracks: Sequence[Track], open_after: int) -> Separation | None:
    """Find between which values a threshold finds every incident that has points.

    None if there is no incident, or one that no threshold would find.
    """
    strongest: defaultdict[int, float] = defaultdict(lambda: -math.inf)
    quiet: list[float] = []
    for track in tracks:
        for incident, value in zip(track.incidents, track.lasting(open_after), strict=True):
            if incident is None:
                quiet.append(value)
            else:
                strongest[incident] = max(strongest[incident], value)
    mildest = min(strongest.values(), default=-math.inf)
    milder = max((value for value in quiet if value < mildest), default=-math.inf)
    if not math.isfinite(mildest) or not math.isfinite(milder):
        return None
    return Separation(milder, mildest)


def cuts(tracks: Sequence[Track], most: int) -> list[float]:
    """List thresholds between the values that occur, the strictest first.

    Those by which more than a quarter of the quiet points are bad are left out; of many, `most`
    are chosen, evenly.
    """
    quiet = sorted(value for value, incident in _values(tracks) if incident is None)
    least = quiet[len(quiet) * 3 // 4] if quiet else -math.inf
    kept = sorted({value for value, _ in _values(tracks) if value >= least}, reverse=True)
    found = [middle_of(low, high) for high, low in pairwise(kept)]
    if len(found) > most:
        step = (len(found) - 1) / (most - 1)
        found = [found[round(place * step)] for place in range(most)]
    return found


def largest_quiet(tracks: Sequence[Track]) -> float | None:
    """Tell the worst value of quiet time; None if there is no value."""
    return max((value for value, incident in _values(tracks) if incident is None), default=None)


def _values(tracks: Sequence[Track]) -> Iterator[tuple[float, int | None]]:
    for track in tracks:
        for badness, incident in zip(track.badness, track.incidents, strict=True):
            if badness is not None and math.isfinite(badness):
                yield badness, incident


def middle_of(low: float, high: float) -> float:
    """Tell a number between two, with few digits: near the geometric middle, if there is one.

    It has the fewest digits with which it lies in the middle half.

    Examples
    --------
    >>> middle_of(0.967, 7.62), middle_of(-8.0, -2.0), middle_of(0.0, 3.0)
    (3.0, -4.0, 2.0)
    """
    middle = (low + high) / 2
    if low * high > 0:
        middle = math.copysign(math.sqrt(low * high), low)
    quarter, three_quarters = (low + middle) / 2, (middle + high) / 2
    for digits in range(1, 17):
        rounded = float(f"{middle:.{digits - 1}e}")
        if quarter <= rounded <= three_quarters and low < rounded < high:
            return rounded
    return middle
