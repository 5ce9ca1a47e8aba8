"""Sums over pairs of columns, which merge, and Pearson's correlation of those of numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

import numpy

from mltrace.profiles.entries import MAX_COLUMNS, Entry
from mltrace.records import Correlation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Square = NDArray[numpy.float64]

_ROUNDING: Final = 2.0**-50
"""What distances of a constant from its mean may be, beside the mean."""
_ROWS_AT_ONCE: Final = 512
_MOST_AT_ONCE: Final = 1 << 18
"""So few multiplications that BLAS starts no threads for them, which would wait in vain."""


def _none() -> Square:
    return numpy.zeros((0, 0))


@dataclass(frozen=True, slots=True, eq=False)
class Comoments:
    """Sums over the rows in which two columns both have a value: columns of any kind, as numbers.

    Attributes
    ----------
    entries : tuple of Entry
        The columns, sorted: the first 32 by name, so that it does not matter which merge first.
    num_rows : array of float, shape (num_columns, num_columns)
        Rows that have both; NaN and infinities are no values.
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
    >>> a, b = numpy.array([1, 2, 3, numpy.nan]), numpy.array([2, 4, 6, 1])
    >>> (pair,) = Comoments.of({Entry("a"): a, Entry("b"): b}).correlations()
    >>> pair.left, pair.right, round(pair.r, 9), pair.num_rows
    ('a', 'b', 1.0, 3)
    """

    entries: tuple[Entry, ...] = ()
    num_rows: Square = field(default_factory=_none)
    mean: Square = field(default_factory=_none)
    m2: Square = field(default_factory=_none)
    products: Square = field(default_factory=_none)

    @classmethod
    def of(cls, columns: Mapping[Entry, NDArray[Any]]) -> Self:
        """Sum up columns.

        Parameters
        ----------
        columns : mapping of Entry to array of int or float, shape (num_rows,)
            32 at most; not finite where a row has no value.
        """
        entries = tuple(sorted(columns))
        if not entries or not len(columns[entries[0]]):
            return cls()
        with numpy.errstate(over="ignore", invalid="ignore"):
            return cls(entries, *_sums([columns[entry] for entry in entries]))

    def merge(self, other: Self) -> Self:
        """Put together the sums over the rows of two tables."""
        if not self.entries or not other.entries:
            return other if not self.entries else self
        entries = tuple(sorted({*self.entries, *other.entries})[:MAX_COLUMNS])
        mine, theirs = self.among(entries), other.among(entries)
        a, b = mine.num_rows, theirs.num_rows
        num = a + b
        with numpy.errstate(over="ignore", invalid="ignore"):
            share = numpy.divide(b, num, out=numpy.zeros_like(num), where=num > 0)
            delta = theirs.mean - mine.mean
            mean = numpy.where(a > 0, mine.mean + delta * share, theirs.mean)
            m2 = mine.m2 + theirs.m2 + delta * delta * a * share
            products = mine.products + theirs.products + delta * delta.T * a * share
        return type(self)(entries, num, mean, m2, products)

    def among(self, entries: tuple[Entry, ...]) -> Self:
        """Take the sums of other columns, in their order; of those not in here, 0 over no rows.

        Examples
        --------
        >>> sums = Comoments((Entry("a"), Entry("b")), *numpy.arange(16.0).reshape(4, 2, 2))
        >>> sums.among((Entry("b"), Entry("c"), Entry("a"))).products.tolist()
        [[15.0, 0.0, 14.0], [0.0, 0.0, 0.0], [13.0, 0.0, 12.0]]
        """
        if entries == self.entries:
            return self
        places = {entry: at for at, entry in enumerate(self.entries)}
        there = [at for at, entry in enumerate(entries) if entry in places]
        here = [places[entries[at]] for at in there]
        placed = []
        for held in (self.num_rows, self.mean, self.m2, self.products):
            square = numpy.zeros((len(entries), len(entries)))
            square[numpy.ix_(there, there)] = held[numpy.ix_(here, here)]
            placed.append(square)
        return type(self)(entries, *placed)

    def correlations(self) -> tuple[Correlation, ...]:
        """Tell r of each pair of numbers for which it is defined: both vary over their rows."""
        sums = self.among(tuple(entry for entry in self.entries if not entry.is_code))
        with numpy.errstate(over="ignore", invalid="ignore", divide="ignore"):
            r = sums.products / (numpy.sqrt(sums.m2) * numpy.sqrt(sums.m2.T))
            varies = sums.m2 > sums.num_rows * (_ROUNDING * sums.mean) ** 2
        pairs = zip(*numpy.triu_indices(len(sums.entries), 1), strict=True)
        return tuple(
            Correlation(
                left=sums.entries[left].name,
                right=sums.entries[right].name,
                r=min(max(float(r[left, right]), -1.0), 1.0),
                num_rows=int(sums.num_rows[left, right]),
            )
            for left, right in pairs
            if math.isfinite(r[left, right]) and varies[left, right] and varies[right, left]
        )

    def to_plain(self) -> list[Any]:
        """Turn the sums into texts and bytes."""
        upper = numpy.triu_indices(len(self.entries))
        squares = (self.num_rows[upper], self.mean, self.m2, self.products[upper])
        return [
            [list(entry) for entry in self.entries],
            *(one.astype("<f8").tobytes() for one in squares),
        ]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the sums again; a ValueError or TypeError tells what cannot be some."""
        listed, *packed = plain
        entries = tuple(_entry(one) for one in listed)
        num_rows, mean, m2, products = (numpy.frombuffer(one, "<f8") for one in packed)
        size = len(entries)
        if size > MAX_COLUMNS:
            raise ValueError(f"sums of {size} columns")
        return cls(
            entries,
            _mirrored(num_rows, size),
            mean.reshape(size, size),
            m2.reshape(size, size),
            _mirrored(products, size),
        )


def _entry(plain: Any) -> Entry:
    """Make an entry; of what format 1 wrote, the name of a column of numbers."""
    name, is_code = (plain, False) if isinstance(plain, str) else plain
    if not isinstance(name, str):
        raise ValueError(f"a column named by a {type(name).__name__}")
    return Entry(name, bool(is_code))


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
    mean = numpy.where(num_rows > 0, center + off, 0)
    return num_rows, mean, m2, products - off * off.T * num_rows


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
    num_at_once = min(_ROWS_AT_ONCE, _MOST_AT_ONCE // (size * (size + 1)))
    block = numpy.empty((size, num_at_once))
    for start in range(0, len(columns[0]), num_at_once):
        rows = slice(start, start + num_at_once)
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
