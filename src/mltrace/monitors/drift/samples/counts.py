"""Two rows of counts, checked, and what is told of them: shares, bins, how they accumulate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from mltrace.monitors.drift.samples.pairs import Pair

    Counts = NDArray[Any]
    Floats = NDArray[numpy.float64]

MAX_BINS: Final = 10


def as_counts(current: ArrayLike, reference: ArrayLike) -> tuple[Counts, Counts]:
    """Take rows per cell of two tables, without cells that are empty in both.

    Raises
    ------
    ArgumentError
        If shapes differ, counts are no whole numbers of at least 0, or a table has no rows.
    """
    ours, theirs = numpy.asarray(current), numpy.asarray(reference)
    if ours.ndim != 1 or ours.shape != theirs.shape:
        raise ArgumentError(
            f"Counts of shapes {ours.shape} and {theirs.shape} cannot be compared; give two rows "
            "of counts of the same cells."
        )
    for counts, name in ((ours, "current"), (theirs, "reference")):
        is_whole = numpy.isfinite(counts).all() and (counts == numpy.floor(counts)).all()
        if not (is_whole and (counts >= 0).all() and counts.sum() > 0):
            raise ArgumentError(
                f"The {name} counts are no rows per cell: give whole numbers of at least 0, and at "
                "least one row."
            )
    ours, theirs = ours.astype(numpy.int64), theirs.astype(numpy.int64)
    used = (ours + theirs) > 0
    return ours[used], theirs[used]


def as_valued_counts(
    values: ArrayLike, current: ArrayLike, reference: ArrayLike
) -> tuple[Floats, Counts, Counts]:
    """Take rows per value of two tables, without values that stand in neither.

    Raises
    ------
    ArgumentError
        If the values are not ascending and finite, or counts cannot be.
    """
    places = numpy.asarray(values, numpy.float64)
    if places.shape != numpy.shape(current):
        raise ArgumentError(
            f"Values of shape {places.shape} do not fit counts of shape {numpy.shape(current)}."
        )
    ours, theirs = as_counts(current, reference)
    if not (numpy.isfinite(places).all() and (places[1:] > places[:-1]).all()):
        raise ArgumentError("The values are not ascending and finite; give each of them once.")
    return places[numpy.asarray(current) + numpy.asarray(reference) > 0], ours, theirs


def standard_deviation(values: Floats, counts: Counts) -> float:
    """Tell the standard deviation of values that stand a number of times each."""
    shares = counts / counts.sum()
    unit = float(numpy.abs(values).max(initial=0.0)) or 1.0  # else squares may outgrow a float
    distances = values / unit - float(shares @ (values / unit))
    return unit * math.sqrt(float(shares @ distances**2))


def shares_of(current: Counts, reference: Counts) -> tuple[Floats, Floats]:
    """Turn counts, by the last axis, into shares."""
    return (
        current / current.sum(-1, keepdims=True),
        reference / reference.sum(-1, keepdims=True),
    )


def harmonic(current: Counts, reference: Counts) -> float:
    """Tell the size by which differences of shares are noisy: ``n * m / (n + m)``."""
    num, num_reference = float(current.sum()), float(reference.sum())
    return num * (num_reference / (num + num_reference))


def gaps(current: Counts, reference: Counts) -> Floats:
    """Tell, between neighbouring cells, by how much the cumulative shares differ.

    Returns
    -------
    array of float, shape (..., num_cells - 1)
    """
    ours, theirs = shares_of(current, reference)
    differences: Floats = (ours - theirs).cumsum(-1)[..., :-1]
    return differences


def binned(pair: Pair) -> tuple[Counts, Counts]:
    """Count rows by bins: values, in ten groups at most if they are ordered, then what is no value.

    Groups have about as many rows of both tables together.
    """
    ours, theirs = pair.current, pair.reference
    if pair.is_ordered and len(ours):
        groups = grouped(ours + theirs, MAX_BINS)
        ours, theirs = (numpy.bincount(groups, one) for one in (ours, theirs))
    without = numpy.array(list(pair.without.values()), numpy.int64).reshape(-1, 2)
    return (
        numpy.concatenate((ours, without[:, 0])).astype(numpy.int64),
        numpy.concatenate((theirs, without[:, 1])).astype(numpy.int64),
    )


def grouped(weights: ArrayLike, max_groups: int) -> NDArray[numpy.intp]:
    """Part cells in their order into groups of about equal weight.

    Parameters
    ----------
    weights : array, shape (num_cells,)
        At least 0.
    max_groups : int
        How many groups there may be.

    Returns
    -------
    array of int, shape (num_cells,)
        The group of each cell, ascending from 0 without gaps.

    Examples
    --------
    >>> grouped([1, 1, 5, 1, 1, 1], 3).tolist()
    [0, 0, 1, 2, 2, 2]
    """
    heavy = numpy.asarray(weights, numpy.float64)
    if len(heavy) <= max_groups:
        return numpy.arange(len(heavy))
    middles = heavy.cumsum() - heavy / 2
    groups = (middles / heavy.sum() * max_groups).astype(numpy.intp)
    return numpy.unique(groups, return_inverse=True)[1].reshape(-1)
