"""The tables that checks are suggested for: outputs, and inputs that no run wrote."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Iterable


@pytest.fixture(autouse=True)
def _profile_everything(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACE_PROFILE_SHARE", "1")


def subjects(component: str) -> set[tuple[str, str | None]]:
    """Tell at which boundaries, and on which variables, checks are suggested."""
    found: Iterable[mt.Suggestion] = mt.suggest_checks(component, false_alarms=0.9)
    return {(one.when, one.arguments.get("on")) for one in found}


def frame(number: int) -> pd.DataFrame:
    return pd.DataFrame({"x": [number, number + 1]})


def test_sources_are_checked_before_and_what_a_run_wrote_where_it_is_written(
    store: Path,
) -> None:
    @mt.component
    def load(source: pd.DataFrame) -> pd.DataFrame:
        return source * 2

    @mt.component
    def clean(loaded: pd.DataFrame) -> pd.DataFrame:
        return loaded + 1

    for number in range(4):
        clean(load(frame(number)))
    assert subjects("load") == {("before", "source"), ("after", None)}
    assert subjects("clean") == {("after", None)}


def test_parts_of_what_is_returned_are_told_apart(store: Path) -> None:
    @mt.component
    def split(number: int) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
        return frame(number), {"test": frame(number + 100)}

    for number in range(4):
        split(number)
    assert subjects("split") == {("after", "result.0"), ("after", "result.1.test")}


def test_files_of_several_names_are_told_apart_but_for_numbers(store: Path, workdir: Path) -> None:
    @mt.component
    def write(number: int) -> tuple[Path, Path]:
        paths = Path(f"week-{number}.csv"), Path(f"week-{number}.parquet")
        frame(number).to_csv(paths[0], index=False)
        frame(number + 100).to_parquet(paths[1], index=False)
        return paths

    for number in range(4):
        write(number)
    assert subjects("write") == {("after", "week-*.csv"), ("after", "week-*.parquet")}


def test_the_same_content_is_one_partition_and_failed_runs_are_none(store: Path) -> None:
    @mt.component
    def load(number: int) -> pd.DataFrame:
        loaded = frame(number)
        mt.current_run().write(loaded, name="load")
        if number > 4:
            raise ValueError
        return loaded

    for number in (1, 1, 2, 2, 3, 4):
        load(number)
    with pytest.raises(ValueError, match=r"^$"):
        load(5)
    found = mt.suggest_checks("load", false_alarms=0.9)
    assert {one.num_partitions for one in found} == {4}


@pytest.mark.sqlite_only("the file is damaged by hand")
def test_a_stored_profile_that_cannot_be_read_is_left_out_and_said(store: Path) -> None:
    @mt.component
    def load(number: int) -> pd.DataFrame:
        return frame(number)

    for number in range(5):
        load(number)
    assert len(mt.profiled("load")) == 5
    with contextlib.closing(sqlite3.connect(store / "catalog.db")) as connection, connection:
        connection.execute(
            "UPDATE profile SET content = x'00' WHERE digest = (SELECT min(digest) FROM profile)"
        )
    left = mt.profiled("load")
    assert len(left) == 4
    assert "1 of 5 stored profiles cannot be read" in str(left)
    assert subjects("load") == {("after", None)}
