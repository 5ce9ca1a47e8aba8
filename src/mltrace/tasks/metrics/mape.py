"""Mean absolute percentage error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mltrace.tasks.metrics.means import MeanMetric
from mltrace.tasks.metrics.metric import register
from mltrace.tasks.statistics.error_sums import ErrorSums

if TYPE_CHECKING:
    from mltrace.tasks.statistics.statistic import Statistics


@register
@dataclass(frozen=True, kw_only=True)
class MAPE(MeanMetric):
    """The mean distance of predictions from labels, as a share of the label's size.

    Notes
    -----
    Not defined where a label is 0, where scikit-learn gives some 1e15.

    References
    ----------
    Hyndman, Koehler (2006), Another look at measures of forecast accuracy,
    doi:10.1016/j.ijforecast.2006.03.001.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("regression", [1.0, 2.0, 4.0], [1.5, 2.0, 3.0])
    >>> told = measure_pairs(["mape"], pairs)[0]
    >>> round(told.value, 4)
    0.25
    """

    name: ClassVar[str] = "mape"
    unmet: ClassVar[str] = "there are no pairs, or a label is 0"
    statistic: ClassVar[str] = "error_sums"
    mean_of: ClassVar[str] = "relative"

    def value(self, statistics: Statistics) -> float | None:
        """Give the metric; None where a label is 0."""
        sums = statistics["error_sums"]
        assert isinstance(sums, ErrorSums)
        return None if sums.relative.num < sums.absolute.num else sums.relative.mean
