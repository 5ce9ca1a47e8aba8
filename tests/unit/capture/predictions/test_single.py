"""A single row is what the same row in a column would be, or is left to the general way."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from tests.logged_rows import listed, task

import mltrace as mt
from mltrace.capture.predictions.rows import Given, feedback_rows, prediction_rows
from mltrace.capture.predictions.single import SingleRows

NOW = 1_714_564_800_000_000_000
IDS = ["a", "é", np.str_("b"), 5, np.int64(7), UUID(int=3)]
CLASSES = ["late", "1", 1, True, np.int8(1), np.float32(0.5), (1, "a"), dt.date(2024, 5, 1)]
NUMBERS = [1.5, -3, True, np.float32(0.1), np.int64(4)]
TIMES = [None, "2024-05-01", dt.datetime(2024, 5, 1, tzinfo=dt.UTC), dt.date(2024, 5, 1)]


def same(kind: str, given_id: Any, value: Any, given: Given) -> None:
    declared = task(kind)
    fact = SingleRows(declared).prediction(given_id, value, given, now=NOW, made_by=("r", "m"))
    assert fact is not None
    single = {"scores": None if given.scores is None else [given.scores]}
    features = given.features and {name: [one] for name, one in given.features.items()}
    rows = prediction_rows(
        declared,
        [given_id],
        None if value is None else [value],
        given._replace(features=features, **single),
        now=NOW,
    )
    found = {name: listed(values) for name, values in rows.columns.items()}
    assert [fact.id] == found.pop("id")
    assert [fact.value] == found.pop("value")
    assert (fact.at // 1000, fact.logged // 1000) == (found.pop("at"), found.pop("logged_at"))
    assert [fact.score] == found.pop("score", [None])
    known = found.pop("known_at", None)
    assert (None if fact.known is None else fact.known // 1000) == known
    assert {f"feature_{name}": [one] for name, one in fact.features.items()} == found
    assert (fact.run, fact.model) == ("r", "m")


@pytest.mark.parametrize("given_id", IDS, ids=repr)
@pytest.mark.parametrize("value", CLASSES, ids=repr)
def test_a_class_is_what_it_is_in_a_column(given_id: Any, value: Any) -> None:
    same("binary", given_id, value, Given())
    same("multiclass", given_id, value, Given())


@pytest.mark.parametrize("value", NUMBERS, ids=repr)
def test_a_number_is_what_it_is_in_a_column(value: Any) -> None:
    same("regression", "a", value, Given())


@pytest.mark.parametrize("score", [0.25, 0, 1, True, np.float32(0.5), np.float64(0.1)], ids=repr)
@pytest.mark.parametrize("value", [1, None], ids=repr)
def test_a_score_is_what_it_is_in_a_column(value: Any, score: Any) -> None:
    same("binary", "a", value, Given(scores=score))


@pytest.mark.parametrize("at", TIMES, ids=repr)
@pytest.mark.parametrize("known_at", TIMES, ids=repr)
def test_times_are_what_they_are_in_a_column(at: Any, known_at: Any) -> None:
    same("binary", "a", 1, Given(at=at, known_at=known_at))


def test_features_are_what_they_are_in_a_column() -> None:
    features = {"carrier": "UA", "hour": np.int64(5), "gain": 0.5, "none": None, "nan": np.nan}
    same("binary", "a", 1, Given(features=features))


@pytest.mark.parametrize("value", CLASSES, ids=repr)
def test_a_label_is_what_it_is_in_a_column(value: Any) -> None:
    declared = task("binary")
    fact = SingleRows(declared).feedback("a", value, at="2024-05-01", now=NOW)
    rows = feedback_rows(declared, ["a"], [value], at="2024-05-01", now=NOW)
    assert fact is not None
    assert [fact.value] == listed(rows.columns["value"])
    assert fact.known // 1000 == listed(rows.columns["known_at"])


@pytest.mark.parametrize(
    ("kind", "value", "given"),
    [
        ("binary", None, Given()),
        ("binary", float("nan"), Given()),
        ("binary", 1, Given(scores=float("nan"))),
        ("binary", 1, Given(scores=1.5)),
        ("binary", 1, Given(scores=[0.5, 0.5])),
        ("binary", 1, Given(at=np.datetime64("2024-05-01"))),
        ("binary", [1], Given()),
        ("multiclass", 1, Given(scores=0.5)),
        ("regression", float("inf"), Given()),
        ("regression", 10**400, Given()),
        ("regression", "5", Given()),
        ("regression", 5, Given(scores=0.5)),
        ("multilabel", {1}, Given()),
        ("ranking", ["a"], Given()),
    ],
    ids=repr,
)
def test_what_is_unusual_is_left_to_the_general_way(kind: str, value: Any, given: Given) -> None:
    made = SingleRows(task(kind)).prediction("a", value, given, now=NOW, made_by=("", ""))
    assert made is None


@pytest.mark.parametrize("given_id", [True, None, 1.5, b"a"], ids=repr)
def test_what_is_no_id_is_left_to_the_general_way(given_id: Any) -> None:
    assert SingleRows(task("binary")).feedback(given_id, 1, at=None, now=NOW) is None


@pytest.mark.parametrize("at", [dt.datetime(2024, 5, 1), "soon", "9999-01-01"], ids=repr)
def test_a_time_that_cannot_be_is_refused(at: Any) -> None:
    with pytest.raises(mt.ArgumentError, match=r"no zone|is not a time|outside the years"):
        SingleRows(task("binary")).feedback("a", 1, at=at, now=NOW)


def test_a_row_of_a_frame_is_features_of_one_id() -> None:
    row = pd.DataFrame({"carrier": ["UA"], "hour": [5]}).iloc[0]
    fact = SingleRows(task("binary")).prediction(
        "a", 1, Given(features=row), now=NOW, made_by=("", "")
    )
    assert fact is not None
    assert fact.features == {"carrier": "UA", "hour": 5}


@pytest.mark.parametrize(
    "features", [["UA"], pd.DataFrame({"carrier": ["UA"]})], ids=["list", "frame"]
)
def test_features_of_another_form_are_left_to_the_general_way(features: Any) -> None:
    given = Given(features=features)
    assert SingleRows(task("binary")).prediction("a", 1, given, now=NOW, made_by=("", "")) is None
