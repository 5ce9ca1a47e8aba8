"""Which points of a series are to be measured: those that are new, and the latest once more.

What comes late has its place before points that were measured; so the latest points are measured
again each time, and those that stand in another way now are told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

from mltrace.times import to_nanoseconds

MEASURED_AGAIN: Final = 100
"""Points that are measured again, lest one that came late be missed."""
MOST_POINTS: Final = 1_000
"""Points that are measured at most: of a component that ran for years, the latest."""


class Point(Protocol):
    """Whatever is of a time, in nanoseconds."""

    @property
    def at(self) -> int:
        """The time."""
        ...


P = TypeVar("P", bound=Point)


def newest(
    read: Callable[[int], Sequence[P]],
    *,
    latest: datetime | None,
    lead: int,
    keep: Callable[[Sequence[P], int], bool] = lambda _, __: True,
) -> Iterator[tuple[Sequence[P], P]]:
    """List the points that are to be measured, each with those before it.

    Parameters
    ----------
    read : callable
        Reads as many of the latest points as it is told, in the order of time.
    latest : datetime or None
        Of which time the latest point is that was measured.
    lead : int
        How many points before one tell how it stands.
    keep : callable, optional
        Tells whether a point, by its place among others, counts at all.
    """
    limit = lead + MEASURED_AGAIN
    points = read(limit)
    if len(points) == limit and (latest is None or points[lead].at > to_nanoseconds(latest)):
        limit = lead + MOST_POINTS
        points = read(limit)
    is_all = len(points) < limit
    # Of the first one it is not known what was before it, unless these are all.
    kept = [keep(points, place) and (is_all or place > 0) for place in range(len(points))]
    for place in range(0 if is_all else lead, len(points)):
        if kept[place]:
            before = range(max(place - lead, 0), place)
            yield [points[one] for one in before if kept[one]], points[place]
