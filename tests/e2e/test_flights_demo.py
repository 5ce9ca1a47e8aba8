"""The demo: what it prints, and that mltrace finds the run with the planted bug."""

from __future__ import annotations

import os
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
def test_every_job_is_green_and_the_review_ranks_the_run_with_the_bug_first(
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


def test_the_default_fault_makes_the_week_clearly_worse(printed: str) -> None:
    assert FAULTS[DEFAULT].story in printed
    log_losses = {
        line.split()[0]: float(line.split()[6])
        for line in printed.splitlines()
        if line[:6].strip().isdigit() and "late-2013" in line and "not yet" not in line
    }
    faulty = log_losses.pop(str(demo.FAULT_FROM))
    assert faulty > 1.2 * max(log_losses.values())
