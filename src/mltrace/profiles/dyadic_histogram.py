"""A dyadic histogram: counts of ordered 64-bit keys by their leading bits, as many bits as fit.

Its depth is the largest at which the bins stay within two caps, both of which only grow with the
values and with the depth. So it is a function of the multiset of keys alone, and merging is exact:
cut both to the smaller depth, add the counts, cut until the caps hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy

from mltrace.profiles.packing import distances, pack, pack_ascending, unpack, unpack_ascending

if TYPE_CHECKING:
    from numpy.typing import NDArray

BITS: Final = 64
MAX_BINS: Final = 2048
MAX_NODES: Final = 16_384
"""Most nodes of the binary tree of the bins, which is about the bits that storing them takes."""
_EXPONENT_BITS: Final = 12
_MANY: Final = 1 << 50
_ALWAYS_FIT: Final = MAX_NODES // BITS


@dataclass(frozen=True, slots=True, eq=False)
class DyadicHistogram:
    """Counts by bins of keys that share their leading bits.

    Attributes
    ----------
    depth : int
        How many leading bits make a bin; with 64, each bin is one key and nothing was lost.
    keys : array of uint64, shape (num_bins,)
        The least key that falls into each bin, ascending; the bins between them are empty.
    counts : array of int64, shape (num_bins,)

    Notes
    -----
    Bins of the ordered bit pattern of float64 are those of DDSketch and HDR Histogram with
    linear steps between powers of two: of relative width ``2 ** -(depth - 12)``. Halving them all
    at once when there are too many is the uniform collapse of UDDSketch, which this makes exact.

    References
    ----------
    Masson, Rim, Lee (2019), DDSketch, doi:10.14778/3352063.3352135. Epicoco et al. (2020),
    UDDSketch, doi:10.1109/ACCESS.2020.3015599.

    Examples
    --------
    >>> one = DyadicHistogram.of_sorted(numpy.array([1, 1, 5], numpy.uint64))
    >>> one.merge(one).counts.tolist(), one.is_exact
    ([4, 2], True)
    """

    depth: int
    keys: NDArray[numpy.uint64]
    counts: NDArray[numpy.int64]

    @classmethod
    def empty(cls) -> Self:
        """Hold nothing."""
        return cls(BITS, numpy.empty(0, numpy.uint64), numpy.empty(0, numpy.int64))

    @classmethod
    def of_sorted(cls, keys: NDArray[numpy.uint64], max_depth: int = BITS) -> Self:
        """Count keys in ascending order, by no more bits than `max_depth`."""
        if not len(keys):
            return cls.empty()
        differences = keys[1:] ^ keys[:-1]
        depth = _depth_within_bins(differences, max_depth)
        last = _ends_of_runs(differences >= _step(depth))
        return cls._fitting(depth, _cut(keys[last], depth), distances(last + 1))

    @property
    def is_exact(self) -> bool:
        """Whether each bin is one key."""
        return self.depth == BITS

    @property
    def relative_width(self) -> float:
        """How wide a bin is beside the values in it, where keys are the patterns of float64."""
        return 0.0 if self.is_exact else 2.0 ** (_EXPONENT_BITS - self.depth)

    @property
    def ends(self) -> NDArray[numpy.uint64]:
        """The greatest key that falls into each bin."""
        return self.keys | (_step(self.depth) - numpy.uint64(1))

    def merge(self, other: Self) -> Self:
        """Add the counts; the same whatever the order."""
        if not len(self.keys) or not len(other.keys):
            return other if not len(self.keys) else self
        depth = min(self.depth, other.depth)
        keys = _cut(numpy.concatenate((self.keys, other.keys)), depth)
        counts = numpy.concatenate((self.counts, other.counts))
        return self._fitting(depth, *add_up(keys, counts))

    @classmethod
    def _fitting(cls, depth: int, keys: NDArray[Any], counts: NDArray[Any]) -> Self:
        if len(keys) <= _ALWAYS_FIT:
            return cls(depth, keys, counts)
        fits = _fitting_depth(depth, keys)
        if fits < depth:
            keys, counts = add_ascending(_cut(keys, fits), counts)
        return cls(fits, keys, counts)

    def to_plain(self) -> list[Any]:
        """Turn the histogram into numbers and bytes."""
        keys = self.keys >> numpy.uint64(BITS - self.depth)
        return [self.depth, pack_ascending(keys), pack(self.counts)]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the histogram again; a ValueError or TypeError tells what cannot be one."""
        depth, packed, counts = plain
        keys, counts = unpack_ascending(packed, MAX_BINS), unpack(counts, MAX_BINS)
        if not 0 < depth <= BITS or len(keys) != len(counts):
            raise ValueError(
                f"a histogram of depth {depth}, {len(keys)} keys, {len(counts)} counts"
            )
        if len(keys) and (int(keys[-1]) >> depth or not 0 < counts.min() <= counts.max() < _MANY):
            raise ValueError(f"keys of more than {depth} bits, or counts that cannot be")
        return cls(depth, keys << numpy.uint64(BITS - depth), counts)


