"""What is stale in the flights pipeline, sound and with a bug."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

import mltrace as mt
from flights.pipeline import run_pipeline

if TYPE_CHECKING:
    from pathlib import Path

    from mltrace.records import RecordList


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MLTRACE_URI", str(tmp_path / "store"))
    monkeypatch.delenv("MLTRACE_DISABLED", raising=False)
    return tmp_path


def run_weeks(folder: Path, fault: str | None = None) -> RecordList[mt.Run]:
    with contextlib.chdir(folder):
        run_pipeline(range(15, 21), fault=fault, fault_from=20)
    return mt.stale()


def test_a_sound_pipeline_has_nothing_stale_upstream(folder: Path) -> None:
    stale = run_weeks(folder)
    assert {run.component for run in stale} == {"split", "collect_feedback"}
    for run in stale:
        (reason,) = run.stale
        assert "with other parameters or inputs" in reason


def test_the_old_model_is_named_at_the_top(folder: Path) -> None:
    first = run_weeks(folder, "stale-model")[0]
    assert first.component == "predict"
    assert first.stale[-1].startswith("1 fresher run of train began before this run")


def test_a_changed_feed_makes_the_model_stale_along_its_path(folder: Path) -> None:
    stale = {run.component: run.stale for run in run_weeks(folder, "celsius")}
    assert stale["predict"][0].startswith("the code of ingest changed since")
    path = "predict ← train ← split ← features ← weather_join ← ingest"
    assert stale["predict"][0].endswith(f"(path: {path})")
    assert "ingest" not in stale
