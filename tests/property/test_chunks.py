"""Whatever is kept, in whatever order, is read as it was, also in pieces; no chunk is mistaken."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import numpy
import pyarrow
from hypothesis import given, settings
from hypothesis import strategies as st

from mltrace.store.kept.blobs import Blobs
from mltrace.store.kept.chunking import cut
from mltrace.store.kept.keeping import keep
from mltrace.store.kept.reading import ValueReader
from mltrace.values.kinds import load, recognise
from mltrace.values.wanted import Wanted

DAY = dt.date(1700, 1, 1), dt.date(2200, 1, 1)
MOMENT = dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1)
KINDS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "int8": (pyarrow.int8(), st.integers(-128, 127)),
    "uint64": (pyarrow.uint64(), st.integers(0, 2**64 - 1)),
    "double": (pyarrow.float64(), st.floats(allow_nan=False)),
    "bool": (pyarrow.bool_(), st.booleans()),
    "text": (pyarrow.string(), st.text(max_size=5)),
    "long text": (pyarrow.large_string(), st.text(max_size=5)),
    "text view": (pyarrow.string_view(), st.text(max_size=20)),
    "bytes": (pyarrow.binary(), st.binary(max_size=5)),
    "fixed bytes": (pyarrow.binary(3), st.binary(min_size=3, max_size=3)),
    "decimal": (pyarrow.decimal128(10, 2), st.decimals(-1000, 1000, places=2)),
    "time": (pyarrow.timestamp("us", tz="UTC"), st.datetimes(*MOMENT)),
    "date": (pyarrow.date32(), st.dates(*DAY)),
    "list": (
        pyarrow.list_(pyarrow.string()),
        st.lists(st.none() | st.text(max_size=3), max_size=3),
    ),
    "vector": (pyarrow.list_(pyarrow.float32(), 2), st.lists(st.just(0.5), min_size=2, max_size=2)),
    "map": (
        pyarrow.map_(pyarrow.string(), pyarrow.int32()),
        st.dictionaries(st.text(max_size=2), st.integers(0, 9), max_size=2).map(
            lambda pairs: list(pairs.items())
        ),
    ),
    "struct": (
        pyarrow.struct([("a", pyarrow.int16()), ("b", pyarrow.list_(pyarrow.int8()))]),
        st.fixed_dictionaries(
            {"a": st.none() | st.integers(0, 9), "b": st.lists(st.integers(0, 9), max_size=2)}
        ),
    ),
    "coded": (pyarrow.dictionary(pyarrow.int8(), pyarrow.string()), st.sampled_from("abc")),
}


@st.composite
def tables(draw: st.DrawFn) -> pyarrow.Table:
    """Draw tables in pieces and slices, some so long that they have several chunks."""
    num_rows = draw(st.integers(0, 12))
    num_times = draw(st.sampled_from([1, 1, 1000])) if num_rows else 1
    columns = {}
    for name in draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=4, unique=True)):
        kind, items = KINDS[name]
        listed = draw(st.lists(st.none() | items, min_size=num_rows, max_size=num_rows))
        whole = pyarrow.array(listed * num_times, kind)
        border = draw(st.integers(0, len(whole)))
        columns[name] = pyarrow.chunked_array([whole.slice(0, border), whole.slice(border)], kind)
    return pyarrow.table(columns)


def kept_and_loaded(values: list[Any], wanted: list[Wanted]) -> list[Any]:
    """Keep values one after the other in one store, then load a piece of each."""
    with tempfile.TemporaryDirectory() as folder:
        blobs, digests = Blobs(Path(folder)), []
        for value in values:
            kind = recognise(value)
            assert kind is not None
            found = kind.describe(value, 1 << 40)
            assert found.manifest is not None, found.reason
            digests.append(found.digest or "")
            keep(blobs, digests[-1], found.manifest, found.parts, found.reordering)
        loaded = []
        for digest, piece in zip(digests, wanted, strict=True):
            value = blobs.value(digest)
            assert value is not None
            with ValueReader(blobs, value) as reader:
                loaded.append(load(value.manifest, reader.open_part, piece))
    return loaded


@given(st.lists(tables(), min_size=1, max_size=3), st.data())
@settings(max_examples=60, deadline=None)
def test_any_rows_and_columns_of_any_table_load_as_they_were(
    kept: list[pyarrow.Table], data: st.DataObject
) -> None:
    wanted, expected = [], []
    for table in kept:
        begin, end = sorted(data.draw(st.tuples(*[st.integers(0, table.num_rows)] * 2)))
        names = data.draw(st.permutations(table.column_names))
        wanted.append(Wanted(columns=tuple(names), rows=slice(begin, end)))
        expected.append(table.select(names).slice(begin, end - begin))
    for table, loaded in zip(expected, kept_and_loaded(kept, wanted), strict=True):
        assert loaded.to_pylist() == table.to_pylist()


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_edits_of_a_table_load_as_they_were(data: st.DataObject) -> None:
    make = numpy.random.default_rng(data.draw(st.integers(0, 9)))
    size = 10_000
    table = pyarrow.table(
        {
            "x": make.normal(size=size),
            "s": [f"{number}" * (number % 4) for number in range(size)],
            "n": pyarrow.array(make.integers(0, 99, size), mask=make.random(size) < 0.1),
        }
    )
    versions = [table]
    for _ in range(data.draw(st.integers(1, 4))):
        latest = versions[-1]
        place = data.draw(st.integers(0, latest.num_rows))
        edit = data.draw(st.sampled_from(["delete", "insert", "sort", "reverse", "replace"]))
        head, tail = latest.slice(0, place), latest.slice(place)
        edited = {
            "delete": pyarrow.concat_tables([head, tail.slice(7)]),
            "insert": pyarrow.concat_tables([head, table.slice(3, 50), tail]),
            "sort": latest.sort_by(data.draw(st.sampled_from(table.column_names))),
            "reverse": latest.take(pyarrow.array(range(latest.num_rows - 1, -1, -1))),
            "replace": latest.set_column(0, "x", pyarrow.array(make.normal(size=latest.num_rows))),
        }
        versions.append(edited[edit])
    loaded = kept_and_loaded(versions, [Wanted() for _ in versions])
    assert all(back.equals(version) for back, version in zip(loaded, versions, strict=True))


@given(st.binary(max_size=100), st.integers(1, 20_000), st.sampled_from([1, 2, 4, 8, 12, 16]))
@settings(max_examples=60, deadline=None)
def test_chunks_put_together_are_what_was_cut_and_no_item_is_cut_through(
    seed: bytes, num_times: int, width: int
) -> None:
    data = bytes(width) + seed * num_times
    data = data[: len(data) // width * width]
    chunks = list(cut(memoryview(data), width))
    assert b"".join(chunks) == data
    assert all(len(chunk) % width == 0 for chunk in chunks)
