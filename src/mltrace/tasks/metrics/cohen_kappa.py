"""Cohen's kappa: how much more often predictions are right than by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy

from mltrace.tasks.intervals.posterior import divided
from mltrace.tasks.metrics.metric import register
from mltrace.tasks.metrics.of_confusion import ConfusionMetric

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.tasks.intervals.posterior import ClassTable


@register
@dataclass(frozen=True, kw_only=True)
class CohenKappa(ConfusionMetric):
    """The accuracy above that of chance, as a share of what is possible.

    Notes
    -----
    Not defined where all labels and predictions are of one class.

    References
    ----------
    Cohen (1960), A coefficient of agreement for nominal scales, doi:10.1177/001316446002000104.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("binary", [1, 0, 1, 0], [1, 1, 1, 0], positive=1)
    >>> measure_pairs(["cohen_kappa"], pairs)[0].value
    0.5
    """

    name: ClassVar[str] = "cohen_kappa"
    bounds: ClassVar[tuple[float | None, float | None]] = (-1.0, 1.0)
    unmet: ClassVar[str] = "all labels and predictions are of one class"

    def formula(self, table: ClassTable) -> NDArray[numpy.float64]:
        """Give the metric of one matrix, or of each of many."""
        total = table.total
        by_chance = (table.predictions * table.labels).sum(axis=-1) / total
        possible = total - by_chance
        above = table.hits.sum(axis=-1) - by_chance
        return divided(above, possible, otherwise=numpy.nan)
