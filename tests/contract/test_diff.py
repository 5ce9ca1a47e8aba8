"""What differs between two runs, or between all that made two outputs."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


class Pipeline:
    """Weekly predictions: ingest -> clean -> predict, with a model that is trained now and then."""

    def __init__(self) -> None:
        @mt.component
        def ingest(week: int, scale: int = 1) -> Path:
            path = Path(f"W{week}/raw.csv")
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{week * scale}\n")
            return path

        @mt.component
        def clean(raw: Path) -> Path:
            path = raw.with_name("clean.csv")
            path.write_text(raw.read_text().strip())
            return path

        @mt.component
        def train(clean: Path, rounds: int) -> Path:
            path = Path(f"model-{rounds}.txt")
            path.write_text(clean.read_text() + str(rounds))
            return path

        @mt.component
        def predict(clean: Path, model: Path) -> Path:
            path = clean.with_name("scores.csv")
            path.write_text(clean.read_text() + model.read_text())
            mt.current_run().metric("mean", float(path.read_text()))
            return path

        self.ingest, self.clean, self.train, self.predict = ingest, clean, train, predict

    def fit(self, rounds: int) -> Path:
        return self.train(self.clean(self.ingest(0)), rounds)

    def week(self, week: int, model: Path, **more: int) -> Path:
        return self.predict(self.clean(self.ingest(week, **more)), model)


@pytest.fixture
def weeks(store: Path) -> Pipeline:
    """Log a training and the predictions of the weeks 1 and 2."""
    weekly = Pipeline()
    model = weekly.fit(rounds=3)
    weekly.week(1, model)
    weekly.week(2, model)
    return weekly


def causes(diff: mt.Diff) -> list[tuple[str, str, str]]:
    return [(one.component, one.aspect, one.name) for one in diff.changes if not one.is_consequence]


def swapped(diff: mt.Diff) -> list[Any]:
    return sorted(
        [
            (pair.depth, one.aspect, str(one.after), str(one.before), one.is_consequence)
            for pair in diff.pairs
            for one in pair.changes
        ]
    )


def test_two_outputs_are_compared_run_by_run_the_most_upstream_first(weeks: Pipeline) -> None:
    diff = mt.diff("W1/scores.csv", "W2/scores.csv")
    assert (diff.kind, diff.differs) == ("traces", True)
    assert [pair.component for pair in diff.pairs] == ["ingest", "clean", "predict"]
    assert [pair.depth for pair in diff.pairs] == [2, 1, 0]
    assert diff.num_shared == 3
    assert causes(diff) == [("ingest", "parameter", "week")]
    assert {one.aspect for one in diff.changes if one.is_consequence} == {
        "input",
        "output",
        "metric",
    }


def test_a_change_of_code_comes_before_what_follows_from_it(weeks: Pipeline) -> None:
    @mt.component
    def clean(raw: Path) -> Path:
        path = raw.with_name("clean.csv")
        path.write_text(raw.read_text().strip() + "000")  # vergißt die Einheit
        return path

    weeks.clean = clean
    bad = weeks.week(3, Path("model-3.txt"))
    diff = mt.diff("W2/scores.csv", bad)
    assert causes(diff) == [("ingest", "parameter", "week"), ("clean", "code", "")]
    (code,) = [one for one in diff.changes if one.aspect == "code"]
    assert code.text.startswith("--- A/clean\n+++ B/clean\n@@")
    assert '+    path.write_text(raw.read_text().strip() + "000")  # vergißt' in code.text


def test_training_is_compared_with_training_and_inference_with_inference(weeks: Pipeline) -> None:
    weeks.week(2, weeks.fit(rounds=5))
    diff = mt.diff("W1/scores.csv", "W2/scores.csv")
    assert causes(diff) == [("ingest", "parameter", "week"), ("train", "parameter", "rounds")]
    params = {
        (pair.component, pair.run_a.params.get("week"), pair.run_b.params.get("week"))
        for pair in diff.pairs
        if pair.run_a and pair.run_b and pair.component == "ingest"
    }
    assert params == {("ingest", 0, 0), ("ingest", 1, 2)}


def test_the_other_way_round_everything_is_swapped(weeks: Pipeline) -> None:
    there, back = mt.diff("W1/scores.csv", "W2/clean.csv"), mt.diff("W2/clean.csv", "W1/scores.csv")
    mirrored = sorted(
        (depth, aspect, before, after, is_consequence)
        for depth, aspect, after, before, is_consequence in swapped(back)
    )
    assert swapped(there) == mirrored


@pytest.mark.parametrize("target", ["W1/scores.csv", "raw.csv", "predict", "model-3.txt"])
def test_nothing_differs_from_itself(weeks: Pipeline, target: str) -> None:
    target = "W1/raw.csv" if target == "raw.csv" else target
    diff = mt.diff(target, target)
    assert not diff.differs
    assert diff.changes == ()
    assert "Nothing differs" in str(diff)


def test_doing_the_same_again_differs_in_nothing_but_time(weeks: Pipeline) -> None:
    before = mt.history("predict", limit=1)[0]
    weeks.week(2, Path("model-3.txt"))
    again = mt.history("predict", limit=1)[0]
    diff = mt.diff(before, again)
    assert not diff.differs, diff
    assert "Nothing differs but when they ran and how long they took: " in str(diff)


def test_two_runs_are_compared_with_each_other_alone(weeks: Pipeline) -> None:
    second, first = mt.history("clean", limit=2)
    diff = mt.diff(first.id[:-2], second)
    assert (diff.kind, len(diff.pairs), diff.num_shared) == ("runs", 1, 0)
    assert [(one.aspect, one.name, one.is_consequence) for one in diff.changes] == [
        ("input", "raw.csv", False),
        ("output", "clean.csv", True),
    ]
    beside_an_output = mt.diff(first, "W2/clean.csv")
    assert beside_an_output.kind == "traces"
    assert [pair.component for pair in beside_an_output.pairs] == ["ingest", "clean"]


def test_runs_of_different_components_can_be_compared(weeks: Pipeline) -> None:
    diff = mt.diff("ingest", "train")
    assert ("train", "run", "component") in causes(diff)


def test_a_failed_run_differs_by_its_status_and_error(store: Path) -> None:
    @mt.component
    def divide(by: int) -> float:
        return 1 / by

    divide(1)
    with pytest.raises(ZeroDivisionError):
        divide(0)
    bad, good = mt.history("divide")
    diff = mt.diff(good, bad)
    assert [(one.aspect, one.before, one.after) for one in diff.changes[:3]] == [
        ("parameter", 1, 0),
        ("status", "succeeded", "failed"),
        ("error", None, "ZeroDivisionError: division by zero"),
    ]
    assert "✗ failed" in str(diff)


def test_values_are_told_apart_by_type_and_nan_is_itself(store: Path) -> None:
    for value in (True, 1, 1.0, 1):
        with mt.Component("fit").start(value=value) as run:
            run.metric("loss", math.nan)
    *others, first = mt.history("fit")
    assert [mt.diff(first, other).differs for other in others] == [True, True, True]
    assert not mt.diff(others[0], others[2]).differs


def test_checks_rows_and_columns_are_told(store: Path) -> None:
    frame = pytest.importorskip("pandas").DataFrame({"a": [1, 2], "b": [0.5, None]})

    @mt.component(before=[mt.NoNulls(["a"])])
    def select(rows: Any, columns: list[str]) -> Any:
        return rows[columns]

    select(frame, ["a", "b"])
    select(frame.assign(a=[1.0, None]).iloc[1:], ["a"])
    bad, good = mt.history("select")
    found = {(one.aspect, one.name): one for one in mt.diff(good, bad).changes}
    assert found["columns", "rows"].before == {"a": "int64"}
    assert found["rows", "rows"].after == 1
    (name,) = [name for aspect, name in found if aspect == "check"]
    assert found["check", name].after["status"] == "failed"
    assert any(one.before and "b" in one.before for one in found.values() if one.is_consequence)


def test_an_output_that_differs_without_a_cause_is_called_unexplained(store: Path) -> None:
    for text in ("one", "two"):
        with mt.Component("draw").start() as run:
            Path("drawn.txt").write_text(text)
            run.write(Path("drawn.txt"))
    later, earlier = mt.history("draw")
    (change,) = mt.diff(earlier, later).changes
    assert (change.aspect, change.is_consequence) == ("output", False)
    assert "not deterministic" in change.text


def test_artifacts_that_no_run_made_are_compared_by_content(weeks: Pipeline) -> None:
    for name, text in (("in/a.txt", "one"), ("in/b.txt", "two")):
        Path("in").mkdir(exist_ok=True)
        Path(name).write_text(text)
        weeks.clean(Path(name))
    (change,) = mt.diff("in/a.txt", "in/b.txt").changes
    assert (change.component, change.aspect) == ("", "input")
    only = mt.diff("in/a.txt", "W1/clean.csv")
    assert [(pair.component, pair.run_a) for pair in only.pairs] == [
        ("ingest", None),
        ("clean", None),
    ]
    assert "only in B" in str(only)


def test_a_name_that_is_overwritten_again_and_again_is_compared_by_version(store: Path) -> None:
    @mt.component
    def update(state: Path, add: int) -> Path:
        state.write_text(f"{state.read_text()}{add}")
        return state

    Path("state.txt").write_text("")
    for add in (1, 2, 2):
        update(Path("state.txt"), add)
    third, second, _ = mt.history("update")
    diff = mt.diff(second.outputs[0], third.outputs[0])
    assert diff.differs
    assert diff.num_shared == 2
    (pair,) = diff.pairs
    assert (pair.run_a and pair.run_a.id, pair.run_b and pair.run_b.id) == (second.id, third.id)


def test_an_output_that_was_not_there_at_first_is_no_parameter(store: Path) -> None:
    @mt.component
    def clean(raw: str, out: str) -> str:
        Path(out).write_text(Path(raw).read_text().upper())
        return out

    for text in ("a", "b"):
        Path("raw.txt").write_text(text)
        clean("raw.txt", "clean.txt")
    second, first = mt.history("clean")
    assert (first.params, second.params) == ({"out": "clean.txt"}, {})
    assert [one.aspect for one in mt.diff(first, second).changes] == ["input", "output"]


def test_unknown_names_raise_with_what_could_be_meant(weeks: Pipeline, cli: Cli) -> None:
    with pytest.raises(mt.UnknownNameError, match="Did you mean 'predict'"):
        mt.diff("predict", "predct")
    answer = cli("diff", "predict", "predct")
    assert answer.returncode == 2
    assert "Did you mean 'predict'" in answer.stderr


def test_the_drawing_is_stacked_at_80_columns_and_side_by_side_at_120(
    weeks: Pipeline, cli: Cli
) -> None:
    weeks.week(2, weeks.fit(rounds=5))
    arguments = ("diff", "W1/scores.csv", "W2/scores.csv")
    stacked, beside = cli(*arguments), cli(*arguments, COLUMNS="120")
    for answer, width in ((stacked, 80), (beside, 120)):
        assert answer.returncode == 0, answer.stderr
        assert max(map(len, answer.stdout.splitlines())) <= width
    assert "  parameter rounds  3 → 5" in stacked.stdout.splitlines()
    (row,) = [line for line in beside.stdout.splitlines() if line.startswith("  parameter rounds")]
    assert row.split() == ["parameter", "rounds", "3", "5"]
    assert "parameter week  1 → 2" in cli(*arguments, "--all").stdout


def test_json_is_the_record_and_csv_has_a_row_for_each_change(
    weeks: Pipeline, cli: Cli, cli_json: Callable[..., Any]
) -> None:
    diff = mt.diff("W1/scores.csv", "W2/scores.csv")
    answer = cli_json("diff", "W1/scores.csv", "W2/scores.csv")
    assert answer == json.loads(json.dumps(diff.to_dict()))
    assert answer["differs"] is True
    text = cli("diff", "W1/scores.csv", "W2/scores.csv", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(diff.changes) == len(diff.to_pandas())
    assert [row["component"] for row in rows] == [one.component for one in diff.changes]


def test_a_terminal_without_unicode_gets_ascii(weeks: Pipeline, cli: Cli) -> None:
    answer = cli("diff", "W1/scores.csv", "W2/scores.csv", PYTHONIOENCODING="ascii")
    assert answer.stdout.isascii()
    assert "parameter week  1 -> 2" in answer.stdout
