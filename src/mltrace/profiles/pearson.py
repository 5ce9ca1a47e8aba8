"""Pearson's correlation of pairs of columns, over the rows that have both, from sums that merge."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

import numpy

from mltrace.profiles.number_arrays import as_array, is_number
from mltrace.records import Correlation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow
    from numpy.typing import NDArray

    Square = NDArray[numpy.float64]

MAX_COLUMNS: Final = 20
MAX_ROWS: Final = 1 << 16
"""Rows of a batch that are looked at, evenly spread: the error of r is then 0.004 at most."""
_ROUNDING: Final = 2.0**-50
"""What distances of a constant from its mean may be, beside the mean."""
_ROWS_AT_ONCE: Final = 512
"""So few that the products of BLAS start no threads, which would wait in vain."""


def _none() -> Square:
    return numpy.zeros((0, 0))


@dataclass(frozen=True, slots=True, eq=False)
class Comoments:
    """Sums over the rows in which two columns both have a finite number.

    Attributes
    ----------
    names : tuple of str
        The columns, sorted: the first 20 by name, so that it does not matter which merge first.
    num_rows : array of float, shape (num_columns, num_columns)
        Rows that have both.
    mean, m2 : array of float, shape (num_columns, num_columns)
        Of the column of the line, over the rows that have both: its mean, and its squared
        distances from it.
    products : array of float, shape (num_columns, num_columns)
        Sums of the products of both distances.

    References
    ----------
    Pébay (2008), Formulas for robust, one-pass parallel computation of covariances and
    arbitrary-order statistical moments, SAND2008-6212.

    Examples
    --------
    >>> import pyarrow
    >>> table = pyarrow.table({"a": [1, 2, 3, None], "b": [2.0, 4.0, 6.0, 1.0]})
    >>> [(pair.left, pair.right, round(pair.r, 9)) for pair in Comoments.of(table).correlations()]
    [('a', 'b', 1.0)]
    """

    names: tuple[str, ...] = ()
    num_rows: Square = field(default_factory=_none)
    mean: Square = field(default_factory=_none)
    m2: Square = field(default_factory=_none)
    products: Square = field(default_factory=_none)

    @classmethod
    def of(cls, table: pyarrow.Table) -> Self:
        """Sum up the numeric columns of a table."""
        kinds = enumerate(table.schema)
        places = {field.name: place for place, field in kinds if is_number(field.type)}
        names = sorted(places)[:MAX_COLUMNS]
        if len(names) < 2 or not table.num_rows:
            return cls()
        step = -(-table.num_rows // MAX_ROWS)
        rows = numpy.arange(0, table.num_rows, step) if step > 1 else None
        taken = [table.column(places[name]) for name in names]
        if rows is not None:
            taken = [column.take(rows) for column in taken]
        with numpy.errstate(over="ignore", invalid="ignore"):
            return cls(tuple(names), *_sums([as_array(one.combine_chunks()) for one in taken]))

    def merge(self, other: Self) -> Self:
        """Put together the sums over the rows of two tables."""
        if not self.names or not other.names:
            return other if not self.names else self
        names = tuple(sorted({*self.names, *other.names})[:MAX_COLUMNS])
        mine, theirs = self._among(names), other._among(names)
        a, b = mine.num_rows, theirs.num_rows
        num = a + b
        with numpy.errstate(over="ignore", invalid="ignore"):
            share = numpy.divide(b, num, out=numpy.zeros_like(num), where=num > 0)
            delta = theirs.mean - mine.mean
            mean = numpy.where(a > 0, mine.mean + delta * share, theirs.mean)
            m2 = mine.m2 + theirs.m2 + delta * delta * a * share
            products = mine.products + theirs.products + delta * delta.T * a * share
        return type(self)(names, num, mean, m2, products)

    def _among(self, names: tuple[str, ...]) -> Self:
        """Place the sums among those of other columns, too."""
        if names == self.names:
            return self
        here = [at for at, name in enumerate(self.names) if name in names]
        there = [names.index(self.names[at]) for at in here]
        placed = []
        for held in (self.num_rows, self.mean, self.m2, self.products):
            square = numpy.zeros((len(names), len(names)))
            square[numpy.ix_(there, there)] = held[numpy.ix_(here, here)]
            placed.append(square)
        return type(self)(names, *placed)

    def correlations(self) -> tuple[Correlation, ...]:
        """Tell r of each pair for which it is defined: both vary over the rows that have both."""
        with numpy.errstate(over="ignore", invalid="ignore", divide="ignore"):
            r = self.products / (numpy.sqrt(self.m2) * numpy.sqrt(self.m2.T))
            varies = self.m2 > self.num_rows * (_ROUNDING * self.mean) ** 2
        pairs = zip(*numpy.triu_indices(len(self.names), 1), strict=True)
        return tuple(
            Correlation(
                left=self.names[left],
                right=self.names[right],
                r=min(max(float(r[left, right]), -1.0), 1.0),
                num_rows=int(self.num_rows[left, right]),
            )
            for left, right in pairs
            if math.isfinite(r[left, right]) and varies[left, right] and varies[right, left]
        )

    def to_plain(self) -> list[Any]:
        """Turn the sums into texts and bytes."""
        upper = numpy.triu_indices(len(self.names))
        squares = (self.num_rows[upper], self.mean, self.m2, self.products[upper])
        return [list(self.names), *(one.astype("<f8").tobytes() for one in squares)]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the sums again; a ValueError or TypeError tells what cannot be some."""
        names, *packed = plain
        num_rows, mean, m2, products = (numpy.frombuffer(one, "<f8") for one in packed)
        size = len(names)
        if size > MAX_COLUMNS or not all(isinstance(name, str) for name in names):
            raise ValueError(f"correlations of {size} columns")
        return cls(
            tuple(names),
            _mirrored(num_rows, size),
            mean.reshape(size, size),
            m2.reshape(size, size),
            _mirrored(products, size),
        )


