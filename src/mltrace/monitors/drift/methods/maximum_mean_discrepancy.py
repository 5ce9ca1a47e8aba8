"""Maximum mean discrepancy (MMD): whole rows of two tables compared by a kernel."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy

from mltrace.errors import ArgumentError
from mltrace.monitors.drift.methods.method import Comparison, register
from mltrace.monitors.drift.seeding import SEED

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from mltrace.monitors.drift.samples.features import Features

    Floats = NDArray[numpy.float64]

_NUM_DRAWS: Final = 999
_ROUNDING: Final = 1e-12


def maximum_mean_discrepancy(
    current: ArrayLike,
    reference: ArrayLike,
    *,
    num_draws: int = _NUM_DRAWS,
    seed: int = SEED,
) -> Comparison:
    """Test whether the rows of two tables are of one distribution, all columns together.

    Parameters
    ----------
    current, reference : array of float, shapes (num_rows, num_features)
        Finite numbers, of like scales; at least two rows each.
    num_draws : int, default 999
        How often rows are dealt out to two tables at random.
    seed : int
        Of the generator, so that equal data have equal p-values.

    Returns
    -------
    Comparison
        The squared discrepancy, biased, at least 0; its p-value, at least ``1 / (num_draws + 1)``;
        and as effect size the root of the unbiased one, from 0 to 1.42.

    Raises
    ------
    ArgumentError
        If the arrays do not fit each other, or have less than two rows.

    Notes
    -----
    It sees what no single column shows, as a lost correlation. The kernel is Gaussian, its width
    the median distance of two rows. The p-value is that of permutations of the rows, which are
    assumed to be independent. Of a table, 500 rows are compared. Cost: O(num_rows ** 2 *
    (num_features + num_draws)).

    References
    ----------
    Gretton, Borgwardt, Rasch, Schölkopf and Smola (2012), "A kernel two-sample test", Journal of
    Machine Learning Research 13. The permutations: Rabanser, Günnemann and Lipton (2019), "Failing
    loudly", arXiv:1810.11953.

    Examples
    --------
    >>> rows = numpy.random.default_rng(0).normal(size=(200, 2))
    >>> told = maximum_mean_discrepancy(rows[:100] + 1, rows[100:])
    >>> told.p_value, round(told.effect_size, 1)
    (0.001, 0.5)
    """
    ours, theirs = numpy.asarray(current, float), numpy.asarray(reference, float)
    is_fitting = ours.ndim == theirs.ndim == 2 and ours.shape[1:] == theirs.shape[1:]
    if not is_fitting or min(len(ours), len(theirs)) < 2:
        raise ArgumentError(
            f"Rows of shapes {ours.shape} and {theirs.shape} cannot be compared; give two tables "
            "of at least two rows each, with the same features."
        )
    kernel = _kernel(numpy.concatenate((ours, theirs)))
    num, num_reference = len(ours), len(theirs)
    signs = numpy.repeat([1 / num, -1 / num_reference], [num, num_reference])
    value = float(signs @ kernel @ signs)
    value = value if value > _ROUNDING else 0.0
    random = numpy.random.default_rng(seed)
    dealt = random.permuted(numpy.tile(signs, (num_draws, 1)), axis=1).T
    deals = numpy.einsum("ij,ij->j", dealt, kernel @ dealt)
    as_large = int(numpy.count_nonzero(deals >= value - _ROUNDING))
    own, own_reference = _mean_of_pairs(kernel[:num, :num]), _mean_of_pairs(kernel[num:, num:])
    unbiased = value - (1 - own) / num - (1 - own_reference) / num_reference
    return Comparison(value, (as_large + 1) / (num_draws + 1), math.sqrt(max(unbiased, 0.0)))


def _mean_of_pairs(kernel: Floats) -> float:
    """Tell the mean of the kernel over pairs of different rows."""
    number = len(kernel)
    return float((kernel.sum() - number) / (number * (number - 1)))


def _kernel(rows: Floats) -> Floats:
    """Compute the Gaussian kernel of all pairs of rows."""
    squares = (rows**2).sum(1)
    distances = numpy.maximum(squares[:, None] + squares - 2 * rows @ rows.T, 0.0)
    apart = distances[numpy.triu_indices(len(rows), 1)]
    width = float(numpy.median(apart)) or float(apart.mean()) or 1.0
    numpy.fill_diagonal(distances, 0.0)
    return numpy.asarray(numpy.exp(-distances / width))


@register(
    "mmd",
    effect="root of the unbiased squared discrepancy",
    min_effect=0.05,
    scope="table",
    max_rows=500,
)
def _of_features(features: Features) -> Comparison:
    return maximum_mean_discrepancy(features.current, features.reference)
