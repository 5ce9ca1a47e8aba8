"""`mltrace profiled`, driven as a user drives it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def cleaned(store: Path) -> None:
    @mt.component
    def clean(level: int) -> pd.DataFrame:
        return pd.DataFrame(
            {"delay": [float(level), level + 2.0, None], "carrier": ["AA", "UA", "AA"]}
        )

    for level in (1, 4, 2, 8):
        clean(level)


@pytest.mark.parametrize("width", [80, 120])
def test_versions_are_listed_newest_first(cleaned: None, cli: Cli, width: int) -> None:
    lines = cli("profiled", "clean", COLUMNS=str(width)).stdout.splitlines()
    assert lines[0] == "clean"
    assert len(lines) == 2 + 4
    assert lines[2].split()[-2:] == ["2", "16.7%"]  # columns, nulls
    assert max(map(len, lines)) <= width


def test_a_statistic_is_charted_for_each_column_that_has_it(cleaned: None, cli: Cli) -> None:
    answer = cli("profiled", "clean", "--statistic", "mean")
    assert [line.split() for line in answer.stdout.splitlines()[2:]] == [
        ["delay", "mean", "2", "9", "9", "▁▄▂█"]
    ]
    answer = cli("profiled", "clean", "--statistic", "null_share", "--column", "carrier")
    assert answer.stdout.splitlines()[2].split() == ["carrier", "null_share", "0", "0", "0", "▁▁▁▁"]


def test_a_column_is_charted_by_all_its_statistics(cleaned: None, cli: Cli) -> None:
    lines = cli("profiled", "clean", "--column", "delay").stdout.splitlines()
    charted = {line.split()[1]: line.split()[-1] for line in lines[2:]}
    assert charted["min"] == charted["max"] == charted["q0.5"] == "▁▄▂█"
    assert charted["num_rows"] == "▁▁▁▁"
    assert max(map(len, lines)) <= 80


def test_what_is_not_there_is_said_with_what_is_near(cleaned: None, cli: Cli) -> None:
    answer = cli("profiled", "clean", "--column", "dealy")
    assert answer.returncode == 2
    assert "No column 'dealy'. Did you mean 'delay'?" in answer.stderr
    answer = cli("profiled", "clean", "--statistic", "maen")
    assert "No statistic 'maen'. Did you mean 'mean'" in answer.stderr
    assert "Statistics: max, mean, min, " in answer.stderr


def test_json_and_csv_have_all_that_is_known(
    cleaned: None, cli: Cli, cli_json: Callable[..., Any]
) -> None:
    versions = cli_json("profiled", "clean", "--limit", "2")
    assert [one["columns"][0]["mean"] for one in versions] == [9.0, 3.0]
    points = cli_json("profiled", "clean", "--statistic", "mean")
    assert [point["value"] for point in points] == [9.0, 3.0, 5.0, 2.0]
    rows = list(csv.DictReader(io.StringIO(cli("profiled", "clean", "--format", "csv").stdout)))
    assert [row["column"] for row in rows] == ["delay", "carrier"] * 4
    assert [row["mean"] for row in rows[::2]] == ["9.0", "3.0", "5.0", "2.0"]