def _sums(columns: Sequence[NDArray[Any]]) -> Sequence[Square]:
    """Sum up columns; not finite where a row has none."""
    finite = [numpy.isfinite(column) for column in columns]
    counts = numpy.array([[numpy.count_nonzero(has)] for has in finite])
    gappy = numpy.flatnonzero(counts < len(columns[0])).tolist()  # few in most tables, or none
    totals = [
        [column.sum(dtype=numpy.float64, where=has if at in gappy else True)]
        for at, (column, has) in enumerate(zip(columns, finite, strict=True))
    ]
    center = totals / numpy.maximum(counts, 1)
    products, sums, squares, both = _products(columns, center, {at: finite[at] for at in gappy})
    num_rows = numpy.minimum(counts, counts.T).astype(numpy.float64)
    num_rows[numpy.ix_(gappy, gappy)] = both
    off = numpy.zeros_like(products)
    off[:, gappy] = sums / numpy.maximum(num_rows[:, gappy], 1)
    m2 = numpy.repeat(products.diagonal()[:, None], len(columns), axis=1)
    m2[:, gappy] = squares
    m2 = numpy.maximum(m2 - off * off * num_rows, 0)
    return num_rows, center + off, m2, products - off * off.T * num_rows


def _products(
    columns: Sequence[NDArray[Any]], center: Square, gappy: Mapping[int, NDArray[numpy.bool_]]
) -> tuple[Square, Square, Square, Square]:
    """Sum up distances from the center over the rows that two columns have.

    Returns
    -------
    products, sums, squares : array of float
        Of the distances of each two columns; and for those with gaps as the second one, of the
        distances of the first one, and of their squares.
    both : array of float, shape (num_gappy, num_gappy)
        How many rows two columns with gaps have.
    """
    size, num_gappy, places = len(columns), len(gappy), list(gappy)
    products = numpy.zeros((size, size))
    sums, squares = numpy.zeros((size, num_gappy)), numpy.zeros((size, num_gappy))
    both = numpy.zeros((num_gappy, num_gappy))
    block = numpy.empty((size, _ROWS_AT_ONCE))
    for start in range(0, len(columns[0]), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        distances = block[:, : len(columns[0]) - start]
        for line, column in zip(distances, columns, strict=True):
            line[:] = column[rows]
        distances -= center
        if gappy:
            has = numpy.stack([one[rows] for one in gappy.values()])
            distances[places] = numpy.where(has, distances[places], 0)
            present = has.astype(numpy.float64).T
            sums += distances @ present
            squares += (distances * distances) @ present
            both += present.T @ present
        products += distances @ distances.T
    return products, sums, squares, both


def _mirrored(upper: NDArray[numpy.float64], size: int) -> Square:
    square = numpy.zeros((size, size))
    square[numpy.triu_indices(size)] = upper
    return square + numpy.triu(square, 1).T
