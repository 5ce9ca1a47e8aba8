"""Mean absolute error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mltrace.tasks.metrics.means import MeanMetric
from mltrace.tasks.metrics.metric import register


@register
@dataclass(frozen=True, kw_only=True)
class MAE(MeanMetric):
    """The mean distance of predictions from labels.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("regression", [1.0, 2.0, 4.0], [1.5, 2.0, 3.0])
    >>> told = measure_pairs(["mae"], pairs)[0]
    >>> round(told.value, 4)
    0.5
    """

    name: ClassVar[str] = "mae"
    statistic: ClassVar[str] = "error_sums"
    mean_of: ClassVar[str] = "absolute"
