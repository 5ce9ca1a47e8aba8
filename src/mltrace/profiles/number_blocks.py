"""Goes through an array of numbers once, by blocks that stay in the cache of a core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.profiles.dyadic_histogram import DyadicHistogram
from mltrace.profiles.hashing import hash_numbers
from mltrace.profiles.misra_gries import MisraGries
from mltrace.profiles.moments import Moments
from mltrace.profiles.number_arrays import keys_of, values_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK: Final = 1 << 16
_MOST_EXACT: Final = 1 << 53
_ZERO_AND_NEXT: Final = keys_of(numpy.zeros(2)) + numpy.array([0, 1], numpy.uint64)


class NumberBlocks:
    """What the blocks of an array hold.

    Parameters
    ----------
    values : array of int or float, shape (num_values,)

    Attributes
    ----------
    hashes : array of uint64, shape (num_values,)
        Of each value; equal ones of equal values, whatever their type.
    is_sketched : bool
        Whether the histogram alone does not tell each value.
    histogram
        Of the finite values as float64.
    frequent, moments
        Of the same, once the histogram alone does not tell them.
    """

    def __init__(self, values: NDArray[Any]) -> None:
        self.hashes = numpy.empty(len(values), numpy.uint64)
        self.histogram = DyadicHistogram.empty()
        self.frequent = MisraGries.empty()
        self.moments = Moments()
        self.num_nan = self.num_inf = self.num_zeros = self.num_negative = self.num_whole = 0
        self.min: int | float | None = None
        self.max: int | float | None = None
        self._is_rounded = False
        self._finite: list[NDArray[numpy.uint64]] = []
        for start in range(0, len(values), BLOCK):
            block = values[start : start + BLOCK]
            hashes = self.hashes[start : start + BLOCK]
            if block.dtype.kind == "f":
                self._add_floats(block, hashes)
            else:
                self._add_whole(block, hashes)
        self.is_sketched = self._is_rounded or not self.histogram.is_exact
        if self.histogram.is_exact and self._is_rounded:
            self._begin_sketches(self.histogram)

    def finite_hashes(self) -> NDArray[numpy.uint64]:
        """Give the hashes of the values that are neither NaN nor infinite."""
        return numpy.concatenate(self._finite) if self.num_nan + self.num_inf else self.hashes

    def _add_floats(self, block: NDArray[Any], hashes: NDArray[numpy.uint64]) -> None:
        floats = numpy.add(block, 0.0, dtype=numpy.float64)  # a copy, in which -0.0 is 0.0
        finite = numpy.isfinite(floats)
        hashes[:] = hash_numbers(floats)
        if not finite.all():
            self.num_nan += int(numpy.count_nonzero(numpy.isnan(floats)))
            self.num_inf += int(numpy.count_nonzero(numpy.isinf(floats)))
            floats, hashes = floats[finite], hashes[finite]
        self._finite.append(hashes)
        if len(floats):
            keys = keys_of(floats)
            self.num_whole += int(numpy.count_nonzero(numpy.rint(floats) == floats))
            keys.sort()
            self._widen(*values_of(keys[[0, -1]]).tolist())
            self._add_sorted(floats, keys)

    def _add_whole(self, block: NDArray[Any], hashes: NDArray[numpy.uint64]) -> None:
        least, greatest = int(block.min()), int(block.max())
        floats = block.astype(numpy.float64)
        keys = keys_of(floats)
        hashes[:] = hash_numbers(block)
        if least < -_MOST_EXACT or greatest > _MOST_EXACT:
            self._is_rounded |= bool((floats.astype(block.dtype) != block).any())
        self._finite.append(hashes)
        self.num_whole += len(block)
        keys.sort()
        self._widen(least, greatest)
        self._add_sorted(floats, keys)

    def _widen(self, least: float, greatest: float) -> None:
        self.min = least if self.min is None else min(self.min, least)
        self.max = greatest if self.max is None else max(self.max, greatest)

    def _add_sorted(self, floats: NDArray[numpy.float64], keys: NDArray[numpy.uint64]) -> None:
        num_below, num_until = keys.searchsorted(_ZERO_AND_NEXT).tolist()
        self.num_negative += num_below
        self.num_zeros += num_until - num_below
        before = self.histogram
        self.histogram = before.merge(DyadicHistogram.of_sorted(keys, before.depth))
        if self.histogram.is_exact:
            return
        if before.is_exact and len(before.keys):
            self._begin_sketches(before)
        self.frequent = self.frequent.merge(MisraGries.of_sorted(keys))
        self.moments = self.moments.merge(Moments.of(floats))

    def _begin_sketches(self, exact: DyadicHistogram) -> None:
        """Tell by sketches what a histogram holds, which is exact until then."""
        self.frequent = MisraGries.of_counts(exact.keys, exact.counts)
        self.moments = Moments.of_counts(values_of(exact.keys), exact.counts)
