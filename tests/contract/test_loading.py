"""Kept versions are loaded as whatever the caller wants, whole or in pieces."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy
import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest
import scipy.sparse
from pandas.testing import assert_frame_equal
from sklearn.linear_model import LinearRegression
from tests.forked import end_of, fork

import mltrace as mt
from mltrace.store.kept.placing import locked

if TYPE_CHECKING:
    from mltrace.lineage.contents import ArtifactContent

NUM_ROWS = 50_000
make = numpy.random.default_rng(0)
TABLE = pyarrow.table(
    {
        "x": make.normal(size=NUM_ROWS),
        "n": pyarrow.array(make.integers(0, 99, NUM_ROWS), mask=make.random(NUM_ROWS) < 0.1),
        "tail": [f"N{number:05}" for number in make.integers(0, 20_000, NUM_ROWS)],
        "kind": pyarrow.array(["a", "b"] * (NUM_ROWS // 2)).dictionary_encode(),
    }
)


def kept(value: Any, name: str = "kept") -> ArtifactContent:
    with mt.Component("make").start() as run:
        run.write(value, name=name)
    return mt.artifact(name)


def written(path: str) -> ArtifactContent:
    with mt.Component("make").start() as run:
        run.write(Path(path))
    return mt.artifact(path)


@pytest.mark.parametrize(
    "value",
    [TABLE, polars.from_arrow(TABLE), TABLE.to_pandas()],
    ids=["pyarrow", "polars", "pandas"],
)
def test_a_frame_of_any_library_is_loaded_as_any_other(store: Path, value: Any) -> None:
    content = kept(value)
    assert type(content.load()) is type(value)
    assert content.load(as_="pyarrow")["x"].equals(TABLE["x"])
    assert content.load(as_="polars")["tail"].to_list() == TABLE["tail"].to_pylist()
    assert content.load(as_="pandas")["n"].sum() == TABLE["n"].to_pandas().sum()
    assert content.load(as_="numpy", columns="x").shape == (NUM_ROWS, 1)
    parquet = pyarrow.parquet.read_table(pyarrow.py_buffer(content.load(as_="bytes")))
    assert parquet["tail"].to_pylist() == TABLE["tail"].to_pylist()


@pytest.mark.parametrize(
    "column",
    [TABLE["x"], polars.Series("x", TABLE["x"]), TABLE["x"].to_pandas()],
    ids=["pyarrow", "polars", "pandas"],
)
def test_a_column_of_any_library_is_loaded_as_any_other(store: Path, column: Any) -> None:
    content = kept(column)
    assert type(content.load()) is type(column)
    assert isinstance(content.load(as_="pandas"), pandas.Series)
    assert isinstance(content.load(as_="polars"), polars.Series)
    assert content.load(as_="pyarrow").equals(TABLE["x"])
    assert content.load(as_="numpy").shape == (NUM_ROWS,)


def test_an_equal_frame_of_another_library_is_the_same_version(store: Path) -> None:
    kept(TABLE.select(["x"]))
    content = kept(TABLE.select(["x"]).to_pandas())
    assert isinstance(content.load(), pyarrow.Table)
    assert isinstance(content.load(as_="pandas"), pandas.DataFrame)


def test_columns_and_rows_are_read_alone(store: Path) -> None:
    content = kept(TABLE)
    assert content.load().equals(TABLE)
    whole = content.num_bytes_read
    piece = content.load(columns=["tail", "x"], rows=(100, 200))
    assert piece.equals(TABLE.select(["tail", "x"]).slice(100, 100))
    assert content.num_bytes_read < whole / 2
    assert content.load(columns="x", rows=range(40_000, 40_010)).equals(
        TABLE.select(["x"]).slice(40_000, 10)
    )
    assert content.num_bytes_read < whole / 3
    assert content.load(rows=slice(-5, None)).equals(TABLE.slice(NUM_ROWS - 5))
    assert content.load(rows=(9, 3)).num_rows == 0


def test_an_index_of_pandas_goes_with_the_rows(store: Path) -> None:
    frame = pandas.DataFrame({"x": range(10), "y": range(10)}, index=list("abcdefghij"))
    assert_frame_equal(kept(frame).load(columns=["y"], rows=(2, 4)), frame[["y"]][2:4])
    shifted = frame.set_axis(range(5, 25, 2))
    assert_frame_equal(kept(shifted).load(rows=slice(3, 9)), shifted[3:9])
    sorted_ = frame.reset_index(drop=True).sort_values("x", ascending=False)
    assert_frame_equal(kept(sorted_).load(rows=slice(3, 9)), sorted_[3:9])


def test_arrays_and_matrices_are_loaded_by_rows(store: Path) -> None:
    array = make.normal(size=(NUM_ROWS, 4))
    content = kept(array)
    assert (content.load(rows=slice(-10, None)) == array[-10:]).all()
    assert content.num_bytes_read < array.nbytes / 10
    assert content.load(as_="pandas", rows=(0, 5)).shape == (5, 4)
    assert content.load(as_="polars", rows=(0, 5)).shape == (5, 4)
    assert content.load(as_="pyarrow", rows=(0, 5)).num_columns == 4
    fortran = numpy.asfortranarray(array[:9])
    assert (kept(fortran).load(rows=(2, 4)) == fortran[2:4]).all()
    matrix = scipy.sparse.random(500, 40, 0.1, format="csr", random_state=0)
    assert (kept(matrix).load(rows=(100, 120)) != matrix[100:120]).nnz == 0
    assert kept(matrix).load(as_="numpy").shape == (500, 40)


def test_the_table_in_a_file_is_loaded_by_columns_and_row_groups(
    store: Path, workdir: Path
) -> None:
    pyarrow.parquet.write_table(TABLE, "t.parquet", row_group_size=5_000)
    content = written("t.parquet")
    assert content.load() == Path("t.parquet").read_bytes()
    piece = content.load(as_="polars", columns=["x"], rows=(12_345, 12_350))
    assert piece["x"].to_list() == TABLE["x"][12_345:12_350].to_pylist()
    assert content.num_bytes_read < os.path.getsize("t.parquet") / 2
    for name in ("t.csv", "t.tsv", "t.arrow", "t.feather"):
        form = pandas.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
        separator = "\t" if name == "t.tsv" else ","
        if name.endswith(("csv", "tsv")):
            form.to_csv(name, index=False, sep=separator)
        else:
            form.to_feather(name)
        assert written(name).load(as_="pandas", columns="b", rows=(1, 2))["b"].tolist() == ["y"]
    numpy.save("a.npy", numpy.arange(10))
    assert written("a.npy").load(as_="numpy", rows=(8, None)).tolist() == [8, 9]


def test_ids_are_loaded_as_a_column(store: Path) -> None:
    content = kept(mt.Ids(["a", "b", "c"]), name="ids")
    assert content.load(rows=(1, None)) == ["b", "c"]
    assert content.load(as_="polars").to_list() == ["a", "b", "c"]


def test_what_cannot_be_loaded_so_is_said_with_what_can(store: Path, workdir: Path) -> None:
    content = kept(TABLE)
    with pytest.raises(mt.UnknownNameError, match=r"No column 'tial'. Did you mean 'tail'"):
        content.load(columns=["tial"])
    with pytest.raises(mt.OptionError, match=r"'panda'. Did you mean 'pandas'"):
        content.load(as_="panda")  # type: ignore[arg-type]
    with pytest.raises(mt.ArgumentError, match="names no rows that follow each other"):
        content.load(rows=slice(0, 10, 2))
    with pytest.raises(mt.ArgumentError, match=r"names no rows; give a slice"):
        content.load(rows=5)  # type: ignore[arg-type]
    Path("notes.txt").write_text("x")
    with pytest.raises(mt.ArgumentError, match="does not end as a table or array"):
        written("notes.txt").load(as_="polars")
    with pytest.raises(mt.ArgumentError, match="leave out rows and columns"):
        written("notes.txt").load(rows=(0, 1))
    with pytest.raises(mt.ArgumentError, match="3 dimensions is no table"):
        kept(numpy.zeros((2, 2, 2))).load(as_="pandas")
    with pytest.raises(mt.ArgumentError, match="has no named columns"):
        kept(numpy.zeros((2, 2))).load(columns="a")
    with pytest.raises(mt.ArgumentError, match=r"cannot be loaded as 'polars', only as it was\."):
        kept(mt.Artifact("rate", 0.5), name="rate").load(as_="polars")


def test_bytes_are_loaded_as_bytes_and_an_estimator_as_nothing_else(store: Path) -> None:
    content = kept(mt.Artifact("greeting", b"hello"), name="greeting")
    assert content.load(as_="bytes") == content.load() == b"hello"
    with pytest.raises(mt.ArgumentError, match="only as it was or as 'bytes'"):
        content.load(as_="numpy")
    model = kept(LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0]))
    with pytest.raises(mt.ArgumentError, match=r"cannot be loaded as 'numpy', only as it was\."):
        model.load(as_="numpy")
    with pytest.raises(mt.ArgumentError, match="as 'bytes', only as it was or as 'numpy'"):
        kept(mt.Artifact("state", {"w": numpy.zeros(3)}), name="state").load(as_="bytes")


def test_pieces_that_cannot_be_are_refused_by_mltrace(store: Path) -> None:
    with pytest.raises(mt.UnknownNameError, match=r"No column 'zz'\. Columns: x, n, tail, kind\."):
        kept(TABLE).load(columns="zz")
    wide = pandas.DataFrame({f"column {place}": [place] for place in range(12)})
    with pytest.raises(mt.UnknownNameError, match=r"column 9 and 2 more\."):
        kept(wide).load(columns="zz")
    with pytest.raises(mt.ArgumentError, match="has 'x' twice; name each once"):
        kept(polars.from_arrow(TABLE)).load(columns=["x", "x"])
    with pytest.raises(mt.ArgumentError, match=r"leave out columns=\[\]"):
        kept(pandas.Series([1, 2], name="s")).load(columns=[])
    with pytest.raises(mt.ArgumentError, match="0 dimensions has no rows"):
        kept(numpy.array(3.5)).load(rows=slice(0, 2))
    twins = kept(pandas.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(mt.ArgumentError, match="several columns 'a' cannot be loaded as 'polars'"):
        twins.load(as_="polars")
    assert twins.load(as_="pandas").shape == (1, 2)


def test_a_value_changed_after_the_call_is_kept_as_it_was(store: Path) -> None:
    array, frame = numpy.zeros(500_000), pandas.DataFrame({"x": numpy.zeros(500_000)})
    with mt.Component("make").start() as run:
        run.write(array, name="array")
        array += 1
        run.write(frame, name="frame")
        frame["x"] = 1.0
        run.write(mt.Artifact("state", {"w": array}))
        array += 1
    assert mt.artifact("array").load().max() == 0
    assert mt.artifact("frame").load()["x"].max() == 0
    assert mt.artifact("state").load()["w"].max() == 1


def test_a_child_forked_while_the_lock_is_held_does_not_hold_it_on(tmp_path: Path) -> None:
    reading, writing = os.pipe()

    def stay() -> None:
        os.close(writing)
        os.read(reading, 1)  # until the parent closes its end

    with locked(tmp_path):
        child = fork(stay)
    taken = threading.Event()

    def take() -> None:
        with locked(tmp_path, exclusive=True):
            taken.set()

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    assert taken.wait(10)
    os.close(writing)
    os.close(reading)
    assert end_of(child) == 0
    thread.join()
