"""A histogram that people read: few bars with round edges, from the fine bins that are kept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy

from mltrace.records import Histogram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mltrace.profiles.spread import Spread

_WANTED: Final = 20
_MOST: Final = 36
_TAIL: Final = 0.01
_FAR: Final = 2.5
"""How many times wider than its middle a range may be before bars are those of the middle."""


def bars(spread: Spread, steps: Sequence[float] = ()) -> Histogram:
    """Count values by round intervals; beyond far tails by one bar on each side.

    Parameters
    ----------
    spread : Spread
        The values.
    steps : sequence of float, default 1, 2 and 5 times a power of ten
        Widths that are round.

    Examples
    --------
    >>> from mltrace.profiles.spread import Spread
    >>> values = numpy.arange(100.0)
    >>> bars(Spread(values, values, numpy.ones(100, int))).edges[:3]
    (0.0, 5.0, 10.0)
    """
    edges = _edges(spread, steps)
    below = numpy.rint(spread.below(edges))
    below[0], below[-1] = 0, spread.counts.sum()
    return Histogram(
        edges=tuple(edges.tolist()), counts=tuple(numpy.diff(below).astype(int).tolist())
    )


def _edges(spread: Spread, steps: Sequence[float]) -> NDArray[numpy.float64]:
    low, high, below = spread.low, spread.high, numpy.cumsum(spread.counts)
    least, greatest = float(low[0]), float(high[-1])
    start = float(low[numpy.searchsorted(below, _TAIL * below[-1])])
    end = float(high[numpy.searchsorted(below, (1 - _TAIL) * below[-1])])
    if greatest - least <= _FAR * (end - start) or start == end:
        start, end = least, greatest
    wanted = _MOST if steps else _WANTED  # steps that are given lie far apart
    step = _round_step((end - start) / wanted, steps)
    if not 0 < step < math.inf or start + step == start or end + step == end:
        return numpy.array([least, greatest])
    first, last = math.floor(start / step), math.ceil(end / step)
    digits = max(0, 1 - math.floor(math.log10(step)))
    edges = [round(at * step, digits) for at in range(first, last + 1)]
    if edges[-1] < greatest:
        edges.append(greatest)
    if edges[0] > least:
        edges.insert(0, least)
    return numpy.array(edges if len(edges) > 1 else [edges[0], greatest])


def _round_step(least: float, steps: Sequence[float]) -> float:
    if steps:
        return next((step for step in steps if step >= least), least)
    if not 0 < least < math.inf:
        return least
    power = 10.0 ** math.floor(math.log10(least))
    return next((step * power for step in (1, 2, 5) if step * power >= least), 10 * power)
