"""What metrics share that are means over queries of how good their first k items are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mltrace.errors import ArgumentError
from mltrace.tasks.metrics.means import MeanMetric
from mltrace.tasks.naming import format_name

if TYPE_CHECKING:
    from mltrace.records.tasks import TaskKind


@dataclass(frozen=True, kw_only=True)
class RankingMetric(MeanMetric):
    """A mean over queries.

    Attributes
    ----------
    k : int, default 10
    """

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
