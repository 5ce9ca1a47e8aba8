"""Mergeable counts of predictions, and of their labels by when these became known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy

from mltrace.errors import ArgumentError
from mltrace.times import NANOSECONDS

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

WIDTH_SECONDS: Final = 3600
_LAG_BITS: Final = 28
"""Bits of a cell's key for its lag: hours of 30,000 years, or seconds of 8."""
_DENSE: Final = 1_000_000
"""Up to so many places, and four for each key, keys are counted rather than sorted."""


@dataclass(frozen=True, slots=True, eq=False)
class DelayCounts:
    """How many predictions were made in each bucket of time, and how many labels came how late.

    Attributes
    ----------
    width_seconds : int
        The width of a bucket; buckets are numbered from 1970 on.
    buckets, num_predictions : array of int
        The buckets in which predictions were made, ascending, and how many.
    cells, num_labels : array of int
        Pairs of a bucket and a lag, as keys, ascending, and how many predictions made in the bucket
        got their first label so many buckets later.

    Notes
    -----
    Counts merge by adding, in any order. A label that comes adds to a cell.
    Since each cell tells when its labels came, `before` gives exactly what was known at the end of
    any bucket. There are at most as many cells as labels, and as buckets times lags.
    """

    width_seconds: int
    buckets: NDArray[numpy.int64]
    num_predictions: NDArray[numpy.int64]
    cells: NDArray[numpy.int64]
    num_labels: NDArray[numpy.int64]

    def merged(self, other: DelayCounts) -> DelayCounts:
        """Add other counts.

        Raises
        ------
        ArgumentError
            If the buckets of the two are not equally wide.
        """
        if other.width_seconds != self.width_seconds:
            raise ArgumentError(
                f"Counts of buckets of {other.width_seconds} s do not merge with those of "
                f"{self.width_seconds} s; count both with the same width."
            )
        return DelayCounts(
            self.width_seconds,
            *_added(self.buckets, self.num_predictions, other.buckets, other.num_predictions),
            *_added(self.cells, self.num_labels, other.cells, other.num_labels),
        )

    def before(self, bucket: int) -> DelayCounts:
        """Keep what was known before a bucket began: predictions made, labels that had come."""
        made, came = self.buckets < bucket, self.label_buckets + self.lags < bucket
        if made.all() and came.all():
            return self
        return DelayCounts(
            self.width_seconds,
            self.buckets[made],
            self.num_predictions[made],
            self.cells[came],
            self.num_labels[came],
        )

    @property
    def label_buckets(self) -> NDArray[numpy.int64]:
        """The buckets in which the predictions of the cells were made."""
        return self.cells >> _LAG_BITS

    @property
    def lags(self) -> NDArray[numpy.int64]:
        """How many buckets later the labels of the cells came."""
        return self.cells & ((1 << _LAG_BITS) - 1)


def count_predictions(at: ArrayLike, *, width_seconds: int = WIDTH_SECONDS) -> DelayCounts:
    """Count predictions, each once, whether it has a label or not.

    Parameters
    ----------
    at : array of int
        When they were made, in nanoseconds since 1970.
    width_seconds : int, default 3600
        The width of buckets, below which delays are not told apart.

    Examples
    --------
    >>> hour = 3600 * 10**9
    >>> counts = count_predictions([0, hour, hour + 1])
    >>> counts = counts.merged(count_labels([0, hour], [2 * hour, 3 * hour]))
    >>> counts.num_predictions.tolist(), counts.lags.tolist(), counts.num_labels.tolist()
    ([1, 2], [2, 2], [1, 1])
    """
    return DelayCounts(width_seconds, *_tally(_buckets(at, width_seconds)), *_NOTHING)


def count_labels(
    at: ArrayLike, known_at: ArrayLike, *, width_seconds: int = WIDTH_SECONDS
) -> DelayCounts:
    """Count labels, of each prediction the first one only.

    Parameters
    ----------
    at, known_at : array of int
        When the predictions were made, and when their first labels became known, in nanoseconds
        since 1970. A label that was known before its prediction came without delay.
    width_seconds : int, default 3600
        The width of buckets, as of the predictions.
    """
    made, known = _buckets(at, width_seconds), _buckets(known_at, width_seconds)
    lags = numpy.minimum(numpy.maximum(known - made, 0), (1 << _LAG_BITS) - 1)
    if not len(made):
        return DelayCounts(width_seconds, *_NOTHING, *_NOTHING)
    first, num_lags = int(made.min()), int(lags.max()) + 1
    places, numbers = _tally((made - first) * num_lags + lags)
    cells = ((places // num_lags + first) << _LAG_BITS) + places % num_lags
    return DelayCounts(width_seconds, *_NOTHING, cells, numbers)


_EMPTY: Final = numpy.empty(0, numpy.int64)
_NOTHING: Final = (_EMPTY, _EMPTY)


def _buckets(moments: ArrayLike, width_seconds: int) -> NDArray[numpy.int64]:
    return numpy.asarray(moments, numpy.int64) // (width_seconds * NANOSECONDS)


def _tally(keys: NDArray[numpy.int64]) -> tuple[NDArray[numpy.int64], NDArray[numpy.int64]]:
    """Count equal keys; keys that lie close are counted in place, which is faster than sorting."""
    if not len(keys):
        return _NOTHING
    first = int(keys.min())
    span = int(keys.max()) - first + 1
    if span > _DENSE + 4 * len(keys):
        distinct, numbers = numpy.unique(keys, return_counts=True)
        return distinct, numbers.astype(numpy.int64)
    dense = numpy.bincount(keys - first, minlength=span)
    places = numpy.flatnonzero(dense)
    return places + first, dense[places].astype(numpy.int64)


def _added(
    keys: NDArray[numpy.int64],
    numbers: NDArray[numpy.int64],
    other_keys: NDArray[numpy.int64],
    other_numbers: NDArray[numpy.int64],
) -> tuple[NDArray[numpy.int64], NDArray[numpy.int64]]:
    if not len(keys):
        return other_keys, other_numbers
    places = numpy.searchsorted(keys, other_keys)
    is_known = keys[numpy.minimum(places, len(keys) - 1)] == other_keys
    total = numbers.copy()
    total[places[is_known]] += other_numbers[is_known]
    new = ~is_known
    return (
        numpy.insert(keys, places[new], other_keys[new]),
        numpy.insert(total, places[new], other_numbers[new]),
    )
