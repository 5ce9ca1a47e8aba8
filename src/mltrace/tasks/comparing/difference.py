"""What a test of two samples tells: how they differ, how surely, and by chance how often."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy

from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

CONFIDENCE: Final = 0.95


class Difference(NamedTuple):
    """A metric of two samples, and how sure the difference of the second from the first is.

    Attributes
    ----------
    value_a, value_b : float
        The metric of each.
    low, high : float
        The confidence interval of `value_b - value_a`; from minus to plus infinity where too little
        is known.
    p_value : float or None
        How often chance alone would make them differ so much, of a test that is made once.
    e_value : float or None
        The evidence that they differ, of a test that may be made after every row.
    method : str
        The test, in words.
    """

    value_a: float
    value_b: float
    low: float
    high: float
    p_value: float | None
    method: str
    e_value: float | None = None


def mean_of(losses: NDArray[numpy.float64]) -> float:
    """Give the mean; NaN of nothing."""
    return float(losses.mean()) if len(losses) else math.nan


def finite_losses(losses: ArrayLike, name: str) -> NDArray[numpy.float64]:
    """Take losses as floats.

    Raises
    ------
    ArgumentError
        If one of them is not finite.
    """
    values = numpy.asarray(losses, numpy.float64)
    if not numpy.isfinite(values).all():
        raise ArgumentError(f"{name} has losses that are not finite; leave these rows out.")
    return values


def aligned(
    losses_a: ArrayLike, losses_b: ArrayLike
) -> tuple[NDArray[numpy.float64], NDArray[numpy.float64]]:
    """Take the losses of the same rows as floats.

    Raises
    ------
    ArgumentError
        If they are not equally many, or not finite.
    """
    a, b = finite_losses(losses_a, "losses_a"), finite_losses(losses_b, "losses_b")
    if len(a) != len(b):
        raise ArgumentError(
            f"losses_a has {len(a)} rows and losses_b {len(b)}; a paired test takes the same rows "
            "of both, in the same order."
        )
    return a, b
