"""How often each text stands: exact while they are few, then a sample, heavy hitters, a sketch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import numpy

from mltrace.profiles.bottom_k import BottomK
from mltrace.profiles.hyperloglog import RELATIVE_ERROR, HyperLogLog
from mltrace.profiles.misra_gries import MisraGries
from mltrace.profiles.shapes import shapes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Hashes = NDArray[numpy.uint64]
    Counts = NDArray[numpy.int64]

MAX_EXACT: Final = 512
NUM_SAMPLED: Final = 256
_FEW: Final = 16


class Seen(NamedTuple):
    """A frequent text, and how many of its rows were counted."""

    text: str
    num_rows: int


@dataclass(frozen=True, slots=True, eq=False)
class ManyTexts:
    """What is known of texts beside a sample, once there are too many to know each.

    Attributes
    ----------
    often : MisraGries
        The hashes of frequent texts.
    seen : mapping of int to Seen
        What they are, by hash. Their rows are counted from when they became frequent; so a text
        that is frequent everywhere has its exact count, and none is missed by more than
        `often.error`.
    distinct : HyperLogLog
        How many there are.
    """

    often: MisraGries
    seen: Mapping[int, Seen]
    distinct: HyperLogLog

    @classmethod
    def of(cls, hashes: Hashes, counts: Counts, texts_of: Callable[[Hashes], list[str]]) -> Self:
        """Look at distinct hashes, ascending, with their counts, and a way to the texts."""
        often = MisraGries.of_counts(hashes, counts)
        exact = counts[numpy.searchsorted(hashes, often.keys)].tolist()
        texts = texts_of(often.keys)
        seen = dict(zip(often.keys.tolist(), map(Seen, texts, exact), strict=True))
        return cls(often, seen, HyperLogLog.of(hashes))

    def merge(self, other: Self) -> Self:
        """Put together what is known of the texts of both."""
        often = self.often.merge(other.often)
        seen = dict(self.seen)
        for key, more in other.seen.items():
            mine = seen.get(key)
            seen[key] = more if mine is None else Seen(mine.text, mine.num_rows + more.num_rows)
        kept = {key: seen[key] for key in often.keys.tolist()}
        return type(self)(often, kept, self.distinct.merge(other.distinct))

    def to_plain(self) -> list[Any]:
        """Turn it into lists, numbers, text and bytes."""
        seen = [list(self.seen[key]) for key in self.often.keys.tolist()]
        return [self.often.to_plain(), seen, self.distinct.to_plain()]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make it again; a ValueError or TypeError tells what cannot be one."""
        often, texts, distinct = plain
        often = MisraGries.from_plain(often)
        seen = dict(zip(often.keys.tolist(), (Seen(*text) for text in texts), strict=True))
        return cls(often, seen, HyperLogLog.from_plain(distinct))


