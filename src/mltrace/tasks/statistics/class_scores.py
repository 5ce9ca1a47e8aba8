"""Histograms of the scores of each class against all others, of multiclass tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from mltrace.tasks.statistics.score_histogram import ScoreHistogram
from mltrace.tasks.statistics.statistic import Statistic, statistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.tasks.grouping import Grouping
    from mltrace.tasks.pairs import Pairs


@dataclass(frozen=True, slots=True, eq=False)
class ClassScores(Statistic):
    """For each class, how many pairs of it and of others have each score of it.

    Attributes
    ----------
    histograms : tuple of (str, ScoreHistogram)
        By class, sorted.
    """

    VERSION: ClassVar[int] = 1

    histograms: tuple[tuple[str, ScoreHistogram], ...]

    @classmethod
    def collect(cls, pairs: Pairs, grouping: Grouping, /) -> list[Self]:
        """Count the pairs of each group by the score of each class."""
        if pairs.scores is None:
            return [cls(())] * grouping.num_groups
        order = sorted(range(len(pairs.classes)), key=pairs.classes.__getitem__)
        columns = [
            ScoreHistogram.collect_scores(pairs.scores[:, code], pairs.truth == code, grouping)
            for code in order
        ]
        texts = [pairs.classes[code] for code in order]
        return [
            cls(tuple((text, column[group]) for text, column in zip(texts, columns, strict=True)))
            for group in range(grouping.num_groups)
        ]

    @classmethod
    def merge_all(cls, parts: Sequence[Self]) -> Self:
        """Add the counts of each class."""
        by_class: dict[str, list[ScoreHistogram]] = {}
        for part in parts:
            for text, histogram in part.histograms:
                by_class.setdefault(text, []).append(histogram)
        return cls(
            tuple((text, ScoreHistogram.merge_all(by_class[text])) for text in sorted(by_class))
        )

    def merge(self, other: Self) -> Self:
        """Add the counts of each class."""
        return self.merge_all([self, other])

    def to_plain(self) -> list[Any]:
        """Turn the counts into texts and bytes."""
        return [[text, *histogram.to_plain()] for text, histogram in self.histograms]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the counts again."""
        return cls(tuple((text, ScoreHistogram.from_plain(rest)) for text, *rest in plain))


statistics.add("class_scores", ClassScores)
