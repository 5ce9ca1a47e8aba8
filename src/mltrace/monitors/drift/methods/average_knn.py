"""Average k-nearest-neighbours: how far a partition's summary is from those most like it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy

from mltrace.monitors.drift.methods.method import Comparison, register
from mltrace.monitors.drift.samples.summaries import distances_to, history_of, mean_nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.profiles.tables import Profile

_NUM_NEAREST: Final = 5
_LEAST_WIDTH: Final = 1e-3
_FAR: Final = 1e6


@register(
    "average-knn",
    effect="distance over the largest of the history's own",
    min_effect=1.0,
    scope="history",
)
def average_knn(
    history: Sequence[Profile], current: Profile, *, num_nearest: int = _NUM_NEAREST
) -> Comparison:
    """Compare a partition's summary with the nearest ones of its history.

    Parameters
    ----------
    history : sequence of Profile
        At least 8 partitions without drift, oldest first.
    current : Profile
        The partition to judge.
    num_nearest : int, default 5
        How many summaries of the history count.

    Returns
    -------
    Comparison
        The mean distance to the nearest summaries; the share of the partitions, the current one
        with them, that are at least as far from theirs; as effect size the distance over the
        largest of the history's own; and of each column how far it is outside of its range: 1 is
        half of the range.

    Raises
    ------
    ArgumentError
        If the history is too short.

    Notes
    -----
    A summary has the shares of values and of the most frequent one, the number of distinct values,
    and of numbers mean, standard deviation, ends and quantiles; each statistic is scaled by its
    range in the history, and one that never moved by a thousandth of itself. The p-value assumes
    that partitions may be exchanged, so trends and seasons make it too small; it is at least
    ``1 / (num_partitions + 1)``. Cost: O(num_partitions ** 2 * num_columns).

    References
    ----------
    Redyuk, Kaoudi, Markl and Schelter (2021), "Automating data quality validation for dynamic data
    ingestion", doi:10.5441/002/edbt.2021.07.

    Examples
    --------
    >>> from mltrace.profiles.reading import profile_data
    >>> random = numpy.random.default_rng(0)
    >>> days = [profile_data({"delay": random.normal(size=200)}) for _ in range(20)]
    >>> told = average_knn(days, profile_data({"delay": random.normal(size=200) + 2}))
    >>> round(told.p_value, 3), told.effect_size > 1, told.columns["delay"] > 1
    (0.048, True, True)
    """
    columns, summaries, summary = history_of(history, current, method="average-knn")
    known = numpy.nan_to_num(summaries)
    low, high = known.min(0), known.max(0)
    width = numpy.where(high > low, high - low, numpy.maximum(numpy.abs(high), 1) * _LEAST_WIDTH)
    points = ((known - low) / width).reshape(len(history), -1)
    with numpy.errstate(over="ignore"):  # beside a narrow range
        point = ((numpy.nan_to_num(summary) - low) / width).clip(-_FAR, _FAR)
    own = mean_nearest(points, num_nearest)
    distance = float(numpy.sort(distances_to(points, point.ravel()))[:num_nearest].mean())
    outside = (numpy.abs(point - 0.5).max(1) - 0.5) * 2
    return Comparison(
        distance,
        (1 + int(numpy.count_nonzero(own >= distance))) / (len(own) + 1),
        distance / float(own.max()) if own.max() > 0 else _FAR * (distance > 0),
        dict(zip(columns, outside.clip(0).tolist(), strict=True)),
    )
