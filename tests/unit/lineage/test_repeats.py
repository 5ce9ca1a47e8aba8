"""Contents that come again are told where that is no mere rerun."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _profile_everything(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACE_PROFILE_SHARE", "1")


@pytest.fixture
def frames() -> Callable[[int], pd.DataFrame]:
    @mt.component
    def frames(value: int) -> pd.DataFrame:
        return pd.DataFrame({"x": [value] * 20})

    return frames


def notes(table: str) -> tuple[str, ...]:
    return mt.evaluate_drift(table).notes


def test_a_frame_is_told_only_if_other_contents_came_in_between(
    frames: Callable[[int], pd.DataFrame],
) -> None:
    for value in (1, 2, 2):
        frames(value)
    assert notes("frames") == ()
    frames(1)
    (note,) = notes("frames")
    assert "others came in between: made again?" in note
    frames(3)
    assert notes("frames") == ()


def test_files_are_told_by_their_names(workdir: Path) -> None:
    @mt.component
    def files(number: int, rows: int = 5) -> Path:
        path = Path(f"rows_{number}.csv")
        path.write_text("x\n" + "7\n" * rows)
        return path

    files(1)
    files(2)
    assert notes("files")[0].startswith("rows_2.csv (run ")
    files(3, rows=0)
    files(4, rows=0)
    assert not any("rows_4.csv" in note for note in mt.drift_history("files").notes)


def test_more_than_a_few_are_counted(workdir: Path) -> None:
    @mt.component
    def files(number: int) -> Path:
        path = Path(f"rows_{number}.csv")
        path.write_text("x\n7\n")
        return path

    for number in range(6):
        files(number)
    told = notes("files")
    assert told[0].startswith("rows_5.csv")
    assert told[-1] == "2 more of files:rows_*.csv have earlier contents."
