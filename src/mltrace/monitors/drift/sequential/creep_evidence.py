"""Evidence that a statistic creeps: an e-detector of the Shiryaev-Roberts kind over noise models.

The values of a statistic are a level, natural variation by one of several models (see
`noise_models`) and, from one of several places on (see `creep_starts`), a straight creep. Level,
spread, slope and model are not known: they are integrated out, so nothing is tuned and no estimate
is taken for the truth. The ratio of how likely the values are with a creep and without is an
e-value for each place; their sum over the places is an e-detector.

References
----------
Shin, Ramdas, Rinaldo (2023), E-detectors: a nonparametric framework for sequential change
detection, doi 10.51387/23-NEJSDS51. Brown, Durbin, Evans (1975), Techniques for testing the
constancy of regression relationships over time. Berger, Pericchi, Varshavsky (1998), Bayes factors
and marginal distributions in invariant situations.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy

from mltrace.monitors.drift.sequential.creep_starts import EVERY, NUM_STARTS, starts_after
from mltrace.monitors.drift.sequential.noise_models import (
    INNOVATION,
    NUM_MODELS,
    PHI,
    PRIOR,
    THETA,
    responses,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[numpy.float64]

_SLOPE_VARIANCE: Final = 0.15**2
"""The prior of the slope, in squares of what innovations spread."""
_MOST_SPREADS: Final = 1.5
"""A value counts as at most so far from what was expected: a few prove no creep, of any tails."""
_LEAST_AGE: Final = 10
"""A creep has lasted for so many partitions: a few odd ones in a row are none."""
_MOST_LOG: Final = 600.0
"""What an exponential of floats can bear."""


class Evidence(NamedTuple):
    """What is known of some statistics.

    Attributes
    ----------
    value : array of float, shape (num_statistics,)
        The e-detector: how much better a creep explains the values than natural variation does.
    start : array of int, shape (num_statistics,)
        Since which of its values each most likely creeps.
    before : array of float, shape (num_statistics,)
        The level before.
    """

    value: Floats
    start: NDArray[numpy.int64]
    before: Floats


class Sums(NamedTuple):
    """Sums over the values of some statistics, of which there are equally many.

    Attributes
    ----------
    squares, levels : array of float, shape (num_statistics, num_models)
        Of innovations, and of their products with what a level adds to them.
    creeps : array of float, shape (num_statistics, num_models, num_starts)
        Of their products with what a creep adds from each place on.
    innovations : array of float, shape (num_statistics, num_models)
        The latest.
    values : array of float, shape (num_statistics,)
        The latest.
    """

    squares: Floats
    levels: Floats
    creeps: Floats
    innovations: Floats
    values: Floats


class Design(NamedTuple):
    """What a level and a creep of 1 add to the innovations of so many values, for some statistics.

    Attributes
    ----------
    num_values : array of int, shape (num_statistics, 1)
    places : array of int, shape (num_statistics, num_starts)
        Where the creeps begin; `num_values` where there are fewer.
    weights : array of float, shape (num_statistics, num_starts)
        For how many values each place stands; 0 where a creep from there would be too young.
    earlier : array of int, shape (num_statistics, num_starts)
        Which of the places before each is, if the last value made a new one; -1 for a new one.
    level : array of float, shape (num_statistics, num_models)
        What the level adds to the last innovation.
    creeps : array of float, shape (num_statistics, num_models, num_starts)
        What creeps add to it.
    level_squares : array of float, shape (num_statistics, num_models)
    of_level, creep_squares : array of float, shape (num_statistics, num_models, num_starts)
        How much of the level is in each creep, and the squares of what is left of it beside.
    """

    num_values: NDArray[numpy.int64]
    places: NDArray[numpy.int64]
    weights: Floats
    earlier: NDArray[numpy.int64]
    level: Floats
    creeps: Floats
    level_squares: Floats
    of_level: Floats
    creep_squares: Floats


def designed(num_values: NDArray[numpy.int64]) -> Design:
    """Put together the designs of statistics that have so many values each."""
    different, which = numpy.unique(num_values, return_inverse=True)
    parts = zip(*(_design(int(one)) for one in different), strict=True)
    return Design(*(numpy.stack(part)[which] for part in parts))


@functools.lru_cache(maxsize=256)
def _design(num_values: int) -> Design:
    known, starts = responses(num_values), starts_after((num_values - 1) // EVERY + 1)
    places = numpy.full(NUM_STARTS, num_values)
    places[: len(starts.places)] = starts.places
    weights, earlier = numpy.zeros(NUM_STARTS), numpy.arange(NUM_STARTS)
    weights[: len(starts.places)] = starts.weights
    if (num_values - 1) % EVERY == 0:
        earlier[: len(starts.places)] = starts.earlier
    level_squares = known.level_squares[num_values]
    both = [
        (known.level[one:num_values] * known.creep[: num_values - one]).sum(0) for one in places
    ]
    of_level = numpy.stack(both, axis=1) / level_squares[:, None]
    creep_squares = known.creep_squares[num_values - places].T
    ages = numpy.maximum(num_values - 1 - places, 0)
    return Design(
        numpy.array([num_values]),
        places,
        numpy.where(ages >= _LEAST_AGE, weights, 0.0),
        earlier,
        known.level[num_values - 1],
        known.creep[ages].T,
        level_squares,
        of_level,
        creep_squares - of_level**2 * level_squares[:, None],
    )


def summed(values: Floats) -> Sums:
    """Sum up the first values of statistics.

    Parameters
    ----------
    values : array of float, shape (num_values, num_statistics)
    """
    num_values, num_statistics = values.shape
    known = responses(num_values)
    innovations = numpy.empty((num_values, num_statistics, NUM_MODELS))
    innovations[0] = values[0][:, None] * numpy.sqrt(INNOVATION)
    for time in range(1, num_values):
        expected = PHI * values[time - 1][:, None] - THETA * innovations[time - 1]
        innovations[time] = values[time][:, None] - expected
    creeps = numpy.zeros((num_statistics, NUM_MODELS, NUM_STARTS))
    for slot, place in enumerate(_design(num_values).places):
        added = known.creep[: num_values - place]
        creeps[:, :, slot] = numpy.einsum("tj,tsj->sj", added, innovations[place:])
    return Sums(
        numpy.einsum("tsj,tsj->sj", innovations, innovations),
        numpy.einsum("tj,tsj->sj", known.level[:num_values], innovations),
        creeps,
        innovations[-1],
        values[-1],
    )


def added(sums: Sums, values: Floats, before: Design, after: Design, floors: Floats) -> Sums:
    """Add the next value of each statistic.

    Parameters
    ----------
    sums : Sums
        Of the values before.
    values, floors : array of float, shape (num_statistics,)
        The values, and the least that their variance can be.
    before, after : Design
        For how many values there were before, and for one more.
    """
    values = _held(sums, values, before, after.level, floors)
    innovations = _innovations(sums, values)
    earlier = after.earlier[:, None, :]
    creeps = numpy.take_along_axis(sums.creeps, numpy.maximum(earlier, 0), axis=2)
    return Sums(
        sums.squares + innovations**2,
        sums.levels + innovations * after.level,
        numpy.where(earlier < 0, 0.0, creeps) + innovations[:, :, None] * after.creeps,
        innovations,
        values,
    )


def _innovations(sums: Sums, values: Floats) -> Floats:
    expected = PHI * sums.values[:, None] - THETA * sums.innovations
    return values[:, None] - expected


def _held(sums: Sums, values: Floats, before: Design, level: Floats, floors: Floats) -> Floats:
    """Bring values that are far from what every model expects nearer to it."""
    unexpected = _innovations(sums, values) - sums.levels / before.level_squares * level
    rest = _rest(sums, before, floors)
    most = _MOST_SPREADS * numpy.sqrt(rest / (before.num_values - 1))
    excess = unexpected - numpy.clip(unexpected, -most, most)
    least = numpy.abs(excess).argmin(axis=1)
    held: Floats = values - excess[numpy.arange(len(values)), least]
    return held


def _rest(sums: Sums, design: Design, floors: Floats) -> Floats:
    """Tell what squares of innovations are left beside the level."""
    rest = numpy.maximum(sums.squares - sums.levels**2 / design.level_squares, 0)
    least: Floats = rest + floors[:, None] * INNOVATION
    return least


def weigh(sums: Sums, design: Design, floors: Floats) -> Evidence:
    """Tell the evidence that each statistic creeps.

    Parameters
    ----------
    sums : Sums
    design : Design
        For how many values there are.
    floors : array of float, shape (num_statistics,)
        The least that the variance of a value can be, that of sampling rows.
    """
    half = design.num_values / 2
    products = sums.creeps - design.of_level * sums.levels[:, :, None]
    shrinking = 1 + _SLOPE_VARIANCE * design.creep_squares
    slopes = products * _SLOPE_VARIANCE / shrinking
    least = half * floors[:, None] * INNOVATION
    rest = numpy.maximum(_rest(sums, design, floors), least)
    rest_beside = numpy.maximum(rest[:, :, None] - slopes * products, least[:, :, None])
    # A power of the ratio of what is left is what integrating out the spread makes of it.
    gains = half[:, :, None] * numpy.log(rest[:, :, None] / rest_beside)
    gains = numpy.exp(numpy.minimum(gains - 0.5 * numpy.log(shrinking), _MOST_LOG))
    gains *= _likely(rest, design)[:, :, None]
    by_start = gains.sum(axis=1) * design.weights
    rows, best = numpy.arange(len(by_start)), by_start.argmax(axis=1)
    shares = gains[rows, :, best]
    shares /= shares.sum(axis=1, keepdims=True)
    slope = slopes[rows, :, best]
    level = sums.levels / design.level_squares - design.of_level[rows, :, best] * slope
    return Evidence(by_start.sum(axis=1), design.places[rows, best], (shares * level).sum(axis=1))


def _likely(rest: Floats, design: Design) -> Floats:
    """Tell how likely each model of noise is without a creep."""
    log = 0.5 * (numpy.log(INNOVATION / design.level_squares) - design.num_values * numpy.log(rest))
    likely = PRIOR * numpy.exp(log - log.max(axis=1, keepdims=True))
    shares: Floats = likely / likely.sum(axis=1, keepdims=True)
    return shares
