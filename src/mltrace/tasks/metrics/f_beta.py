"""F-beta: precision and recall in one, recall counting beta times as much; and F1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mltrace.errors import ArgumentError
from mltrace.tasks.intervals.interval import Interval
from mltrace.tasks.intervals.posterior import counts_interval
from mltrace.tasks.intervals.proportions import proportion_interval
from mltrace.tasks.metrics.averaging import ClassMetric
from mltrace.tasks.metrics.metric import register

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray


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
    so that the interval of its share gives that of F1. Where beta is not 1, how errors are parted
    at fn and fp varies, too: the interval is that of draws from the posterior.

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
        if self.beta == 1:
            share = proportion_interval(tp, tp + fp + fn, confidence=confidence)
            return Interval(*(2 * end / (1 + end) for end in share))
        squared = self.beta**2

        def formula(drawn: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
            hits = (1 + squared) * drawn[:, 0]
            return hits / (hits + drawn[:, 1] + squared * drawn[:, 2])

        return counts_interval([tp, fp, fn], formula, confidence=confidence)


@register
@dataclass(frozen=True, kw_only=True)
class F1(FBeta):
    """The harmonic mean of precision and recall: 2 tp / (2 tp + fp + fn)."""

    name: ClassVar[str] = "f1"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.beta != 1:
            raise ArgumentError(f"f1 has beta 1; write 'f_beta(beta={self.beta})'.")
