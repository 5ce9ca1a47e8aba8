"""Strata of predictions: bins of numbers and groups of texts, as columns of ones and zeros."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mltrace.tasks.estimating.rows import LabelledRows

    Floats = NDArray[numpy.float64]
    Places = NDArray[numpy.int64]
    Placing = Callable[[LabelledRows], Places]
    """Puts rows into strata, numbered from 0; -1 is none."""

NUM_SCORE_BINS: Final = 20
NUM_COARSE: Final = 5
"""Strata of features are parted by so many bins of the score or prediction once more."""
NUM_BINS: Final = 8
NUM_GROUPS: Final = 20
LEAST_LABELS: Final = 10
"""A stratum with fewer labels is taken together with the rest."""


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """How rows are parted: each factor puts a row into one of its strata.

    Attributes
    ----------
    names : tuple of str
        What rows are parted by.
    num_strata : tuple of int
        How many strata each factor has, the rest not counted, which is -1.
    """

    names: tuple[str, ...]
    num_strata: tuple[int, ...]
    _placings: tuple[Placing, ...]

    @classmethod
    def of(cls, source: LabelledRows) -> Strata:
        """Part by the score or the prediction, and by each feature, as rows with labels fall."""
        factors: list[tuple[str, Placing]] = []
        first: Placing = _nowhere
        if source.scores is not None:
            edges, coarse = (_edges(source.scores, num) for num in (NUM_SCORE_BINS, NUM_COARSE))
            factors.append(("score", lambda rows: _binned(rows.scores, edges)))
            first = lambda rows: _binned(rows.scores, coarse)  # noqa: E731
        elif source.predicted.dtype != bool:
            edges, coarse = (_edges(source.predicted, num) for num in (NUM_SCORE_BINS, NUM_COARSE))
            factors.append(("prediction", lambda rows: _binned(rows.predicted, edges)))
            first = lambda rows: _binned(rows.predicted, coarse)  # noqa: E731
        if source.predicted.dtype == bool:
            factors.append(("predicted class", lambda rows: rows.predicted.astype(numpy.int64)))
        factors += [(name, _crossed(_by_feature(name, source), first)) for name in source.features]
        kept = [(name, *_merged(place, source)) for name, place in factors]
        kept = [one for one in kept if one[2] > 1]
        return cls(
            tuple(name for name, _, _ in kept),
            tuple(num for _, _, num in kept),
            tuple(place for _, place, _ in kept),
        )

    def design(self, rows: LabelledRows) -> Design:
        """Give a column of ones, and one of each stratum but the first of its factor."""
        sizes = numpy.array(self.num_strata, numpy.int64) - 1
        num_columns = 1 + int(sizes.sum())
        begins = 1 + numpy.cumsum(sizes) - sizes
        columns = [numpy.zeros(len(rows), numpy.int64)]
        for place, begin in zip(self._placings, begins, strict=True):
            at = place(rows)
            columns.append(numpy.where(at > 0, begin + at - 1, num_columns))
        return Design(columns, num_columns)


class Design:
    """A matrix of ones and zeros that is never made: of each row and factor the column of the one.

    Sums over it are counts, which is faster than products, and takes no memory.

    Parameters
    ----------
    columns : list of array of int, shape (num_rows,)
        Of each factor; `num_columns` where it has no one.
    num_columns : int
    """

    def __init__(self, columns: list[Places], num_columns: int) -> None:
        self._columns, self._num = columns, num_columns

    def products(self) -> Floats:
        """Give the products of all columns, shape (num_columns, num_columns)."""
        size = self._num + 1
        found = numpy.zeros((size, size))
        for place, one in enumerate(self._columns):
            for other in self._columns[place:]:
                counts = numpy.bincount(one * size + other, minlength=size * size)
                table = counts.reshape(size, size)
                found += table if one is other else table + table.T
        return found[:-1, :-1]

    def sums(self, values: Floats | None = None) -> Floats:
        """Add up a value of each row by column; without values, count rows."""
        size = self._num + 1
        found = numpy.zeros(size)
        for one in self._columns:
            found += numpy.bincount(one, values, size)
        return found[:-1]

    def fitted(self, effects: Floats) -> Floats:
        """Add up the effects of the columns in which each row has a one."""
        extended = numpy.append(effects, 0.0)
        found: Floats = numpy.zeros(len(self._columns[0]))
        for one in self._columns:
            found += extended[one]
        return found


def _merged(place: Placing, source: LabelledRows) -> tuple[Placing, int]:
    """Take strata of few labels together as the first one."""
    places = place(source)
    counts = numpy.bincount(places + 1)
    is_kept = counts >= LEAST_LABELS
    numbers = numpy.where(is_kept, numpy.cumsum(is_kept) - is_kept, 0)
    has_rest = bool((counts[~is_kept] > 0).any())
    numbers = numpy.where(is_kept, numbers + has_rest, 0)
    return (
        lambda rows: numbers[numpy.minimum(place(rows) + 1, len(numbers) - 1)],
        int(numbers.max()) + 1,
    )


def _nowhere(rows: LabelledRows) -> Places:
    return numpy.full(len(rows), -1, numpy.int64)


def _crossed(place: Placing, other: Placing) -> Placing:
    return lambda rows: (place(rows) + 1) * (NUM_COARSE + 1) + other(rows) + 1


def _by_feature(name: str, source: LabelledRows) -> Placing:
    values = source.features[name]
    if values.dtype.kind in "fiu":
        edges = _edges(values.astype(float), NUM_BINS)
        return lambda rows: _binned(rows.features[name].astype(float), edges)
    texts, counts = numpy.unique(values.astype(str), return_counts=True)
    known = numpy.sort(texts[numpy.argsort(-counts, kind="stable")[:NUM_GROUPS]])
    return lambda rows: _grouped(rows.features[name].astype(str), known)


def _edges(values: Any, num_bins: int) -> NDArray[numpy.float64]:
    finite = values[numpy.isfinite(values)]
    if not len(finite):
        return numpy.empty(0)
    shares = numpy.arange(1, num_bins) / num_bins
    edges = numpy.unique(numpy.quantile(finite, shares, method="inverted_cdf"))
    kept: NDArray[numpy.float64] = edges[edges < finite.max()]
    return kept


def _binned(values: Any, edges: NDArray[numpy.float64]) -> Places:
    """Put numbers into bins; what is missing has the place -1."""
    return numpy.where(numpy.isnan(values), -1, numpy.searchsorted(edges, values)).astype(
        numpy.int64
    )


def _grouped(values: NDArray[Any], known: NDArray[Any]) -> Places:
    places = numpy.minimum(numpy.searchsorted(known, values), len(known) - 1)
    return numpy.where(known[places] == values, places, -1).astype(numpy.int64)
