"""The demo: what it prints, and that mltrace finds the run with the planted bug."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import mltrace as mt
from flights import demo
from flights.faults import DEFAULT, FAULTS

ROOT = Path(__file__).parents[2]
SECTIONS = ("What ran", "What was logged", "wrong prediction", "trace", "review", "Explore")


def call(arguments: list[str], folder: Path) -> str:
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT / "examples")])
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8"}
    environment.pop("MLTRACE_URI", None)
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def printed(folder: Path) -> str:
    return call(["-m", "flights", "demo"], folder)


def test_the_demo_tells_its_story_in_order_and_within_80_columns(printed: str) -> None:
    lines = printed.splitlines()
    headings = [line for line in lines if line.startswith("== ")]
    assert len(headings) == len(SECTIONS)
    assert all(word in line for word, line in zip(SECTIONS, headings, strict=True))
    assert max(len(line) for line in lines[: lines.index(headings[-1])]) <= 80


def test_the_printed_commands_work_when_pasted(printed: str, folder: Path) -> None:
    change, *commands = printed.rsplit(" ==\n\n", maxsplit=1)[1].splitlines()
    assert change.strip() == "cd .mltrace-demo"
    assert len(commands) >= 5
    for command in commands:
        words = shlex.split(command)
        arguments = words[words.index("mltrace") + 1 :] if "mltrace" in words else words[1:]
        assert call(["-m", "mltrace", *arguments], folder / demo.FOLDER)


@pytest.mark.parametrize("fault", FAULTS)
def test_every_job_is_green_and_both_review_and_diff_name_the_run_with_the_bug(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLTRACE_URI", "restored after the demo has set it")
    monkeypatch.setenv("MLTRACE_DISABLED", "1")
    demo.show(fault)
    assert FAULTS[fault].story in capsys.readouterr().out
    assert {run.status for run in mt.recent(limit=1000)} == {"succeeded"}
    first = mt.review().suspects[0]
    assert first.rank == 1
    assert first.run.component == FAULTS[fault].component
    assert first.evidence
    diff = mt.diff(*(f"batches/2013-W{week}/predictions.parquet" for week in (20, 21)))
    causes = [one for one in diff.changes if not one.is_consequence]
    bugs = [one.component for one in causes if one.aspect in {"code", "stale"}]
    assert bugs == [FAULTS[fault].component]
    assert {one.aspect for one in causes} <= {"code", "stale", "parameter"}
    for width in (80, 120):
        lines = diff.render(width=width).splitlines()
        assert max(map(len, lines)) <= width
        start = next(at for at, line in enumerate(lines) if line.startswith("What changed"))
        (bug,) = [
            line
            for line in lines[start + 1 : lines.index("", start)]
            if re.search(r"\b(code|stale)\b", line)
        ]
        assert bug.split()[0] == FAULTS[fault].component


def test_the_default_fault_makes_the_week_clearly_worse(printed: str) -> None:
    assert FAULTS[DEFAULT].story in printed
    log_losses = {
        line.split()[0]: float(line.split()[6])
        for line in printed.splitlines()
        if line[:6].strip().isdigit() and "late-2013" in line and "not yet" not in line
    }
    faulty = log_losses.pop(str(demo.FAULT_FROM))
    assert faulty > 1.2 * max(log_losses.values())
