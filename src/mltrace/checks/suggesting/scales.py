"""Scales on which a statistic of partitions spreads evenly, with tails that are no longer heavy.

Bounds are drawn on the scale and taken back from it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Scale(Protocol):
    """A monotone map of a statistic, and the way back."""

    def to(self, values: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
        """Take values onto the scale."""
        ...

    def back(self, value: float) -> float:
        """Take a value back."""
        ...


@dataclass(frozen=True, slots=True)
class ShareScale:
    """The arcsine of the root of a share: a sample of n rows has the variance 1 / (4 n) on it.

    Examples
    --------
    >>> scale = ShareScale()
    >>> round(scale.back(float(scale.to(numpy.array([0.02]))[0])), 9)
    0.02
    """

    def to(self, values: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
        """Take shares onto the scale."""
        return numpy.arcsin(numpy.sqrt(numpy.clip(values, 0.0, 1.0)))

    def back(self, value: float) -> float:
        """Take a share back; what lies beyond the scale is 0 or 1."""
        return math.sin(min(max(value, 0.0), math.pi / 2)) ** 2


@dataclass(frozen=True, slots=True)
class CountScale:
    """The logarithm of a count.

    Examples
    --------
    >>> round(CountScale().back(float(CountScale().to(numpy.array([336.0]))[0])))
    336
    """

    def to(self, values: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
        """Take counts onto the scale."""
        return numpy.log1p(values)

    def back(self, value: float) -> float:
        """Take a count back; what is too large for a number is infinite."""
        return max(math.expm1(value), 0.0) if value < 700 else math.inf


@dataclass(frozen=True, slots=True)
class LogScale:
    """The logarithm of what is above 0.

    Examples
    --------
    >>> round(LogScale().back(float(LogScale().to(numpy.array([0.25]))[0])), 9)
    0.25
    """

    def to(self, values: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
        """Take values onto the scale."""
        return numpy.log(values)

    def back(self, value: float) -> float:
        """Take a value back; what is too large for a number is infinite."""
        return math.exp(value) if value < 700 else math.inf


@dataclass(frozen=True, slots=True)
class ValueScale:
    """Linear in the midst of the values of a column, logarithmic far from it on both sides.

    Attributes
    ----------
    center, spread : float
        The middle of the values of a column and the width of their middle half.

    Examples
    --------
    >>> scale = ValueScale(60.0, 20.0)
    >>> scale.back(float(scale.to(numpy.array([104.0]))[0]))
    104.0
    """

    center: float
    spread: float

    def to(self, values: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
        """Take values onto the scale."""
        return numpy.arcsinh((values - self.center) / self.spread)

    def back(self, value: float) -> float:
        """Take a value back; what is too large for a number is infinite."""
        if abs(value) > 700:
            return math.copysign(math.inf, value)
        return self.center + self.spread * math.sinh(value)
