"""Calibration, estimates from scores and from strata, and which of them is chosen."""

from __future__ import annotations

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss, roc_auc_score

from mltrace.errors import ArgumentError
from mltrace.tasks.estimating.calibration import isotonic, platt, score_edges
from mltrace.tasks.estimating.choosing import estimate_metric
from mltrace.tasks.estimating.confidence_based import METRICS, confidence_based
from mltrace.tasks.estimating.post_stratified import post_stratified
from mltrace.tasks.estimating.rows import LabelledRows
from mltrace.tasks.estimating.strata import Strata

BINS = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)), min_size=1, max_size=12)


def drawn(num: int, seed: int = 0, **features: numpy.ndarray) -> LabelledRows:
    rng = numpy.random.default_rng(seed)
    scores = rng.random(num)
    return LabelledRows(scores > 0.5, rng.random(num) < scores, scores, features)


NONE = drawn(0)


@given(BINS)
def test_isotonic_regression_is_scikit_learns(bins: list[tuple[int, int]]) -> None:
    totals = numpy.array([total for _, total in bins], float)
    positives = numpy.minimum([found for found, _ in bins], totals)
    wanted = IsotonicRegression().fit_transform(
        numpy.arange(len(bins)), positives / totals, sample_weight=totals
    )
    assert isotonic(positives, totals) == pytest.approx(wanted, abs=1e-4)


def test_bins_without_rows_take_the_chance_of_others() -> None:
    chances = isotonic(numpy.array([1.0, 0.0, 9.0, 0.0]), numpy.array([10.0, 0.0, 10.0, 0.0]))
    assert chances[0] == pytest.approx(0.1, abs=1e-6)
    assert chances[2] == pytest.approx(0.9, abs=1e-6)
    assert (numpy.diff(chances) >= 0).all()


def test_platt_scaling_is_logistic_regression_on_logits() -> None:
    rng = numpy.random.default_rng(1)
    centers = numpy.linspace(0.02, 0.98, 30)
    totals = rng.integers(200, 400, 30).astype(float)
    positives = rng.binomial(totals.astype(int), centers**2).astype(float)
    logits = numpy.log(centers / (1 - centers))[:, None]
    rows = numpy.concatenate([logits, logits])
    weights = numpy.concatenate([positives, totals - positives])
    fitted = LogisticRegression(C=1e9).fit(rows, numpy.repeat([1, 0], 30), sample_weight=weights)
    wanted = fitted.predict_proba(logits)[:, 1]
    assert platt(positives, totals, centers, centers) == pytest.approx(wanted, abs=2e-3)


def test_separated_classes_are_calibrated_all_the_same() -> None:
    centers = numpy.array([0.2, 0.9])
    chances = platt(numpy.array([0.0, 50.0]), numpy.array([50.0, 50.0]), centers, centers)
    assert chances[0] < 0.05
    assert chances[1] > 0.95


@pytest.mark.parametrize("scores", [[0.5] * 100, [0.2, 0.9] * 50, [0.3]])
def test_few_distinct_scores_are_few_bins(scores: list[float]) -> None:
    assert len(score_edges(scores)) == len(set(scores)) - 1


@pytest.mark.parametrize("metric", ["f1", "log_loss", "roc_auc"])
def test_with_all_labels_an_estimate_is_the_metric(metric: str) -> None:
    rows = drawn(4000)
    found = confidence_based(metric, NONE, rows, drawn(2000, 1))
    truth, said, scores = rows.truth, rows.predicted, rows.scores
    wanted = {
        "f1": lambda: f1_score(truth, said),
        "log_loss": lambda: log_loss(truth, scores),
        "roc_auc": lambda: roc_auc_score(truth, scores),
    }[metric]()
    assert found.value == pytest.approx(wanted, abs=2e-3)
    assert found.high - found.low < 1e-9


@pytest.mark.parametrize("metric", METRICS)
def test_the_interval_shrinks_as_labels_come(metric: str) -> None:
    rows, reference = drawn(3000), drawn(3000, 1)
    widths = []
    for known in (0, 1500, 2900):
        found = confidence_based(
            metric, rows.take(slice(known, None)), rows.take(slice(known)), reference
        )
        widths.append(found.high - found.low)
    assert widths == sorted(widths, reverse=True)


def test_scores_of_one_value_are_calibrated_to_the_share_of_positives() -> None:
    rows = drawn(500)
    flat = LabelledRows(numpy.ones(500, bool), rows.truth, numpy.full(500, 0.9))
    found = confidence_based("precision", flat, NONE, flat)
    assert found.value == pytest.approx(rows.truth.mean(), abs=1e-3)


