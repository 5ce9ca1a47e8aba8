"""Series: mergeable statistics of outcomes for each bucket of time, and each slice."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy

from mltrace.tasks.matching.pairing import EXCLUSIONS, FINE
from mltrace.tasks.statistics import collect_all, merge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from mltrace.tasks.matching.outcomes import Outcomes
    from mltrace.tasks.matching.pairing import Meaning
    from mltrace.tasks.matching.rows import PredictionRows
    from mltrace.tasks.statistics import Statistic

NUM_PREDICTIONS, NUM_LABELS = 0, 1
_NUM_COUNTS: Final = 2 + len(EXCLUSIONS)
MODEL: Final = -1
"""In `Grid.by`: the model."""
_MOST_CELLS: Final = 1 << 22


class Grid(NamedTuple):
    """How outcomes are parted into cells.

    Attributes
    ----------
    width, offset : int
        Buckets of time: how long each is, and when one begins, in microseconds.
    by : tuple of int
        Places of slices, or `MODEL`, whose values are told apart.
    """

    width: int
    offset: int = 0
    by: tuple[int, ...] = ()

    def buckets(self, at: NDArray[numpy.int64]) -> NDArray[numpy.int64]:
        """Tell the bucket of each time."""
        found: NDArray[numpy.int64] = (at - self.offset) // self.width
        return found

    def spans(self, buckets: NDArray[numpy.int64]) -> NDArray[numpy.int64]:
        """Tell from when on, and before when, buckets are, those that touch as one."""
        ordered = numpy.unique(buckets)
        is_first = numpy.ones(len(ordered), numpy.bool_)
        is_first[1:] = numpy.diff(ordered) > 1
        is_last = numpy.roll(is_first, -1)
        bounds = numpy.stack([ordered[is_first], ordered[is_last] + 1], axis=1)
        return bounds * self.width + self.offset

    def cells(self, predictions: PredictionRows) -> NDArray[numpy.int64]:
        """Tell the cell of each prediction, a row of its bucket and its codes."""
        codes = (
            predictions.model if place == MODEL else predictions.slices[:, place]
            for place in self.by
        )
        columns: list[NDArray[Any]] = [self.buckets(predictions.at), *codes]
        return numpy.stack(columns, axis=1) if self.by else columns[0][:, None]


Cell = tuple[int, ...]
"""A bucket, and the codes of what is told apart."""


@dataclass(slots=True)
class Series:
    """What is known of each cell of a grid.

    Attributes
    ----------
    grid : Grid
    keys : tuple of str
        Which statistics there are.
    counts : dict of Cell to array of int64
        How many predictions, labels, and outcomes by `EXCLUSIONS`; of the excluded ones without a
        label as well.
    statistics : dict of Cell to dict of str to Statistic
        Of the pairs of each cell, by their keys; cells without any are left out.
    """

    grid: Grid
    keys: tuple[str, ...]
    counts: dict[Cell, NDArray[numpy.int64]] = field(default_factory=dict)
    statistics: dict[Cell, dict[str, Statistic]] = field(default_factory=dict)
    _adding: Lock = field(default_factory=Lock, repr=False)

    def add(self, outcomes: Outcomes, meaning: Meaning, texts: Sequence[str]) -> None:
        """Add outcomes, of predictions that are not in yet; threads may do so at once."""
        cells, codes = _group(self.grid.cells(outcomes.predictions))
        why = meaning.exclusions(outcomes)
        is_labelled = outcomes.is_labelled
        self._count(cells, codes, is_labelled, why, 1)
        rows = numpy.flatnonzero(is_labelled & (why == FINE))
        if not len(rows):
            return
        codes = codes[rows]
        found = collect_all(self.keys, meaning.pairs(outcomes, texts, rows), codes, len(cells))
        for place in numpy.flatnonzero(numpy.bincount(codes)).tolist():
            new = {key: parts[place] for key, parts in found.items()}
            with self._adding:
                known = self.statistics.get(cells[place])
                if known is not None:
                    new = {key: merge([known[key], new[key]]) for key in self.keys}
                self.statistics[cells[place]] = new

    def subtract_counts(self, outcomes: Outcomes, meaning: Meaning) -> set[int]:
        """Take counts of outcomes away; tell the buckets whose statistics have pairs of them."""
        cells, codes = _group(self.grid.cells(outcomes.predictions))
        why, is_labelled = meaning.exclusions(outcomes), outcomes.is_labelled
        self._count(cells, codes, is_labelled, why, -1)
        return {cells[place][0] for place in codes[is_labelled & (why == FINE)].tolist()}

    def forget(self, buckets: Iterable[int]) -> None:
        """Leave out all that is known of some buckets, to be added anew."""
        gone = set(buckets)
        for known in (self.counts, self.statistics):
            for cell in [cell for cell in known if cell[0] in gone]:
                del known[cell]

    def joined(self, other: Series) -> Series:
        """Put statistics of the same outcomes together, those of this one and other ones."""
        statistics = {
            cell: self.statistics.get(cell, {}) | other.statistics.get(cell, {})
            for cell in self.statistics | other.statistics
        }
        return Series(self.grid, (*self.keys, *other.keys), self.counts, statistics)

    def _count(
        self,
        cells: Sequence[Cell],
        codes: NDArray[Any],
        is_labelled: NDArray[numpy.bool_],
        why: NDArray[numpy.uint8],
        sign: int,
    ) -> None:
        num = len(cells)
        table = numpy.zeros((num, _NUM_COUNTS), numpy.int64)
        table[:, NUM_PREDICTIONS] = numpy.bincount(codes, minlength=num)
        table[:, NUM_LABELS] = numpy.bincount(codes[is_labelled], minlength=num)
        for place in range(1, len(EXCLUSIONS) if why.any() else 1):
            table[:, 2 + place] = numpy.bincount(codes[why == place], minlength=num)
        with self._adding:
            for cell, row in zip(cells, sign * table, strict=True):
                known = self.counts.get(cell)
                self.counts[cell] = row if known is None else known + row


def _group(columns: NDArray[numpy.int64]) -> tuple[list[Cell], NDArray[Any]]:
    """Give numbers to the distinct rows, ascending, so that those of time come in its order."""
    if not len(columns):
        return [], numpy.empty(0, numpy.int64)
    least = columns.min(axis=0)
    sizes = (columns.max(axis=0) - least + 1).tolist()
    total = 1
    for size in sizes:
        total *= size
    if total == 1:
        return [tuple(least.tolist())], numpy.zeros(len(columns), numpy.int64)
    if total > _MOST_CELLS:
        found, codes = numpy.unique(columns, axis=0, return_inverse=True)
        return [tuple(row) for row in found.tolist()], codes.reshape(-1)
    flat = columns[:, 0] - least[0]
    for place in range(1, len(sizes)):
        flat = flat * sizes[place] + (columns[:, place] - least[place])
    is_there = numpy.bincount(flat, minlength=total) > 0
    there = numpy.flatnonzero(is_there)
    numbers = numpy.cumsum(is_there) - 1
    parts = numpy.stack(numpy.unravel_index(there, sizes), axis=1) + least
    return [tuple(row) for row in parts.tolist()], numbers[flat]
