"""GATE: partition summaries as deviations from a history, averaged over groups of like columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy

from mltrace.monitors.drift.methods.method import Comparison, register
from mltrace.monitors.drift.samples.summaries import distances_to, history_of, mean_nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mltrace.monitors.drift.samples.summaries import Floats
    from mltrace.profiles.tables import Profile

_NUM_NEAREST: Final = 3
_MAX_DEVIATION: Final = 25.0
_NOTABLE: Final = 3.0
_EXPLAINED: Final = 0.95


@register(
    "gate",
    effect="distance over the largest of the history's own",
    min_effect=1.0,
    scope="history",
)
def gate(
    history: Sequence[Profile], current: Profile, *, num_nearest: int = _NUM_NEAREST
) -> Comparison:
    """Compare a partition with its history by the mean deviations of groups of like columns.

    Parameters
    ----------
    history : sequence of Profile
        At least 8 partitions without drift, oldest first.
    current : Profile
        The partition to judge.
    num_nearest : int, default 3
        How many partitions of the history count.

    Returns
    -------
    Comparison
        The mean distance to the nearest partitions; the share of the partitions, the current one
        with them, that are at least as far from theirs; as effect size the distance over the
        largest of the history's own; and of each column its largest deviation over 3 standard
        deviations.

    Raises
    ------
    ArgumentError
        If the history is too short.

    Notes
    -----
    Each statistic of a column becomes its number of standard deviations from the mean of the
    history; columns whose deviations point the same way are clustered (average linkage by their
    cosines, as many clusters as principal components explain 95 % of the similarities), and a
    partition is the mean magnitude per cluster and statistic. So one column's noise counts little,
    and so does one column's fault. The p-value assumes that partitions may be exchanged, and is at
    least ``1 / (num_partitions + 1)``. Cost: O(num_columns ** 3 + num_partitions ** 2 *
    num_columns).

    References
    ----------
    Shankar, Fawaz, Gyllstrom and Parameswaran (2023), "Automatic and precise data validation for
    machine learning", doi:10.1145/3583780.3614786.

    Examples
    --------
    >>> from mltrace.profiles.reading import profile_data
    >>> random = numpy.random.default_rng(0)
    >>> days = [profile_data({"delay": random.normal(size=200)}) for _ in range(20)]
    >>> told = gate(days, profile_data({"delay": random.normal(size=200) + 2}))
    >>> round(told.p_value, 3), told.effect_size > 1, told.columns["delay"] > 1
    (0.048, True, True)
    """
    columns, summaries, summary = history_of(history, current, method="gate")
    known = numpy.nan_to_num(summaries)
    mean = known.mean(0)
    # A statistic that never moved must move by half a percent to count.
    spread = numpy.maximum(known.std(0, ddof=1), 1e-6 + 5e-3 * numpy.abs(mean))
    deviations = (known - mean) / spread
    mine = ((numpy.nan_to_num(summary) - mean) / spread).clip(-_MAX_DEVIATION, _MAX_DEVIATION)
    clusters = cluster_columns(deviations)
    points = numpy.stack([_by_cluster(one, clusters) for one in deviations])
    own = mean_nearest(points, num_nearest)
    distance = float(
        numpy.sort(distances_to(points, _by_cluster(mine, clusters)))[:num_nearest].mean()
    )
    return Comparison(
        distance,
        (1 + int(numpy.count_nonzero(own >= distance))) / (len(own) + 1),
        distance / float(own.max()) if own.max() > 0 else _MAX_DEVIATION * (distance > 0),
        dict(zip(columns, (numpy.abs(mine).max(1) / _NOTABLE).tolist(), strict=True)),
    )


def cluster_columns(deviations: Floats) -> NDArray[numpy.int64]:
    """Cluster columns whose statistics move together.

    Parameters
    ----------
    deviations : array of float, shape (num_partitions, num_columns, num_statistics)

    Returns
    -------
    array of int, shape (num_columns,)
        The cluster of each column, from 0.

    """
    num_columns = deviations.shape[1]
    vectors = deviations.transpose(1, 0, 2).reshape(num_columns, -1)
    unit = vectors / (numpy.linalg.norm(vectors, axis=1, keepdims=True) + 1e-12)
    similarity = unit @ unit.T
    if num_columns == 1:
        return numpy.zeros(1, numpy.int64)
    variances = numpy.linalg.eigvalsh(numpy.cov(similarity)).clip(0)[::-1]
    explained = numpy.cumsum(variances) / max(float(variances.sum()), 1e-300)
    num_clusters = int(numpy.searchsorted(explained, _EXPLAINED)) + 1
    return average_linkage(1 - similarity, min(num_clusters, num_columns))


def average_linkage(distances: Floats, num_clusters: int) -> NDArray[numpy.int64]:
    """Join the two clusters with the least mean distance until so many are left.

    Parameters
    ----------
    distances : array of float, shape (num_points, num_points)
        Symmetric.
    num_clusters : int

    Returns
    -------
    array of int, shape (num_points,)
        The cluster of each point, from 0 in the order of the points.

    Examples
    --------
    >>> average_linkage(numpy.array([[0, 5, 1], [5, 0, 6], [1, 6, 0]], float), 2).tolist()
    [0, 1, 0]
    """
    between = numpy.array(distances)
    numpy.fill_diagonal(between, numpy.inf)
    labels = numpy.arange(len(between))
    sizes = numpy.ones(len(between))
    for _ in range(len(between) - num_clusters):
        one, other = sorted(divmod(int(between.argmin()), len(between)))
        joined = (between[one] * sizes[one] + between[other] * sizes[other]) / (
            sizes[one] + sizes[other]
        )
        between[one] = between[:, one] = joined
        between[other] = between[:, other] = between[one, one] = numpy.inf
        sizes[one] += sizes[other]
        labels[labels == other] = one
    return numpy.unique(labels, return_inverse=True)[1].reshape(-1)


def _by_cluster(deviations: Floats, clusters: NDArray[numpy.int64]) -> Floats:
    """Tell the mean magnitude per cluster and statistic, as one row."""
    magnitudes = numpy.abs(deviations)
    means = [magnitudes[clusters == one].mean(0) for one in range(clusters.max() + 1)]
    return numpy.concatenate(means)
