"""Mean absolute error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mltrace.tasks.metrics.means import MeanMetric
from mltrace.tasks.metrics.metric import register
from mltrace.tasks.statistics.error_sums import ErrorSums

if TYPE_CHECKING:
    from mltrace.tasks.statistics.power_sums import PowerSums
    from mltrace.tasks.statistics.statistic import Statistics


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

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return ("error_sums",)

    def sums(self, statistics: Statistics) -> PowerSums:
        """Take the sums out of statistics."""
        sums = statistics["error_sums"]
        assert isinstance(sums, ErrorSums)
        return sums.absolute
