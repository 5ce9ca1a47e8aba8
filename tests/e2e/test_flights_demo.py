"""The demo: what it prints, and that mltrace finds the planted bug, with labels and without."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import process_environment
from tests.e2e.flights_incidents import check_found, list_incidents

import mltrace as mt
from flights import demo
from flights.faults import DEFAULT, FAULTS

ROOT = Path(__file__).parents[2]
SECTIONS = (
    *("What ran", "monitors", "labels", "wrong prediction", "trace", "journey", "review"),
    *("planted", "Explore"),
)
TELLS_OF_FAULTS = re.compile(r" (alerts|drift|monitor)\b")


def call(arguments: list[str], folder: Path, *, may_tell_of_faults: bool = False) -> str:
    environment = process_environment(MLTRACE_URI=None, PYTHONIOENCODING="utf-8")
    environment["PYTHONPATH"] += f"{os.pathsep}{ROOT / 'examples'}"
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode in ((0, 1) if may_tell_of_faults else (0,)), done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("fault", FAULTS)
def test_every_job_is_green_and_monitors_review_and_diff_name_the_bug(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = call(["-m", "flights", "demo", "--fault", fault], tmp_path)
    folder = tmp_path / demo.FOLDER
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MLTRACE_URI", str(folder / ".mltrace"))
    check_story(printed, fault)
    assert {run.status for run in mt.recent(limit=1000)} == {"succeeded"}
    check_found(folder, list_incidents(folder)[-1], fault, week=demo.FAULT_FROM)
    check_review(fault)
    check_journey(fault)
    check_diff(fault)
    if fault == DEFAULT:
        check_log_loss(printed)
        check_commands(printed, folder)


def check_story(printed: str, fault: str) -> None:
    """Check that it is told in order and within 80 columns."""
    lines = printed.splitlines()
    headings = [line for line in lines if line.startswith("== ")]
    assert len(headings) == len(SECTIONS)
    assert all(word in line for word, line in zip(SECTIONS, headings, strict=True))
    assert max(len(line) for line in lines[: lines.index(headings[-1])]) <= 80
    assert FAULTS[fault].story in printed


def check_review(fault: str) -> None:
    """Check that the review puts the run with the bug first."""
    first = mt.review().suspects[0]
    assert first.rank == 1
    assert first.run.component == FAULTS[fault].component
    assert first.evidence


def check_journey(fault: str) -> None:
    """Check that a wrong prediction is followed to its flight and its hour of weather."""
    journey = mt.journey(mt.flagged()[-1].output)
    steps = {Path(step.artifact.name).name: step for step in journey.steps}
    assert {step.num_rows for step in journey.steps} == {1}
    assert steps["weather.parquet"].keys == ("origin", "time_hour")
    assert steps["flights.parquet"].keys == ("date", "carrier", "flight", "origin")
    changes = {change.column: change for change in steps["weather.parquet"].changed}
    if fault == "celsius":
        before = mt.profile("batches/2013-W20/weather.parquet").columns["temp"]
        temp = steps["weather.parquet"].values[0]["temp"]
        assert temp == changes["temp"].after < before.min < changes["temp"].before
    else:
        assert not changes
    if fault == "dropped-carrier":
        losses = mt.losses("batches/2013-W21/predictions.parquet")
        lost = next(loss for loss in losses.steps if loss.component == "clean")
        assert lost.by == "carrier"
        assert 0.1 < lost.lost_share < 0.25
        assert lost.groups[0].value == "UA"


def check_diff(fault: str) -> None:
    """Check that the component with the bug is what differs by itself."""
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


def check_log_loss(printed: str) -> None:
    """Check that the bug makes its week worse than those before."""
    log_losses = {
        line.split()[0]: float(line.split()[7])
        for line in printed.splitlines()
        if line[:6].strip().isdigit() and "late-2013" in line and "not yet" not in line
    }
    faulty = log_losses.pop(str(demo.FAULT_FROM))
    assert faulty > 1.2 * max(log_losses.values())


def check_commands(printed: str, folder: Path) -> None:
    """Check that the commands at the end work when they are pasted."""
    change, *commands = printed.rsplit(" ==\n\n", maxsplit=1)[1].splitlines()
    assert change.strip() == "cd .mltrace-demo"
    assert len(commands) >= 5
    for command in commands:
        words = shlex.split(command)
        arguments = words[words.index("mltrace") + 1 :] if "mltrace" in words else words[1:]
        tells = TELLS_OF_FAULTS.search(command) is not None
        assert call(["-m", "mltrace", *arguments], folder, may_tell_of_faults=tells)
