"""The flights pipeline, week by week: `mltrace drift` finds silent bugs where they show.

Weather of the wrong hour, and a model that is old, show in no table by themselves.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.conftest import process_environment
from tests.e2e.test_flights_checks import run_weeks

from mltrace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

FIRST, LAST = 7, 30


class Seen(NamedTuple):
    """Where a bug shows: the table, and the column at fault."""

    table: str
    column: str


SEEN = {
    "celsius": Seen("2013-W*/joined.parquet", "temp"),
    "dropped-carrier": Seen("2013-W*/clean.parquet", "carrier"),
    "units": Seen("predict:rows", "distance"),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run half a year without a bug, and judge it."""
    folder = tmp_path_factory.mktemp("sound")
    run_weeks(folder, f"{FIRST}-{LAST}")
    drift(folder, "run", *dict.fromkeys(one.table for one in SEEN.values()))
    return folder


def drift(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mltrace", "drift", *words],
        env=process_environment(MLTRACE_URI=str(folder / "store")),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("fault", SEEN)
def test_a_bug_is_seen_in_its_first_week_with_the_column_at_fault(
    sound: Path, tmp_path: Path, fault: str
) -> None:
    folder = shutil.copytree(sound, tmp_path / "copy")
    run_weeks(folder, f"{LAST + 1}", "--fault", fault, "--from-week", f"{LAST + 1}")
    answer = drift(folder, SEEN[fault].table)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert f"  {SEEN[fault].column} " in answer.stdout


def test_a_sound_week_is_as_usual_once_news_are_accepted(sound: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(sound, tmp_path / "copy")
    store = Workspace(folder / "store")
    blocked = [one for one in store.drift_history(limit=None) if one.state == "blocked"]
    for digest in {one.digest for one in blocked}:
        store.accept_drift(digest, reason="the summer schedule")
    run_weeks(folder, f"{LAST + 1}")
    for table in dict.fromkeys(one.table for one in SEEN.values()):
        answer = drift(folder, table)
        assert answer.returncode == 0, answer.stdout + answer.stderr
