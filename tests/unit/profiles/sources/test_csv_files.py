from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mltrace.errors import UnreadableDataError
from mltrace.profiles.reading import profile_data
from mltrace.profiles.sources import csv_files

if TYPE_CHECKING:
    from pathlib import Path

    from mltrace.records import ColumnProfile


def column(path: Path, last: str, first: str = "1") -> ColumnProfile:
    """Profile a column whose last value is in another block than all others."""
    lines = ["a", *[first] * 20_000, last, ""]
    path.write_bytes("\n".join(lines).encode("latin-1"))
    return profile_data(path).columns["a"]


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_files, "_BLOCK_BYTES", 1 << 14)


@pytest.mark.parametrize(
    ("first", "last", "dtype"),
    [
        ("1", "2", "int64"),
        ("1", "2.5", "double"),
        ("1", "late", "string"),
        ("1.5", "late", "string"),
        ("NA", "7", "int64"),
        ("NA", "late", "string"),
        ("2013-01-01", "tomorrow", "string"),
        ("true", "maybe", "string"),
        ("x", "\xff", "binary"),
    ],
)
def test_type_is_the_narrowest_that_holds_all_values(
    tmp_path: Path, first: str, last: str, dtype: str
) -> None:
    found = column(tmp_path / "rows.csv", last, first)
    assert (found.dtype, found.num_rows) == (dtype, 20_001)


def test_many_columns_that_change_are_read_as_texts_in_the_end(tmp_path: Path) -> None:
    names = ",".join(f"c{at}" for at in range(20))
    rows = [",".join("1" * 20)] * 2000 + [",".join("x" * 20)]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join([names, *rows]))
    assert {one.dtype for one in profile_data(path).columns.values()} == {"string"}


def test_header_alone_has_columns_and_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('a,"b\nc"\n')
    profile = profile_data(path)
    assert (profile.num_rows, list(profile.columns)) == (0, ["a", "b\nc"])


def test_mark_of_the_byte_order_is_no_part_of_a_name(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"\xef\xbb\xbfa,a\n1,2\n")
    assert list(profile_data(path).columns) == ["a", "a.1"]


def test_file_without_names_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").touch()
    with pytest.raises(UnreadableDataError, match="no line with the names of columns"):
        profile_data(tmp_path / "rows.csv")


def test_progress_is_told_by_bytes(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a\n" + "1\n" * 300_000)
    told: list[int] = []
    profile_data(path, on_progress=lambda _, done, total: told.append(done * 100 // total))
    assert told[-1] == 100
    assert told == sorted(told)