def test_what_no_row_defines_is_nan() -> None:
    never = drawn(500)
    never = LabelledRows(numpy.zeros(500, bool), never.truth, never.scores)
    found = confidence_based("precision", never, NONE, never)
    assert numpy.isnan([found.value, found.low, found.high]).all()


def test_the_same_question_has_the_same_answer() -> None:
    question = ("accuracy", drawn(300), drawn(50, 1), drawn(800, 2))
    assert confidence_based(*question) == confidence_based(*question)


def test_labels_that_are_missing_by_a_feature_are_made_up_for() -> None:
    rng = numpy.random.default_rng(5)
    region = rng.choice(["north", "south"], 6000)
    truth = rng.random(6000) < numpy.where(region == "north", 0.9, 0.4)
    rows = LabelledRows(numpy.ones(6000, bool), truth, None, {"region": region})
    is_known = rng.random(6000) < numpy.where(region == "north", 0.9, 0.1)
    known, pending = rows.take(is_known), rows.take(~is_known)
    found, parted_by = post_stratified("accuracy", pending, known, rows.take(slice(0)))
    assert parted_by == ("region",)
    assert abs(known.truth.mean() - truth.mean()) > 0.1
    assert found.low <= truth.mean() <= found.high
    assert found.high - found.low < 0.1


def test_features_that_a_reference_does_not_have_are_left_out() -> None:
    rows = drawn(400, region=numpy.repeat(["a", "b"], 200))
    _, parted_by = post_stratified("accuracy", rows, NONE, drawn(400, 1))
    assert "region" not in parted_by


def test_strata_with_few_labels_and_what_is_missing_go_together() -> None:
    number = numpy.linspace(0, 1, 200)
    number[:40] = numpy.nan
    text = numpy.array(["a"] * 150 + ["b"] * 45 + ["c"] * 5)
    rows = drawn(200, number=number, text=text)
    strata = Strata.of(rows)
    sizes = dict(zip(strata.names, strata.num_strata, strict=True))
    assert sizes["text"] == 9
    assert sizes["predicted class"] == 2
    other = drawn(2, number=numpy.array([5.0, numpy.nan]), text=numpy.array(["d", "a"]))
    assert len(strata.design(other).sums()) == len(strata.design(rows).sums())


def test_sums_over_strata_are_products_of_a_matrix_of_ones_and_zeros() -> None:
    rng = numpy.random.default_rng(2)
    rows = drawn(300, region=rng.choice(["a", "b", "c"], 300))
    design, values = Strata.of(rows).design(rows), rng.normal(size=300)
    num = len(design.sums())
    matrix = numpy.column_stack([design.fitted(numpy.eye(num)[column]) for column in range(num)])
    assert set(numpy.unique(matrix)) == {0.0, 1.0}
    assert design.products() == pytest.approx(matrix.T @ matrix)
    assert design.sums(values) == pytest.approx(matrix.T @ values)
    assert design.fitted(values[:num]) == pytest.approx(matrix @ values[:num])


def test_scores_are_asked_first_and_features_if_they_are_given() -> None:
    plain, reference = drawn(300), drawn(500, 1)
    assert estimate_metric("f1", plain, NONE, reference).method == "confidence-based"
    region = numpy.repeat(["a", "b"], 150)
    rows = drawn(300, region=region)
    found = estimate_metric("f1", rows, NONE, drawn(300, 1, region=region))
    assert found.method == "post-stratified"
    assert "score, predicted class, region" in found.assumption
    assert "no concept drift" in found.assumption


def test_what_cannot_be_estimated_says_what_can() -> None:
    rows = drawn(100)
    with pytest.raises(ArgumentError, match=r"^mcc cannot be estimated; what can: accuracy, "):
        estimate_metric("mcc", rows, NONE, rows)
    without = LabelledRows(rows.predicted, rows.truth)
    with pytest.raises(ArgumentError, match="roc_auc cannot be estimated from scores, which were"):
        estimate_metric("roc_auc", without, without.take(slice(0)), without)
    with pytest.raises(ArgumentError, match="There are 7 predictions with labels"):
        estimate_metric("f1", rows, rows.take(slice(7)), NONE)
    with pytest.raises(ArgumentError, match="No method 'cbpe' to estimate by; there are 'confid"):
        estimate_metric("f1", rows, NONE, rows, method="cbpe")  # type: ignore[arg-type]
