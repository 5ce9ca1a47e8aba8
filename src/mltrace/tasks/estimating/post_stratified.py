"""Post-stratified estimation: rows with labels speak for those without that are alike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy

from mltrace.distributions.quantiles import two_sided_z
from mltrace.errors import ArgumentError
from mltrace.tasks.estimating.confidence_based import Estimated
from mltrace.tasks.estimating.measures import CONFUSION, ERRORS, SCORE_LOSSES
from mltrace.tasks.estimating.strata import LEAST_LABELS, Strata

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mltrace.tasks.estimating.rows import LabelledRows

    Floats = NDArray[numpy.float64]

METRICS: Final = (*CONFUSION, *SCORE_LOSSES, *ERRORS)
_RIDGE: Final = 1e-3
_STEP: Final = 1e-4


class PostStratified(NamedTuple):
    """A metric that was estimated, and the names of what rows were parted by."""

    estimated: Estimated
    parted_by: tuple[str, ...]


def post_stratified(
    metric: str,
    pending: LabelledRows,
    labelled: LabelledRows,
    reference: LabelledRows,
    *,
    confidence: float = 0.95,
) -> PostStratified:
    """Estimate a metric of a window from rows with labels, weighted to be like those without.

    Parameters
    ----------
    metric : str
        One of `METRICS`.
    pending, labelled : LabelledRows
        The rows of the window without a label, and those with one, which count as they are.
    reference : LabelledRows
        Other rows with labels, which speak for those without as the labelled ones of the window do.
    confidence : float, default 0.95
        Of the interval.

    Raises
    ------
    ArgumentError
        If the metric cannot be estimated so, or there are fewer than 10 rows with labels.

    Notes
    -----
    Rows are parted into bins of the score or prediction, and of each feature by such bins. What a
    metric sums up of a row, such as its absolute error, is regressed on these strata, with no
    interaction of features, and predicted for rows without a label: the generalised regression
    estimator. With one factor it is post-stratification. The interval is about this window, from
    residuals that are robust against unequal spread: how little is known of the strata, and how
    rows vary within them.

    Assumed is that within a stratum rows with and without labels are alike. Cost: linear in rows.

    References
    ----------
    Särndal, Swensson, Wretman (1992), Model assisted survey sampling, chapters 6 and 7.

    Examples
    --------
    >>> from mltrace.tasks.estimating.rows import LabelledRows
    >>> rng = numpy.random.default_rng(1)
    >>> def draw(num, low, high):
    ...     predicted = rng.uniform(low, high, num)
    ...     return LabelledRows(predicted, predicted + rng.normal(size=num) * predicted)
    >>> labelled, pending = draw(3000, 0, 10), draw(1000, 8, 10)  # where errors are larger
    >>> found, _ = post_stratified("mae", pending, draw(0, 0, 1), labelled)
    >>> in_truth = abs(pending.predicted - pending.truth).mean()
    >>> [round(float(one), 2) for one in (*found, in_truth)]
    [7.36, 6.81, 7.91, 7.36]
    """
    source = reference.joined(labelled)
    has_scores = source.scores is not None and pending.scores is not None
    if metric not in METRICS or (metric in SCORE_LOSSES and not has_scores):
        raise ArgumentError(
            f"{metric} cannot be estimated from strata; it takes one of {', '.join(METRICS)}, and "
            "scores where it is of scores."
        )
    if len(source) < LEAST_LABELS:
        raise ArgumentError(
            f"There are {len(source)} rows with labels; an estimate takes {LEAST_LABELS} or more. "
            "Name a window with labels as the reference."
        )
    strata = Strata.of(source)
    sums, value = _summed(metric, source), _value_of(metric)
    design, goal = strata.design(source), strata.design(pending).sums()
    inverse = numpy.linalg.inv(design.products() + _RIDGE * numpy.eye(len(goal)))
    effects = inverse @ numpy.column_stack([design.sums(column) for column in sums.T])
    known = _summed(metric, labelled).sum(0)
    num = max(len(pending) + len(labelled), 1)
    totals = known + goal @ effects
    found, slopes = value(totals / num), _gradient(value, totals / num)
    weights = design.fitted(inverse @ goal)
    residuals = (sums * slopes).sum(1) - design.fitted(effects @ slopes)
    spread = float((residuals**2 * numpy.maximum(weights, 0)).sum())
    error = math.sqrt(float(((weights * residuals) ** 2).sum()) + spread) / num
    reach = two_sided_z(confidence) * error
    return PostStratified(Estimated(found, found - reach, found + reach), strata.names)


def _summed(metric: str, rows: LabelledRows) -> Floats:
    """Give for each row what the metric sums up, a column for each sum."""
    if metric in CONFUSION:
        said, truth = rows.predicted.astype(bool), rows.truth.astype(bool)
        cells = (said & truth, said & ~truth, ~said & truth, ~said & ~truth)
        return numpy.column_stack(cells).astype(float)
    if metric in ERRORS:
        return ERRORS[metric](rows)[:, None]
    loss, scores = SCORE_LOSSES[metric], numpy.asarray(rows.scores, float)
    both = (loss(scores, is_positive=truth) for truth in (True, False))
    return numpy.where(rows.truth.astype(bool), *both)[:, None]


def _value_of(metric: str) -> Callable[[Floats], float]:
    """Give the metric as a function of means over rows."""
    if metric in CONFUSION:
        return lambda means: float(CONFUSION[metric](*means))
    if metric == "rmse":
        return lambda means: math.sqrt(max(float(means[0]), 0.0))
    return lambda means: float(means[0])


def _gradient(value: Callable[[Floats], float], means: Floats) -> Floats:
    steps = _STEP * numpy.maximum(numpy.abs(means), _STEP) * numpy.eye(len(means))
    slopes = [(value(means + step) - value(means - step)) / (2 * step.sum()) for step in steps]
    return numpy.array(slopes)
