"""Confidence-based performance estimation: what calibrated scores say that labels will be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy

from mltrace.errors import ArgumentError
from mltrace.tasks.estimating.calibration import Calibration, Calibrator, score_edges
from mltrace.tasks.estimating.measures import CONFUSION, SCORE_LOSSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.tasks.estimating.rows import LabelledRows

    Floats = NDArray[numpy.float64]

METRICS: Final = ("roc_auc", *CONFUSION, *SCORE_LOSSES)
LEAST_FOR_ISOTONIC: Final = 1000
"""With fewer labels, the two parameters of Platt are surer than a free curve is right."""
NUM_REPLICATES: Final = 200
NUM_CELLS: Final = 200
"""Into so many bins the scores of a window are parted, whose chances are interpolated."""


class Estimated(NamedTuple):
    """What a metric would be if all labels were known, and its bounds; NaN if undefined."""

    value: float
    low: float
    high: float


class _Cells(NamedTuple):
    """Rows of a window by score and predicted class: those without a label, and those with one.

    Of an array of cells the first axis is the predicted class, negative or positive, the second the
    bin of scores; those with labels have an axis more, in front, for the true class.
    """

    scores: Floats
    """The mean score of the pending rows of each bin."""
    pending: NDArray[numpy.int64]
    labelled: Floats
    losses: Floats
    """Sums of the loss over pending rows, if they are negative, or positive, by bin."""
    labelled_loss: float
    num_rows: int


def confidence_based(
    metric: str,
    pending: LabelledRows,
    labelled: LabelledRows,
    reference: LabelledRows,
    *,
    calibration: Calibration | None = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimated:
    """Estimate a metric of a window from scores, which are calibrated on rows with labels.

    Parameters
    ----------
    metric : str
        One of `METRICS`.
    pending, labelled : LabelledRows
        The rows of the window without a label, and those with one, which count as they are.
    reference : LabelledRows
        Other rows with labels; scores are calibrated on these and the labelled ones of the window.
    calibration : {'isotonic', 'platt'}, optional
        Default isotonic with 1,000 labels or more, Platt with fewer.
    confidence : float, default 0.95
        Of the interval.
    seed : int, default 0

    Raises
    ------
    ArgumentError
        If the metric cannot be estimated so, or there are no scores or no labels at all.

    Notes
    -----
    Each row without a label is positive with the chance that its score is calibrated to. The value
    is that of the expected counts. The interval is about this window: what the metric may be once
    all labels are known. Each of 200 replicates draws the reference anew, calibrates on it, and
    draws the missing labels; so it includes how little is known of the calibration.

    Assumed is that rows of a score are positive as often as those of the reference: where what a
    score means has changed, the estimate has not. Cost: sorting scores, and some 10 ms.

    References
    ----------
    Białek, Kivimäki, Kuberski, Perrakis (2024), Estimating model performance under covariate shift
    without labels, arXiv 2401.08348.

    Examples
    --------
    >>> from mltrace.tasks.estimating.rows import LabelledRows
    >>> rng = numpy.random.default_rng(1)
    >>> def draw(num):
    ...     scores = rng.random(num)
    ...     return LabelledRows(scores > 0.5, rng.random(num) < scores, scores)
    >>> found = confidence_based("accuracy", draw(2000), draw(0), draw(5000))
    >>> [round(one, 3) for one in found]
    [0.744, 0.725, 0.764]
    """
    source = reference.joined(labelled)
    if metric not in METRICS or pending.scores is None or source.scores is None or not len(source):
        raise ArgumentError(
            f"{metric} cannot be estimated from scores: it takes one of {', '.join(METRICS)}, "
            "scores of all rows, and some rows with labels to calibrate them on."
        )
    edges = score_edges(source.scores)
    places, num_bins = numpy.searchsorted(edges, source.scores), len(edges) + 1
    counts: NDArray[numpy.int64] = numpy.bincount(
        places + num_bins * source.truth.astype(int), minlength=2 * num_bins
    ).reshape(2, num_bins)
    cells = _cells(metric, pending, labelled)
    chosen = calibration or ("isotonic" if len(source) >= LEAST_FOR_ISOTONIC else "platt")
    fit = Calibrator(chosen, _means(places, source.scores, num_bins), cells.scores)
    expected = fit(counts[1].astype(float), counts.sum(0).astype(float)) * cells.pending
    value = float(_value(metric, expected[None], cells)[0])
    rng = numpy.random.default_rng(seed)
    replicates = _replicates(metric, counts, cells, fit, rng)
    if not numpy.isfinite(replicates).any():
        return Estimated(value, numpy.nan, numpy.nan)
    ends = numpy.nanquantile(replicates, [0.5 - confidence / 2, 0.5 + confidence / 2])
    return Estimated(value, min(float(ends[0]), value), max(float(ends[1]), value))


def _means(places: NDArray[numpy.int64], scores: Floats, num_bins: int) -> Floats:
    sums, counts = numpy.bincount(places, scores, num_bins), numpy.bincount(places, None, num_bins)
    means: Floats = sums / numpy.maximum(counts, 1)
    return means


def _cells(metric: str, pending: LabelledRows, labelled: LabelledRows) -> _Cells:
    scores, known = (numpy.asarray(rows.scores, float) for rows in (pending, labelled))
    edges = score_edges(numpy.concatenate([scores, known]), NUM_CELLS)
    loss = SCORE_LOSSES.get(metric)
    num_bins = len(edges) + 1
    places, known_places = numpy.searchsorted(edges, scores), numpy.searchsorted(edges, known)
    counts: NDArray[numpy.int64] = numpy.bincount(
        places + num_bins * pending.predicted.astype(int), minlength=2 * num_bins
    )
    classes = 2 * labelled.truth.astype(int) + labelled.predicted.astype(int)
    known_counts = numpy.bincount(known_places + num_bins * classes, minlength=4 * num_bins)
    losses, known_loss = numpy.zeros((2, num_bins)), 0.0
    if loss:
        for truth in (False, True):
            of_truth = loss(scores, is_positive=truth)
            losses[int(truth)] = numpy.bincount(places, of_truth, num_bins)
            known_loss += float(loss(known[labelled.truth == truth], is_positive=truth).sum())
    return _Cells(
        _means(places, scores, num_bins),
        counts.reshape(2, num_bins),
        known_counts.reshape(2, 2, num_bins).astype(float),
        losses,
        known_loss,
        len(pending) + len(labelled),
    )


def _replicates(
    metric: str,
    counts: NDArray[numpy.int64],
    cells: _Cells,
    fit: Calibrator,
    rng: numpy.random.Generator,
) -> Floats:
    num = int(counts.sum())
    drawn = rng.multinomial(num, counts.ravel() / num, NUM_REPLICATES)
    of_classes = numpy.asarray(drawn.reshape(NUM_REPLICATES, 2, -1), float)
    chances = fit(of_classes[:, 1], of_classes.sum(1))
    positives = numpy.asarray(rng.binomial(cells.pending[None], chances[:, None, :]), float)
    return _value(metric, positives, cells)


def _value(metric: str, positives: Floats, cells: _Cells) -> Floats:
    """Give the metric if so many pending rows of each cell are positive; shape (n, 2, num_bins)."""
    negatives = cells.pending[None] - positives
    if metric in CONFUSION:
        (tn, fp), (fn, tp) = cells.labelled.sum(-1)
        not_found, found = positives.sum(-1).T
        rejected, wrong = negatives.sum(-1).T
        value: Floats = CONFUSION[metric](tp + found, fp + wrong, fn + not_found, tn + rejected)
        return value
    if metric in SCORE_LOSSES:
        shares = positives.sum(1) / numpy.maximum(cells.pending.sum(0), 1)
        loss = (shares * cells.losses[1] + (1 - shares) * cells.losses[0]).sum(-1)
        total: Floats = (loss + cells.labelled_loss) / max(cells.num_rows, 1)
        return total
    known = cells.labelled.sum(1)
    return _area(positives.sum(1) + known[1], negatives.sum(1) + known[0])


def _area(positives: Floats, negatives: Floats) -> Floats:
    """Give the ROC AUC of counts by bin, those of a bin being ties."""
    below = numpy.cumsum(negatives, -1) - negatives / 2
    pairs = positives.sum(-1) * negatives.sum(-1)
    area = numpy.full(pairs.shape, numpy.nan)
    numpy.divide((positives * below).sum(-1), pairs, out=area, where=pairs > 0)
    return area
