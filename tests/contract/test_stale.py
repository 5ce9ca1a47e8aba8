"""What is stale now, as a user asks it: by hand-made pipelines of scripts and files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Script = Callable[..., str]
    Cli = Callable[..., subprocess.CompletedProcess[str]]

PIPELINE = """
    import sys
    import pandas
    import mltrace as mt

    @mt.component
    def ingest(unit: str) -> str:
        pandas.DataFrame({"temp": [50, 60]}).to_csv("raw.csv", index=False)
        return "raw.csv"

    @mt.component
    def features(path: str) -> pandas.DataFrame:
        rows = pandas.read_csv(path)
        rows["double"] = rows["temp"] * 2
        return rows

    @mt.component
    def train(rows: pandas.DataFrame, salt: str) -> str:
        with open("model.bin", "w") as file:
            file.write(f"{rows['double'].mean()} {salt}")
        return "model.bin"

    for step in sys.argv[1:]:
        if step == "ingest":
            ingest("F")
        elif step == "features":
            rows = features("raw.csv")
        else:
            train(features("raw.csv"), step)
"""


@mt.component
def predict(model: str) -> None: ...


def said(component: str) -> tuple[str, ...]:
    return {run.component: run.stale for run in mt.stale()}.get(component, ())


@pytest.fixture
def served(store: Path, script: Script) -> Path:
    """Provide a store in which all steps ran once, with a model that was then served."""
    script(PIPELINE, "ingest", "first")
    predict("model.bin")
    assert mt.stale() == []
    return store


def test_changed_code_upstream_is_told_with_the_path(served: Path, script: Script) -> None:
    script(PIPELINE.replace("* 2", "* 3"), "features")
    (code,) = [one for one in said("predict") if one.startswith("the code")]
    assert code.startswith("the code of features changed since (")
    assert code.endswith("(path: predict ← train ← features)")
    assert mt.history("predict")[0].stale == ()


def test_a_changed_parameter_and_a_new_column_are_told(served: Path, script: Script) -> None:
    changed = PIPELINE.replace('"F"', '"C"').replace("return rows", "return rows.assign(x=1)")
    script(changed, "ingest", "features")
    reasons = [one.partition(" (path: ")[0] for one in said("train")]
    assert "parameter unit of ingest changed from 'F' to 'C' since" in reasons
    assert "features of features has the new column x since" in reasons


def test_a_file_made_anew_is_told_downstream(served: Path, script: Script) -> None:
    script(PIPELINE.replace("[50, 60]", "[51, 61]"), "ingest")
    newer = mt.history("ingest")[0].id[:13]
    for component in ("features", "train", "predict"):
        assert any(f"made by ingest {newer}" in one for one in said(component))
    assert said("ingest") == ()


def test_the_same_again_makes_nothing_stale(served: Path, script: Script) -> None:
    script(PIPELINE, "ingest", "first")
    assert mt.stale() == []


def test_the_policy_of_the_file_counts(store: Path, script: Script) -> None:
    old = PIPELINE.replace("import pandas", "import pandas, time", 1) + (
        "\n    real = time.time_ns\n    time.time_ns = lambda: real() - 40 * 86400 * 10**9\n"
        '    train(features("raw.csv"), "old")\n'
    )
    script(old, "ingest")
    predict("model.bin")
    (reason,) = [one for one in said("predict") if "old when read" in one]
    assert reason.endswith("the limit is 30 days)")
    Path("mltrace.toml").write_text('[stale_after.components]\ntrain = "20d"\n')
    (reason,) = [one for one in said("predict") if "old when read" in one]
    assert reason.endswith("the limit of train is 20 days)")
    Path("mltrace.toml").write_text('[stale_after.artifacts]\n"*.bin" = "never"\n')
    assert not [one for one in said("predict") if "old when read" in one]


def test_one_output_can_be_asked_for(served: Path, script: Script) -> None:
    script(PIPELINE, "second")
    assert mt.stale("raw.csv") == []
    (run,) = mt.stale("predict")
    assert run.component == "predict"
    assert run.stale[-1].startswith("a newer model.bin exists: made by train")
    assert mt.stale("model.bin") == []


def test_the_command_line_draws_reasons_with_paths(served: Path, script: Script, cli: Cli) -> None:
    script(PIPELINE.replace("* 2", "* 3"), "features")
    lines = cli("stale").stdout.splitlines()
    assert lines[0].startswith("predict  ")
    assert any(line.startswith("  ◷ ") for line in lines)
    assert "(path: predict ← train ← features)" in " ".join(" ".join(lines).split())
    assert all(len(line) <= 80 for line in lines)


def test_a_source_that_was_overwritten_by_hand_is_told(store: Path, cli: Cli) -> None:
    @mt.component
    def fit(path: str) -> str:
        Path("model.txt").write_text(Path(path).read_text().upper())
        return "model.txt"

    @mt.component
    def report(path: str) -> None: ...

    Path("raw.csv").write_text("a\n1\n")
    fit("raw.csv")
    predict("model.txt")
    Path("raw.csv").write_text("a\n2\n")
    assert mt.stale() == []
    report("raw.csv")
    newer = f"a newer raw.csv exists: read by report {mt.history('report')[0].id[:13]}"
    for component in ("fit", "predict"):
        (reason,) = said(component)
        assert reason.startswith(newer)
    assert "(path: predict ← fit)" in cli("stale").stdout
    fit("raw.csv")
    predict("model.txt")
    assert "not judged by age" in cli("stale").stdout
