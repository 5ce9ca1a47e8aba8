"""Partitions summed up by the statistics of their columns, as numbers that a history is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy

from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mltrace.profiles.tables import Profile
    from mltrace.records import ColumnProfile

    Floats = NDArray[numpy.float64]

_QUANTILES: Final = ("0.05", "0.25", "0.5", "0.75", "0.95")
STATISTICS: Final = (
    *("share of values", "distinct values", "share of the most frequent value"),
    *("mean", "sd", "least", "greatest"),
    *(f"quantile {place}" for place in _QUANTILES),
)
MIN_HISTORY: Final = 8
_MOST: Final = 1e100
"""Statistics beyond are taken for it: their squares must be finite."""


def summary_of(profile: Profile, columns: Sequence[str]) -> Floats:
    """Sum up a partition.

    Parameters
    ----------
    profile : Profile
    columns : sequence of str
        Those to sum up.

    Returns
    -------
    array of float, shape (num_columns, num_statistics)
        By `STATISTICS`; NaN where a column has none, or is lost.

    Examples
    --------
    >>> from mltrace.profiles.reading import profile_data
    >>> summary_of(profile_data({"delay": [1, 1, 4, None]}), ["delay"])[0, :5].round(2).tolist()
    [0.75, 2.0, 0.5, 2.0, 1.73]
    """
    table = numpy.full((len(columns), len(STATISTICS)), numpy.nan)
    for place, name in enumerate(columns):
        if name in profile.states and profile.num_profiled_rows:
            table[place] = _statistics(profile.columns[name])
    return table


def _statistics(column: ColumnProfile) -> list[float]:
    top = max((one.count for one in column.top), default=column.top_error)
    told = [1 - column.num_nulls / column.num_rows, column.num_distinct, top / column.num_rows]
    if column.kind != "number":
        return [*(numpy.nan if one is None else one for one in told), *[numpy.nan] * 9]
    told += [column.mean, column.std, column.min, column.max]
    told += [column.quantiles.get(place) for place in _QUANTILES]
    return [numpy.nan if one is None else min(max(float(one), -_MOST), _MOST) for one in told]


def history_of(
    history: Sequence[Profile], current: Profile, *, method: str
) -> tuple[list[str], Floats, Floats]:
    """Sum up a history and the current partition.

    Returns
    -------
    columns : list of str
        Those of the latest partition of the history.
    summaries : array of float, shape (num_partitions, num_columns, num_statistics)
    summary : array of float, shape (num_columns, num_statistics)

    Raises
    ------
    ArgumentError
        If there are less than 8 partitions, or none of them has columns.
    """
    if len(history) < MIN_HISTORY:
        raise ArgumentError(
            f"The drift method {method!r} needs a history of at least {MIN_HISTORY} partitions; "
            f"there are {len(history)}. Give reference= instead, for a two-sample test."
        )
    columns = list(history[-1].states)
    if not columns:
        raise ArgumentError("The latest partition of the history has no columns.")
    summaries = numpy.stack([summary_of(one, columns) for one in history])
    return columns, summaries, summary_of(current, columns)


def range_reasons(columns: Sequence[str], summaries: Floats, summary: Floats) -> dict[str, str]:
    """Say of each column which statistic is farthest outside of what the history has.

    Parameters
    ----------
    columns, summaries, summary
        As of `history_of`.
    """
    known = numpy.nan_to_num(summaries)
    low, high, here = known.min(0), known.max(0), numpy.nan_to_num(summary)
    middle = (low + high) / 2
    width = numpy.maximum(high - low, numpy.maximum(numpy.abs(middle), 1e-9) * 1e-3)
    outside = numpy.abs(here - middle) / width
    reasons = {}
    for place, name in enumerate(columns):
        worst = int(outside[place].argmax())
        least, most = f"{low[place, worst]:.4g}", f"{high[place, worst]:.4g}"
        usual = f"always {least}" if least == most else f"between {least} and {most}"
        said = f"{STATISTICS[worst]} {here[place, worst]:.4g}"
        is_lost = numpy.isnan(summary[place]).all()
        reasons[name] = "no values" if is_lost else f"{said}, in the history {usual}"
    return reasons


def mean_nearest(points: Floats, num_nearest: int) -> Floats:
    """Tell the mean distance of each point to its nearest others.

    Parameters
    ----------
    points : array of float, shape (num_points, num_features)
    num_nearest : int
        How many of the others; all if there are no more.
    """
    distances = numpy.stack([distances_to(points, point) for point in points])
    numpy.fill_diagonal(distances, numpy.inf)
    nearest = numpy.sort(distances, 1)[:, : min(num_nearest, len(points) - 1)]
    return numpy.asarray(nearest.mean(1))


def distances_to(points: Floats, point: Floats) -> Floats:
    """Tell the Euclidean distance of each point to one."""
    return numpy.asarray(numpy.sqrt(((points - point) ** 2).sum(1)))
