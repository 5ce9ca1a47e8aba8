"""Moments: the mean, the standard deviation, the skewness and the kurtosis of two columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from mltrace.monitors.drift.methods.method import Comparison, register
from mltrace.monitors.drift.p_values.permuting import deal_p_value
from mltrace.monitors.drift.samples.counts import as_valued_counts, harmonic, standard_deviation

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from mltrace.monitors.drift.samples.pairs import Pair


def moment_differences(
    values: ArrayLike, current_counts: ArrayLike, reference_counts: ArrayLike
) -> NDArray[numpy.float64]:
    """Measure how far each of the first four moments of two columns of numbers differs.

    Parameters
    ----------
    values : array of float, shape (num_values,)
        The distinct values, or the middles of bins, ascending and finite.
    current_counts, reference_counts : array of int, shape (num_values,)
        Rows per value.

    Returns
    -------
    array of float, shape (4,)
        Of the current table less the reference: the mean, in standard deviations of both together;
        the logarithm of the standard deviation times the root of 2; the skewness over the root of
        6; the excess kurtosis over the root of 24. Each is in standard errors of a single normal
        row, so all of them are alike noisy. A constant has no skewness and no kurtosis: 0.

    Raises
    ------
    ArgumentError
        If the counts are not those of the values, or a table has no rows.

    Examples
    --------
    >>> moment_differences([0.0, 1.0, 2.0], [10, 20, 30], [30, 20, 10]).round(2).tolist()
    [0.82, 0.0, -0.51, 0.0]
    """
    places, ours, theirs = as_valued_counts(values, current_counts, reference_counts)
    return _differences(_scaled(places), ours, theirs)


def moments(
    values: ArrayLike, current_counts: ArrayLike, reference_counts: ArrayLike
) -> Comparison:
    """Test whether two columns of numbers have equal moments up to the kurtosis.

    Parameters
    ----------
    values : array of float, shape (num_values,)
        The distinct values, or the middles of bins, ascending and finite.
    current_counts, reference_counts : array of int, shape (num_values,)
        Rows per value. Rows without a value are left out.

    Returns
    -------
    Comparison
        The largest difference in standard errors; how often one is as large for equal
        distributions; and as effect size the largest of `moment_differences`: of a shift, the
        standardised difference of the means.

    Raises
    ------
    ArgumentError
        If the counts are not those of the values, or a table has no rows.

    Notes
    -----
    Mean and deviation miss changes of skew and kurtosis. The standard errors are those of normal
    variables, which makes the moments comparable; the p-value does not rest on that, for it is that
    of permutations, at least 0.0001. For it, more than 64 values are grouped. With few rows of
    heavy tails, the kurtosis is mostly noise, and the power small. Cost: O(num_values), with
    permutations 150 ms at most.

    References
    ----------
    Joanes and Gill (1998), "Comparing measures of sample skewness and kurtosis",
    doi:10.1111/1467-9884.00122.

    Examples
    --------
    >>> told = moments([0.0, 1.0, 2.0], [10, 20, 30], [30, 20, 10])
    >>> round(told.statistic, 2), round(told.effect_size, 2), told.p_value
    (4.47, 0.82, 0.0001)
    """
    places, ours, theirs = as_valued_counts(values, current_counts, reference_counts)
    places = _scaled(places)

    def largest(
        at: NDArray[Any], current: NDArray[Any], reference: NDArray[Any]
    ) -> NDArray[numpy.float64]:
        return numpy.asarray(numpy.abs(_differences(at, current, reference)).max(-1))

    effect = float(largest(places, ours, theirs))
    return Comparison(
        effect * harmonic(ours, theirs) ** 0.5,
        deal_p_value(largest, places, ours, theirs),
        effect,
    )


def _scaled(values: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    """Bring values between -1 and 1, else differences may outgrow a float."""
    return values / (float(numpy.abs(values).max()) or 1.0)


def _differences(
    values: NDArray[Any], current: NDArray[Any], reference: NDArray[Any]
) -> NDArray[numpy.float64]:
    pooled = current.sum(tuple(range(current.ndim - 1))) + reference.sum(
        tuple(range(reference.ndim - 1))
    )
    spread = standard_deviation(values, pooled) or 1.0
    center = float(pooled @ values) / float(pooled.sum())
    z = (values - center) / spread
    ours, theirs = (_shape(z, counts) for counts in (current, reference))
    return numpy.asarray((ours - theirs) / numpy.sqrt([1.0, 0.5, 6.0, 24.0]))


def _shape(z: NDArray[Any], counts: NDArray[Any]) -> NDArray[numpy.float64]:
    """Tell mean, logarithm of the deviation, skewness and kurtosis, shape (..., 4)."""
    shares = counts / counts.sum(-1, keepdims=True)
    raw = shares @ numpy.stack([z, z**2, z**3, z**4], axis=1)
    mean, second, third, fourth = numpy.moveaxis(raw, -1, 0)
    variance = numpy.maximum(second - mean**2, 0.0)
    m3 = third - 3 * mean * second + 2 * mean**3
    m4 = fourth - 4 * mean * third + 6 * mean**2 * second - 3 * mean**4
    is_spread = variance > _CONSTANT
    safe = numpy.where(is_spread, variance, 1.0)
    skewness = numpy.where(is_spread, m3 / safe**1.5, 0.0)
    kurtosis = numpy.where(is_spread, m4 / safe**2 - 3, 0.0)
    log_spread = numpy.log(numpy.maximum(variance, _CONSTANT)) / 2
    return numpy.stack([mean, log_spread, skewness, kurtosis], axis=-1)


_CONSTANT = 1e-12
"""The variance, of that of both tables, that counts as none."""


@register(
    "moments",
    effect="largest difference of the moments, the mean in standard deviations",
    min_effect=0.2,
    is_ordered_only=True,
)
def _of_pair(pair: Pair) -> Comparison:
    return moments(pair.values, pair.current, pair.reference)
