"""Mean average precision of the first k items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mltrace.tasks.metrics.metric import register
from mltrace.tasks.metrics.rankings import RankingMetric


@register
@dataclass(frozen=True, kw_only=True)
class MeanAveragePrecision(RankingMetric):
    """The mean over queries of the average precision of the first k items.

    Attributes
    ----------
    k : int, default 10

    Notes
    -----
    Of a query the precisions at the ranks of relevant items, those with a gain, are added up and
    divided by the number of relevant items that there are, at most k. A query without any counts
    as 0.

    References
    ----------
    Manning, Raghavan, Schütze (2008), Introduction to information retrieval, 8.4.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("ranking", [[1, 1, 0], [1, 0, 0]], [[1, 0, 1], [0, 1, 0]])
    >>> told = measure_pairs(["map@3"], pairs)[0]
    >>> round(told.value, 4)
    0.6667
    """

    name: ClassVar[str] = "map_at_k"
    mean_of: ClassVar[str] = "precision"
