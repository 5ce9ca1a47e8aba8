"""Where checks find data frames: in variables, in containers, in files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas
import pytest

from mltrace.checks import NoNulls, RowCount
from mltrace.checks.check import NotApplicable
from mltrace.checks.engine import run_checks
from mltrace.checks.measures import at_boundary, tables_among

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO = pandas.DataFrame({"x": [1]}), pandas.DataFrame({"x": [1, None]})


def test_frames_in_containers_are_looked_at() -> None:
    variables = {"result": (ONE, {"test": TWO}, 3)}
    assert [table.name for table in tables_among(variables, None)] == ["result.0", "result.1.test"]
    assert [table.num_rows for table in tables_among(variables, "result.1")] == [2]
    assert [table.num_rows for table in tables_among(variables, "result.1.test")] == [2]
    with pytest.raises(NotApplicable, match=r"looked at result\.9"):
        tables_among(variables, "result.9")


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".tsv", ".arrow"])
def test_tables_in_files_are_looked_at(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"week-07{ending}"
    if ending == ".parquet":
        TWO.to_parquet(path)
    elif ending == ".arrow":
        TWO.to_feather(path)
    else:
        TWO.to_csv(path, index=False, sep="\t" if ending == ".tsv" else ",")
    checks = [NoNulls("x"), NoNulls("x", on=f"week-*{ending}"), NoNulls("x", on="other.csv")]
    results = run_checks(checks, "after", {"result": [str(path), tmp_path / "gone.csv"]})
    assert [(one.status, one.message) for one in results] == [
        ("failed", f"{path.name}: 1 null in 'x'"),
        ("failed", f"{path.name}: 1 null in 'x'"),
        ("skipped", "no data frame to look at (looked at other.csv)"),
    ]


def test_a_file_is_read_once_at_a_boundary(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    TWO.to_csv(path, index=False)
    variables = {"result": path}
    with at_boundary():
        assert tables_among(variables, None)[0].num_rows == 2
        path.write_text("x\n1\n")
        assert tables_among(variables, None)[0].num_rows == 2
    assert tables_among(variables, None)[0].num_rows == 1


def test_a_file_that_cannot_be_read_fails(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"no parquet")
    (result,) = run_checks([RowCount(min=1)], "after", {"result": path})
    assert result.status == "failed"
    assert result.message.startswith("rows.parquet cannot be read: ")


def test_texts_that_only_look_like_files_are_none() -> None:
    with pytest.raises(NotApplicable):
        tables_among({"name": "rows.parquet"}, None)
