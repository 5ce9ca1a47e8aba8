from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pyarrow
import pyarrow.parquet
import pytest

from mltrace.errors import UnreadableDataError
from mltrace.profiles.reading import profile_data
from mltrace.profiles.sources.parquet import read_parquet

if TYPE_CHECKING:
    from pathlib import Path


def test_first_row_groups_are_from_all_parts_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"a": range(1000)}), path, row_group_size=10)
    _, *tables = read_parquet([str(path)], None).tables()
    firsts = [table.column("a")[0].as_py() for table in tables]
    assert sorted(firsts) == list(range(0, 1000, 10))
    first_ten = sorted(firsts[:10])
    gaps = [after - before for before, after in itertools.pairwise(first_ten)]
    assert max(gaps) < 170


def test_position_that_pandas_stored_is_no_column(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2, 3]}).iloc[[2, 0]]
    frame.to_parquet(tmp_path / "rows.parquet")
    assert list(profile_data(tmp_path / "rows.parquet").columns) == ["a"]
    assert list(profile_data(tmp_path / "rows.parquet").columns) == list(
        profile_data(frame).columns
    )


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    table = pyarrow.Table.from_arrays([[1, 2], ["x", None]], ["a", "a"])
    pyarrow.parquet.write_table(table, tmp_path / "rows.parquet")
    columns = profile_data(tmp_path / "rows.parquet").columns
    assert [(one.name, one.kind) for one in columns.values()] == [("a", "number"), ("a.1", "text")]


def test_file_that_is_cut_off_meanwhile_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"a": range(100_000)}), path)
    stream = read_parquet([str(path)], None)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(UnreadableDataError, match=r"rows\.parquet.*cannot be read as Parquet"):
        list(stream.tables())


def test_files_written_by_others_beside_the_rows_are_left_out(tmp_path: Path) -> None:
    pyarrow.parquet.write_table(pyarrow.table({"a": [1]}), tmp_path / "part-0.parquet")
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / ".part-0.parquet.crc").touch()
    (tmp_path / "_metadata.parquet").write_text("no rows")
    assert profile_data(tmp_path).num_rows == 1
