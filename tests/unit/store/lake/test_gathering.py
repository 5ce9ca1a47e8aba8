"""Rows logged one by one are gathered, one batch for each task and kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lake_stores import many

if TYPE_CHECKING:
    from tests.lake_stores import LakeStore


def test_single_predictions_come_back_as_they_were_logged(lake: LakeStore) -> None:
    lake.append(
        lake.prediction("a", at=1, score=0.5, model="m@1", run="r", features={"x": 1, "u": "A"}),
        lake.prediction("b", at=2, value="0", known=5_000, features={"x": 2.5}),
    )
    first, second = lake.read().to_pylist()
    assert (first["id"], first["value"], first["score"]) == ("a", "1", 0.5)
    assert (first["model"], first["run"]) == ("m@1", "r")
    assert (first["feature_x"], first["feature_u"]) == (1.0, "A")
    assert first["known_at"] == first["at"]
    assert (second["score"], second["model"], second["feature_u"]) == (None, None, None)
    assert second["known_at"].timestamp() == 5e-6


def test_each_task_and_kind_has_one_segment(lake: LakeStore) -> None:
    lake.append(*(lake.prediction(one) for one in many(100)))
    lake.append(*(lake.prediction(one, task="other") for one in many(50)))
    lake.append(*(lake.feedback(one, known=3) for one in many(20)))
    found = [(one.task, one.kind, one.num_rows) for one in lake.segments()]
    assert sorted(found) == [
        ("late", "feedback", 20),
        ("late", "predictions", 100),
        ("other", "predictions", 50),
    ]


def test_values_that_are_numbers_stay_numbers(lake: LakeStore) -> None:
    lake.append(lake.prediction("a", value=1.5), lake.feedback("a", value=2))
    assert lake.read(["value"]).to_pylist() == [{"value": 1.5}]
    assert lake.read(["value"], kind="feedback").to_pylist() == [{"value": 2.0}]


def test_scores_of_classes_come_back_where_they_were_given(lake: LakeStore) -> None:
    lake.append(lake.prediction("a", scores=[0.25, 0.75]), lake.prediction("b"))
    assert lake.read(["scores"]).column(0).to_pylist() == [[0.25, 0.75], None]


def test_prediction_of_an_impossible_time_keeps_back_no_other(lake: LakeStore) -> None:
    lake.append(lake.prediction("a"), lake.prediction("b", logged=2**70), lake.prediction("c"))
    assert lake.ids() == ["a", "c"]
