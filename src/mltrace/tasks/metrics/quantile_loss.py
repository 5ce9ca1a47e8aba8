"""Quantile loss, also called pinball loss: of predictions that are meant as a quantile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mltrace.errors import ArgumentError
from mltrace.tasks.metrics.means import MeanMetric
from mltrace.tasks.metrics.metric import register
from mltrace.tasks.naming import format_name


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
    mean_of: ClassVar[str] = "losses"

    q: float = 0.5

    def __post_init__(self) -> None:
        if not isinstance(self.q, int | float) or not 0 < self.q < 1:
            raise ArgumentError(f"The quantile q={self.q!r}; it is between 0 and 1, such as 0.9.")

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return (format_name("quantile_loss_sums", {"q": self.q}),)
