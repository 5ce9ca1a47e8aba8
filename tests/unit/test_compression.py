"""Compressed tables are unpacked, and a small file cannot be unpacked into a huge one."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

import mltrace as mt
from mltrace import compression
from mltrace.compression import compression_of, table_ending, unpack
from mltrace.errors import UnreadableDataError
from mltrace.profiles.sources import counted
from mltrace.values.table_files import read_table_file
from mltrace.values.wanted import ALL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = b"origin,delay\nEWR,5\nJFK,7\n"


def zipped(text: bytes, *names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names or ("flights.csv",):
            archive.writestr(name, text)
    return file.getvalue()


def by_arrow(name: str) -> Callable[[bytes], bytes]:
    def pack(text: bytes) -> bytes:
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, name) as stream:
            stream.write(text)
        packed: bytes = sink.getvalue().to_pybytes()
        return packed

    return pack


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": by_arrow("zstd"),
    ".lz4": by_arrow("lz4"),
    ".zip": zipped,
}


@pytest.mark.parametrize("ending", PACKERS)
def test_compressed_text_is_read_as_the_table_that_it_is(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"flights.csv{ending}"
    path.write_bytes(PACKERS[ending](TEXT))
    with path.open("rb") as file:
        table = read_table_file(file, str(path), ALL)
    assert table.to_pydict() == {"origin": ["EWR", "JFK"], "delay": [5, 7]}
    assert mt.profile(path).num_rows == 2
    lines = tmp_path / f"flights.jsonl{ending}"
    lines.write_bytes(PACKERS[ending](b'{"delay": 5}\n{"delay": 7}\n'))
    assert mt.profile(lines).num_rows == 2


@pytest.mark.parametrize("ending", PACKERS)
def test_what_unpacks_to_more_than_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(compression, "MAX_BYTES", 1 << 16)
    monkeypatch.setattr(counted, "MAX_BYTES", 1 << 16)
    path = tmp_path / f"bomb.csv{ending}"
    path.write_bytes(PACKERS[ending](b"a,b\n" + b"1,2\n" * (1 << 20)))
    with path.open("rb") as file, pytest.raises(UnreadableDataError, match="holds more than"):
        read_table_file(file, str(path), ALL)
    with pytest.raises(UnreadableDataError, match="holds more than"):
        mt.profile(path)


def test_zip_of_one_file_is_a_table_whatever_lies_alongside() -> None:
    target = io.BytesIO()
    packed = zipped(TEXT, "raw/flights.csv", "__MACOSX/raw/._flights.csv")
    unpack(io.BytesIO(packed), "flights.csv.zip", target)
    assert target.read() == TEXT


@pytest.mark.parametrize(
    ("name", "packed", "message"),
    [
        ("a.csv.zip", zipped(TEXT, "a.csv", "b.csv"), "it holds 2 files; one is read as a table"),
        ("a.csv.zip", zipped(TEXT, "folder/"), "it holds 0 files"),
        ("a.csv.zip", b"no archive", "File is not a zip file"),
        ("a.csv.gz", gzip.compress(TEXT)[:-9], "end-of-stream"),
        ("a.csv.gz", TEXT, "Not a gzipped file"),
        ("a.csv.xz", b"damaged", "Input format not supported"),
        ("a.csv.zst", b"damaged", "cannot be read as a compressed file"),
        ("a.csv.gz", gzip.compress(b"a,b\n1\n"), "cannot be read as .csv: CSV parse error"),
    ],
    ids=["two", "none", "no-zip", "cut", "no-gzip", "no-xz", "no-zst", "no-csv"],
)
def test_what_is_no_compressed_table_is_refused_with_the_reason(
    tmp_path: Path, name: str, packed: bytes, message: str
) -> None:
    with pytest.raises(UnreadableDataError, match=message):
        read_table_file(io.BytesIO(packed), name, ALL)
    path = tmp_path / name
    path.write_bytes(packed)
    with pytest.raises(UnreadableDataError, match="cannot be read as"):
        mt.profile(path)


@pytest.mark.parametrize("name", ["logs.gz", "model.pkl.gz", "a.parquet.gz", "a.csv.tar", "gz", ""])
def test_other_compressed_files_are_no_tables(name: str) -> None:
    assert compression_of(name) == ""
    assert table_ending(name) not in {".csv", ".parquet"}


def test_what_was_unpacked_for_a_profile_is_removed(tmp_path: Path, monkeypatch: Any) -> None:
    (folder := tmp_path / "unpacked").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    path = tmp_path / "flights.csv.zip"
    path.write_bytes(zipped(TEXT))
    assert mt.profile(path).num_rows == 2
    path.write_bytes(b"damaged")
    with pytest.raises(UnreadableDataError):
        mt.profile(path)
    assert not [*folder.iterdir()]
