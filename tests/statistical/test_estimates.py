"""How often the interval of an estimate holds what the metric turns out to be, and where it fails.

Of 100 simulated windows each, intervals of 95 % must hold 87, as those of 93 % nearly always do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy
import pytest

from mltrace.tasks.estimating.confidence_based import confidence_based
from mltrace.tasks.estimating.measures import CONFUSION, ERRORS, SCORE_LOSSES
from mltrace.tasks.estimating.post_stratified import post_stratified
from mltrace.tasks.estimating.rows import LabelledRows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[numpy.float64]

NUM = 100
LEAST = 0.87
NONE = numpy.zeros(0, int)


def logistic(values: Floats) -> Floats:
    return 1 / (1 + numpy.exp(-values))


def classified(
    rng: numpy.random.Generator, num: int, *, shift: float = 0.0, drift: float = 0.0
) -> LabelledRows:
    """Draw rows whose scores are too sure; `shift` moves them, `drift` what they mean."""
    logits = rng.normal(shift - 1, 1.5, num)
    scores = logistic(2 * logits)
    return LabelledRows(scores > 0.5, rng.random(num) < logistic(logits + drift), scores)


def regressed(rng: numpy.random.Generator, num: int, *, shift: float = 0.0) -> LabelledRows:
    feature = rng.normal(shift, 1, num)
    region = rng.choice(["north", "south"], num, p=[0.5 - 0.3 * shift, 0.5 + 0.3 * shift])
    spread = (1 + 0.5 * abs(feature)) * (1 + (region == "south"))
    predicted = 3 * feature
    features = {"region": region, "feature": feature}
    return LabelledRows(predicted, predicted + rng.normal(size=num) * spread, None, features)


def metric_of(metric: str, rows: LabelledRows) -> float:
    if metric in ERRORS:
        mean = float(ERRORS[metric](rows).mean())
        return mean**0.5 if metric == "rmse" else mean
    truth, said, scores = rows.truth, rows.predicted, numpy.asarray(rows.scores)
    if metric in SCORE_LOSSES:
        loss = SCORE_LOSSES[metric]
        return float(
            numpy.where(
                truth, loss(scores, is_positive=True), loss(scores, is_positive=False)
            ).mean()
        )
    if metric == "roc_auc":
        ordered = numpy.sort(scores[~truth])
        return float(numpy.searchsorted(ordered, scores[truth]).mean() / len(ordered))
    cells = (truth & said, ~truth & said, truth & ~said, ~truth & ~said)
    return float(CONFUSION[metric](*(float(cell.sum()) for cell in cells)))


def covered(
    metric: str,
    rng: numpy.random.Generator,
    *,
    num_reference: int,
    known: float = 0.0,
    **change: float,
) -> tuple[float, float]:
    """Tell how often the interval holds the metric, and by how much estimates are off."""
    hits, errors = [], []
    for seed in range(NUM):
        reference, window = classified(rng, num_reference), classified(rng, 1500, **change)
        is_known = rng.random(len(window)) < known
        found = confidence_based(
            metric, window.take(~is_known), window.take(is_known), reference, seed=seed
        )
        truth = metric_of(metric, window)
        hits.append(found.low <= truth <= found.high)
        errors.append(found.value - truth)
    return float(numpy.mean(hits)), float(numpy.mean(errors))


@pytest.mark.parametrize("metric", ["accuracy", "precision", "recall", "roc_auc", "log_loss"])
def test_intervals_from_scores_hold_the_metric_where_the_mix_of_scores_has_changed(
    metric: str,
) -> None:
    rate, error = covered(metric, numpy.random.default_rng(1), num_reference=2000, shift=0.7)
    assert rate >= LEAST
    assert abs(error) <= 0.01


@pytest.mark.parametrize("metric", ["accuracy", "f1", "roc_auc"])
def test_intervals_from_few_labels_are_as_sure(metric: str) -> None:
    rng = numpy.random.default_rng(2)
    assert covered(metric, rng, num_reference=300, known=0.2)[0] >= LEAST


def test_an_estimate_does_not_see_that_scores_mean_something_else() -> None:
    rate, error = covered("accuracy", numpy.random.default_rng(3), num_reference=2000, drift=1.5)
    assert rate <= 0.1
    assert error >= 0.03


def test_labels_of_the_window_correct_what_a_drift_does() -> None:
    rng = numpy.random.default_rng(3)
    _, blind = covered("accuracy", rng, num_reference=500, drift=1.5)
    _, seeing = covered("accuracy", rng, num_reference=500, drift=1.5, known=0.5)
    assert abs(seeing) < abs(blind) / 3


@pytest.mark.parametrize("metric", ["mae", "rmse"])
def test_intervals_from_strata_hold_the_error_where_the_mix_of_rows_has_changed(
    metric: str,
) -> None:
    rng = numpy.random.default_rng(4)
    hits, off, naive = [], [], []
    for _ in range(NUM):
        reference, window = regressed(rng, 3000), regressed(rng, 1000, shift=0.6)
        found, _ = post_stratified(metric, window, window.take(NONE), reference)
        truth = metric_of(metric, window)
        hits.append(found.low <= truth <= found.high)
        off.append(found.value / truth - 1)
        naive.append(metric_of(metric, reference) / truth - 1)
    assert numpy.mean(hits) >= LEAST - 0.05
    assert abs(numpy.mean(off)) <= 0.05
    assert numpy.mean(naive) <= -0.1


@pytest.mark.parametrize("metric", ["accuracy", "f1", "log_loss"])
def test_labels_that_are_missing_by_score_and_feature_are_made_up_for(metric: str) -> None:
    rng = numpy.random.default_rng(5)
    hits = []
    for _ in range(NUM):
        rows = classified(rng, 3000, shift=1.0)
        region = rng.choice(["north", "south"], 3000)
        truth = numpy.where(region == "south", rng.random(3000) < 0.5, rows.truth)
        window = LabelledRows(rows.predicted, truth, rows.scores, {"region": region})
        scores = numpy.asarray(rows.scores)
        is_known = rng.random(3000) < 0.1 + scores * numpy.where(region == "south", 0.1, 0.7)
        found, _ = post_stratified(
            metric, window.take(~is_known), window.take(is_known), window.take(NONE)
        )
        hits.append(found.low <= metric_of(metric, window) <= found.high)
    assert numpy.mean(hits) >= 0.8
