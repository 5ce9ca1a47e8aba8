"""Durations counted in buckets: small, mergeable, and right to within a stated relative error.

Bucket `n` holds the durations above `_GROWTH ** (n - 1)` and up to `_GROWTH ** n` nanoseconds. The
growth is chosen such that one number in each bucket is at most `RELATIVE_ERROR` away from any
duration in it. Counts of processes and intervals add up to exactly the counts of all.

References
----------
C. Masson, J. E. Rim, H. K. Lee: DDSketch: A Fast and Fully-Mergeable Quantile Sketch with
Relative-Error Guarantees. PVLDB 12(12), 2019. https://doi.org/10.14778/3352063.3352135
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RELATIVE_ERROR: Final = 0.02
"""How far a quantile may be from the true one, as a share of it."""
_GROWTH: Final = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_PER_LOGARITHM: Final = 1 / math.log(_GROWTH)


def bucket_of(nanoseconds: int) -> int:
    """Tell the bucket of a duration; bucket 0 is that of at most one nanosecond.

    Examples
    --------
    >>> bucket_of(0), bucket_of(1), bucket_of(2), bucket_of(1_000_000)
    (0, 0, 18, 346)
    """
    if nanoseconds <= 1:
        return 0
    return math.ceil(math.log(nanoseconds) * _PER_LOGARITHM)


def merged(histograms: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """Add up the counts of several histograms.

    Examples
    --------
    >>> merged([{1: 2, 5: 1}, {5: 3}])
    {1: 2, 5: 4}
    """
    total: dict[int, int] = {}
    for counts in histograms:
        for bucket, count in counts.items():
            total[bucket] = total.get(bucket, 0) + count
    return total


def quantile(counts: Mapping[int, int], share: float) -> float:
    """Estimate a quantile of durations, in nanoseconds.

    Parameters
    ----------
    counts : mapping of int to int
        Durations by bucket, at least one.
    share : float
        Between 0 and 1: the answer stands for the smallest duration that at least this share of
        all do not exceed (the nearest rank).

    Returns
    -------
    float
        At most `RELATIVE_ERROR` away from that duration, as a share of it, if that is at least one
        nanosecond.

    Notes
    -----
    Of bucket n the answer is ``2 * g**n / (g + 1)``, with g the growth. Cost: that of sorting the
    buckets, of which there are about 58 for each factor of ten.

    Examples
    --------
    >>> round(quantile({bucket_of(1_000_000): 9, bucket_of(5_000_000): 1}, 0.5) / 1e6, 2)
    1.01
    """
    rank = max(1, math.ceil(share * sum(counts.values())))
    bucket = 0
    for bucket in sorted(counts):
        rank -= counts[bucket]
        if rank <= 0:
            break
    return 1.0 if bucket <= 0 else 2 * _GROWTH**bucket / (_GROWTH + 1)
