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

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy

from mltrace.monitors.drift.sequential.creep_starts import EVERY, NUM_STARTS, Starts, starts_after
from mltrace.monitors.drift.sequential.noise_models import (
    INNOVATION,
    NUM_MODELS,
    PHI,
    THETA,
    responses,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[numpy.float64]

_SLOPE_VARIANCE: Final = 0.15**2
"""The prior of the slope, in squares of what innovations spread."""
_MOST_SPREADS: Final = 3.0
"""A value counts as at most so far from what was expected, so that one alone proves no creep."""
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
    before, change : array of float, shape (num_statistics,)
        The level before, and how far it is now from there.
    """

    value: Floats
    start: NDArray[numpy.int64]
    before: Floats
    change: Floats


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
    for slot, place in enumerate(_starts(num_values).places):
        added = known.creep[: num_values - place]
        creeps[:, :, slot] = numpy.einsum("tj,tsj->sj", added, innovations[place:])
    return Sums(
        numpy.einsum("tsj,tsj->sj", innovations, innovations),
        numpy.einsum("tj,tsj->sj", known.level[:num_values], innovations),
        creeps,
        innovations[-1],
        values[-1],
    )


def added(sums: Sums, values: Floats, num_before: int, floors: Floats) -> Sums:
    """Add the next value of each statistic.

    Parameters
    ----------
    sums : Sums
        Of the values before.
    values, floors : array of float, shape (num_statistics,)
        The values, and the least that their variance can be.
    num_before : int
        How many values there were before.
    """
    known = responses(num_before + 1)
    values = _held(sums, values, num_before, floors)
    innovations = _innovations(sums, values)
    starts = starts_after(num_before // EVERY + 1)
    creeps = sums.creeps
    if num_before % EVERY == 0:
        if starts.dropped is not None:
            creeps = numpy.delete(creeps, starts.dropped, axis=2)
            creeps = numpy.concatenate([creeps, numpy.zeros((*creeps.shape[:2], 1))], axis=2)
        creeps[:, :, len(starts.places) - 1] = 0.0
    ages = num_before - numpy.array(starts.places)
    creeps[:, :, : len(ages)] += innovations[:, :, None] * known.creep[ages].T
    return Sums(
        sums.squares + innovations**2,
        sums.levels + innovations * known.level[num_before],
        creeps,
        innovations,
        values,
    )


def _innovations(sums: Sums, values: Floats) -> Floats:
    expected = PHI * sums.values[:, None] - THETA * sums.innovations
    return values[:, None] - expected


def _held(sums: Sums, values: Floats, num_before: int, floors: Floats) -> Floats:
    """Bring values that are far from what every model expects nearer to it."""
    known = responses(num_before + 1)
    squares = known.level_squares[num_before]
    level = sums.levels / squares
    rest = _rest(sums, squares, floors)
    unexpected = _innovations(sums, values) - level * known.level[num_before]
    most = _MOST_SPREADS * numpy.sqrt(rest / (num_before - 1))
    excess = unexpected - numpy.clip(unexpected, -most, most)
    least = numpy.abs(excess).argmin(axis=1)
    held: Floats = values - numpy.take_along_axis(excess, least[:, None], axis=1)[:, 0]
    return held


def _rest(sums: Sums, level_squares: Floats, floors: Floats) -> Floats:
    """Tell what squares of innovations are left beside the level."""
    rest = numpy.maximum(sums.squares - sums.levels**2 / level_squares, 0)
    least: Floats = rest + floors[:, None] * INNOVATION
    return least


def _starts(num_values: int) -> Starts:
    return starts_after((num_values - 1) // EVERY + 1)


def weigh(sums: Sums, num_values: int, floors: Floats) -> Evidence:
    """Tell the evidence that each statistic creeps.

    Parameters
    ----------
    sums : Sums
    num_values : int
        Of how many values each.
    floors : array of float, shape (num_statistics,)
        The least that the variance of a value can be, that of sampling rows.
    """
    known, starts = responses(num_values), _starts(num_values)
    places = numpy.array(starts.places)
    level_squares = known.level_squares[num_values]
    both = numpy.stack(
        [(known.level[one:num_values] * known.creep[: num_values - one]).sum(0) for one in places],
        axis=1,
    )
    of_level = both / level_squares[:, None]
    squares = known.creep_squares[num_values - places].T - both * of_level
    products = sums.creeps[:, :, : len(places)] - of_level * sums.levels[:, :, None]
    slopes = products * _SLOPE_VARIANCE / (1 + _SLOPE_VARIANCE * squares)
    least = 0.5 * num_values * floors[:, None] * INNOVATION
    rest = numpy.maximum(_rest(sums, level_squares, floors), least)
    rest_beside = numpy.maximum(rest[:, :, None] - slopes * products, least[:, :, None])
    # A power of the ratio of what is left is what integrating out the spread makes of it.
    gains = 0.5 * num_values * (numpy.log(rest)[:, :, None] - numpy.log(rest_beside))
    gains -= 0.5 * numpy.log1p(_SLOPE_VARIANCE * squares)
    gains = _likely(rest, level_squares, num_values)[:, :, None] * numpy.exp(
        numpy.minimum(gains, _MOST_LOG)
    )
    by_start = gains.sum(axis=1) * numpy.array(starts.weights)
    best = by_start.argmax(axis=1)
    rows = numpy.arange(len(best))
    shares = gains[rows, :, best] / gains[rows, :, best].sum(axis=1, keepdims=True)
    slope = slopes[rows, :, best]
    level = sums.levels / level_squares - of_level[:, best].T * slope
    start = places[best]
    return Evidence(
        by_start.sum(axis=1),
        start,
        (shares * level).sum(axis=1),
        (shares * slope).sum(axis=1) * (num_values - 1 - start),
    )


def _likely(rest: Floats, level_squares: Floats, num_values: int) -> Floats:
    """Tell how likely each model of noise is without a creep."""
    log = 0.5 * (numpy.log(INNOVATION / level_squares) - num_values * numpy.log(rest))
    likely = numpy.exp(log - log.max(axis=1, keepdims=True))
    shares: Floats = likely / likely.sum(axis=1, keepdims=True)
    return shares
