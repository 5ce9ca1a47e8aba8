"""Metrics that users write see labels as users named them, and never break others."""

from __future__ import annotations

import math
from typing import Any

import numpy
import pytest
from sklearn.metrics import fbeta_score

from mltrace.errors import ArgumentError
from mltrace.tasks.metrics import measure_function, measure_pairs
from mltrace.tasks.pairs import Pairs

BINARY = Pairs.of(
    "binary", ["yes", "no", "yes"], ["yes", "yes", "no"], scores=[0.9, 0.6, 0.2], positive="yes"
)


def test_a_function_sees_labels_as_they_were_given() -> None:
    seen: list[Any] = []

    def custom(y_true: Any, y_pred: Any) -> float:
        seen.extend([y_true.tolist(), y_pred.tolist()])
        return fbeta_score(y_true, y_pred, beta=2, pos_label="yes")  # type: ignore[no-any-return]

    assert measure_function(custom, BINARY).value == pytest.approx(0.5)
    assert seen == [["yes", "no", "yes"], ["yes", "yes", "no"]]


@pytest.mark.parametrize("values", [(1, 2), (True, False), (0.5, 1.5), ("1", 1), ((1, 2), (3, 4))])
def test_classes_of_any_type_are_given_back(values: tuple[Any, Any]) -> None:
    pairs = Pairs.of("multiclass", values, values[::-1], classes=values)
    seen: list[Any] = []

    def custom(y_true: Any, y_pred: Any) -> float:
        seen.extend(y_true.tolist())
        return 0.0

    measure_function(custom, pairs)
    assert [type(one) for one in seen] == [type(one) for one in values]
    assert seen == list(values)


def test_a_function_that_takes_scores_is_given_those_of_pairs_that_have_some() -> None:
    scores = [0.9, math.nan, 0.2]
    pairs = Pairs.of("binary", [1, 0, 1], [1, 1, 0], scores=scores, positive=1)

    def mean_score(y_true: Any, y_pred: Any, y_score: Any) -> float:
        assert len(y_true) == len(y_pred) == len(y_score)
        return float(y_score.mean())

    assert measure_function(mean_score, pairs).value == pytest.approx(0.55)
    without = Pairs.of("binary", [1, 0], [1, 1], positive=1)
    assert measure_function(mean_score, without).message == (
        "mean_score takes scores, and there are none."
    )


def test_rows_of_sets_and_of_numbers_are_given_as_arrays() -> None:
    sets = Pairs.of("multilabel", [{"a"}, {"a", "b"}], [{"a"}, {"b"}])
    assert measure_function(lambda y_true, y_pred: (y_true == y_pred).mean(), sets).value == 0.75
    numbers = Pairs.of("regression", [1.0, 2.0], [1.0, 4.0])
    told = measure_function(lambda y_true, y_pred: numpy.median(y_pred - y_true), numbers, name="m")
    assert (told.name, told.value, told.low) == ("m", 1.0, None)


@pytest.mark.parametrize(
    ("gives", "message"),
    [
        (lambda *_: 1 / 0, "<lambda> raised ZeroDivisionError: division by zero"),
        (lambda *_: None, "<lambda> raised TypeError: float() argument must be"),
        (lambda *_: float("nan"), "<lambda> gave nan."),
        (lambda *_: float("inf"), "<lambda> gave inf."),
        (lambda: 1, "<lambda> raised TypeError: "),
    ],
)
def test_a_function_that_fails_breaks_no_other_metric(gives: Any, message: str) -> None:
    bad, good = measure_pairs([gives, "accuracy"], BINARY)
    assert bad.value is None
    assert bad.message.startswith(message)
    assert good.value == pytest.approx(1 / 3)


def test_a_function_is_not_asked_about_no_pairs() -> None:
    told = measure_function(lambda *_: 1 / 0, Pairs.of("regression", [], []), name="mine")
    assert told.message == "mine is not defined: there are no pairs."


def test_what_is_neither_a_name_nor_a_function_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"A metric is a name or a function, not 3\."):
        measure_function(3, BINARY)  # type: ignore[arg-type]
