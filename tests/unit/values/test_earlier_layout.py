"""Values that earlier versions kept, each part as one file of its own, are read as before."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import numpy
import pandas
import pyarrow
import pytest
import scipy.sparse
from pandas.testing import assert_frame_equal

from mltrace.store.kept.blobs import Blobs
from mltrace.store.kept.placing import put_checked
from mltrace.store.kept.reading import ValueReader
from mltrace.values.described import Described
from mltrace.values.kinds import load
from mltrace.values.wanted import Wanted

if TYPE_CHECKING:
    from pathlib import Path

Describe = Callable[..., Described]
Reload = Callable[..., Any]
LIMIT = 1 << 30


def column_stream(values: Any) -> bytes:
    target = io.BytesIO()
    table = pyarrow.table({"": values})
    options = pyarrow.ipc.IpcWriteOptions(compression="zstd")
    with pyarrow.ipc.new_stream(target, table.schema, options=options) as writer:
        writer.write_table(table)
    return target.getvalue()


def npy(array: Any) -> bytes:
    target = io.BytesIO()
    numpy.lib.format.write_array(target, array, allow_pickle=False)
    return target.getvalue()


def npz(rows: Any) -> bytes:
    target = io.BytesIO()
    scipy.sparse.save_npz(target, rows)
    return target.getvalue()


@pytest.fixture
def reload_earlier(tmp_path: Path) -> Reload:
    """Keep a value as earlier versions did, and load it."""

    def reload(found: Described, contents: list[bytes], **wanted: Any) -> Any:
        blobs = Blobs(tmp_path / "blobs")
        for part, content in zip(found.parts, contents, strict=True):
            blobs.put(part.digest, content)
        manifest = msgspec.json.encode(found.manifest)
        put_checked(blobs.folder, blobs.manifest_path(found.digest or ""), manifest)
        value = blobs.value(found.digest or "")
        assert value is not None
        with ValueReader(blobs, value) as reader:
            return load(value.manifest, reader.open_part, Wanted(**wanted))

    return reload


def test_frames_are_columns_in_streams(describe: Describe, reload_earlier: Reload) -> None:
    frame = pandas.DataFrame({"x": [1.0, None, 3.0], "s": ["a", None, "c"], "n": [1, 2, 3]})
    columns = [pyarrow.array(frame[name], from_pandas=True) for name in frame]
    found, contents = describe(frame, LIMIT), [column_stream(column) for column in columns]
    assert_frame_equal(reload_earlier(found, contents), frame)
    piece = reload_earlier(found, contents, columns=("s", "x"), rows=slice(1, None))
    assert_frame_equal(piece, frame[["s", "x"]][1:])


def test_arrays_are_npy_files(describe: Describe, reload_earlier: Reload) -> None:
    array = numpy.arange(6.0).reshape(3, 2)
    found = describe(array, LIMIT)
    assert (reload_earlier(found, [npy(array)]) == array).all()
    assert (reload_earlier(found, [npy(array)], rows=slice(1, 2)) == array[1:2]).all()


def test_masked_arrays_are_npy_files_of_pairs(describe: Describe, reload_earlier: Reload) -> None:
    pair = numpy.array([(1, False), (2, True)], [("data", "i8"), ("mask", bool)])
    masked = numpy.ma.MaskedArray(pair["data"], pair["mask"])
    assert reload_earlier(describe(masked, LIMIT), [npy(pair)]).tolist() == [1, None]


def test_sparse_matrices_are_npz_files(describe: Describe, reload_earlier: Reload) -> None:
    matrix = scipy.sparse.random(5, 4, 0.5, format="csc", random_state=0)
    found = describe(matrix, LIMIT)
    assert (reload_earlier(found, [npz(matrix.tocsr())]) != matrix).nnz == 0
    rows = reload_earlier(found, [npz(matrix.tocsr())], rows=slice(1, 3))
    assert (rows != matrix[1:3]).nnz == 0


def test_files_are_bytes(describe: Describe, reload_earlier: Reload, tmp_path: Path) -> None:
    path = tmp_path / "raw.csv"
    path.write_text("a,b\n1,2\n")
    found = describe(path, LIMIT)
    assert reload_earlier(found, [b"a,b\n1,2\n"]) == b"a,b\n1,2\n"
    table = reload_earlier(found, [b"a,b\n1,2\n"], form="pyarrow", name="raw.csv", columns=("b",))
    assert table.to_pydict() == {"b": [2]}


def test_arrays_of_objects_are_pickles(describe: Describe, reload_earlier: Reload) -> None:
    array = numpy.array([{1}, None], dtype=object)
    contents = [pickle.dumps(array)]
    assert reload_earlier(describe(array, LIMIT), contents, trusted=True).tolist() == [{1}, None]
