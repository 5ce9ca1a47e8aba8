"""Quantile loss, also called pinball loss: of predictions that are meant as a quantile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mltrace.errors import ArgumentError
from mltrace.tasks.metrics.means import MeanMetric
from mltrace.tasks.metrics.metric import register
from mltrace.tasks.naming import format_name
from mltrace.tasks.statistics.quantile_loss_sums import QuantileLossSums

if TYPE_CHECKING:
    from mltrace.tasks.statistics.power_sums import PowerSums
    from mltrace.tasks.statistics.statistic import Statistics


@register
@dataclass(frozen=True, kw_only=True)
class QuantileLoss(MeanMetric):
    """The mean of q times what predictions are short by, or 1 - q times what they exceed by.

    Attributes
    ----------
    q : float, default 0.5
        The quantile that predictions are meant as.

    References
    ----------
    Koenker, Bassett (1978), Regression quantiles, doi:10.2307/1913643.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("regression", [1.0, 2.0, 4.0], [1.5, 2.0, 3.0])
    >>> told = measure_pairs(["quantile_loss(q=0.9)"], pairs)[0]
    >>> round(told.value, 4)
    0.3167
    """

    name: ClassVar[str] = "quantile_loss"

    q: float = 0.5

    def __post_init__(self) -> None:
        if not isinstance(self.q, int | float) or not 0 < self.q < 1:
            raise ArgumentError(f"The quantile q={self.q!r}; it is between 0 and 1, such as 0.9.")

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return (format_name("quantile_loss_sums", {"q": self.q}),)

    def sums(self, statistics: Statistics) -> PowerSums:
        """Take the sums out of statistics."""
        sums = statistics[format_name("quantile_loss_sums", {"q": self.q})]
        assert isinstance(sums, QuantileLossSums)
        return sums.losses
