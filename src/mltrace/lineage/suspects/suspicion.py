"""Scores how well a candidate tells flagged outputs from others, by the formulas of the literature.

Each formula takes counts as numbers or as arrays, so that it scores all candidates, or all draws of
a simulation, in one call. Outsiders join by entry points `mltrace.suspicion`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from mltrace.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Formula = Callable[["Counts"], NDArray[np.float64]]

_LEAST: Final = 0.5
_Z: Final = 1.959964


class Counts(NamedTuple):
    """Outputs that depend on a candidate, and outputs that do not, both flagged and unflagged.

    The literature of fault localisation calls them ef, ep, nf and np. Whole numbers, fractions or
    arrays of them.
    """

    num_flagged: Any
    num_unflagged: Any
    num_flagged_without: Any
    num_unflagged_without: Any


methods: Final = Registry["Formula"]("suspicion", noun="method")


@methods.register("ochiai")
def ochiai(counts: Counts) -> NDArray[np.float64]:
    """Score by the cosine between the outputs that depend on a candidate and the flagged ones.

    ``ef / sqrt((ef + nf) * (ef + ep))``, from 0 to 1: 1 if all flagged outputs and no others depend
    on it.

    References
    ----------
    Ochiai (1957), Bulletin of the Japanese Society of Scientific Fisheries 22(9). For finding
    faults: Abreu, Zoeteweij and van Gemund (2007), "On the accuracy of spectrum-based fault
    localization", doi:10.1109/TAIC.PART.2007.13.

    Examples
    --------
    >>> ochiai(Counts([10, 10, 0], [0, 30, 5], [0, 0, 10], [50, 20, 45])).tolist()
    [1.0, 0.5, 0.0]
    """
    ef, ep, nf, _ = _floats(counts)
    return _ratio(ef, np.sqrt((ef + nf) * (ef + ep)))


@methods.register("tarantula")
def tarantula(counts: Counts) -> NDArray[np.float64]:
    """Score by the share of flagged outputs that depend on a candidate, against that of others.

    ``f / (f + p)`` with ``f = ef / (ef + nf)`` and ``p = ep / (ep + np)``, from 0 to 1. It is 1 for
    whatever no unflagged output depends on, however few flagged ones do.

    References
    ----------
    Jones and Harrold (2005), "Empirical evaluation of the Tarantula automatic fault-localization
    technique", doi:10.1145/1101908.1101949.

    Examples
    --------
    >>> tarantula(Counts([10, 1, 5], [0, 0, 25], [0, 9, 5], [50, 50, 25])).tolist()
    [1.0, 1.0, 0.5]
    """
    ef, ep, nf, unflagged_without = _floats(counts)
    flagged, unflagged = _ratio(ef, ef + nf), _ratio(ep, ep + unflagged_without)
    return _ratio(flagged, flagged + unflagged)


@methods.register("dstar")
def dstar(counts: Counts) -> NDArray[np.float64]:
    """Score by D* with the usual exponent 2, which rewards coverage of the flagged outputs.

    ``ef ** 2 / (ep + nf)``, from 0 upwards. A divisor below a half counts as a half, so that a
    perfect candidate has a finite score, above that of any other.

    References
    ----------
    Wong, Debroy, Gao and Li (2014), "The DStar method for effective software fault localization",
    doi:10.1109/TR.2013.2285319.

    Examples
    --------
    >>> dstar(Counts([10, 10, 0], [0, 20, 5], [0, 0, 10], [50, 30, 45])).tolist()
    [200.0, 5.0, 0.0]
    """
    ef, ep, nf, _ = _floats(counts)
    return np.asarray(ef**2 / np.maximum(ep + nf, _LEAST))


@methods.register("jaccard")
def jaccard(counts: Counts) -> NDArray[np.float64]:
    """Score by the share of outputs that are flagged and depend among those that are either.

    ``ef / (ef + nf + ep)``, from 0 to 1.

    References
    ----------
    Jaccard (1901). For finding faults: Chen, Kiciman, Fratkin, Fox and Brewer (2002), "Pinpoint:
    problem determination in large, dynamic internet services", doi:10.1109/DSN.2002.1029005.

    Examples
    --------
    >>> jaccard(Counts([10, 10, 0], [0, 30, 5], [0, 0, 10], [50, 20, 45])).tolist()
    [1.0, 0.25, 0.0]
    """
    ef, ep, nf, _ = _floats(counts)
    return _ratio(ef, ef + nf + ep)


def find_intervals(formula: Formula, counts: Counts) -> tuple[NDArray[Any], NDArray[Any]]:
    """Find the interval of each score: how far it could lie off for so few outputs.

    Returns
    -------
    tuple of two arrays of float
        The lower and upper ends, of the shape of the counts; the score is never outside.

    Notes
    -----
    The shares of flagged and of unflagged outputs that depend on a candidate each have Wilson's
    95 % interval. A score grows with the first share and falls with the second, so it is lowest
    where the first is lowest and the second highest. Both ends at once are rarer than one, so the
    interval holds the score of the true shares in more than 95 % of cases. Outputs are taken as
    independent; those of one run often are not, and the interval is then too narrow.

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference",
    doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> low, high = find_intervals(ochiai, Counts([18], [2], [2], [478]))
    >>> low.round(2).item(), high.round(2).item()
    (0.68, 0.97)
    """
    ef, ep, nf, unflagged_without = _floats(counts)
    num_flagged, num_unflagged = ef + nf, ep + unflagged_without
    least_flagged, most_flagged = _wilson(ef, num_flagged)
    least_unflagged, most_unflagged = _wilson(ep, num_unflagged)

    def score(flagged: Any, unflagged: Any) -> NDArray[np.float64]:
        return formula(Counts(flagged, unflagged, num_flagged - flagged, num_unflagged - unflagged))

    low = score(least_flagged * num_flagged, most_unflagged * num_unflagged)
    return low, score(most_flagged * num_flagged, least_unflagged * num_unflagged)


def _wilson(part: Any, whole: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find Wilson's interval of a share; of nothing it is all from 0 to 1."""
    share = _ratio(part, whole)
    spread = _ratio(np.full(np.shape(whole), _Z**2), whole)
    middle = (share + spread / 2) / (1 + spread)
    half = np.sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread)
    return np.minimum(middle - half, share).clip(0), np.maximum(middle + half, share).clip(None, 1)


def _floats(counts: Counts) -> tuple[NDArray[np.float64], ...]:
    return tuple(np.asarray(column, dtype=np.float64) for column in counts)


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide; nothing of nothing is 0."""
    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=whole > 0)
