"""Monitors of staleness, on pipelines that work with old inputs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def weeks(store: Path, workdir: Path) -> Callable[..., None]:
    """Run weeks of a pipeline that trains and predicts, with the model of a given week."""

    @mt.component
    def train(week: int) -> Path:
        path = Path(f"model-{week}.txt")
        path.write_text(f"model {week}")
        return path

    @mt.component
    def predict(model: Path, week: int) -> Path:
        path = Path(f"predictions-{week}.txt")
        path.write_text(f"{model.read_text()} on {week}")
        return path

    @mt.component
    def report(predictions: Path) -> Path:
        path = predictions.with_name(predictions.name.replace("predictions", "report"))
        path.write_text(f"on {predictions.read_text()}")
        return path

    def run(first: int, last: int, *, model: int | None = None) -> None:
        for week in range(first, last + 1):
            newest = train(week)
            served = newest if model is None else Path(f"model-{model}.txt")
            report(predict(served, week=week))

    return run


def test_a_pipeline_that_rolls_on_with_fresh_inputs_raises_nothing(
    weeks: Callable[..., None],
) -> None:
    weeks(1, 4)
    found = mt.evaluate_monitors(mt.StalenessMonitor())
    assert {one.state for one in found.observations} == {"ok"}
    assert {one.subject for one in found.observations} == {"train", "predict", "report"}


def test_the_run_that_took_an_old_model_is_the_cause_with_the_model(
    weeks: Callable[..., None],
) -> None:
    weeks(1, 3)
    monitor = mt.StalenessMonitor(severity="critical")
    mt.evaluate_monitors(monitor)
    weeks(4, 5, model=1)
    found = mt.evaluate_monitors(monitor)
    (incident,) = found.incidents
    assert (incident.component, incident.cause.artifact) == ("predict", "model-1.txt")
    assert "fresher runs of train began before this run" in incident.cause.message
    assert [one.component for one in incident.consequences] == ["report"]
    first = mt.history("predict", limit=2)[1]
    assert incident.cause.run_id == first.id
    assert mt.evaluate_monitors(monitor).observations == ()


def test_all_runs_since_the_last_evaluation_are_looked_at(weeks: Callable[..., None]) -> None:
    weeks(1, 2)
    weeks(3, 3, model=1)
    weeks(4, 9)
    found = mt.evaluate_monitors(mt.StalenessMonitor("predict"))
    assert [one.state for one in found.observations] == ["ok", "bad", "ok"]
    (alert,) = mt.alerts()
    assert alert.state == "resolved"


def test_a_run_that_becomes_stale_later_is_told_and_made_good_by_the_next(
    store: Path, workdir: Path
) -> None:
    Path("raw.csv").write_text("x\n1\n")

    @mt.component
    def look(path: str) -> None: ...

    @mt.component
    def clean(source: str) -> str:
        Path("clean.csv").write_text(Path(source).read_text())
        return "clean.csv"

    monitor = mt.StalenessMonitor("clean")
    clean("raw.csv")
    assert mt.evaluate_monitors(monitor).observations[0].state == "ok"
    Path("raw.csv").write_text("x\n1\n2\n")
    look("raw.csv")
    (bad,) = mt.evaluate_monitors(monitor).observations
    assert (bad.state, bad.artifact) == ("bad", "raw.csv")
    assert "a newer raw.csv exists" in bad.message
    clean("raw.csv")
    assert len(mt.evaluate_monitors(monitor).resolved) == 1


def test_changed_code_upstream_counts_where_it_is_asked_for(
    weeks: Callable[..., None],
) -> None:
    weeks(1, 1)

    @mt.component
    def train(week: int) -> Path:
        return Path(f"model-{week}.txt")

    train(0)
    assert {one.state for one in mt.evaluate_monitors(mt.StalenessMonitor()).observations} == {"ok"}
    found = mt.evaluate_monitors(mt.StalenessMonitor(reasons="code"))
    assert "the code of train changed" in found.incidents[0].cause.message


def test_only_the_reasons_asked_for_count(weeks: Callable[..., None]) -> None:
    weeks(1, 2)
    weeks(3, 3, model=1)
    found = mt.evaluate_monitors(mt.StalenessMonitor(reasons="schema"))
    assert {one.state for one in found.observations} == {"ok"}
    with pytest.raises(mt.ArgumentError, match="Did you mean 'schema'"):
        mt.StalenessMonitor(reasons=["shema"])


def test_a_component_that_is_not_there_is_a_fault_of_the_monitor(
    weeks: Callable[..., None],
) -> None:
    weeks(1, 1)
    (fault,) = mt.evaluate_monitors(mt.StalenessMonitor("trian")).faults
    assert "Did you mean 'train'?" in fault.message
