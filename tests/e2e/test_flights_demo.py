"""The demo: what it prints, and that mltrace finds the run with the planted bug."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import mltrace as mt
from flights.faults import DEFAULT, FAULTS

ROOT = Path(__file__).parents[2]
SECTIONS = ("What ran", "What was logged", "wrong prediction", "trace", "review", "Explore")


def call(arguments: list[str], folder: Path) -> str:
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT / "examples")])
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8"}
    environment.pop("MLTRACE_URI", None)
    done = subprocess.run(
        arguments, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module", params=FAULTS)
def demo(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path, str]:
    folder = tmp_path_factory.mktemp("demo")
    fault = str(request.param)
    arguments = [sys.executable, "-W", "error", "-m", "flights", "demo", "--fault", fault]
    return fault, folder, call(arguments, folder)


def test_the_demo_tells_its_story_in_order_and_within_80_columns(
    demo: tuple[str, Path, str],
) -> None:
    _, _, printed = demo
    lines = printed.splitlines()
    headings = [line for line in lines if line.startswith("== ")]
    assert len(headings) == len(SECTIONS)
    assert all(word in line for word, line in zip(SECTIONS, headings, strict=True))
    assert max(len(line) for line in lines[: lines.index(headings[-1])]) <= 80


def test_the_review_ranks_the_run_with_the_bug_first(demo: tuple[str, Path, str]) -> None:
    fault, folder, _ = demo
    suspects = mt.Workspace(str(folder / ".mltrace-demo" / ".mltrace")).review().suspects
    first = suspects[0]
    assert first.rank == 1
    assert first.run.component == FAULTS[fault].component
    assert first.evidence


def test_every_job_is_green(demo: tuple[str, Path, str]) -> None:
    _, folder, _ = demo
    runs = mt.Workspace(str(folder / ".mltrace-demo" / ".mltrace")).recent(limit=1000)
    assert {run.status for run in runs} == {"succeeded"}


def test_the_printed_commands_work_when_pasted(demo: tuple[str, Path, str]) -> None:
    fault, folder, printed = demo
    if fault != DEFAULT:
        pytest.skip("the commands are the same for every fault")
    change, *commands = printed.rsplit(" ==\n\n", maxsplit=1)[1].splitlines()
    assert change.strip() == "cd .mltrace-demo"
    assert len(commands) >= 5
    for command in commands:
        words = shlex.split(command)
        arguments = words[words.index("mltrace") + 1 :] if "mltrace" in words else words[1:]
        assert call([sys.executable, "-m", "mltrace", *arguments], folder / ".mltrace-demo")
