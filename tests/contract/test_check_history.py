"""What checks said over time: in Python, in a frame, and as a chart on the command line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


def _run_three_times() -> None:
    def num_rows(result: pd.DataFrame) -> int:
        return len(result)

    @mt.component(before=[mt.NoNulls(["x"]), mt.NoNulls(["y"])], after=[num_rows])
    def clean(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.dropna()

    for nulls in (0, 2, 1):
        clean(pd.DataFrame({"x": [1.0] * (4 - nulls) + [None] * nulls, "y": [1.0] * 4}))


def test_results_come_newest_first_with_their_runs(store: Path) -> None:
    _run_three_times()
    found = mt.check_history("clean", check="NoNulls(x)")
    assert [(one.status, one.value) for one in found] == [
        ("failed", 1),
        ("failed", 2),
        ("passed", 0),
    ]
    runs = mt.history("clean")
    assert [(one.run, one.at) for one in found] == [(run.id, run.started_at) for run in runs]
    assert {one.component for one in found} == {"clean"}


def test_two_checks_of_one_class_are_two_series(store: Path) -> None:
    _run_three_times()
    found = mt.check_history("clean", check="NoNulls")
    assert [one.check for one in found[:2]] == ["NoNulls(x)", "NoNulls(y)"]
    assert len(found) == 6
    assert len(mt.check_history("clean", test="num_rows")) == 3


def test_limit_is_a_number_of_runs_and_since_a_time(store: Path) -> None:
    _run_three_times()
    assert len(mt.check_history("clean", limit=2)) == 6
    assert not mt.check_history("clean", check="num_rows", until="1d")
    assert len(mt.check_history("clean", since="1d", limit=None)) == 9
    with pytest.raises(mt.ArgumentError, match="limit=0"):
        mt.check_history("clean", limit=0)


def test_values_become_a_column_of_numbers(store: Path) -> None:
    def says_what(result: int) -> Any:
        return "text" if result == 1 else float("nan") if result == 2 else result > 0

    @mt.component(after=[says_what])
    def give(number: int) -> int:
        return number

    for number in (1, 2, 3):
        give(number)
    found = mt.check_history("give")
    assert [one.value for one in found] == [True, "nan", "text"]
    frame = found.to_pandas()
    assert frame["value"].dtype == float
    assert list(frame["value"].dropna()) == [1.0]
    assert found.to_arrow().num_rows == found.to_polars().height == 3
    assert list(mt.check_history("give", until="1d").to_pandas().columns) == list(frame.columns)


def test_unknown_names_are_refused_with_the_nearest(store: Path) -> None:
    _run_three_times()
    with pytest.raises(mt.UnknownNameError, match="Did you mean 'clean'"):
        mt.check_history("claen")
    with pytest.raises(mt.UnknownNameError, match=r"No check 'NoNull'\. Did you mean 'NoNulls\("):
        mt.check_history("clean", check="NoNull")
    with pytest.raises(mt.UnknownNameError, match="No test 'num_row'"):
        mt.check_history("clean", test="num_row")


def test_names_with_signs_of_sql_are_taken_as_they_are(store: Path) -> None:
    _run_three_times()
    for check in ("NoNulls%", "_oNulls", "NoNulls(_)"):
        with pytest.raises(mt.UnknownNameError):
            mt.check_history("clean", check=check)


def test_chart_on_the_command_line(store: Path, cli: Cli) -> None:
    _run_three_times()
    text = cli("check", "history", "clean").stdout
    assert "✗ failed  NoNulls(x).test_no_nulls  before" in text
    assert "▁█▅  last 1, from 0 to 2" in text or "▁█▄  last 1, from 0 to 2" in text
    assert "✓✗✗  2 of 3 runs did not pass" in text
    assert "frame: 1 null in 'x'" in text
    assert "✓ passed  NoNulls(y).test_no_nulls  before" in text
    rows = list(
        csv.DictReader(io.StringIO(cli("check", "history", "clean", "--format", "csv").stdout))
    )
    assert len(rows) == 9
    assert rows[0]["value"] == "1.0"
    assert cli("check", "history", "claen").returncode == 2


def test_component_without_checks_has_an_empty_chart(store: Path, cli: Cli) -> None:
    with mt.Component("bare").start():
        pass
    assert mt.check_history("bare") == []
    assert "No check ran" in cli("check", "history", "bare").stdout


def test_runs_that_sampling_left_out_are_noted(store: Path) -> None:
    @mt.component(before=[mt.RowCount(min=1)], sample=0.0)
    def clean(frame: pd.DataFrame) -> None: ...

    for rows in (1, 0, 1):
        clean(pd.DataFrame({"x": [1.0] * rows}))
    found = mt.check_history("clean")
    assert [result.status for result in found] == ["failed"]
    assert "sampling left 2 runs out of the log" in " ".join(str(found).split())
