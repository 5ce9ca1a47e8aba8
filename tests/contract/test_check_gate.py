"""`mltrace check run`, as a job of continuous integration calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pandas as pd
import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess

Cli = Callable[..., "subprocess.CompletedProcess[str]"]

CHECKS = """\
[[components.clean.before]]
check = "NoNulls"
columns = ["delay"]

[[components.clean.after]]
check = "RowCount"
min = 3
severity = "block"

[[components.clean.after]]
check = "RowCount"
max = 1
retired_at = 2020-01-01
"""
PIPELINE = """\
import pandas as pd
import mltrace as mt

print("imported")


def cheap(prices, most=10):
    assert prices.delay.max() < most, "not cheap"


class Sorted(mt.Check):
    def test_sorted(self, result):
        return result.delay.is_monotonic_increasing


@mt.component(before=[cheap], after=[Sorted])
def price(prices):
    return prices


@mt.component(after=[Sorted])
def clean(prices):
    return prices


price(pd.DataFrame({"delay": [1]}))
"""
GOOD = pd.DataFrame({"delay": [1.0, 2.0, 3.0], "origin": ["JFK", "EWR", "LGA"]})
HOLES = pd.DataFrame({"delay": [1.0, None, 3.0]})


@pytest.fixture
def gate(workdir: Path, cli: Cli) -> Cli:
    Path("mltrace-checks.toml").write_text(CHECKS)
    Path("pipeline.py").write_text(PIPELINE)
    GOOD.to_parquet("good.parquet")
    HOLES.to_csv("holes.csv", index=False)
    return lambda *arguments: cli("check", "run", *arguments)


def _statuses(answer: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {one["check"]: one["status"] for one in json.loads(answer.stdout)["results"]}


@pytest.mark.parametrize(
    ("data", "code"), [("good.parquet", 0), ("holes.csv", 1), ("few.jsonl", 1), ("good.arrow", 0)]
)
def test_gate_fails_where_the_data_do(gate: Cli, data: str, code: int) -> None:
    GOOD.head(1).to_json("few.jsonl", orient="records", lines=True)
    GOOD.to_feather("good.arrow")
    answer = gate("--component", "clean", "--data", data)
    assert answer.returncode == code, answer.stderr
    assert max(map(len, answer.stdout.splitlines())) <= 80
    said = {
        "holes.csv": "holes: 1 null in 'delay'",
        "few.jsonl": "result: 1 row, expected at least 3",
    }
    assert said.get(data, "2 tests: 2 passed") in answer.stdout


def test_failures_that_only_warn_may_pass(gate: Cli) -> None:
    arguments = ("--component", "clean", "--only-blocking", "--data")
    assert gate(*arguments, "holes.csv").returncode == 0
    HOLES.head(2).to_csv("few.csv")
    assert gate(*arguments, "few.csv").returncode == 1


def test_named_data_are_checked_at_their_boundary(gate: Cli) -> None:
    before = gate("--component", "clean", "--data", "prices=holes.csv", "--format", "json")
    assert _statuses(before) == {"NoNulls(delay)": "failed"}
    after = gate("--component", "clean", "--data", "result=holes.csv", "--format", "json")
    assert _statuses(after) == {"RowCount": "passed"}
    both = gate(
        "--component", "clean", "--data", "result=good.parquet", "--data", "prices=holes.csv",
        "--format", "csv",
    )  # fmt: skip
    assert both.returncode == 1
    assert [row.split(",")[1:3] for row in both.stdout.splitlines()[1:]] == [
        ["NoNulls(delay)", "test_no_nulls"],
        ["RowCount", "test_row_count"],
    ]


def test_module_adds_the_checks_that_it_declares_and_logs_nothing(gate: Cli) -> None:
    for module in ("pipeline.py", "pipeline"):
        answer = gate("--component", "price", "--module", module, "--data", "good.parquet",
                      "--format", "json")  # fmt: skip
        assert answer.returncode == 0, answer.stderr
        assert _statuses(answer) == {"cheap": "passed", "Sorted": "passed"}
    clean = gate("--component", "clean", "--module", "pipeline.py", "--data", "good.parquet",
                 "--format", "json")  # fmt: skip
    assert list(_statuses(clean)) == ["NoNulls(delay)", "RowCount", "Sorted"]
    assert not Path(".mltrace").exists()


def test_reference_may_be_another_file_or_an_artifact(gate: Cli, store: Path) -> None:
    many = pd.concat([GOOD] * 50)

    @mt.component
    def load() -> pd.DataFrame:
        return many

    load()
    many.to_parquet("many.parquet")
    many[many["origin"] != "JFK"].to_csv("two.csv", index=False)
    Path("mltrace-checks.toml").write_text(
        '[[components.clean.after]]\ncheck = "NoDroppedGroups"\ncolumns = ["origin"]\n'
        'reference = "none.parquet"\n'
    )
    run = ("--component", "clean", "--data", "two.csv")
    assert gate(*run).returncode == 3
    assert gate(*run, "--against", "two.csv").returncode == 0
    for reference in ("many.parquet", "load"):
        answer = gate(*run, "--against", reference)
        assert answer.returncode == 1, answer.stderr
        assert "'origin' lacks" in answer.stdout
    assert gate(*run, "--against", "laod").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["clan", "--data", "good.parquet"], "no checks of 'clan' to run. Did you mean 'clean'?"),
        (["clean", "--data", "none.csv"], "none.csv cannot be read: No such file"),
        (["clean", "--data", "model.pkl"], "no data file ends in '.pkl'; accepted: .parquet"),
        (["clean", "--data", "broken.parquet"], "broken.parquet cannot be read: "),
        (["clean", "--data", "good.parquet", "--module", "broken.py"], "ZeroDivisionError"),
        (["clean", "--data", "good.parquet", "--module", "leaves.py"], "SystemExit"),
        (["clean", "--data", "good.parquet", "--module", "none.py"], "no file none.py"),
        (["price", "--data", "x=good.parquet", "--module", "pipeline.py", "--when", "after"], ""),
    ],
)
def test_what_cannot_be_evaluated_exits_with_3(gate: Cli, arguments: list[str], said: str) -> None:
    Path("broken.py").write_text("1 / 0")
    Path("leaves.py").write_text("raise SystemExit(0)")
    Path("model.pkl").write_bytes(b"")
    Path("broken.parquet").write_bytes(b"PAR1")
    answer = gate("--component", *arguments)
    assert answer.returncode == 3, answer.stdout
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (["a.csv", "b.csv"], "two files have no name; write NAME=FILE"),
        (["x=a.csv", "x=b.csv"], "'x' is given twice"),
        ([], "Missing option '--data'"),
    ],
)
def test_wrong_usage_exits_with_2(gate: Cli, data: list[str], said: str) -> None:
    answer = gate("--component", "clean", *(f"--data={one}" for one in data))
    assert answer.returncode == 2
    assert said in answer.stderr


def test_broken_file_of_checks_exits_with_2_and_names_the_line(gate: Cli) -> None:
    Path("mltrace-checks.toml").write_text(CHECKS.replace("min = 3", "mn = 3"))
    answer = gate("--component", "clean", "--data", "good.parquet")
    assert answer.returncode == 2
    assert "mltrace-checks.toml:5: components.clean.after: No argument of RowCount" in answer.stderr


def test_reports_are_written(gate: Cli) -> None:
    answer = gate("--component", "clean", "--data", "holes.csv", "--junit", "o.xml", "--sarif",
                  "o.sarif")  # fmt: skip
    assert answer.returncode == 1
    suites = ElementTree.parse("o.xml").getroot()
    assert (suites.get("tests"), suites.get("failures")) == ("2", "1")
    run: Any = json.loads(Path("o.sarif").read_text())["runs"][0]
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "mltrace-checks.toml"},
        "region": {"startLine": 1},
    }


@pytest.mark.parametrize("option", ["--junit", "--sarif"])
def test_a_report_that_cannot_be_written_is_said_with_the_remedy(gate: Cli, option: str) -> None:
    answer = gate("--component", "clean", "--data", "good.parquet", option, "no/such/report")
    assert answer.returncode == 3
    assert "The report no/such/report cannot be written: No such file" in answer.stderr
    assert "Name a file in a folder" in answer.stderr


def test_list_tells_where_each_check_of_a_component_stands(gate: Cli, cli: Cli) -> None:
    answer = cli("check", "list", "clean", "--module", "pipeline.py", "--format", "json")
    listed = json.loads(answer.stdout)
    assert [(one["check"], one["file"], one["line"]) for one in listed] == [
        ("NoNulls(delay)", "mltrace-checks.toml", 1),
        ("RowCount", "mltrace-checks.toml", 5),
        ("RowCount", "mltrace-checks.toml", 10),
        ("Sorted", None, None),
    ]
    drawn = cli("check", "list", "clean").stdout
    assert "RowCount  after  blocks\n    mltrace-checks.toml:5\n    min = 3\n" in drawn
    assert "    retired from 2020-01-01 on\n" in drawn
    assert cli("check", "list", "clan").returncode == 3


def test_components_of_the_file_are_completed(gate: Cli, cli: Cli) -> None:
    answer = cli(
        _MLTRACE_COMPLETE="bash_complete", COMP_WORDS="mltrace check run --component c",
        COMP_CWORD="4",
    )  # fmt: skip
    assert answer.stdout.split() == ["plain,clean"]
