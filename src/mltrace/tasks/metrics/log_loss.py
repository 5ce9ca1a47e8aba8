"""Log loss, also called cross-entropy: how surprising labels are by the scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mltrace.tasks.metrics.metric import register
from mltrace.tasks.metrics.score_losses import ScoreLossMetric


@register
@dataclass(frozen=True, kw_only=True)
class LogLoss(ScoreLossMetric):
    """The mean of minus the natural logarithm of the score of the true class.

    Notes
    -----
    Scores are kept away from 0 and 1 by 2.2e-16, as in scikit-learn, so that a single pair costs at
    most 36.04.

    References
    ----------
    Good (1952), Rational decisions, doi:10.1111/j.2517-6161.1952.tb00104.x.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("binary", [1, 0, 1], [1, 0, 0], scores=[0.8, 0.3, 0.4], positive=1)
    >>> told = measure_pairs(["log_loss"], pairs)[0]
    >>> round(told.value, 4)
    0.4987
    """

    name: ClassVar[str] = "log_loss"
    mean_of: ClassVar[str] = "log_loss"