def add_up(
    keys: NDArray[numpy.uint64], counts: NDArray[numpy.int64]
) -> tuple[NDArray[numpy.uint64], NDArray[numpy.int64]]:
    """Bring equal keys together and add their counts; ascending."""
    order = keys.argsort(kind="stable")  # which merges ascending runs
    return add_ascending(keys[order], counts[order])


def add_ascending(
    keys: NDArray[numpy.uint64], counts: NDArray[numpy.int64]
) -> tuple[NDArray[numpy.uint64], NDArray[numpy.int64]]:
    """Add the counts of equal keys, which ascend."""
    if not len(keys):
        return keys, counts
    last = _ends_of_runs(keys[1:] != keys[:-1])
    return keys[last], distances(counts.cumsum()[last])


def count_ascending(
    keys: NDArray[numpy.uint64],
) -> tuple[NDArray[numpy.uint64], NDArray[numpy.int64]]:
    """Tell the distinct ones of keys in ascending order, and how often each stands.

    Examples
    --------
    >>> keys, counts = count_ascending(numpy.array([3, 7, 7], numpy.uint64))
    >>> keys.tolist(), counts.tolist()
    ([3, 7], [1, 2])
    """
    if not len(keys):
        return keys, numpy.empty(0, numpy.int64)
    last = _ends_of_runs(keys[1:] != keys[:-1])
    return keys[last], distances(last + 1)


def _ends_of_runs(differs: NDArray[numpy.bool_]) -> NDArray[numpy.int64]:
    """Tell where runs of values end, from whether each value differs from the next one."""
    return numpy.concatenate((differs.nonzero()[0], (len(differs),)))


def _step(depth: int) -> numpy.uint64:
    """Tell the width of a bin."""
    return numpy.uint64(1 << (BITS - depth))


def _cut(keys: NDArray[numpy.uint64], depth: int) -> NDArray[numpy.uint64]:
    return keys & numpy.uint64((1 << BITS) - (1 << (BITS - depth)))


def _depth_within_bins(differences: NDArray[numpy.uint64], depth: int) -> int:
    """Find the largest depth of at most `MAX_BINS` bins, from the differences of neighbours."""
    if len(differences) < MAX_BINS or _num_bins(differences, depth) <= MAX_BINS:
        return depth
    fits, fits_not = MAX_BINS.bit_length() - 1, depth
    while fits_not - fits > 1:
        middle = (fits + fits_not) // 2
        if _num_bins(differences, middle) <= MAX_BINS:
            fits = middle
        else:
            fits_not = middle
    return fits


def _num_bins(differences: NDArray[numpy.uint64], depth: int) -> int:
    return 1 + int(numpy.count_nonzero(differences >= _step(depth)))


def _fitting_depth(depth: int, keys: NDArray[numpy.uint64]) -> int:
    """Find the largest depth that is within both caps, for distinct keys in ascending order."""
    lengths = bit_lengths(keys[1:] ^ keys[:-1])
    joined = numpy.bincount(BITS - lengths, minlength=BITS)  # pairs by the bits that they share
    num_bins = 1 + numpy.concatenate(((0,), joined.cumsum()))
    nodes = num_bins.cumsum()
    used = int(numpy.bitwise_or.reduce(keys))
    within = int(num_bins.searchsorted(MAX_BINS, side="right")) - 1
    few = int(nodes.searchsorted(MAX_NODES, side="right")) - 1
    # Further bits need no nodes as long as no key sets them.
    unused = BITS - (used & ((1 << BITS - few) - 1)).bit_length()
    return min(depth, within, unused)


def bit_lengths(values: NDArray[numpy.uint64]) -> NDArray[numpy.int32]:
    """Count the bits of each number up to its highest one."""
    # Without the second highest of two ones, no rounding to float64 reaches the next power.
    return numpy.frexp((values & ~(values >> numpy.uint64(1))).astype(numpy.float64))[1]
