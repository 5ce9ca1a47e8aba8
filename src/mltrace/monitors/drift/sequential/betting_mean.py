"""Betting on the mean of bounded values: who wins much has shown that it is another one."""

from __future__ import annotations

import math
from typing import ClassVar, Final

from mltrace.errors import ArgumentError
from mltrace.monitors.drift.sequential.stream_test import StreamTest, must_be, stream_tests
from mltrace.records.sequential import StreamResult

_MOST: Final = 0.5
"""The share of its wealth that a gambler can lose at once."""


class BettingMean(StreamTest, kw_only=True, tag="betting_mean"):
    """Tells whether the mean of bounded values is another one than was stated.

    Parameters
    ----------
    mean : float, default 0.5
        The mean that is stated.
    low, high : float, default 0.0 and 1.0
        The bounds of the values; one beyond them counts as the bound.
    alpha : float, default 0.001
        The chance of a false alarm, ever.

    Notes
    -----
    Two gamblers bet that the next value is above the mean, and below it; what they stake follows
    the values before. Their mean wealth is the evidence. If the mean of each value, given those
    before, is as stated, it is a martingale, and Ville's inequality bounds the chance that it ever
    reaches `1 / alpha` by `alpha`, whatever the distribution. Stakes shrink as values come in: for
    a mean that changes late, use `EDetector`.

    References
    ----------
    Waudby-Smith, Ramdas (2024), Estimating means of bounded random variables by betting,
    doi 10.1093/jrsssb/qkad009 (the hedged capital process, with predictable plug-in stakes).

    Examples
    --------
    >>> test = BettingMean(mean=0.1)
    >>> errors = [1, 0, 0, 1, 0, 1, 0, 1] * 20
    >>> results = [test.update(error) for error in errors]
    >>> next(at for at, one in enumerate(results) if one.is_drift)
    21
    """

    STATE: ClassVar[tuple[str, ...]] = ("above", "below", "total", "squares", "least", "least_at")

    mean: float = 0.5
    low: float = 0.0
    high: float = 1.0
    alpha: float = 0.001
    above: float = 1.0
    below: float = 1.0
    total: float = 0.0
    squares: float = 0.0
    least: float = 1.0
    least_at: int = 0

    def __post_init__(self) -> None:
        must_be("alpha", self.alpha, below=1)
        must_lie_between(self.mean, self.low, self.high)

    def judge(self, value: float) -> StreamResult:
        """Settle the bets on the value, then learn from it."""
        mean, one = scaled(self.mean, self.low, self.high), scaled(value, self.low, self.high)
        stake = self._stake()
        self.above *= 1 + min(stake, _MOST / mean) * (one - mean)
        self.below *= 1 - min(stake, _MOST / (1 - mean)) * (one - mean)
        self.total += one
        usual = (0.5 + self.total) / (self.num_values + 1)
        self.squares += (one - usual) ** 2
        evidence = (self.above + self.below) / 2
        if evidence < self.least or self.num_values == 1:
            self.least, self.least_at = evidence, self.num_seen
        return StreamResult(
            is_drift=evidence >= 1 / self.alpha,
            statistic=evidence,
            threshold=1 / self.alpha,
            evidence=evidence,
            began_at=self.least_at,
            direction="up" if self.above >= self.below else "down",
            num_values=self.num_values,
        )

    def _stake(self) -> float:
        """Tell what to stake on the value that is next."""
        variance = (0.25 + self.squares) / self.num_values
        time = self.num_values
        return math.sqrt(2 * math.log(2 / self.alpha) / (variance * time * math.log(time + 1)))


def must_lie_between(mean: float, low: float, high: float) -> None:
    """Raise an ArgumentError unless a stated mean is between the bounds of the values."""
    if not (math.isfinite(low) and math.isfinite(high) and low < mean < high):
        raise ArgumentError(
            f"mean={mean!r} is not between low={low!r} and high={high!r}; give a mean between the "
            "bounds of the values."
        )


def scaled(value: float, low: float, high: float) -> float:
    """Tell where a value is between two bounds, as a share.

    Examples
    --------
    >>> scaled(15, 10, 20), scaled(-3, 10, 20)
    (0.5, 0.0)
    """
    return min(max((value - low) / (high - low), 0.0), 1.0)


stream_tests.add("betting_mean", BettingMean)
