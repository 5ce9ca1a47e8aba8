"""Words and rounded numbers of suggestions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHARES: Final = frozenset({"NullShare", "NoDuplicateRows"})
"""Checks that bound a share of the rows."""


def runs(number: int) -> str:
    """Say how many runs.

    Examples
    --------
    >>> runs(1), runs(40)
    ('1 run', '40 runs')
    """
    return f"{number:,} run" if number == 1 else f"{number:,} runs"


def percent(share: float) -> str:
    """Write a share as a percentage of two digits, or as many as tell it from 100 %.

    Examples
    --------
    >>> percent(0.0312), percent(0.00042), percent(0.9), percent(0.9994)
    ('3.1 %', '0.042 %', '90 %', '99.94 %')
    """
    if share > 0.99:
        rest = percent(1 - share).removesuffix(" %")
        return "100 %" if share >= 1 else f"{100 - float(rest):.10g} %"
    return f"{float(f'{100 * share:.2g}'):.10g} %"


def number(value: float) -> str:
    """Write a number with thousands marked and few digits.

    Examples
    --------
    >>> number(5816.0), number(-0.5), number(17.25), number(1234567.8)
    ('5,816', '-0.5', '17.25', '1,234,568')
    """
    if abs(value) >= 1000 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.4g}"


def listed(names: Sequence[str], most: int = 3) -> str:
    """List names, many of them cut short.

    Examples
    --------
    >>> listed(["EWR", "JFK", "LGA", "BOS"])
    'EWR, JFK, LGA and 1 more'
    """
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def rounded(value: float, *, width: float, is_up: bool) -> float:
    """Round a bound away from what it bounds, to two digits of the width of the interval.

    Examples
    --------
    >>> rounded(0.04512, width=0.03, is_up=True), rounded(61.37, width=45.0, is_up=False)
    (0.046, 61)
    """
    if not width > 0 or not math.isfinite(value):
        return value
    digits = 1 - math.floor(math.log10(width))
    step = 10.0**-digits
    number = (math.ceil if is_up else math.floor)(value / step - (1e-9 if is_up else -1e-9))
    return round(number * step, digits) if digits > 0 else round(number * step)


def bound_words(check: str, arguments: Mapping[str, Any]) -> str:
    """Say what a check demands.

    Examples
    --------
    >>> bound_words("InRange", {"columns": ["temp"], "min": 0, "max": 120})
    '0 to 120'
    >>> bound_words("InSet", {"columns": ["origin"], "allowed": ["EWR", "JFK", "LGA"]})
    'EWR, JFK, LGA'
    """
    if check in _SHARES:
        most = arguments.get("max", arguments.get("max_share"))
        return f"at most {percent(most)}" if most else "none"
    low, high = arguments.get("min"), arguments.get("max")
    if low is not None and high is not None:
        return f"{number(low)} to {number(high)}"
    if low is not None:
        return f"at least {number(low)}"
    if high is not None:
        return f"at most {number(high)}"
    for name in ("allowed", "classes", "pattern", "columns"):
        if name in arguments:
            return _listed(arguments[name])
    return ""


def _listed(value: Any) -> str:
    if isinstance(value, Mapping):
        return listed([f"{name} {kind}" for name, kind in value.items()])
    return listed([str(one) for one in value]) if isinstance(value, list) else str(value)
