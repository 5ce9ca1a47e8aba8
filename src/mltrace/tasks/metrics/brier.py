"""Brier score: how far scores are from what came true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mltrace.tasks.metrics.metric import register
from mltrace.tasks.metrics.score_losses import ScoreLossMetric


@register
@dataclass(frozen=True, kw_only=True)
class Brier(ScoreLossMetric):
    """The mean squared distance of scores from 1 for the true class and 0 for others.

    Notes
    -----
    binary: of the score of the positive class, from 0 to 1. multiclass: added up over the classes,
    as in scikit-learn; from 0 to 2 where the scores of a prediction add up to 1, as probabilities
    do.

    References
    ----------
    Brier (1950), Verification of forecasts expressed in terms of probability,
    doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("binary", [1, 0, 1], [1, 0, 0], scores=[0.8, 0.3, 0.4], positive=1)
    >>> told = measure_pairs(["brier"], pairs)[0]
    >>> round(told.value, 4)
    0.1633
    """

    name: ClassVar[str] = "brier"
    mean_of: ClassVar[str] = "brier"
    bounds: ClassVar[tuple[float | None, float | None]] = (0.0, 2.0)
