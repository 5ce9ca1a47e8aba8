"""A year of the flights pipeline under its monitors: few incidents, and every bug at once.

A sound year has three, all of them hours for which the weather feed has no weather.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import process_environment
from tests.e2e.flights_incidents import PLACES, check_found, list_incidents

EXAMPLES = Path(__file__).parents[2] / "examples"
FIRST, LAST = 5, 51
STARTS = (31, 36)
MOST_OF_A_YEAR = 3


def run_weeks(folder: Path, first: int, last: int, fault: str | None = None) -> None:
    """Go on with the pipeline; its monitors are evaluated each week."""
    environment = process_environment(MLTRACE_URI=None)
    environment["PYTHONPATH"] += f"{os.pathsep}{EXAMPLES}"
    command = [sys.executable, "-m", "flights", "run", "--dir", str(folder)]
    command += ["--weeks", f"{first}-{last}"]
    if fault is not None:
        command += ["--fault", fault, "--from-week", str(first)]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=1200)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run a sound year in `run`; what was there when a bug may begin is kept beside it."""
    place = tmp_path_factory.mktemp("year")
    folder = place / "run"
    folder.mkdir()
    shutil.copy(EXAMPLES / "flights" / "mltrace.toml", folder)
    ends = [start - 1 for start in STARTS]
    for first, last in zip((FIRST, *STARTS), (*ends, LAST), strict=True):
        run_weeks(folder, first, last)
        shutil.copytree(folder, place / f"until {last}")
    return place


def test_a_sound_year_has_three_incidents_at_most(place: Path) -> None:
    incidents = list_incidents(place / f"until {LAST}")
    told = [f"{one['title']}: {one['cause']['message']}" for one in incidents]
    assert len(told) <= MOST_OF_A_YEAR, "\n".join(told)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("fault", PLACES)
def test_a_bug_is_named_in_its_first_week(place: Path, fault: str, start: int) -> None:
    folder = place / "run"
    shutil.rmtree(folder)
    shutil.copytree(place / f"until {start - 1}", folder)
    before = {one["id"] for one in list_incidents(folder) if one["state"] == "open"}
    run_weeks(folder, start, start, fault)
    found = [one for one in list_incidents(folder) if one["state"] == "open"]
    (news,) = [one for one in found if one["id"] not in before]
    check_found(folder, news, fault, week=start)
