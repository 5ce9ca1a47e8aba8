"""Which rows of a table a sample has: blocks of neighbours, spread evenly over the whole.

Block ``j`` is in the sample of rate ``r`` if the fractional part of ``j`` times the golden ratio
is below ``r``. So a smaller sample is part of each larger one, two tables of equal length have the
same rows in theirs, nothing hangs on chance, and no period in the data is in step with it.

References
----------
Knuth, *The Art of Computer Programming*, volume 3, section 6.4: Fibonacci hashing and the
three-distance theorem.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow
    from numpy.typing import NDArray

SAMPLE_ROWS: Final = 100_000
BLOCK_ROWS: Final = 16
"""Neighbours that are taken together: single rows cost several times as much to fetch."""
_GOLDEN: Final = numpy.uint64(0x9E3779B97F4A7C15)
_SPAN: Final = 2.0**64
_SEGMENT: Final = 1 << 22


def sampled_positions(num_rows: int, above: float, rate: float) -> NDArray[numpy.int64]:
    """Find the rows that are in the sample of a rate, and not in that of a smaller one.

    Parameters
    ----------
    num_rows : int
        Rows of the table.
    above, rate : float
        The smaller and the larger rate; 0 samples nothing and 1 everything.

    Examples
    --------
    >>> [len(sampled_positions(1600, 0.0, rate)) for rate in (0.0, 0.1, 1.0)]
    [0, 176, 1600]
    """
    num_blocks = -(-num_rows // BLOCK_ROWS)
    parts = [
        begin
        + numpy.flatnonzero(_is_between(begin, min(begin + _SEGMENT, num_blocks), above, rate))
        for begin in range(0, num_blocks, _SEGMENT)
    ]
    blocks = numpy.concatenate(parts) if parts else numpy.empty(0, numpy.int64)
    rows: NDArray[numpy.int64] = (blocks[:, None] * BLOCK_ROWS + numpy.arange(BLOCK_ROWS)).ravel()
    return rows[: numpy.searchsorted(rows, num_rows)]


def is_sampled(begin: int, end: int, rate: float) -> pyarrow.Array:
    """Tell for each row from one to before another whether it is in the sample of a rate."""
    import pyarrow

    return pyarrow.array(_places(begin, end) < numpy.uint64(rate * _SPAN))


def golden_order(number: int) -> Iterator[int]:
    """List the numbers below another so that each beginning of the list is spread over all.

    Examples
    --------
    >>> list(golden_order(8))
    [0, 5, 2, 7, 4, 1, 6, 3]
    """
    step = max(round(number * 0.6180339887), 1)
    while math.gcd(step, number) > 1:
        step += 1
    return ((place * step) % number for place in range(number))


class Thinning:
    """Keeps a bounded sample of the rows of a stream, whose end is not known.

    Examples
    --------
    >>> import pyarrow
    >>> thinning = Thinning(1000)
    >>> for begin in range(0, 100_000, 10_000):
    ...     thinning.add(pyarrow.table({"delay": range(begin, begin + 10_000)}))
    >>> thinning.num_seen, 500 <= thinning.num_kept <= 1000
    (100000, True)
    """

    def __init__(self, max_rows: int) -> None:
        self.num_seen = 0
        self.num_kept = 0
        self._max_rows = max_rows
        self._rate = 1.0
        self._kept: list[tuple[pyarrow.Table, NDArray[numpy.uint64]]] = []

    def add(self, table: pyarrow.Table) -> None:
        """Look at the next rows, and keep those of the sample."""
        begin, self.num_seen = self.num_seen, self.num_seen + table.num_rows
        self._keep(table, _places(begin, self.num_seen))
        while self.num_kept > self._max_rows:
            kept, self._kept, self.num_kept = self._kept, [], 0
            self._rate /= 2
            for one in kept:
                self._keep(*one)

    def tables(self) -> list[pyarrow.Table]:
        """List what was kept."""
        return [table for table, _ in self._kept]

    def _keep(self, table: pyarrow.Table, places: NDArray[numpy.uint64]) -> None:
        import pyarrow

        if self._rate < 1.0:
            is_kept = places < numpy.uint64(self._rate * _SPAN)
            table, places = table.filter(pyarrow.array(is_kept)), places[is_kept]
        self._kept.append((table, places))
        self.num_kept += table.num_rows


def _places(begin: int, end: int) -> NDArray[numpy.uint64]:
    """Tell the fractional part of each row's block, of 2**64."""
    blocks: NDArray[numpy.uint64] = numpy.arange(begin, end, dtype=numpy.uint64) // BLOCK_ROWS
    return blocks * _GOLDEN


def _is_between(begin: int, end: int, above: float, rate: float) -> NDArray[Any]:
    places = numpy.arange(begin, end, dtype=numpy.uint64) * _GOLDEN
    is_in = numpy.ones(len(places), numpy.bool_)
    if rate < 1.0:
        is_in &= places < numpy.uint64(rate * _SPAN)
    if above > 0.0:
        is_in &= places >= numpy.uint64(above * _SPAN)
    return is_in
