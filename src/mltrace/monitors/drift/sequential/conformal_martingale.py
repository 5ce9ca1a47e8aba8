"""A conformal test martingale: it wins by betting that values come in an order."""

from __future__ import annotations

import bisect
from typing import ClassVar, Final

import msgspec

from mltrace.monitors.drift.sequential.stream_test import StreamTest, must_be, stream_tests
from mltrace.records.sequential import StreamResult

_JUMPS: Final = (1.0, 0.1, 0.01, 0.001)
"""What share of its wealth a gambler spreads anew before each bet; one gambler for each."""
_SLOPES: Final = (-1.0, 0.0, 1.0)
"""Bets: that values are below what came before, that they are as it, that they are above."""
_MASK: Final = (1 << 64) - 1


class ConformalMartingale(StreamTest, kw_only=True, tag="conformal_martingale"):
    """Tells whether values stopped to be exchangeable: whether their order matters.

    Parameters
    ----------
    alpha : float, default 0.001
        The chance of a false alarm, ever.
    seed : int, default 0
        Ties are broken at random, the same for the same seed.

    Notes
    -----
    The place of each value among those before it, as a share p, is even by chance, whatever their
    distribution. Simple jumpers bet on it by `1 + e * (p - 0.5)`, with e at -1, 0 or 1, jumping
    between them; the evidence is the mean of their wealth. It is a martingale, so Ville's
    inequality bounds the chance that it ever reaches `1 / alpha` by `alpha`. Autocorrelated values
    are not exchangeable and raise it. It keeps all values since it began, to place the next one;
    cost: `log(n)` comparisons and one insertion.

    References
    ----------
    Vovk, Gammerman, Shafer (2005), Algorithmic learning in a random world, chapter 7. Vovk,
    Petej, Nouretdinov, Ahlberg, Carlsson, Gammerman (2021), Retrain or not retrain: conformal test
    martingales for change-point detection, PMLR 152.

    Examples
    --------
    >>> import random
    >>> rng = random.Random(0)
    >>> test = ConformalMartingale()
    >>> for at in range(600):
    ...     result = test.update(rng.gauss(0.0 if at < 400 else 1.0, 1.0))
    ...     if result.is_drift:
    ...         print(at, result.began_at, result.direction)
    474 404 up
    """

    STATE: ClassVar[tuple[str, ...]] = ("values", "wealth", "least", "least_at")

    alpha: float = 0.001
    seed: int = 0
    values: list[float] = msgspec.field(default_factory=list)
    """Those since it began, in ascending order."""
    wealth: list[list[float]] = msgspec.field(
        default_factory=lambda: [[1 / len(_SLOPES)] * len(_SLOPES) for _ in _JUMPS]
    )
    least: float = 1.0
    least_at: int = 0

    def __post_init__(self) -> None:
        must_be("alpha", self.alpha, below=1)

    def judge(self, value: float) -> StreamResult:
        """Place the value among those before it and settle the bets on its place."""
        first = bisect.bisect_left(self.values, value)
        last = bisect.bisect_right(self.values, value)
        self.values.insert(last, value)
        place = (first + (last - first + 1) * self._chance()) / len(self.values)
        for jump, shares in zip(_JUMPS, self.wealth, strict=True):
            spread = jump * sum(shares) / len(_SLOPES)
            for number, slope in enumerate(_SLOPES):
                kept = (1 - jump) * shares[number] + spread
                shares[number] = kept * (1 + slope * (place - 0.5))
        evidence = sum(map(sum, self.wealth)) / len(_JUMPS)
        if evidence < self.least or self.num_values == 1:
            self.least, self.least_at = evidence, self.num_seen
        down, _, up = (sum(one) for one in zip(*self.wealth, strict=True))
        return StreamResult(
            is_drift=evidence >= 1 / self.alpha,
            statistic=evidence,
            threshold=1 / self.alpha,
            evidence=evidence,
            began_at=self.least_at,
            direction="up" if up >= down else "down",
            num_values=self.num_values,
        )

    def _chance(self) -> float:
        """Draw a number from 0 to 1 by hashing how many values were seen, as splitmix64 does."""
        mixed = (self.seed * 0xD1342543DE82EF95 + self.num_seen * 0x9E3779B97F4A7C15) & _MASK
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _MASK
        return ((mixed ^ mixed >> 31) >> 11) * 2.0**-53


stream_tests.add("conformal_martingale", ConformalMartingale)
