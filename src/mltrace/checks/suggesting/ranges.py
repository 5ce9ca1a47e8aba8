"""Between which values a column of numbers stays: natural ranges, and what history suggests."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from mltrace.checks.suggesting.candidates import Bound, Draft, Rule
from mltrace.checks.suggesting.history import is_number, num_values
from mltrace.checks.suggesting.levels import ends_of, value_scale
from mltrace.checks.suggesting.wording import number, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mltrace.checks.suggesting.history import ColumnHistory, TableHistory
    from mltrace.checks.suggesting.prediction import Interval

_CLOCKS: Final = ((0, 59), (0, 23), (1, 12), (1, 31), (1, 366), (1, 7), (0, 6), (0, 100), (0, 1))
"""Ranges of whole numbers that are natural where most partitions fill them."""
_NEARLY_ONE: Final = 0.9
"""Shares come near to 1; what is below 1 only by chance does not."""
_WIDEST: Final = 2.0
"""A bound that is farther off than so many widths of all that was seen says nothing."""


def natural_ranges(history: TableHistory) -> list[Rule]:
    """Find the columns that are never negative, are shares, or fill a range of the clock."""
    return [_natural(column) for column in _columns(history)]


def usual_ranges(history: TableHistory) -> list[Bound]:
    """Find the columns whose least and greatest values may be bounded."""
    columns = [column for column in _columns(history.whole) if column.is_always_there]
    return [bound for column in columns for bound in _usual(column)]


def _columns(history: TableHistory) -> list[ColumnHistory]:
    return [
        column.filled
        for column in history.columns.values()
        if column.is_of("number")
        and all(is_number(one.min) and is_number(one.max) for one in column.filled.profiles)
    ]


def _natural_ends(column: ColumnHistory) -> dict[str, float]:
    """Tell the ends that the range of a column has by its nature; it may have none on a side."""
    least, greatest = ends_of(column)
    ends: dict[str, float] = {"min": 0}
    if all(one.num_whole == num_values(one) for one in column.profiles):
        if (least, greatest) in _CLOCKS and _reach(column, least, greatest):
            return {"min": least, "max": greatest}
    elif least >= 0 and greatest <= 1 and _reach(column, greatest, _NEARLY_ONE):
        return {"min": 0, "max": 1}
    # What every partition reaches and none exceeds is a cap.
    if all(one.max == greatest for one in column.profiles):
        ends["max"] = greatest
    if least < 0 and all(one.min == least for one in column.profiles):
        ends["min"] = least
    return ends


def _reach(column: ColumnHistory, low: float, high: float) -> bool:
    """Tell whether the values of most partitions reach down to one number and up to another."""
    reaching = sum(bool(one.min <= low and one.max >= high) for one in column.profiles)
    return 2 * reaching > len(column.profiles)


def _natural(column: ColumnHistory) -> Rule:
    ends = _natural_ends(column)
    if "max" in ends and ends_of(column)[0] < ends["min"]:
        del ends["min"]
    low, high = ends.get("min", -math.inf), ends.get("max", math.inf)
    kept = [low <= one.min and one.max <= high for one in column.profiles]
    least, greatest = ends_of(column)
    if least == greatest or not all(kept):
        return Rule("range", kept)
    return Rule("range", kept, _draft(column, ends, _said(ends)))


def _said(ends: Mapping[str, float]) -> str:
    if "max" not in ends:
        return "never negative" if ends["min"] == 0 else f"never below {number(ends['min'])}"
    if "min" not in ends:
        return f"never above {number(ends['max'])}"
    return f"never outside {number(ends['min'])} to {number(ends['max'])}"


def _usual(column: ColumnHistory) -> Iterator[Bound]:
    least, greatest = ends_of(column)
    scale = value_scale(column)
    rule = _natural(column).draft
    natural = {} if rule is None else rule.arguments
    if scale is None or least == greatest:
        return
    width = float(greatest - least)
    seen = f"values between {number(least)} and {number(greatest)}"

    def draft_low(found: Interval) -> Draft | None:
        low = rounded(found.low, width=width, is_up=False)
        return _draft(column, {"min": low}, seen) if low > least - _WIDEST * width else None

    def draft_high(found: Interval) -> Draft | None:
        high = rounded(found.high, width=width, is_up=True)
        return _draft(column, {"max": high}, seen) if high < greatest + _WIDEST * width else None

    if "max" not in natural:
        yield Bound(column.array(lambda one: one.max), scale, draft_high, has_low=False)
    if "min" not in natural:
        yield Bound(column.array(lambda one: one.min), scale, draft_low, has_high=False)


def _draft(column: ColumnHistory, ends: Mapping[str, float], evidence: str) -> Draft:
    return Draft(
        check="InRange",
        arguments={"columns": [column.name], **ends},
        subject=column.name,
        evidence=evidence,
    )
