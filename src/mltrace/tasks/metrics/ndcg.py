"""Normalised discounted cumulative gain of the first k items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mltrace.tasks.metrics.metric import register
from mltrace.tasks.metrics.rankings import RankingMetric


@register
@dataclass(frozen=True, kw_only=True)
class NDCG(RankingMetric):
    """The gain of the first k items, discounted by their rank, as a share of the best order.

    Attributes
    ----------
    k : int, default 10

    Notes
    -----
    The gain of rank i, from 1, counts ``1 / log2(i + 1)``; the mean over queries. A query without
    any gain counts as 0, as in scikit-learn.

    References
    ----------
    Järvelin, Kekäläinen (2002), Cumulated gain-based evaluation of IR techniques,
    doi:10.1145/582415.582418.

    Examples
    --------
    >>> from mltrace.tasks.metrics import measure_pairs
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("ranking", [[3, 2, 0], [1, 0, 0]], [[2, 3, 0], [0, 1, 0]])
    >>> told = measure_pairs(["ndcg@2"], pairs)[0]
    >>> round(told.value, 4)
    0.7722
    """

    name: ClassVar[str] = "ndcg_at_k"
    mean_of: ClassVar[str] = "gain"
