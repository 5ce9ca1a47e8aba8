"""Area under the precision-recall curve: the average precision."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import numpy

from mltrace.tasks.intervals.ranks import Area, precision_recall_area, precision_recall_interval
from mltrace.tasks.metrics.curves import CurveMetric
from mltrace.tasks.metrics.metric import register

if TYPE_CHECKING:
    from mltrace.tasks.intervals.interval import Interval
    from mltrace.tasks.statistics.score_histogram import ScoreHistogram


@register
@dataclass(frozen=True, kw_only=True)
class PrAuc(CurveMetric):
    """The mean, over positives, of the precision among all that score as high or higher.

    Notes
    -----
    Steps, not a straight line between points, as in scikit-learn's `average_precision_score`. Exact
    up to 4,096 distinct scores; beyond, `error` is what the best and the worst order within bins
    would give.

    References
    ----------
    Davis, Goadrich (2006), The relationship between precision-recall and ROC curves,
    doi:10.1145/1143844.1143874.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("binary", [1, 0, 1], [1, 0, 0], scores=[0.8, 0.5, 0.4], positive=1)
    >>> told = measure_pairs(["pr_auc"], pairs)[0]
    >>> round(told.value, 4)
    0.8333
    """

    name: ClassVar[str] = "pr_auc"
    unmet: ClassVar[str] = "it takes scores, and labels of the class"

    def area(self, histogram: ScoreHistogram) -> float | None:
        """Measure the area of one curve."""
        area = _area(histogram)
        return None if area is None else area.value

    def area_interval(self, histogram: ScoreHistogram, confidence: float) -> Interval | None:
        """Bound the area of one curve."""
        area = _area(histogram)
        return area and precision_recall_interval(
            area, histogram.num_positives, confidence=confidence
        )

    def area_error(self, histogram: ScoreHistogram) -> float:
        """Bound what bins took away."""
        area = _area(histogram)
        if histogram.is_exact or area is None:
            return 0.0
        found = histogram.positives[::-1].cumsum()[::-1]
        wrong = histogram.negatives[::-1].cumsum()[::-1]
        above = found - histogram.positives
        worst = (above + 1) / numpy.maximum(above + 1 + wrong, 1)
        best = found / numpy.maximum(found + wrong - histogram.negatives, 1)
        ends = (float(histogram.positives @ one) / histogram.num_positives for one in (worst, best))
        return max(abs(end - area.value) for end in ends)


@lru_cache(maxsize=1)  # the value, its interval and its error ask for the same one
def _area(histogram: ScoreHistogram) -> Area | None:
    return precision_recall_area(
        histogram.positives, histogram.negatives, is_exact=histogram.is_exact
    )
