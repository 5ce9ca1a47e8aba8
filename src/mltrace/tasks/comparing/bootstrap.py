"""The bootstrap: whether any metric of two samples differs, by drawing rows anew."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy

from mltrace.tasks.comparing.difference import CONFIDENCE, Difference

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

NUM_RESAMPLES: Final = 1000
MOST_ROWS: Final = 20_000
_MOST_UNDEFINED: Final = 0.5


def bootstrap_paired(
    values_of: Callable[[NDArray[numpy.int64]], tuple[float, float]],
    num_rows: int,
    *,
    confidence: float = CONFIDENCE,
    num_resamples: int = NUM_RESAMPLES,
    seed: int = 0,
) -> Difference:
    """Tell whether a metric of two models on the same rows differs.

    Parameters
    ----------
    values_of : function
        Takes places of rows, which may repeat, and gives the metric of both models on them; NaN
        where it is not defined.
    num_rows : int
        How many rows both have.
    confidence : float, default 0.95
        Of the interval.
    num_resamples : int, default 1000
        How often rows are drawn; the p-value is at least two of so many.
    seed : int, default 0

    Notes
    -----
    The percentile interval. Of more than 20,000 rows only so many are drawn, and what they differ
    by is scaled as the square root of the rows, which is right for metrics that vary so. Both need
    some tens of rows, of the rarest class too. Cost: `num_resamples` metrics of at most
    20,000 rows.

    References
    ----------
    Efron, Tibshirani (1993), An introduction to the bootstrap. Bickel, Götze, van Zwet (1997),
    Resampling fewer than n observations.

    Examples
    --------
    >>> rng = numpy.random.default_rng(1)
    >>> truth = rng.normal(size=500)
    >>> errors = [truth - 1.0 * rng.normal(size=500), truth - 1.5 * rng.normal(size=500)]
    >>> def rmse(rows):
    ...     return tuple(float(numpy.sqrt((one[rows] ** 2).mean())) for one in errors)
    >>> found = bootstrap_paired(rmse, 500)
    >>> found.low > 0.2, found.p_value
    (True, 0.001998001998001998)
    """
    rng = numpy.random.default_rng(seed)
    drawn = min(num_rows, MOST_ROWS)

    def resample() -> float:
        value_a, value_b = values_of(rng.integers(0, num_rows, drawn))
        return value_b - value_a

    whole = values_of(numpy.arange(num_rows)) if num_rows else (math.nan, math.nan)
    steps = [resample() for _ in range(num_resamples)] if num_rows else []
    return _judged(whole, steps, drawn / max(num_rows, 1), confidence, "paired bootstrap")


def bootstrap_unpaired(
    value_of_a: Callable[[NDArray[numpy.int64]], float],
    value_of_b: Callable[[NDArray[numpy.int64]], float],
    num_rows: tuple[int, int],
    *,
    confidence: float = CONFIDENCE,
    num_resamples: int = NUM_RESAMPLES,
    seed: int = 0,
) -> Difference:
    """Tell whether a metric of two sets of different rows differs.

    Parameters
    ----------
    value_of_a, value_of_b : function
        Take places of rows, which may repeat, and give the metric of each set.
    num_rows : tuple of int
        How many rows each has.
    confidence, num_resamples, seed
        As of `bootstrap_paired`.
    """
    rng = numpy.random.default_rng(seed)
    scale = min(1.0, *(MOST_ROWS / max(num, 1) for num in num_rows))
    drawn = [max(math.ceil(num * scale), 1) for num in num_rows]
    whole = (
        value_of_a(numpy.arange(num_rows[0])) if num_rows[0] else math.nan,
        value_of_b(numpy.arange(num_rows[1])) if num_rows[1] else math.nan,
    )
    if not min(num_rows):
        return _judged(whole, [], 1.0, confidence, "bootstrap")

    def resample() -> float:
        rows_a, rows_b = (
            rng.integers(0, num, draw) for num, draw in zip(num_rows, drawn, strict=True)
        )
        return value_of_b(rows_b) - value_of_a(rows_a)

    steps = [resample() for _ in range(num_resamples)]
    return _judged(whole, steps, scale, confidence, "bootstrap")


def _judged(
    whole: tuple[float, float], steps: list[float], share: float, confidence: float, method: str
) -> Difference:
    """Judge by the differences in resamples, whose spread is that of a share of the rows."""
    difference, found = whole[1] - whole[0], numpy.asarray(steps, float)
    found = found[numpy.isfinite(found)]
    if math.isnan(difference) or len(found) <= _MOST_UNDEFINED * len(steps):
        return Difference(*whole, -math.inf, math.inf, 1.0, method)
    found = difference + (found - difference) * math.sqrt(share)
    low, high = numpy.quantile(found, [0.5 - confidence / 2, 0.5 + confidence / 2])
    least = min(int((found <= 0).sum()), int((found >= 0).sum()))
    p_value = min(2 * (least + 1) / (len(found) + 1), 1.0)
    return Difference(*whole, float(low), float(high), p_value, method)
