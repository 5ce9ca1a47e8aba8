"""Normalised discounted cumulative gain of the first k items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mltrace.errors import ArgumentError
from mltrace.tasks.metrics.means import MeanMetric
from mltrace.tasks.metrics.metric import register
from mltrace.tasks.naming import format_name
from mltrace.tasks.statistics.ranking_sums import RankingSums

if TYPE_CHECKING:
    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.statistics.power_sums import PowerSums
    from mltrace.tasks.statistics.statistic import Statistics


@register
@dataclass(frozen=True, kw_only=True)
class NDCG(MeanMetric):
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
    kinds: ClassVar[tuple[TaskKind, ...]] = ("ranking",)
    bounds: ClassVar[tuple[float | None, float | None]] = (0.0, 1.0)
    is_higher_better: ClassVar[bool] = True

    k: int = 10

    def __post_init__(self) -> None:
        if isinstance(self.k, bool) or not isinstance(self.k, int) or self.k < 1:
            raise ArgumentError(f"k of {self.name} is {self.k!r}; it is a number of items, from 1.")

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""
        return (format_name("ranking_sums", {"k": self.k}),)

    def sums(self, statistics: Statistics) -> PowerSums:
        """Take the sums out of statistics."""
        sums = statistics[format_name("ranking_sums", {"k": self.k})]
        assert isinstance(sums, RankingSums)
        return sums.gain
