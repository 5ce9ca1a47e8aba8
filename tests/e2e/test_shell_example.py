"""The pipeline of shell commands leaves one connected trace, through every language."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mltrace as mt
from mltrace.capture.command import strace

PIPELINE = Path(__file__).resolve().parents[2] / "examples" / "shell" / "pipeline.sh"
STEPS = ["extract", "clean", "aggregate", "score", "publish"]
INSIDE = ["draw_orders", "write_orders", "count_scores"]

needs_sqlite = pytest.mark.skipif(
    shutil.which("sqlite3") is None, reason="sqlite3 is not installed"
)


@pytest.fixture
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("MLTRACE")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", str(Path(str(mt.__file__)).parents[1]))
    monkeypatch.setenv("PYTHON", sys.executable)
    monkeypatch.setenv("MLTRACE", f"{sys.executable} -m mltrace")
    monkeypatch.setenv("MLTRACE_URI", str(tmp_path / "store"))
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def _components(trace: mt.Trace) -> list[str]:
    return sorted(step.run.component for step in trace.steps)


@needs_sqlite
def test_trace_leads_through_all_steps_and_the_components_inside(workdir: Path) -> None:
    _run(str(PIPELINE))
    trace = mt.trace("report.txt")
    assert _components(trace) == sorted([*STEPS, *INSIDE])
    assert trace.sources == ()
    parents = {run.component: run.parent_id for run in mt.recent()}
    ids = {run.component: run.id for run in mt.recent()}
    assert parents["write_orders"] == ids["extract"]
    assert parents["count_scores"] == ids["publish"]


@needs_sqlite
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_code_of_each_language_is_kept(workdir: Path) -> None:
    _run(str(PIPELINE))
    folder = PIPELINE.parent
    names = {"clean": "clean.awk", "aggregate": "aggregate.sql", "score": "score.js"}
    for component, name in names.items():
        assert mt.history(component)[0].code == (folder / name).read_text()


@needs_sqlite
@pytest.mark.skipif(strace.why_not() is not None, reason="files cannot be traced here")
def test_second_run_does_not_depend_on_the_first(workdir: Path) -> None:
    for _ in range(2):
        _run(sys.executable, "-m", "mltrace", "exec", "--auto", "--", str(PIPELINE))
    second, _ = mt.history("pipeline")
    assert {ref.name for ref in second.outputs} == {
        *("orders.csv", "clean.csv", "customers.csv", "scores.csv", "report.txt")
    }
    reached = [step.run for step in mt.trace("report.txt").steps]
    assert second.id in [run.id for run in reached]
    assert all(run.started_at >= second.started_at for run in reached)
