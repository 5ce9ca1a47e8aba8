"""Where the monitors of the flights pipeline are to find each bug."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.conftest import process_environment

from flights.faults import FAULTS
from mltrace import Workspace

if TYPE_CHECKING:
    from pathlib import Path


class Place(NamedTuple):
    """Where a bug shows: what the component wrote or read, and the first column at fault."""

    artifacts: tuple[str, ...]
    columns: tuple[str, ...] = ()


PLACES = {
    "celsius": Place(("weather.parquet",), ("temp",)),
    "join-shift": Place(("joined.parquet",), ("temp", "humid", "wind_speed", "pressure")),
    "dropped-carrier": Place(("clean.parquet",), ("carrier",)),
    "units": Place(("features", "rows"), ("distance",)),
    "stale-model": Place((".joblib",)),
}


def list_incidents(folder: Path) -> list[dict[str, Any]]:
    """List the incidents of the store in a folder as `mltrace alerts` does, the latest first."""
    done = subprocess.run(
        [sys.executable, "-m", "mltrace", "alerts", "list", "--all", "--format", "json"],
        cwd=folder,
        env=process_environment(MLTRACE_URI=None),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    incidents: list[dict[str, Any]] = json.loads(done.stdout)
    return incidents


def check_found(folder: Path, incident: dict[str, Any], fault: str, *, week: int) -> None:
    """Check that an incident is at the bug, and of the first week that has it."""
    place = PLACES[fault]
    assert incident["component"] == FAULTS[fault].component
    assert incident["artifact"].endswith(place.artifacts)
    assert incident["columns"][:1] in ([[one] for one in place.columns] or [[]])
    predictions = str(folder / f"batches/2013-W{week}/predictions.parquet")
    behind = {step.run.id for step in Workspace(folder / ".mltrace").trace(predictions).steps}
    assert incident["cause"]["run_id"] in behind
