"""When a creep may have begun: a few places in the past, the denser the nearer."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

NUM_STARTS: Final = 5
EVERY: Final = 4
"""Each of so many partitions may be where a creep begins."""


class Starts(NamedTuple):
    """The places that are kept.

    Attributes
    ----------
    places : tuple of int
        Numbers of partitions, ascending.
    weights : tuple of float
        For how many partitions each one stands.
    earlier : tuple of int
        Which of the places before each one is; -1 for the newest.
    """

    places: tuple[int, ...]
    weights: tuple[float, ...]
    earlier: tuple[int, ...]


@functools.lru_cache(maxsize=256)
def starts_after(num_starts: int) -> Starts:
    """Tell which of the first `num_starts` places are kept.

    Examples
    --------
    >>> starts_after(12).places
    (0, 16, 32, 40, 44)
    """
    first = max(num_starts - 1, 0) // 64 * 64
    kept = starts_after(first) if first else Starts((), (), ())
    for number in range(first, num_starts):
        kept = _added(kept, number * EVERY)
    return kept


def _added(kept: Starts, place: int) -> Starts:
    """Add a place; of too many, the one goes that is nearest to its neighbours for its age."""
    places, weights = [*kept.places, place], [*kept.weights, float(EVERY)]
    earlier = [*range(len(kept.places)), -1]
    if len(places) > NUM_STARTS:
        gone = most_dispensable(places)
        weights[gone - 1] += weights[gone] / 2
        weights[gone + 1] += weights[gone] / 2
        del places[gone], weights[gone], earlier[gone]
    return Starts(tuple(places), tuple(weights), tuple(earlier))


def most_dispensable(places: Sequence[int]) -> int:
    """Tell which of some places, ascending, has neighbours that are nearest to it for its age."""
    ages = [places[-1] + 1 - one for one in places]
    inner = range(1, len(places) - 1)
    return min(inner, key=lambda number: (ages[number - 1] - ages[number + 1]) / ages[number])
