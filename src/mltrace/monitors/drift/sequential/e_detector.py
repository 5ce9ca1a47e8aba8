"""An e-detector: bets that begin anew at each value, so that a change may come at any time."""

from __future__ import annotations

from typing import ClassVar, Final

import msgspec

from mltrace.monitors.drift.sequential.betting_mean import must_lie_between, scaled
from mltrace.monitors.drift.sequential.stream_test import StreamTest, must_be, stream_tests
from mltrace.records.sequential import StreamResult

_STAKES: Final = (0.02, 0.05, 0.12, 0.3, 0.6)
"""Shares of the wealth that can be lost at once: small ones for small changes."""


class Bet(msgspec.Struct, array_like=True):
    """Bets of one stake and direction.

    Attributes
    ----------
    wealth : float
        What all bets have won, of which one begins with each value.
    best : float
        What the best of them has won.
    began_at : int
        With which value the best one began.
    """

    wealth: float = 0.0
    best: float = 0.0
    began_at: int = 0

    def settle(self, factor: float, number: int) -> None:
        """Multiply what was staked before the value of this number."""
        if self.best <= 1:
            self.best, self.began_at = 1.0, number
        self.wealth = (self.wealth + 1) * factor
        self.best *= factor


class EDetector(StreamTest, kw_only=True, tag="e_detector"):
    """Tells whether the mean of bounded values has left the one that was stated, at any time.

    Parameters
    ----------
    mean : float, default 0.5
        The mean that is stated.
    low, high : float, default 0.0 and 1.0
        The bounds of the values; one beyond them counts as the bound.
    tolerance : float, default 0.0
        How far the mean may be from the stated one without an alarm.
    run_length : float, default 10000.0
        How many values there are before a false alarm, on average, at least.

    Notes
    -----
    A bet that begins with any value multiplies its stake by `1 + s * (x - mean)`, which is 1 on
    average at most where the mean is as stated. The evidence is the sum of such bets over all
    values that they may have begun with (a Shiryaev-Roberts e-detector), averaged over stakes
    and directions. It is raised at `run_length`, and the average run length to a false alarm is
    that at least, for any distribution. Cost and memory: constant.

    References
    ----------
    Shin, Ramdas, Rinaldo (2023), E-detectors: a nonparametric framework for sequential change
    detection, doi 10.51387/23-NEJSDS51.

    Examples
    --------
    >>> test = EDetector(mean=0.1)
    >>> errors = [1, *[0] * 9] * 100 + [1, 0, 0, 0] * 30
    >>> results = [test.update(error) for error in errors]
    >>> next((at, one.began_at, one.direction) for at, one in enumerate(results) if one.is_drift)
    (1084, 1000, 'up')
    """

    STATE: ClassVar[tuple[str, ...]] = ("bets",)

    mean: float = 0.5
    low: float = 0.0
    high: float = 1.0
    tolerance: float = 0.0
    run_length: float = 10_000.0
    bets: list[Bet] = msgspec.field(
        default_factory=lambda: [Bet() for _ in range(2 * len(_STAKES))]
    )

    def __post_init__(self) -> None:
        must_be("run_length", self.run_length)
        must_be("tolerance", self.tolerance, is_end_allowed=True)
        must_lie_between(self.mean - self.tolerance, self.low, self.high)
        must_lie_between(self.mean + self.tolerance, self.low, self.high)

    def judge(self, value: float) -> StreamResult:
        """Settle all bets on the value."""
        one = scaled(value, self.low, self.high)
        most = scaled(self.mean + self.tolerance, self.low, self.high)
        least = scaled(self.mean - self.tolerance, self.low, self.high)
        for stake, up, down in zip(_STAKES, self.bets[::2], self.bets[1::2], strict=True):
            up.settle(1 + stake / most * (one - most), self.num_seen - 1)
            down.settle(1 + stake / (1 - least) * (least - one), self.num_seen - 1)
        evidence = sum(bet.wealth for bet in self.bets) / len(self.bets)
        leader = max(range(len(self.bets)), key=lambda place: self.bets[place].wealth)
        return StreamResult(
            is_drift=evidence >= self.run_length,
            statistic=evidence,
            threshold=self.run_length,
            evidence=evidence,
            began_at=self.bets[leader].began_at,
            direction="down" if leader % 2 else "up",
            num_values=self.num_values,
        )


stream_tests.add("e_detector", EDetector)
