"""Which method estimates a metric, and what has to hold for it to be right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from mltrace.errors import ArgumentError
from mltrace.tasks.estimating import confidence_based, post_stratified

if TYPE_CHECKING:
    from mltrace.tasks.estimating.confidence_based import Estimated
    from mltrace.tasks.estimating.rows import LabelledRows

EstimateMethod = Literal["confidence-based", "post-stratified"]
LEAST_REFERENCE = 30


class EstimatedMetric(NamedTuple):
    """A metric that was estimated, by which method, and what is assumed."""

    estimated: Estimated
    method: EstimateMethod
    assumption: str


def estimate_metric(
    metric: str,
    pending: LabelledRows,
    labelled: LabelledRows,
    reference: LabelledRows,
    *,
    method: EstimateMethod | None = None,
    confidence: float = 0.95,
) -> EstimatedMetric:
    """Estimate a metric of a window, some or all of whose labels are missing.

    Parameters
    ----------
    metric : str
        Such as "accuracy", "roc_auc" or "mae".
    pending, labelled : LabelledRows
        The rows of the window without a label, and those with one.
    reference : LabelledRows
        Rows of other windows that have labels; there may be none.
    method : {'confidence-based', 'post-stratified'}, optional
        Default: from calibrated scores where there are any and the metric can be had from them,
        unless features are given; else from strata of predictions and features.
    confidence : float, default 0.95
        Of the interval.

    Raises
    ------
    ArgumentError
        If there are fewer than 30 rows with labels, or the metric cannot be estimated by the
        method, or by any.
    """
    num_labels = len(labelled) + len(reference)
    if num_labels < LEAST_REFERENCE:
        raise ArgumentError(
            f"There are {num_labels} predictions with labels to estimate {metric} from; it takes "
            f"{LEAST_REFERENCE} or more. Name a window that has labels as the reference."
        )
    has_scores = all(rows.scores is not None for rows in (pending, labelled, reference))
    chosen = method or _method(metric, has_scores=has_scores, has_features=bool(pending.features))
    if chosen == "confidence-based":
        found = confidence_based.confidence_based(
            metric, pending, labelled, reference, confidence=confidence
        )
        return EstimatedMetric(
            found,
            chosen,
            "Predictions of a score are positive as often as those with labels: nothing but the "
            "mix of scores has changed (no concept drift), and labels are missing by it alone.",
        )
    if chosen != "post-stratified":
        methods = " and ".join(repr(one) for one in get_args(EstimateMethod))
        raise ArgumentError(f"No method {chosen!r} to estimate by; there are {methods}.")
    told, parted_by = post_stratified.post_stratified(
        metric, pending, labelled, reference, confidence=confidence
    )
    alike = f"of the same {', '.join(parted_by)}" if parted_by else "of the window"
    return EstimatedMetric(
        told,
        chosen,
        f"Predictions {alike} are as good with a label as without: nothing but the mix of these "
        "has changed (no concept drift), and labels are missing by them alone.",
    )


def _method(metric: str, *, has_scores: bool, has_features: bool) -> EstimateMethod:
    of_scores = has_scores and metric in confidence_based.METRICS
    of_strata = metric in post_stratified.METRICS
    if not of_scores and not of_strata:
        names = dict.fromkeys((*confidence_based.METRICS, *post_stratified.METRICS))
        hint = " from scores, which were not given" if metric in confidence_based.METRICS else ""
        raise ArgumentError(
            f"{metric} cannot be estimated{hint}; what can: {', '.join(sorted(names))}."
        )
    return (
        "confidence-based" if of_scores and not (has_features and of_strata) else "post-stratified"
    )