@dataclass(frozen=True, slots=True, eq=False)
class TextCounts:
    """How often each text of a column stands.

    Attributes
    ----------
    sample : BottomK
        The texts, by hash: all of up to 512, else the 256 with the smallest hashes.
    labels : mapping of int to str
        The texts of the sample, by hash; only their shapes once there are more than 512, so that
        what names single rows is not kept.
    many : ManyTexts or None
        What else is known once there are more than 512.
    """

    sample: BottomK
    labels: Mapping[int, str]
    many: ManyTexts | None = None

    @classmethod
    def of(cls, hashes: Hashes, counts: Counts, texts_of: Callable[[Hashes], list[str]]) -> Self:
        """Look at distinct hashes, ascending, with their counts, and a way to the texts."""
        if len(hashes) <= MAX_EXACT:
            sample = BottomK.of_counts(hashes, counts, size=MAX_EXACT)
            return cls(sample, dict(zip(hashes.tolist(), texts_of(hashes), strict=True)))
        sample = BottomK.of_counts(hashes, counts, size=NUM_SAMPLED)
        shapes = shapes_of(texts_of(sample.hashes))
        labels = dict(zip(sample.hashes.tolist(), shapes, strict=True))
        return cls(sample, labels, ManyTexts.of(hashes, counts, texts_of))

    def merge(self, other: Self) -> Self:
        """Put together the texts of both."""
        if self.many is None and other.many is None:
            sample = self.sample.merge(other.sample, size=2 * MAX_EXACT)
            texts = {**self.labels, **other.labels}
            hashes = sample.hashes
            return self.of(
                hashes, sample.counts, lambda wanted: [texts[h] for h in wanted.tolist()]
            )
        sample = self.sample.merge(other.sample, size=NUM_SAMPLED)
        shapes = {**self._shapes(), **other._shapes()}
        labels = {key: shapes[key] for key in sample.hashes.tolist()}
        return type(self)(sample, labels, self._many().merge(other._many()))

    def _shapes(self) -> Mapping[int, str]:
        if self.many is not None:
            return self.labels
        shapes = shapes_of(list(self.labels.values()))
        return dict(zip(self.labels, shapes, strict=True))

    def _many(self) -> ManyTexts:
        if self.many is not None:
            return self.many
        return ManyTexts.of(
            self.sample.hashes,
            self.sample.counts,
            lambda wanted: [self.labels[key] for key in wanted.tolist()],
        )

    def num_distinct(self, num_values: int) -> float:
        """Tell how many there are among so many values: exact up to 512, else an estimate.

        Notes
        -----
        Its relative error (one standard deviation) is that of HyperLogLog, 1.6 %, or less: none
        where each text stands once.
        """
        if self.many is None:
            return len(self.labels)
        return self.sample.sharpen(
            self.many.distinct.estimate(),
            error=RELATIVE_ERROR,
            num_rows=num_values,
            often={key: one.num_rows for key, one in self.many.seen.items()},
        )

    def frequent(self) -> tuple[list[Seen], int]:
        """Tell texts that stand often, the most frequent first, and how often others do at most.

        Notes
        -----
        All of few texts, unless they are more than 16 that stand once each: those name single
        rows. Of many, those that are known to stand twice.
        """
        if self.many is not None:
            told = [one for one in self.many.seen.values() if one.num_rows > 1]
            error = self.many.often.error + (len(told) < len(self.many.seen))
        else:
            counts = self.sample.counts.tolist()
            pairs = zip(self.sample.hashes.tolist(), counts, strict=True)
            told, error = [Seen(self.labels[key], count) for key, count in pairs], 0
            if len(told) > _FEW and max(counts) == 1:
                told, error = [], 1
        return sorted(told, key=lambda one: (-one.num_rows, one.text)), error

    def shapes(self, num_values: int) -> list[tuple[str, float]]:
        """Tell the shapes of texts with the rows that have them.

        Parameters
        ----------
        num_values : int
            The rows in all.

        Notes
        -----
        Exact up to 512 texts. Else the rows of frequent texts are known, and the others are
        parted as those of the sample are.
        """
        seen = {} if self.many is None else self.many.seen
        rows_of_seen = [float(one.num_rows) for one in seen.values()]
        shapes_of_seen = shapes_of([one.text for one in seen.values()])
        known = list(zip(shapes_of_seen, rows_of_seen, strict=True))
        hashes, counts = self.sample.hashes.tolist(), self.sample.counts.tolist()
        pairs = zip(hashes, counts, strict=True)
        sampled = [(key, count) for key, count in pairs if key not in seen]
        rows = sum(count for _, count in sampled)
        factor = max(num_values - sum(count for _, count in known), 0) / rows if rows else 0.0
        shapes = self._shapes()
        return known + [(shapes[key], count * factor) for key, count in sampled]

    def to_plain(self) -> list[Any]:
        """Turn it into lists, numbers, text and bytes."""
        labels = [self.labels[key] for key in self.sample.hashes.tolist()]
        return [self.sample.to_plain(), labels, None if self.many is None else self.many.to_plain()]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make it again; a ValueError or TypeError tells what cannot be one."""
        sample, texts, many = plain
        sample = BottomK.from_plain(sample)
        labels = dict(zip(sample.hashes.tolist(), map(str, texts), strict=True))
        if sample.is_whole != (many is None):
            raise ValueError("a sample of texts that does not fit what is known beside it")
        return cls(sample, labels, None if many is None else ManyTexts.from_plain(many))
