"""A column of one row becomes a fact that says all of it, or stays a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.logged_rows import task

from mltrace.capture.predictions.one_row import as_fact
from mltrace.capture.predictions.rows import Given, feedback_rows, prediction_rows
from mltrace.store.lake.batch import decode_batch, encode_batch
from mltrace.store.lake.gathering import gather_predictions
from mltrace.store.lake.tables import batch_table
from mltrace.store.task_facts import FeedbackFact, PredictionFact

NOW = 1_714_564_800_000_000_000
SAYABLE = [
    ("multiclass", "b", Given(scores=[[0.25, 0.5, 0.25]])),
    ("multiclass", "b", Given(scores=np.array([[0.25, 0.5, 0.25]]))),
    ("multilabel", {"a", "c"}, Given()),
    ("ranking", ["x", "y"], Given()),
    ("regression", 1.5, Given(features={"carrier": ["UA"], "hour": np.array([5]), "none": [None]})),
    ("binary", None, Given(scores=[0.75])),
    ("regression", 1.5, Given(at=np.array(["2024-05-01"], "M8[s]"), known_at="2024-05-02")),
    ("binary", 1, Given(scores=[0.75])),
]


def rows_of(kind: str, value: Any, given: Given) -> Any:
    has_classes = kind in ("multiclass", "multilabel")
    options = {"classes": ["a", "b", "c"]} if has_classes else {}
    predictions = None if value is None else [value]
    return prediction_rows(task(kind, **options), np.array([7]), predictions, given, now=NOW)


@pytest.mark.parametrize(
    ("kind", "value", "given"), SAYABLE, ids=lambda value: type(value).__name__
)
def test_a_gathered_fact_is_the_row_of_the_batch(kind: str, value: Any, given: Given) -> None:
    rows = rows_of(kind, value, given)
    fact = as_fact("late", rows, run="r", model="m")
    assert isinstance(fact, PredictionFact)
    assert (fact.run, fact.model) == ("r", "m")
    (batch,) = gather_predictions([fact])
    (gathered,) = batch_table(decode_batch(batch.payload)).to_pylist()
    (row,) = batch_table(
        decode_batch(encode_batch("late", "predictions", 1, rows.columns))
    ).to_pylist()
    assert {name: gathered[name] for name in row} == row


@pytest.mark.parametrize(
    ("kind", "value", "given"),
    [
        ("regression", float("nan"), Given()),
        ("binary", 1, Given(scores=[float("nan")])),
        ("multiclass", "a", Given(scores=[[0.5, float("inf"), 0]])),
        ("binary", 1, Given(features={"day": np.array(["2024-05-01"], "M8[s]")})),
        ("binary", 1, Given(known_at=np.array(["2024-05-01"], "M8[s]"))),
    ],
    ids=str,
)
def test_what_json_cannot_say_stays_a_batch(kind: str, value: Any, given: Given) -> None:
    assert as_fact("late", rows_of(kind, value, given)) is None


@pytest.mark.parametrize(
    ("kind", "label", "value"),
    [("ranking", {"x": 3}, '{"x":3.0}'), ("regression", 2, 2.0), ("binary", None, None)],
)
def test_a_label_is_a_fact_as_well(kind: str, label: Any, value: Any) -> None:
    rows = feedback_rows(task(kind), ["a"], [label], at="2024-05-01", now=NOW)
    fact = as_fact("late", rows)
    assert isinstance(fact, FeedbackFact)
    assert (fact.id, fact.value, fact.logged) == ("a", value, NOW)
    assert fact.known == 1_714_521_600_000_000_000
