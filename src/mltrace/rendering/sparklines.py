"""Draws a row of numbers as a row of bars, one character high."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

BARS: Final = "▁▂▃▄▅▆▇█"


def sparkline(numbers: Sequence[float | None], *, limit: float | None = None) -> str:
    """Draw each number as a bar between the least and the greatest; a missing one is a space.

    Numbers that are all equal are low bars. With a limit the highest bar is at least the limit, so
    that what is far below it is low.

    Examples
    --------
    >>> sparkline([0, 1, None, 7]), sparkline([3, 3])
    ('▁▂ █', '▁▁')
    >>> sparkline([0.1, 0.3, 0.2], limit=1.0)
    '▁▃▂'
    """
    finite = [number for number in numbers if number is not None and math.isfinite(number)]
    least, greatest = min(finite, default=0.0), max(finite, default=0.0)
    greatest = max(greatest, greatest if limit is None else limit)
    height = greatest - least
    drawn = []
    for number in numbers:
        if number is None or not math.isfinite(number):
            drawn.append(" ")
        else:
            share = (number - least) / height if height > 0 else 0.0
            drawn.append(BARS[round(share * (len(BARS) - 1))])
    return "".join(drawn)
