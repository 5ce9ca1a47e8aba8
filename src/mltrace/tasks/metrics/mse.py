"""Mean squared error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mltrace.tasks.metrics.means import MeanMetric
from mltrace.tasks.metrics.metric import register


@register
@dataclass(frozen=True, kw_only=True)
class MSE(MeanMetric):
    """The mean squared distance of predictions from labels.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("regression", [1.0, 2.0, 4.0], [1.5, 2.0, 3.0])
    >>> told = measure_pairs(["mse"], pairs)[0]
    >>> round(told.value, 4)
    0.4167
    """

    name: ClassVar[str] = "mse"
    statistic: ClassVar[str] = "error_sums"
    mean_of: ClassVar[str] = "squared"
