"""Around which level the values of a column lie: bounds of their mean."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy

from mltrace.checks.suggesting.candidates import Bound, Draft
from mltrace.checks.suggesting.history import is_number
from mltrace.checks.suggesting.scales import LogScale, ValueScale
from mltrace.checks.suggesting.wording import number, rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.checks.suggesting.history import ColumnHistory, TableHistory
    from mltrace.checks.suggesting.prediction import Interval
    from mltrace.records import ColumnProfile

_WIDEST: Final = 2.0
"""A level that may move by so many widths of the middle half of the values says nothing."""
_HEAVY: Final = 2.0
"""Above so many times that width, the standard deviation is one of outliers, as is the mean."""
_MEDIAN_NOISE: Final = 0.86
"""The variance of the median of normal values times their number, in squares of that width."""


def levels(history: TableHistory) -> list[Bound]:
    """Find the columns of numbers whose mean, or with heavy tails median, may be bounded."""
    found = []
    for column in history.columns.values():
        if column.is_of("number") and column.is_always_there:
            bound = _level(column.filled)
            found += [] if bound is None else [bound]
    return found


def ends_of(column: ColumnHistory) -> tuple[float, float]:
    """Tell the least and the greatest value of a column of numbers."""
    return min(one.min for one in column.profiles), max(one.max for one in column.profiles)


def value_scale(column: ColumnHistory) -> ValueScale | None:
    """Lay a scale through the middle of the values; None where all of them are the same."""
    centers = [_center(one) for one in column.profiles]
    spreads = [_spread(one) for one in column.profiles]
    spread = float(numpy.median(spreads)) or float(numpy.max(spreads))
    is_usable = math.isfinite(spread) and spread > 0
    return ValueScale(float(numpy.median(centers)), spread) if is_usable else None


def _center(profile: ColumnProfile) -> float:
    return float(profile.quantiles.get("0.5", profile.mean or 0.0))


def _spread(profile: ColumnProfile) -> float:
    low, high = profile.quantiles.get("0.25"), profile.quantiles.get("0.75")
    if is_number(low) and is_number(high) and high > low:
        return float(high - low)
    return profile.std or 0.0


def _level(column: ColumnHistory) -> Bound | None:
    middle = value_scale(column)
    if middle is None or not all(is_number(one.mean) for one in column.profiles):
        return None
    least, greatest = ends_of(column)
    if least == greatest:
        return None
    deviations = column.array(lambda one: one.std or 0.0)
    statistic = "Mean"
    found = column.array(lambda one: one.mean or 0.0)
    variances = deviations**2 / column.num_values
    is_heavy = float(numpy.median(deviations)) > _HEAVY * middle.spread
    if is_heavy and all("0.5" in one.quantiles for one in column.profiles):
        statistic = "Median"
        found = column.array(lambda one: one.quantiles["0.5"])
        variances = _MEDIAN_NOISE * middle.spread**2 / column.num_values
    draft = partial(
        _draft,
        column=column.name,
        statistic=statistic,
        found=found,
        spread=middle.spread,
        seen=(least, greatest),
    )
    if found.min() > 0 and least >= 0:
        return Bound(found, LogScale(), draft, noise=variances / found**2)
    return Bound(found, middle, draft, noise=variances / middle.spread**2)


def _draft(
    drawn: Interval,
    *,
    column: str,
    statistic: str,
    found: NDArray[numpy.float64],
    spread: float,
    seen: tuple[float, float],
) -> Draft | None:
    """Leave out a side on which no value was ever seen: no mean can lie there."""
    width = drawn.high - drawn.low
    least, greatest = seen
    ends: dict[str, float] = {}
    if drawn.low > least:
        ends["min"] = rounded(drawn.low, width=width, is_up=False)
    if drawn.high < greatest:
        ends["max"] = rounded(drawn.high, width=width, is_up=True)
    if not width < 2 * _WIDEST * spread or not ends:
        return None
    return Draft(
        check=f"{statistic}InRange",
        arguments={"columns": [column], **ends},
        subject=column,
        evidence=f"{statistic.lower()} between {number(found.min())} and {number(found.max())}",
    )
