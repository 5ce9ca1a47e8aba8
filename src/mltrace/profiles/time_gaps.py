"""Gaps: stretches without times, far longer than is usual between two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy

if TYPE_CHECKING:
    from mltrace.profiles.spread import Spread

MAX_GAPS: Final = 10
_USUAL_SHARE: Final = 0.01
_LEAST_USUAL: Final = 3
_FAR: Final = 4


def find_gaps(spread: Spread) -> list[tuple[int, int]]:
    """Find the longest gaps, in the order of time.

    Parameters
    ----------
    spread : Spread
        Of whole numbers: the times.

    Notes
    -----
    A distance is usual if one in a hundred, and at least three, are as long: so nights and
    weekends without data are usual. A gap is four times as long as the longest usual one.

    Examples
    --------
    >>> from mltrace.profiles.spread import Spread
    >>> days = numpy.array([1, 2, 3, 4, 5, 20, 21, 22])
    >>> find_gaps(Spread(days, days, numpy.ones(8, int)))
    [(5, 20)]
    """
    distances = numpy.diff(spread.low.astype(numpy.float64))  # some outgrow int64
    rare = max(_LEAST_USUAL, int(_USUAL_SHARE * len(distances)))
    if len(distances) <= rare:
        return []
    usual = numpy.partition(distances, len(distances) - rare)[len(distances) - rare]
    far = numpy.flatnonzero(distances > _FAR * usual)
    longest = numpy.sort(far[numpy.argsort(-distances[far], kind="stable")[:MAX_GAPS]])
    return list(zip(spread.high[longest].tolist(), spread.low[longest + 1].tolist(), strict=True))
