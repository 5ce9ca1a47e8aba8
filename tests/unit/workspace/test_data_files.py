"""Data files that checks look at outside of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import mltrace as mt
from mltrace.workspace.data_files import load_data_files, parse_data_files, read_data_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.values.wanted import Form

ROWS = pd.DataFrame({"x": [1, 2], "y": ["a", None]})
WRITE: dict[str, Callable[[Path], Any]] = {
    ".parquet": ROWS.to_parquet,
    ".csv": lambda path: ROWS.to_csv(path, index=False),
    ".tsv": lambda path: ROWS.to_csv(path, index=False, sep="\t"),
    ".arrow": ROWS.to_feather,
    ".feather": ROWS.to_feather,
    ".jsonl": lambda path: ROWS.to_json(path, orient="records", lines=True),
    ".ndjson": lambda path: ROWS.to_json(path, orient="records", lines=True),
}


@pytest.mark.parametrize("ending", WRITE)
@pytest.mark.parametrize("form", ["pyarrow", "pandas", "polars", None])
def test_every_format_is_read_as_every_frame(tmp_path: Path, ending: str, form: Form) -> None:
    path = tmp_path / f"rows{ending.upper()}"
    WRITE[ending](path)
    read = read_data_file(path, form)
    assert type(read).__module__.partition(".")[0] == (form or "pyarrow")
    assert list(read["x"]) == [1, 2] or read["x"].to_pylist() == [1, 2]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.csv", None, "No such file"),
        ("model.pkl", b"", "no data file ends in '.pkl'; accepted: .parquet"),
        ("rows.jsonl", b"{", "rows.jsonl cannot be read: "),
        ("rows.parquet", b"PAR1", "rows.parquet cannot be read: "),
        ("rows.arrow", b"", "rows.arrow cannot be read: "),
    ],
)
def test_file_that_cannot_be_read_is_named(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(mt.NotEvaluatedError, match=said):
        read_data_file(tmp_path / name)


@pytest.mark.parametrize(
    ("given", "name", "path"),
    [
        ("a.csv", "", "a.csv"),
        ("x=a.csv", "x", "a.csv"),
        ("result.0=a=b.csv", "result.0", "a=b.csv"),
        ("data/month=3/a.csv", "", "data/month=3/a.csv"),
        ("-=a.csv", "", "-=a.csv"),
    ],
)
def test_name_stands_before_the_first_sign(given: str, name: str, path: str) -> None:
    assert parse_data_files([given]) == {name: Path(path)}


def test_variables_know_the_names_of_their_files(tmp_path: Path) -> None:
    WRITE[".csv"](tmp_path / "rows.csv")
    path = tmp_path / "rows.csv"
    data = load_data_files({"": path, "x": path})
    assert data.other_name == "rows"
    assert dict(data.file_names) == {"x": "rows.csv"}
