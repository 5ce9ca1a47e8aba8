"""Predictions and labels of each kind of task become the columns that the lake keeps."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tests.logged_rows import listed, task

import mltrace as mt
from mltrace.capture.predictions.rows import Given, Rows, feedback_rows, prediction_rows
from mltrace.capture.predictions.warning import SCORES, UNNAMED

NOW = 1_714_564_800_000_000_000
PROBABILITIES = [[0.25, 0.75], [0.875, 0.125]]
FRAMES = {
    "mapping": lambda columns: columns,
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "Arrow": pa.table,
}


def predicted(kind: str, predictions: Any = None, *, options: Any = None, **given: Any) -> Rows:
    declared = task(kind, **(options or {}))
    return prediction_rows(declared, ["a", "b"], predictions, Given(**given), now=NOW)


def labelled(kind: str, labels: Any, **options: Any) -> Rows:
    return feedback_rows(task(kind, **options), ["a", "b"], labels, at=None, now=NOW)


def values_of(rows: Rows) -> dict[str, Any]:
    assert isinstance(rows.columns, Mapping)
    return {name: listed(values) for name, values in rows.columns.items()}


def test_binary_predictions_have_classes_and_a_score() -> None:
    found = values_of(predicted("binary", [True, 0], scores=[0.75, 0.125]))
    assert found == {
        "id": ["a", "b"],
        "value": ["1", "0"],
        "score": [0.75, 0.125],
        "at": NOW // 1000,
        "logged_at": NOW // 1000,
    }


@pytest.mark.parametrize(
    "scores",
    [PROBABILITIES, np.array(PROBABILITIES), np.array(PROBABILITIES, np.float32)],
    ids=["lists", "array", "narrow"],
)
def test_both_columns_of_probabilities_are_taken(scores: Any) -> None:
    assert values_of(predicted("binary", [1, 0], scores=scores))["score"] == [0.75, 0.125]


def test_the_positive_class_is_found_among_the_classes() -> None:
    options = {"classes": ["late", "on time"], "positive": "late"}
    found = values_of(predicted("binary", scores=PROBABILITIES, options=options))
    assert found["score"] == [0.25, 0.875]
    assert found["value"] == ["on time", "late"]


@pytest.mark.parametrize("frame", FRAMES)
def test_columns_of_scores_are_found_by_their_class(frame: str) -> None:
    scores = FRAMES[frame]({"c": [0.5, 0.0], "a": [0.25, 0.0], "b": [0.25, 1.0]})
    found = values_of(predicted("multiclass", scores=scores, options={"classes": ["a", "b", "c"]}))
    assert found["scores"] == [[0.25, 0.25, 0.5], [0.0, 1.0, 0.0]]
    assert found["value"] == ["c", "b"]


def test_scores_alone_decide_by_the_threshold() -> None:
    found = predicted("binary", scores=[0.3, 0.29], options={"threshold": 0.3})
    assert values_of(found)["value"] == ["1", "0"]


def test_scores_alone_decide_for_each_class_of_a_set() -> None:
    options = {"classes": ["x", "y"]}
    found = predicted("multilabel", scores=[[0.9, 0.5], [0.1, 0.2]], options=options)
    assert values_of(found)["value"] == ['["x","y"]', "[]"]


@pytest.mark.parametrize(
    "sets",
    [
        [{"y", "x"}, ()],
        [["x", "y", "x"], []],
        np.array([[1, 1], [0, 0]]),
        np.array([[True, True], [False, False]]),
        [[1, 1], (0, 0)],
        [np.array([True, True]), np.array([0, 0])],
        pd.DataFrame({"y": [1, 0], "x": [1, 0]}),
        pl.Series([["x", "y"], []], dtype=pl.List(pl.String)),
        pa.array([["x", "y"], []]),
    ],
    ids=["sets", "lists", "matrix", "truths", "rows", "arrays", "pandas", "polars", "Arrow"],
)
def test_sets_of_classes_are_taken_in_every_form(sets: Any) -> None:
    options = {"classes": ["x", "y"]}
    assert values_of(predicted("multilabel", sets, options=options))["value"] == ['["x","y"]', "[]"]
    assert values_of(labelled("multilabel", sets, **options))["value"] == ['["x","y"]', "[]"]


@pytest.mark.parametrize(
    ("predictions", "scores"),
    [
        ([["x", "y"], ["z", "x"]], None),
        (np.array([["x", "y"], ["z", "x"]]), None),
        ([{"y": 0.25, "x": 0.5}, {"z": 1, "x": 0}], None),
        ([["y", "x"], ["x", "z"]], [[1, 2], [0.5, 0.75]]),
        (pa.array([["x", "y"], ["z", "x"]]), None),
        (pl.Series([["x", "y"], ["z", "x"]]), None),
    ],
    ids=["lists", "array", "mappings", "scores", "Arrow", "polars"],
)
def test_rankings_have_their_items_best_first(predictions: Any, scores: Any) -> None:
    found = values_of(predicted("ranking", predictions, scores=scores))
    assert found["value"] == ['["x","y"]', '["z","x"]']


@pytest.mark.parametrize(
    ("labels", "value"),
    [
        ([{"x": 3, "y": 0}, {5: 0.5}], ['{"x":3.0,"y":0.0}', '{"5":0.5}']),
        ([["x", "y"], {7}], ['{"x":1.0,"y":1.0}', '{"7":1.0}']),
        ([[1.0, 0.0], np.array([0.5, 2.0])], ["[1.0,0.0]", "[0.5,2.0]"]),
        ([[1, 2], None], ['{"1":1.0,"2":1.0}', None]),
    ],
    ids=["gains", "relevant", "in order", "whole numbers are ids"],
)
def test_labels_of_rankings_say_what_items_are_worth(labels: Any, value: list[Any]) -> None:
    assert values_of(labelled("ranking", labels))["value"] == value


def test_numbers_are_kept_as_they_are() -> None:
    found = values_of(predicted("regression", [1.5, -3]))
    assert found["value"] == [1.5, -3.0]
    assert values_of(labelled("regression", [1, 2]))["value"] == [1.0, 2.0]


@pytest.mark.parametrize("frame", FRAMES)
def test_features_are_columns_of_plain_values(frame: str) -> None:
    columns = {"carrier": ["UA", None], "hour": [5, 6], "gain": [0.5, None]}
    found = values_of(predicted("binary", [1, 0], features=FRAMES[frame](columns)))
    assert found["feature_carrier"] == ["UA", None]
    assert found["feature_hour"] == [5, 6]
    gain = found["feature_gain"]
    assert gain[0] == 0.5
    assert gain[1] is None or np.isnan(gain[1])


def test_times_and_the_moment_of_knowing_are_kept_apart() -> None:
    at = np.array(["2024-05-01T12:00", "2024-04-01T12:00"], "datetime64[us]")
    found = predicted("binary", [1, 0], at=at, known_at="2024-05-02")
    assert found.columns["at"] is at or listed(found.columns["at"]) == at.tolist()
    assert listed(found.columns["known_at"]) == 1_714_608_000_000_000
    assert (found.first, found.last) == (1_711_972_800_000_000_000, NOW)


@pytest.mark.parametrize(
    ("scores", "count"),
    [([0.5, 0.5], 0), ([float("nan"), 0.5], 1), ([None, -0.1], 2), ([0.0, 1.0], 0), ([2, 1.5], 2)],
    ids=str,
)
def test_odd_scores_are_kept_and_counted(scores: list[Any], count: int) -> None:
    found = predicted("binary", [1, 0], scores=scores)
    assert found.oddities[SCORES] == count
    kept = found.columns["score"]
    assert np.array_equal(kept, np.array(scores, float), equal_nan=True)  # type: ignore[arg-type]


def test_a_row_of_scores_counts_once() -> None:
    scores = [[0.5, float("nan"), 2], [0.5, 0.25, 0.25]]
    found = predicted("multiclass", scores=scores, options={"classes": ["a", "b", "c"]})
    assert found.oddities[SCORES] == 1
    assert values_of(found)["value"] == [None, "a"]


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_missing_predictions_and_labels_are_kept_and_counted(kind: str) -> None:
    assert sum(predicted(kind, [1, None]).oddities.values()) == 1
    assert sum(labelled(kind, [float("nan"), 1]).oddities.values()) == 1


@pytest.mark.parametrize(
    ("kind", "values", "classes"),
    [
        ("binary", [1, 2], [0, 1]),
        ("multiclass", ["a", "c"], ["a", "b"]),
        ("multilabel", [["a"], ["a", "c"]], ["a", "b"]),
    ],
)
def test_classes_that_the_task_does_not_name_are_counted(
    kind: str, values: list[Any], classes: list[Any]
) -> None:
    assert predicted(kind, values, options={"classes": classes}).oddities[UNNAMED] == 1
    assert labelled(kind, values, classes=classes).oddities[UNNAMED] == 1
    assert predicted(kind, values).oddities[UNNAMED] == 0


def test_whole_numbers_are_classes_where_the_task_names_them() -> None:
    found = predicted("multilabel", [[1, 0], [0]], options={"classes": [0, 1]})
    assert values_of(found)["value"] == ['["0","1"]', '["0"]']


def test_what_scores_cannot_decide_is_missing() -> None:
    found = predicted("binary", scores=[float("nan"), 0.9])
    assert values_of(found)["value"] == [None, "1"]


def test_no_rows_are_none() -> None:
    found = prediction_rows(task("binary"), [], [], Given(scores=[], at=[]), now=NOW)
    assert found.num_rows == 0


@pytest.mark.parametrize(
    ("kind", "predictions", "given", "said"),
    [
        ("binary", None, {}, "predictions= is missing; a binary task needs it or scores="),
        ("regression", None, {"scores": [1, 2]}, "a regression task needs it\\."),
        ("ranking", None, {}, "a ranking task needs it\\."),
        ("regression", [1, 2], {"scores": [1, 2]}, "regression task takes no scores="),
        ("regression", ["a", "b"], {}, "holds values of type str; give numbers"),
        ("binary", [1, 0], {"scores": [0.5]}, "scores= has 1 value and ids= has 2 values"),
        ("binary", [1, 0], {"scores": ["a", "b"]}, "scores= holds values of type str"),
        ("binary", [1, 0], {"scores": np.ones((2, 3))}, r"shape \(2, 3\).*2 classes is expected"),
        ("binary", [1, 0], {"scores": [[0.5, 0.5], [1]]}, "rows of other lengths"),
        ("binary", [[1], [0]], {}, "position 0 of predictions= is a list, which cannot be a class"),
        ("multiclass", [1, 0], {"scores": [0.5, 0.5]}, r"give classes=\[…\] to mt.Task"),
        ("multilabel", ["a", "b"], {}, "position 0 of predictions= is a str; give a set or list"),
        ("multilabel", [["a", None], []], {}, "position 0 of predictions= holds a missing class"),
        ("multilabel", np.ones((2, 2)), {}, "matrix of 2 columns and the task has 0 classes"),
        ("multilabel", np.ones((3, 2)), {}, r"has the shape \(3, 2\); give a set of classes for"),
        ("ranking", ["ab", "c"], {}, "position 0 of predictions= is a str; give the ids of items"),
        ("ranking", [["a", "a"], []], {}, "position 0 of predictions= names an item twice"),
        ("ranking", [["a"], []], {"scores": [[1, 2], []]}, "has 1 items and scores of the shape"),
        ("binary", [1, 0], {"features": {"x": [1]}}, r"features\['x'\]= has 1 value"),
        ("binary", [1, 0], {"at": ["2024-01-01"]}, "at= has 1 value and ids= has 2 values"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(kind: str, predictions: Any, given: Any, said: str) -> None:
    with pytest.raises(mt.ArgumentError, match=said):
        predicted(kind, predictions, **given)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([{"x": -1}, {}], "position 0 has a gain that is no number of at least 0"),
        ([["x"], {"y": float("nan")}], "position 1 has a gain"),
        ([5, 6], "position 0 of labels= is a int; give the ids of items in a list"),
    ],
    ids=str,
)
def test_gains_that_cannot_be_are_refused(labels: Any, said: str) -> None:
    with pytest.raises(mt.ArgumentError, match=said):
        labelled("ranking", labels)


def test_parts_have_all_rows_each_once_with_their_own_times() -> None:
    at = np.arange(1_714_564_800, 1_714_564_807).astype("datetime64[s]")
    given = Given(scores=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 7.0], features={"n": [*range(7)]}, at=at)
    whole = prediction_rows(task("binary"), [*"abcdefg"], [1, 0] * 3 + [1], given, now=NOW)
    parts = list(whole.parts(3))
    assert [part.num_rows for part in parts] == [3, 3, 1]
    assert [(part.first // 10**9, part.last // 10**9) for part in parts] == [
        (1_714_564_800, 1_714_564_802),
        (1_714_564_803, 1_714_564_805),
        (1_714_564_806, 1_714_564_806),
    ]
    for name, values in values_of(whole).items():
        found = [values_of(part)[name] for part in parts]
        assert (found == [values] * 3) if name == "logged_at" else ([*chain(*found)] == values)
    assert [sum(part.oddities.values()) for part in parts] == [1, 0, 0]


def test_parts_of_rows_of_one_time_and_of_none() -> None:
    labels = feedback_rows(task("binary"), [*"abc"], [1, 0, 1], at="2024-05-01", now=NOW)
    assert [(part.first, part.last) for part in labels.parts(2)] == [(labels.first,) * 2] * 2
    assert list(feedback_rows(task("binary"), [], [], at=None, now=NOW).parts(2)) == []
