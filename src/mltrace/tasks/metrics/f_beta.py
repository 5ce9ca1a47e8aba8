"""F-beta: precision and recall in one, recall counting beta times as much; and F1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mltrace.errors import ArgumentError
from mltrace.tasks.intervals.interval import Interval
from mltrace.tasks.intervals.proportions import wilson
from mltrace.tasks.metrics.averaging import ClassMetric
from mltrace.tasks.metrics.metric import register


@register
@dataclass(frozen=True, kw_only=True)
class FBeta(ClassMetric):
    """The weighted harmonic mean of precision and recall.

    Attributes
    ----------
    beta : float, default 1.0
        How many times as much recall counts.

    Notes
    -----
    ``(1 + beta²) tp / ((1 + beta²) tp + beta² fn + fp)``. With tp + fp + fn given, tp is binomial,
    so that Wilson's interval bounds its share, and F1 with it. Where beta is not 1, how errors are
    parted at fn and fp varies, too: by the delta method it is found of how many trials the value is
    as sure, of which it is Wilson's interval.

    References
    ----------
    van Rijsbergen (1979), Information retrieval, chapter 7. Hand, Christen, Kirielle (2021), F*: an
    interpretable transformation of the F-measure, doi:10.1007/s10994-021-05964-1.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("binary", [1, 0, 1, 0], [1, 1, 1, 0], positive=1)
    >>> measure_pairs(["f1"], pairs)[0].value
    0.8
    """

    name: ClassVar[str] = "f_beta"
    unmet: ClassVar[str] = "no label and no prediction is of the class"

    beta: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.beta, bool) or not isinstance(self.beta, int | float) or self.beta <= 0:
            raise ArgumentError(f"beta of {self.name} is {self.beta!r}; it is a number above 0.")

    def weights(self) -> tuple[float, float, float]:
        """How often hits count above, and predictions and labels below the line of the ratio."""
        return 1.0 + self.beta**2, 1.0, self.beta**2

    def binary_interval(
        self, outcomes: tuple[int, int, int, int], confidence: float
    ) -> Interval | None:
        """Bound that of the positive class."""
        tp, fp, fn, _ = outcomes
        squared = self.beta**2
        share = wilson(tp, tp + fp + fn, confidence=confidence)
        # Of each error so much counts against a hit, on the average.
        cost = (squared * fn + fp) / (1 + squared) / (fn + fp) if fn + fp else 0.5
        value = tp / (tp + cost * (fn + fp)) if tp else 0.0
        if self.beta == 1 or not 0 < value < 1:
            return Interval(*(_from_share(end, cost) for end in share))
        below = tp + cost * (fn + fp)
        costs = squared / (1 + squared), 1 / (1 + squared)
        variance = tp * (1 - value) ** 2 + value**2 * (fn * costs[0] ** 2 + fp * costs[1] ** 2)
        trials = value * (1 - value) * below**2 / variance
        return wilson(value * trials, trials, confidence=confidence)


def _from_share(share: float, cost: float) -> float:
    return share / (share + cost * (1 - share)) if share else 0.0


@register
@dataclass(frozen=True, kw_only=True)
class F1(FBeta):
    """The harmonic mean of precision and recall: 2 tp / (2 tp + fp + fn)."""

    name: ClassVar[str] = "f1"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.beta != 1:
            raise ArgumentError(f"f1 has beta 1; write 'f_beta(beta={self.beta})'.")
