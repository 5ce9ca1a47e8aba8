"""Checks that half a year of the flights pipeline suggests: sound weeks pass, faults are seen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import process_environment

from mltrace import Workspace

COMPONENTS = ("ingest", "clean", "weather_join", "features", "predict")


def run_weeks(folder: Path, weeks: str, *options: str) -> None:
    """Run weeks of the pipeline in a folder, profiling all that passes."""
    examples = Path(__file__).parents[2] / "examples"
    command = [sys.executable, "-m", "flights", "run", "--dir", str(folder), "--weeks", weeks]
    environment = process_environment(
        MLTRACE_URI=str(folder / "store"),
        MLTRACE_PROFILE_SHARE="1",
        MLTRACE_PROFILE_SECONDS="10",
    )
    environment["PYTHONPATH"] += f"{os.pathsep}{examples}"
    subprocess.run([*command, *options], env=environment, check=True, capture_output=True)


@pytest.fixture(scope="module")
def check_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Accept what 24 sound weeks suggest."""
    folder = tmp_path_factory.mktemp("sound")
    run_weeks(folder, "7-30")
    store = Workspace(folder / "store")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for component in COMPONENTS:
            store.accept_checks(store.suggest_checks(component))
    return folder / "mltrace-checks.toml"


def alarms(check_file: Path, folder: Path, fault: str | None = None) -> set[tuple[str, str]]:
    """Run a week with the checks in force; tell which ones did not pass, by component."""
    shutil.copy(check_file, folder)
    run_weeks(folder, "31", *(("--fault", fault, "--from-week", "31") if fault else ()))
    results = [
        (run.component, result)
        for run in Workspace(folder / "store").recent(limit=None)
        for result in run.checks
    ]
    assert results
    assert not [result for _, result in results if result.status in ("error", "skipped")]
    return {(component, one.check) for component, one in results if one.status == "failed"}


def test_a_sound_week_raises_nothing(check_file: Path, tmp_path: Path) -> None:
    assert not alarms(check_file, tmp_path)


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("units", ("features", "MeanInRange(distance)")),
        ("celsius", ("features", "InRange(dew_point_spread)")),
        ("dropped-carrier", ("clean", "ClassBalance(carrier)")),
    ],
)
def test_a_fault_is_seen_where_it_is(
    check_file: Path, tmp_path: Path, fault: str, seen: tuple[str, str]
) -> None:
    found = alarms(check_file, tmp_path, fault)
    assert seen in found
    first = min(found, key=lambda one: COMPONENTS.index(one[0]))
    assert first[0] == seen[0]
