"""What is measured of a partition: named statistics, each on a scale where it varies evenly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[numpy.float64]

Aspect = Literal[
    "rows", "kind", "nulls", "center", "shape", "values", "spread", "shares", "new values",
    "relation", "joint nulls",
]  # fmt: skip

PSEUDO_ROWS: Final = 0.5
"""Rows added to those of the history, so that what never was is rare and not impossible."""


class Statistic(NamedTuple):
    """What is measured.

    Attributes
    ----------
    column : str or None
        Whose; None if it is of the whole table.
    aspect : str
        Statistics of a column that are judged together.
    name : str
    detail : object
        Which one of several: a bin, a value, another column.
    is_share : bool
        Whether it is a share of rows, else a level.
    """

    column: str | None
    aspect: Aspect
    name: str
    detail: Any = None
    is_share: bool = True


class Scale(NamedTuple):
    """How a level is turned: to what, how steeply, and below which difference nothing counts."""

    turn: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    least: float


def _log_above(offset: float, least: float) -> Scale:
    return Scale(
        lambda x: numpy.log(numpy.maximum(x + offset, 1e-300)),
        lambda x: 1 / numpy.maximum(x + offset, 1e-300),
        least,
    )


_FARTHEST: Final = 1e9
_MOST: Final = 1e100
"""Levels beyond are taken for it, and errors for the farthest: their squares must be finite."""
_PLAIN: Final = Scale(lambda x: numpy.clip(x, -_FARTHEST, _FARTHEST), numpy.ones_like, 0.002)
_SHARE_LEAST: Final = 0.002
_SINGLE_VALUES: Final = frozenset({"one new value", "most frequent", "zero", "whole"})
_MIN_CLUSTERS: Final = 4
SCALES: Final[Mapping[str, Scale]] = {
    "rows": _log_above(0.5, 0.02),
    "kind": _PLAIN,
    "mean": _PLAIN,
    "standard deviation": _log_above(0.001, 0.002),
    "skewness": Scale(numpy.arcsinh, lambda x: 1 / numpy.sqrt(1 + x * x), 0.002),
    "kurtosis": _log_above(3.0, 0.002),
    "distinct": _log_above(0.5, 0.01),
    "length": _log_above(0.5, 0.002),
    "span": _log_above(1.0, 0.02),
    "level beside others": _PLAIN._replace(least=0.02),
    "spread beside others": _log_above(0.05, 0.02),
}


@dataclass(frozen=True, slots=True)
class Turned:
    """Statistics of partitions on their scales.

    Attributes
    ----------
    values : array of float, shape (..., num_statistics)
        NaN where a partition has none.
    errors : array of float, same shape
        Standard errors by sampling of rows alone.
    """

    values: Array
    errors: Array


class Scales:
    """Turns what was measured to scales on which it varies evenly.

    A level has the scale of its name. A share becomes the signed root of its binomial deviance
    from the share in all of the history, over twice the root of the rows: for usual shares that is
    the difference of the arcsines of their roots, and for a share that never was it grows with how
    surely it is not chance. Where rows come in clusters, as the weather of an hour stands in many
    flights, single values tell as much as fewer rows would.

    Parameters
    ----------
    statistics : sequence of Statistic
    values, rows : array of float, shape (num_partitions, num_statistics)
        What was measured of the history; and of shares, the rows that they are of.
    """

    def __init__(self, statistics: Sequence[Statistic], values: Array, rows: Array) -> None:
        self.is_share = numpy.array([one.is_share for one in statistics])
        places: dict[str, list[int]] = {}
        for place, one in enumerate(statistics):
            if not one.is_share:
                places.setdefault(one.name, []).append(place)
        self.places = {name: numpy.array(found) for name, found in places.items()}
        self.least = numpy.array(
            [_SHARE_LEAST if one.is_share else SCALES[one.name].least for one in statistics]
        )
        known = numpy.where(numpy.isfinite(values[:, self.is_share]), rows[:, self.is_share], 0)
        hits = numpy.nan_to_num(values[:, self.is_share]) * known
        self.share = (hits.sum(0) + PSEUDO_ROWS) / (known.sum(0) + 2 * PSEUDO_ROWS)
        self.clustering = numpy.ones(len(statistics))
        self.clustering = _clustering(statistics, self.turn(values, rows))

    def turn(self, values: Array, errors: Array) -> Turned:
        """Turn values, and the errors of levels; of shares, `errors` are the rows they are of."""
        turned, turned_errors = values.copy(), numpy.zeros_like(errors)
        for name, places in self.places.items():
            levels = numpy.clip(values[..., places], -_MOST, _MOST)
            turned[..., places] = SCALES[name].turn(levels)
            known_errors = numpy.minimum(errors[..., places], _FARTHEST)
            turned_errors[..., places] = known_errors * SCALES[name].slope(levels)
        rows = numpy.maximum(errors[..., self.is_share], 1)
        turned[..., self.is_share] = root_deviance(values[..., self.is_share], self.share)
        turned_errors[..., self.is_share] = 0.5 / numpy.sqrt(rows)
        turned_errors *= self.clustering
        return Turned(turned, numpy.nan_to_num(turned_errors, nan=0.0, posinf=0.0))


def _clustering(statistics: Sequence[Statistic], history: Turned) -> Array:
    """Tell by how much the errors of single values are larger than those of independent rows.

    The variance of the bins of their column beside that of sampling tells it: the design effect.

    References
    ----------
    Kish, Survey sampling, 1965, section 8.2.
    """
    is_known = numpy.isfinite(history.values)
    num_known = numpy.maximum(is_known.sum(0), 1)
    values = numpy.where(is_known, history.values, 0)
    variance = (values**2).sum(0) / num_known - (values.sum(0) / num_known) ** 2
    noise = numpy.maximum((history.errors**2).mean(0), 1e-12)
    of_bins: dict[str | None, list[float]] = {}
    for at, one in enumerate(statistics):
        if one.name == "bin":
            of_bins.setdefault(one.column, []).append(variance[at] / noise[at])
    effects = {column: float(numpy.median(found)) for column, found in of_bins.items()}
    is_single = [one.name in _SINGLE_VALUES for one in statistics]
    effect = numpy.array([effects.get(one.column, 1.0) for one in statistics])
    most = 0.25 / noise / _MIN_CLUSTERS
    return numpy.where(is_single, numpy.sqrt(numpy.clip(effect, 1, numpy.maximum(most, 1))), 1.0)


def root_deviance(share: Array, expected: Array) -> Array:
    """Tell how far a share is from an expected one: the signed root of half the deviance of a row.

    Times twice the root of the rows it is about standard normal, if rows are independent.

    Parameters
    ----------
    share, expected : array of float
        From 0 to 1, the latter neither 0 nor 1.

    References
    ----------
    McCullagh and Nelder, Generalized linear models, 1989, section 2.4.

    Examples
    --------
    >>> root_deviance(numpy.array([0.5, 0.55, 0.0]), numpy.array([0.5, 0.5, 0.5])).round(3)
    array([ 0.   ,  0.05 , -0.589])
    """
    share = numpy.clip(share, 0.0, 1.0)
    with numpy.errstate(divide="ignore", invalid="ignore"):
        hits = numpy.where(share > 0, share * numpy.log(share / expected), 0)
        others = numpy.where(share < 1, (1 - share) * numpy.log((1 - share) / (1 - expected)), 0)
    deviance = numpy.where(numpy.isnan(share), numpy.nan, 2 * (hits + others))
    return numpy.sign(share - expected) * numpy.sqrt(numpy.maximum(deviance, 0)) / 2
