"""Matthews' correlation coefficient: how labels and predictions go together."""

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
class MCC(ConfusionMetric):
    """The correlation of labels and predictions: 1 if all are right, 0 as by chance.

    Notes
    -----
    0, as in scikit-learn, where all labels or all predictions are of one class.

    References
    ----------
    Matthews (1975), doi:10.1016/0005-2795(75)90109-9; of many classes Gorodkin (2004), Comparing
    two K-category assignments by a K-category correlation coefficient,
    doi:10.1016/j.compbiolchem.2004.09.006.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("binary", [1, 0, 1, 0], [1, 1, 1, 0], positive=1)
    >>> told = measure_pairs(["mcc"], pairs)[0]
    >>> round(told.value, 4)
    0.5774
    """

    name: ClassVar[str] = "mcc"
    bounds: ClassVar[tuple[float | None, float | None]] = (-1.0, 1.0)

    def formula(self, table: ClassTable) -> NDArray[numpy.float64]:
        """Give the metric of one matrix, or of each of many."""
        total = table.total
        both = table.hits.sum(axis=-1) * total - (table.predictions * table.labels).sum(axis=-1)
        spreads = [
            numpy.maximum(total**2 - (one**2).sum(axis=-1), 0.0)
            for one in (table.predictions, table.labels)
        ]
        return divided(both, numpy.sqrt(spreads[0]) * numpy.sqrt(spreads[1]))
