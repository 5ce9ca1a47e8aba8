"""A prediction is followed by its id to the run, the model and the data behind it, and back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable

TASK = mt.Task("late", kind="binary")


@pytest.fixture
def predicted(store: Path, workdir: Path) -> Path:
    """Log data -> train -> model -> predict, four times, with 40 predictions each time."""

    @mt.component
    def train(source: str) -> str:
        Path("model.txt").write_text(Path(source).read_text())
        return "model.txt"

    @mt.component
    def predict(model: str, hour: int) -> None:
        TASK.log_predictions([f"{hour}-{row}" for row in range(38)], [1] * 38)
        TASK.log_predictions(f"{hour}-38", 1)
        TASK.log_predictions(hour * 1000, 1)

    for hour in range(1, 5):
        Path("raw.csv").write_text(f"raw {hour}")
        predict(train("raw.csv"), hour=hour)
    return store


def components_of(trace: mt.Trace) -> list[str]:
    return [step.run.component for step in trace.steps]


@pytest.mark.parametrize("output", ["2-7", "2-38", 2000, "2000"], ids=repr)
def test_a_prediction_is_traced_to_what_made_it(predicted: Path, output: Any) -> None:
    trace = mt.trace(output)
    assert components_of(trace) == ["predict", "train"]
    assert trace.steps[0].run.params["hour"] == 2
    assert [ref.name for ref in trace.sources] == ["raw.csv"]
    assert str(output) in str(trace)


def test_the_run_that_made_a_prediction_is_found_by_its_id(predicted: Path) -> None:
    assert mt.run("3-7").params["hour"] == 3
    assert mt.run("3-7").id == mt.trace("3-7").steps[0].run.id
    TASK.log_predictions("alone", 1)
    for nobody in ("alone", "nobody"):
        with pytest.raises(mt.UnknownNameError, match=f"No run '{nobody}'"):
            mt.run(nobody)


def test_uuids_are_traced(store: Path) -> None:
    @mt.component
    def predict() -> None:
        TASK.log_predictions([UUID(int=7)], [1])

    predict()
    assert components_of(mt.trace(UUID(int=7))) == ["predict"]
    assert components_of(mt.trace(str(UUID(int=7)))) == ["predict"]


def test_the_latest_prediction_of_an_id_counts(predicted: Path) -> None:
    @mt.component
    def again() -> None:
        TASK.log_predictions("2-7", 0)

    again()
    assert components_of(mt.trace("2-7")) == ["again"]
    with pytest.raises(mt.UnknownNameError, match="'2-7' was not there at"):
        mt.trace("2-7", at="2020-01-01")


def test_a_prediction_of_no_run_is_known_and_made_by_none(store: Path) -> None:
    TASK.log_predictions("alone", 1)
    assert mt.trace("alone").steps == ()
    (flag,) = mt.flag("alone")
    assert flag.produced_by is None
    assert [one.output for one in mt.flagged()] == ["alone"]


def test_an_id_that_nobody_predicted_is_unknown(predicted: Path) -> None:
    with pytest.raises(mt.UnknownNameError, match="No output or run 'nobody'"):
        mt.trace("nobody")


def test_names_of_components_and_runs_come_before_ids(predicted: Path) -> None:
    TASK.log_predictions("train", 1)
    assert components_of(mt.trace("train")) == ["train"]
    (run,) = mt.history("train", limit=1)
    TASK.log_predictions(run.id, 1)
    assert components_of(mt.trace(run.id)) == ["train"]


def test_a_flagged_prediction_is_listed_and_taken_back(predicted: Path) -> None:
    (flag,) = mt.flag("3-7", reason="was on time")
    assert (flag.output, flag.name, flag.kind) == ("3-7", "late", "ids")
    assert flag.produced_by == mt.trace("3-7").steps[0].run.id
    assert [one.output for one in mt.flagged()] == ["3-7"]
    assert [one.output for one in mt.unflag("3-7")] == ["3-7"]
    assert list(mt.flagged()) == []


def test_many_predictions_are_flagged_at_once(predicted: Path) -> None:
    flagged = mt.flag([f"{hour}-{row}" for hour in (2, 3) for row in range(20)])
    assert Counter(flag.produced_by for flag in flagged) == Counter(
        {run.id: 20 for run in mt.history("predict") if run.params["hour"] in (2, 3)}
    )


def test_a_review_counts_flagged_and_unflagged_predictions(predicted: Path) -> None:
    mt.flag([f"3-{row}" for row in range(30)], reason="wrong")
    first = mt.review().suspects[0]
    assert first.run is not None
    assert first.run.id in {step.run.id for step in mt.trace("3-0").steps}
    assert (first.num_flagged, first.num_unflagged) == (30, 10)


def test_all_predictions_of_a_run_are_flagged_together(predicted: Path) -> None:
    (run,) = [one for one in mt.history("predict") if one.params["hour"] == 3]
    (flag,) = mt.flag(run)
    assert flag.name == "late"
    first = mt.review().suspects[0]
    assert first.run is not None
    assert first.run.id in {step.run.id for step in mt.trace("3-0").steps}
    assert (first.num_flagged, first.num_unflagged) == (40, 0)


def test_a_million_predictions_of_a_run_are_one_edge(store: Path) -> None:
    ids = np.arange(100_000)

    @mt.component
    def predict() -> None:
        for start in range(0, 1_000_000, 100_000):
            TASK.log_predictions(ids + start, np.ones(100_000, np.int64))

    predict()
    (run,) = mt.history("predict")
    assert [ref.name for ref in run.outputs] == ["late"]
    assert components_of(mt.trace(999_999)) == ["predict"]


@pytest.mark.sqlite_only("the verbs that it calls are asked on each database")
def test_the_command_line_takes_ids_of_predictions(
    predicted: Path, cli_json: Callable[..., Any]
) -> None:
    assert [step["run"]["component"] for step in cli_json("trace", "2-7")["steps"]] == [
        "predict",
        "train",
    ]
    (flag,) = cli_json("flag", "2-7", "--reason", "wrong")
    assert flag["name"] == "late"
    assert cli_json("review")["suspects"][0]["num_flagged"] == 1
