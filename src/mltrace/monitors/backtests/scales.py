"""What the numbers of a monitor mean: which side of the threshold is bad, and how bad they are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records.alerts import Observation
    from mltrace.records.backtests import Direction

_DIRECTIONS: Final[tuple[Direction, ...]] = ("above", "below")
_SAME: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Scale:
    """How bad the values of a monitor are.

    Attributes
    ----------
    direction : {'above', 'below'}
        On which side of the threshold a value is bad.
    threshold : float
        The threshold that is in force; of a relative scale 1.
    is_relative : bool
        Whether the monitor has another threshold at each point, so that values are multiples of it.
    """

    direction: Direction
    threshold: float
    is_relative: bool = False

    def badness(self, one: Observation) -> float | None:
        """Tell how bad a point is; None if its state does not follow from its value."""
        value = self.value(one)
        if value is None or not _agrees(one, self.direction):
            return None
        return self.turn(value)

    def value(self, one: Observation) -> float | None:
        """Tell what a point is measured by."""
        if not _has_numbers(one):
            return None
        if not self.is_relative:
            return one.value
        return one.value / one.threshold if one.threshold else None  # type: ignore[operator]

    def turn(self, number: float) -> float:
        """Turn a value into a badness, or one back into a value."""
        return number if self.direction == "above" else -number


def find_scale(points: Sequence[Observation]) -> Scale | None:
    """Find the scale of the judged points of a monitor; None if no number tells their states.

    Notes
    -----
    A good point must agree with the direction; a bad one that does not is bad for another reason,
    such as the bound on the other side. Bounds on both sides that are learned have no scale.
    """
    numbered = [one for one in points if _has_numbers(one)]
    best: list[float] = []
    direction: Direction = "above"
    for tried in _DIRECTIONS:
        others = [one for one in numbered if not _agrees(one, tried)]
        agreeing = [one.threshold or 0.0 for one in numbered if _agrees(one, tried)]
        if len(agreeing) > len(best) and all(one.state == "bad" for one in others):
            direction, best = tried, agreeing
    if not best:
        return None
    low, high = min(best), max(best)
    if math.isclose(low, high, rel_tol=_SAME):
        return Scale(direction, high)
    return Scale(direction, 1.0, is_relative=True) if low > 0 else None


def _has_numbers(one: Observation) -> bool:
    return one.value is not None and one.threshold is not None


def _agrees(one: Observation, direction: Direction) -> bool:
    """Tell whether a point stands as its value says; at the threshold it may be either."""
    if one.value is None or one.threshold is None or one.value == one.threshold:
        return one.value is not None
    return (one.state == "bad") == ((one.value > one.threshold) == (direction == "above"))
