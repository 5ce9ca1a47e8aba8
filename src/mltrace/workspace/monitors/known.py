"""What a monitor measured before."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from mltrace.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from mltrace.records.alerts import Observation, ObservationState


class KnownPoint(NamedTuple):
    """How a point stood when it was measured the last time, and of which time it is."""

    state: ObservationState
    made: int


class Known:
    """The points that a monitor measured before, read when they are first asked for.

    Parameters
    ----------
    load : callable
        Reads them, by subject and point.

    Examples
    --------
    >>> known = Known(lambda: {("clean", "run 1"): KnownPoint("bad", 0)})
    >>> known.has("clean", "run 1"), known.has("clean", "run 2"), known.state("clean", "run 1")
    (True, False, 'bad')
    """

    def __init__(self, load: Callable[[], Mapping[tuple[str, str], KnownPoint]]) -> None:
        self._load = load

    @cached_property
    def points(self) -> Mapping[tuple[str, str], KnownPoint]:
        """All points, by subject and point."""
        return self._load()

    @cached_property
    def _latest(self) -> dict[str, int]:
        latest: dict[str, int] = {}
        for (subject, _), point in self.points.items():
            latest[subject] = max(latest.get(subject, point.made), point.made)
        return latest

    def has(self, subject: str, point: str) -> bool:
        """Tell whether a point was measured before."""
        return (subject, point) in self.points

    def state(self, subject: str, point: str) -> ObservationState | None:
        """Tell how a point stood; None if it was not measured before."""
        known = self.points.get((subject, point))
        return None if known is None else known.state

    def latest(self, subject: str) -> datetime | None:
        """Tell of which time the latest point of a subject is; None if there is none."""
        made = self._latest.get(subject)
        return None if made is None else to_datetime(made)

    def is_news(self, one: Observation) -> bool:
        """Tell whether an observation is of a new point, or of one that stands in another way."""
        return self.state(one.subject, one.point) != one.state
