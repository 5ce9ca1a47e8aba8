"""Permutation tests of two rows of counts: right for any statistic, any ties and any sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.monitors.drift.samples.counts import grouped
from mltrace.monitors.drift.seeding import SEED

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Valued = Callable[[NDArray[Any], NDArray[Any], NDArray[Any]], NDArray[numpy.float64]]
    Statistic = Callable[[NDArray[Any], NDArray[Any]], NDArray[numpy.float64]]

NUM_DRAWS: Final = 9_999
MAX_ROWS: Final = 999_000_000
"""Somewhat less than the rows that NumPy refuses to draw from."""
_MAX_GROUPS: Final = 64
_FIRST: Final = 99
_ENOUGH: Final = 50
_CELLS_AT_ONCE: Final = 1 << 21


def permutation_p_value(
    statistic: Statistic,
    current: ArrayLike,
    reference: ArrayLike,
    *,
    num_draws: int = NUM_DRAWS,
    seed: int = SEED,
) -> float:
    """Tell how often rows dealt out at random differ at least as much as those at hand.

    Parameters
    ----------
    statistic : callable
        Tells of arrays of current and reference counts, shapes (num_draws, num_cells), how much
        they differ, shape (num_draws,); larger is more.
    current, reference : array of int, shape (num_cells,)
        Rows per cell; at most 999,000,000 in all.
    num_draws : int, default 9,999
        How often rows are dealt out at most.
    seed : int
        Of the generator, so that equal data have equal p-values.

    Returns
    -------
    float
        At least ``1 / (num_draws + 1)``.

    Notes
    -----
    All rows are dealt out anew to two tables of the sizes at hand, by the multivariate
    hypergeometric distribution: conditional on the values, each deal is equally likely if both
    tables are of one distribution, so the p-value is right whatever that is. The deal at hand
    counts as one. Draws stop early when some 50 are as large: then the p-value is not small, and
    known well enough. Cost: O(num_draws * num_cells).

    References
    ----------
    Phipson and Smyth (2010), "Permutation p-values should never be zero",
    doi:10.2202/1544-6115.1585. Besag and Clifford (1991), "Sequential Monte Carlo p-values",
    doi:10.1093/biomet/78.2.301.

    Examples
    --------
    >>> def distance(ours, theirs):
    ...     return abs(ours[:, 0] / ours.sum(1) - theirs[:, 0] / theirs.sum(1))
    >>> permutation_p_value(distance, [5, 5], [50, 50])
    1.0
    """
    ours, theirs = numpy.asarray(current), numpy.asarray(reference)
    pooled, num_rows = ours + theirs, int(ours.sum())
    observed = float(statistic(ours[None], theirs[None])[0])
    least = observed - 1e-9 * abs(observed)  # equal but for rounding is as large
    random = numpy.random.default_rng(seed)
    drawn = as_large = 0
    batch = _FIRST
    while drawn < num_draws and as_large < _ENOUGH:
        batch = min(batch, num_draws - drawn, max(_CELLS_AT_ONCE // len(pooled), 1))
        deals = random.multivariate_hypergeometric(pooled, num_rows, size=batch)
        as_large += int(numpy.count_nonzero(statistic(deals, pooled - deals) >= least))
        drawn += batch
        batch = drawn * 2
    return (as_large + 1) / (drawn + 1)


def deal_p_value(
    statistic: Valued, values: NDArray[Any], current: NDArray[Any], reference: NDArray[Any]
) -> float:
    """Tell the p-value of a statistic that looks at values, by permutations of at most 64 groups.

    Parameters
    ----------
    statistic : callable
        As of `permutation_p_value`, with the values as its first argument.
    values : array of float, shape (num_values,)
        Ascending.
    current, reference : array of int, shape (num_values,)
        Rows per value. More than 499,500,000 in a table are taken as if there were that many.

    Notes
    -----
    Groups have about equally many rows of both tables together, and the mean of them as a value.
    """
    if len(values) < 2:
        return 1.0
    pooled = current + reference
    total = float(pooled.sum())
    groups = grouped(pooled, _MAX_GROUPS)
    means = numpy.bincount(groups, values * (pooled / total)) / numpy.bincount(
        groups, pooled / total
    )
    ours, theirs = (_shrunk(numpy.bincount(groups, one)) for one in (current, reference))
    return permutation_p_value(lambda a, b: statistic(means, a, b), ours, theirs)


def _shrunk(counts: NDArray[Any]) -> NDArray[numpy.int64]:
    factor = min(1.0, MAX_ROWS / 2 / float(counts.sum()))
    return numpy.asarray(numpy.rint(counts * factor).astype(numpy.int64))
