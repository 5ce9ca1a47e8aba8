"""Tells the parameters that set how a component works from those that name what it works on.

A unit or a learning rate is a setting; a week, a batch and a path say only which data were meant.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_VOLATILE_SHARE: Final = 0.8
_FEWEST_FOR_VOLATILE: Final = 4
_PATH: Final = re.compile(r"[\\/]|\.\w{1,8}$")
_TIME: Final = re.compile(r"(?<!\d)(19|20)\d\d([-_.]?(W?\d\d|Q\d))")


def is_volatile(values: Sequence[Any]) -> bool:
    """Tell whether a value changes in nearly each run, such as the week; few values tell nothing.

    Examples
    --------
    >>> is_volatile([1, 2, 3, 4]), is_volatile([1, 1, 1, 2]), is_volatile([1, 2])
    (True, False, False)
    """
    if len(values) < _FEWEST_FOR_VOLATILE:
        return False
    num_changes = sum(bool(one != other) for one, other in pairwise(values))
    return num_changes >= _VOLATILE_SHARE * (len(values) - 1)


def is_path(value: Any) -> bool:
    """Tell whether a value looks like a path.

    Examples
    --------
    >>> is_path("models/late.joblib"), is_path("late.joblib"), is_path("late"), is_path(3)
    (True, True, False, False)
    """
    return isinstance(value, str) and _PATH.search(value) is not None


def names_a_time(value: Any) -> bool:
    """Tell whether a text holds a month, week, quarter or day of a year.

    Examples
    --------
    >>> names_a_time("train-2013-W19"), names_a_time("20130601"), names_a_time("v2")
    (True, True, False)
    """
    return isinstance(value, str) and _TIME.search(value) is not None


def short_value(value: Any) -> str:
    """Say a value, cut to fit into a sentence.

    Examples
    --------
    >>> short_value("F"), short_value("x" * 30)
    ("'F'", "'xxxxxxxxxxxxxxxxxxxxxx…")
    """
    text = repr(value)
    return text if len(text) <= 24 else f"{text[:23]}…"
