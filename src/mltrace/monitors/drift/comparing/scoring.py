"""Scores of drift that can be compared, whatever method they are of."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.records.drift import ColumnDrift

_SMALLEST: Final = 1e-300


def drift_score(p_value: float, effect_size: float, *, rate: float, least: float) -> float:
    """Tell how far a difference is beyond chance, and beyond what is too small to matter.

    Parameters
    ----------
    p_value, effect_size : float
        Of the difference.
    rate : float
        The p-value that is low enough.
    least : float
        The effect size that is large enough.

    Returns
    -------
    float
        At least 0; above 1 if both are beyond. The lesser of the logarithm of the p-value over
        that of the rate, and the effect size over the least one.

    Examples
    --------
    >>> drift_score(1e-4, 0.3, rate=0.01, least=0.1), drift_score(0.1, 0.3, rate=0.01, least=0.1)
    (2.0, 0.5)
    """
    certainty = math.log(max(p_value, _SMALLEST)) / math.log(rate)
    size = effect_size / least if least else math.inf
    return abs(min(certainty, size))  # without a sign where it is 0


def worst_first(columns: Mapping[str, ColumnDrift]) -> dict[str, ColumnDrift]:
    """Put the columns that drifted before the others, the least likely by chance first."""

    def rank(column: ColumnDrift) -> tuple[bool, float, float]:
        if not column.is_drift:
            return (True, 0.0, 0.0)
        p_value = 1.0 if column.p_value is None else column.p_value
        return (False, p_value, -(column.statistic or 0.0))

    return dict(sorted(columns.items(), key=lambda item: rank(item[1])))


def check_limits(rate: float, min_effect: float | None = None) -> None:
    """Refuse a false-alarm rate, or a least effect size, that cannot be.

    Raises
    ------
    ArgumentError
        If the rate is not between 0 and 1, or the effect size less than 0.
    """
    if not 0 < rate < 1:
        raise ArgumentError(f"false_alarm_rate={rate!r} is no rate; give a number from 0 to 1.")
    if min_effect is not None and not min_effect >= 0:
        raise ArgumentError(f"min_effect={min_effect!r} is no size; give a number of at least 0.")
