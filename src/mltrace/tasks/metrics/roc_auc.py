"""Area under the ROC curve: how often a positive has a higher score than a negative."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from mltrace.tasks.intervals.ranks import Area, roc_area, roc_interval
from mltrace.tasks.metrics.curves import CurveMetric
from mltrace.tasks.metrics.metric import register

if TYPE_CHECKING:
    from mltrace.tasks.intervals.interval import Interval
    from mltrace.tasks.statistics.score_histogram import ScoreHistogram


@register
@dataclass(frozen=True, kw_only=True)
class RocAuc(CurveMetric):
    """The share of pairs of a positive and a negative in which the positive has the higher score.

    Notes
    -----
    Equal scores count half. Of multiclass tasks each class is against all others. Exact up to 4,096
    distinct scores; beyond, pairs in one bin count half, so that `error` is half of the share of
    pairs that fall into one bin.

    References
    ----------
    Hanley, McNeil (1982), doi:10.1148/radiology.143.1.7063747.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("binary", [1, 0, 1], [1, 0, 0], scores=[0.8, 0.3, 0.4], positive=1)
    >>> measure_pairs(["roc_auc"], pairs)[0].value
    1.0
    """

    name: ClassVar[str] = "roc_auc"
    unmet: ClassVar[str] = "it takes scores, and labels of the class and of others"

    def area(self, histogram: ScoreHistogram) -> float | None:
        """Measure the area of one curve."""
        area = _area(histogram)
        return None if area is None else area.value

    def area_interval(self, histogram: ScoreHistogram, confidence: float) -> Interval | None:
        """Bound the area of one curve."""
        area = _area(histogram)
        sizes = histogram.num_positives, histogram.num_negatives
        return area and roc_interval(area, *sizes, confidence=confidence)

    def area_error(self, histogram: ScoreHistogram) -> float:
        """Bound what bins took away."""
        both = histogram.num_positives * histogram.num_negatives
        if histogram.is_exact or not both:
            return 0.0
        return float(histogram.positives.astype(float) @ histogram.negatives) / both / 2


@lru_cache(maxsize=1)  # the value and its interval ask for the same one
def _area(histogram: ScoreHistogram) -> Area | None:
    return roc_area(histogram.positives, histogram.negatives)
