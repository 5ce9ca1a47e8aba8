"""Checks in a file run at the boundaries of their components, and never break a pipeline."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import mltrace as mt

CHECKS = """\
[[components.clean.before]]
check = "NoNulls"

[[components.clean.after]]
check = "RowCount"
min = 3
severity = "block"

[[components.other.after]]
check = "NoNulls"
"""
HOLES = pd.DataFrame({"x": [1.0, None]})


@pytest.fixture(autouse=True)
def checks(store: Path, workdir: Path) -> Path:
    file = Path("mltrace-checks.toml")
    file.write_text(CHECKS)
    return file


def _component(**options: Any) -> Any:
    @mt.component(**options)
    def clean(frame: pd.DataFrame) -> pd.DataFrame:
        kept = frame.dropna()
        return kept if len(kept) > 1 else frame

    return clean


def _said() -> list[tuple[str, str, str]]:
    return [(one.when, one.check, one.status) for one in mt.history("clean")[0].checks]


def test_checks_of_the_file_run_beside_those_in_code() -> None:
    clean = _component(after=[mt.RowCount(min=1), mt.NoNulls])
    with pytest.raises(mt.CheckFailed, match="2 rows, expected at least 3"):
        clean(HOLES)
    assert _said() == [
        ("before", "NoNulls", "failed"),
        ("after", "RowCount", "passed"),
        ("after", "NoNulls", "failed"),
        ("after", "RowCount #2", "failed"),
    ]


def test_checks_of_the_file_run_around_blocks() -> None:
    clean = mt.Component("clean")
    with pytest.raises(mt.CheckFailed, match="2 rows"), clean.start(frame=HOLES):
        result = HOLES  # noqa: F841 (a variable that checks see)
    assert _said() == [("before", "NoNulls", "failed"), ("after", "RowCount", "failed")]


def test_checks_of_the_file_run_with_sampled_components() -> None:
    clean = _component(sample=0.0)
    with pytest.raises(mt.CheckFailed, match="2 rows, expected at least 3"):
        clean(HOLES)
    assert _said()[-1] == ("after", "RowCount", "failed")


def test_check_of_the_file_may_look_at_a_local_variable(checks: Path) -> None:
    checks.write_text('[[components.clean.after]]\ncheck = "RowCount"\nmin = 2\non = "kept"\n')
    _component()(HOLES)
    assert _said() == [("after", "RowCount(on kept)", "failed")]
    assert "kept: 1 row" in mt.history("clean")[0].checks[0].message


@pytest.mark.parametrize("setting", ["environment", "file", "disabled"])
def test_file_may_be_ignored(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if setting == "environment":
        monkeypatch.setenv("MLTRACE_CHECK_FILE", "0")
    elif setting == "file":
        Path("mltrace.toml").write_text("check_file = false")
    else:
        monkeypatch.setenv("MLTRACE_DISABLED", "1")
    assert len(_component()(HOLES)) == 2
    assert [run.checks for run in mt.recent()] == ([] if setting == "disabled" else [()])


@pytest.mark.parametrize(
    ("text", "said", "num_left"),
    [
        ("[[components.", "cannot be read as TOML", 0),
        ("[components]\nclean = 1", "components.clean = 1 is no table", 0),
        (CHECKS.replace("RowCount", "RowCuont"), "Did you mean 'RowCount'", 1),
        (CHECKS.replace('"NoNulls"', '"NoNulls"\ncolums = ["x"]'), "Did you mean 'columns'?", 1),
    ],
)
def test_broken_file_is_said_once_and_breaks_nothing(
    checks: Path, caplog: pytest.LogCaptureFixture, text: str, said: str, num_left: int
) -> None:
    checks.write_text(text.replace('severity = "block"', ""))
    first, second = _component(), _component()
    with caplog.at_level(logging.WARNING, "mltrace"):
        for clean in (first, first, second):
            assert len(clean(HOLES)) == 2
    (message,) = [text for text in caplog.messages if " the run: " not in text]
    assert said in message
    assert "mltrace-checks.toml" in message
    assert [len(run.checks) for run in mt.history("clean")] == [num_left] * 3
