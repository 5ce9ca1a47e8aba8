"""`mltrace profile`, driven as a user drives it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow
import pyarrow.compute
import pyarrow.parquet
import pytest
from tests.profiled import table_of_all_kinds

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def flights(workdir: Path) -> Path:
    path = workdir / "flights.parquet"
    pyarrow.parquet.write_table(table_of_all_kinds(), path)
    return path


@pytest.mark.parametrize("width", [80, 120])
def test_file_is_shown_with_a_row_for_each_column(flights: Path, cli: Cli, width: int) -> None:
    answer = cli("profile", "flights.parquet", COLUMNS=str(width))
    assert answer.returncode == 0, answer.stderr
    lines = answer.stdout.splitlines()
    assert lines[0] == "flights.parquet  2,100 rows, 6 columns, no duplicate rows"
    names = table_of_all_kinds().column_names
    assert [line.split()[0][:9] for line in lines[3:]] == [name[:9] for name in names]
    assert max(map(len, lines)) <= width


def test_one_column_is_shown_in_full(flights: Path, cli: Cli) -> None:
    answer = cli("profile", "flights.parquet", "--column", "dep_delay")
    for part in ("skewness", "Quantiles", "Histogram", "Correlations"):
        assert part in answer.stdout
    assert max(map(len, answer.stdout.splitlines())) <= 80
    text = cli("profile", "flights.parquet", "--column", "tailnum").stdout
    assert "lengths   2 to 4" in text
    assert "A999" in text


def test_formats_hold_what_python_tells(flights: Path, cli: Cli, cli_json: Any) -> None:
    told = cli_json("profile", "flights.parquet")
    profile = mt.profile(flights)
    assert told["num_rows"] == 2100
    assert [one["name"] for one in told["columns"]] == list(profile.columns)
    assert told["columns"][0]["mean"] == pytest.approx(profile.columns["flight"].mean)
    one = cli_json("profile", "flights.parquet", "--column", "flight")
    assert one == told["columns"][0]
    rows = list(csv.DictReader(io.StringIO(cli("profile", str(flights), "--format", "csv").stdout)))
    assert [row["name"] for row in rows] == list(profile.columns)
    assert tuple(rows[0]) == profile.row_names()


def test_profile_without_columns_has_the_names_of_rows(
    workdir: Path, cli: Cli, cli_json: Any
) -> None:
    pyarrow.parquet.write_table(pyarrow.table({}), "none.parquet")
    assert cli_json("profile", "none.parquet")["columns"] == []
    assert cli("profile", "none.parquet", "--format", "csv").stdout.startswith("name,kind,dtype")
    assert cli("profile", "none.parquet").stdout == "none.parquet  0 rows, 0 columns\n"


def test_two_are_shown_with_what_differs_most_first(flights: Path, cli: Cli, cli_json: Any) -> None:
    table = table_of_all_kinds()
    late = pyarrow.compute.add(table.column("dep_delay"), 100)
    other = table.set_column(1, "dep_delay", late).drop_columns("carrier")
    pyarrow.parquet.write_table(other.append_column("gate", [["1"] * 2100]), "july.parquet")
    told = cli_json("profile", "flights.parquet", "--against", "july.parquet")
    assert [(one["name"], one["reason"]) for one in told[:3]] == [
        ("carrier", "removed"),
        ("gate", "added"),
        ("dep_delay", "values"),
    ]
    assert all(one["difference"] == 0 for one in told[3:])
    for width in (80, 120):
        answer = cli("profile", "flights.parquet", "--against", "july.parquet", COLUMNS=str(width))
        assert max(map(len, answer.stdout.splitlines())) <= width


def test_sample_and_ceiling_are_said(workdir: Path, cli: Cli) -> None:
    pyarrow.parquet.write_table(pyarrow.table({"row": range(300_000)}), "rows.parquet")
    sampled = cli("profile", "rows.parquet", "--sample").stdout
    assert "Of a sample of " in sampled
    assert "spread over the whole." in sampled
    assert "300,000 rows" in sampled
    assert "sample" not in cli("profile", "rows.parquet", "--seconds", "100").stdout


def test_only_columns_that_are_named_are_looked_at(flights: Path, cli_json: Any) -> None:
    told = cli_json("profile", "flights.parquet", "--columns", "carrier, flight")
    assert [one["name"] for one in told["columns"]] == ["flight", "carrier"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["flihgts.parquet"], 2, "Did you mean 'flights.parquet'"),
        (["flights.parquet", "--column", "dep_dely"], 2, "Did you mean 'dep_delay'"),
        (["flights.parquet", "--columns", "dep_dely"], 2, "Did you mean 'dep_delay'"),
        (["flights.parquet", "--column", "a", "--against", "b"], 2, "leave --columns and --ag"),
        (["flights.parquet", "--seconds", "0"], 2, "max_seconds=0.0 is no time"),
        (["broken.parquet"], 3, "'broken.parquet' cannot be read as Parquet"),
    ],
)
def test_what_cannot_be_shown_is_one_clear_line(
    flights: Path, cli: Cli, arguments: list[str], code: int, said: str
) -> None:
    (flights.parent / "broken.parquet").write_text("no table")
    answer = cli("profile", *arguments)
    assert (answer.returncode, answer.stdout) == (code, "")
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_artifact_is_profiled_by_its_name(store: Path, cli: Cli) -> None:
    @mt.component
    def clean(flights: Any) -> Any:
        return flights.slice(0, 100)

    clean(table_of_all_kinds())
    ref = mt.history("clean")[0].outputs[0]
    by_name = mt.profile(ref.name)
    assert by_name.num_rows == 100
    for name in (ref, f"{ref.name}@{(ref.digest or '')[:8]}"):
        assert mt.profile(name).to_dict() == by_name.to_dict()
    answer = cli("profile", ref.name)
    assert answer.stdout.startswith(f"{ref.name}  100 rows, 6 columns")


def test_file_comes_before_an_artifact_of_its_name(store: Path, workdir: Path) -> None:
    @mt.component
    def write() -> Path:
        path = workdir / "rows.csv"
        path.write_text("a\n1\n2\n")
        return path

    write()
    (workdir / "rows.csv").write_text("a\n1\n")
    assert mt.profile("rows.csv").num_rows == 1
    (workdir / "rows.csv").unlink()
    assert mt.profile("rows.csv").num_rows == 2


def test_unknown_name_is_told_with_artifacts_and_files_that_are_near(
    store: Path, workdir: Path
) -> None:
    (workdir / "cleaned.csv").touch()
    with pytest.raises(
        mt.UnknownNameError, match=r"There is no file .*Did you mean 'cleaned\.csv'"
    ):
        mt.profile("claened.csv")
