"""What is not defined has no value, and says why; what is sure has an interval that says so."""

from __future__ import annotations

import math

import pytest

from mltrace.tasks.metrics import measure_pairs, metrics
from mltrace.tasks.pairs import KINDS, Pairs


@pytest.mark.parametrize("kind", KINDS)
def test_of_no_pairs_no_metric_is_defined(kind: str) -> None:
    pairs = Pairs.of(kind, [], [])  # type: ignore[arg-type]
    for one in metrics:
        if kind in one.kinds:
            (told,) = measure_pairs([one.name], pairs)
            assert told.value is told.low is told.high is None
            assert told.message.startswith(f"{one.name} is not defined: ")


@pytest.mark.parametrize(
    ("name", "truth", "predicted", "message"),
    [
        ("precision", [1, 0], [0, 0], "nothing was predicted to be of the class"),
        ("recall", [0, 0], [0, 1], "no label is of the class"),
        ("specificity", [1, 1], [0, 1], "no label is negative"),
        ("f1", [0, 0], [0, 0], "no label and no prediction is of the class"),
        ("cohen_kappa", [1, 1], [1, 1], "all labels and predictions are of one class"),
        ("roc_auc", [1, 1], [1, 1], "it takes scores, and labels of the class and of others"),
        ("log_loss", [1, 0], [1, 0], "no pair has a score"),
    ],
)
def test_what_is_not_defined_says_why(
    name: str, truth: list[int], predicted: list[int], message: str
) -> None:
    pairs = Pairs.of("binary", truth, predicted, classes=[0, 1], positive=1)
    (told,) = measure_pairs([name], pairs)
    assert (told.value, told.message) == (None, f"{name} is not defined: {message}.")


def test_mape_is_not_defined_where_a_label_is_0() -> None:
    (told,) = measure_pairs(["mape"], Pairs.of("regression", [0.0, 1.0], [1.0, 1.0]))
    assert told.message == "mape is not defined: there are no pairs, or a label is 0."


def test_what_outgrows_a_float_has_no_value() -> None:
    mse, mae = measure_pairs(["mse", "mae"], Pairs.of("regression", [1e200, 0.0], [-1e200, 0.0]))
    assert mse.message == "mse is too large for a float."
    assert (mae.value, mae.low, mae.high) == (1e200, None, None)


def test_pairs_without_a_score_count_for_labels_and_not_for_scores() -> None:
    pairs = Pairs.of("binary", [1, 0, 1], [1, 0, 0], scores=[0.9, 0.2, math.nan], positive=1)
    accuracy, brier, roc_auc, ece = measure_pairs(["accuracy", "brier", "roc_auc", "ece"], pairs)
    assert accuracy.value == pytest.approx(2 / 3)
    assert brier.value == pytest.approx((0.01 + 0.04) / 2)
    assert roc_auc.value == 1.0
    assert ece.value == pytest.approx((0.1 + 0.2) / 2)


def test_the_positive_class_may_be_missing_from_labels_and_predictions() -> None:
    pairs = Pairs.of("binary", ["no", "no"], ["no", "no"], positive="yes")
    accuracy, specificity = measure_pairs(["accuracy", "specificity"], pairs)
    assert accuracy.value == specificity.value == 1.0


def test_one_pair_has_an_interval_that_admits_nearly_all() -> None:
    pairs = Pairs.of("binary", [1], [1], classes=[0, 1], positive=1)
    (told,) = measure_pairs(["accuracy"], pairs)
    assert (told.value, told.high) == (1.0, 1.0)
    assert told.low == pytest.approx(0.025)


def test_a_confusion_matrix_is_a_row_for_each_cell() -> None:
    pairs = Pairs.of("multiclass", ["a", "b", "b", "c"], ["a", "b", "a", "b"])
    cells = {told.name: told.value for told in measure_pairs(["confusion_matrix"], pairs)}
    assert len(cells) == 9
    assert {name for name, value in cells.items() if value == 1.0} == {
        "confusion_matrix[a,a]",
        "confusion_matrix[b,a]",
        "confusion_matrix[b,b]",
        "confusion_matrix[c,b]",
    }


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.99])
def test_more_confidence_takes_a_wider_interval(confidence: float) -> None:
    truth, predicted = [1, 0, 1, 0, 1, 1, 0, 0] * 5, [1, 0, 0, 0, 1, 1, 1, 0] * 5
    scores = [0.9, 0.1, 0.4, 0.3, 0.8, 0.7, 0.6, 0.2] * 5
    pairs = Pairs.of("binary", truth, predicted, scores=scores, positive=1)
    for one in metrics:
        if "binary" in one.kinds:
            narrow = measure_pairs([one.name], pairs, confidence=confidence)[0]
            wide = measure_pairs([one.name], pairs, confidence=0.995)[0]
            assert wide.low <= narrow.low <= narrow.high <= wide.high  # type: ignore[operator]
