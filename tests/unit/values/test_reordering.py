"""A frame that has the rows of a kept one in another order costs that order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy
import pandas
import polars
import pyarrow
import pytest
from pandas.testing import assert_frame_equal

from mltrace.store.kept.blobs import Blobs
from mltrace.store.kept.inventory import total_bytes
from mltrace.store.kept.keeping import keep
from mltrace.store.kept.reading import ValueReader
from mltrace.values.described import Described
from mltrace.values.kinds import load
from mltrace.values.row_hashes import hash_values, key_without_order

if TYPE_CHECKING:
    from pathlib import Path

Describe = Callable[..., Described]
Reload = Callable[..., Any]
LIMIT = 1 << 30
NUM_ROWS = 20_000


def make_table(seed: int = 0) -> pyarrow.Table:
    make = numpy.random.default_rng(seed)
    return pyarrow.table(
        {
            "x": make.normal(size=NUM_ROWS),
            "y": pyarrow.array(make.normal(size=NUM_ROWS), mask=make.random(NUM_ROWS) < 0.1),
            "day": make.integers(0, 30, NUM_ROWS),
            "late": pyarrow.array(make.random(NUM_ROWS) < 0.5),
            "tail": [f"N{number:05}" for number in make.integers(0, 20_000, NUM_ROWS)],
            "carrier": pyarrow.array(
                ["AA", None, "UA", "DL"] * (NUM_ROWS // 4)
            ).dictionary_encode(),
        }
    )


TABLE = make_table()
SORTED = TABLE.sort_by([("day", "descending"), ("tail", "ascending")])


def cost(tmp_path: Path, *values: Described) -> int:
    """Return the bytes that the last of the values costs after the others."""
    blobs, before = Blobs(tmp_path / "blobs"), 0
    for found in values:
        before = total_bytes(blobs)
        assert found.manifest is not None
        keep(blobs, found.digest or "", found.manifest, found.parts, found.reordering)
    return total_bytes(blobs) - before


@pytest.mark.parametrize(
    "convert",
    [lambda table: table, polars.from_arrow, lambda table: table.to_pandas()],
    ids=["pyarrow", "polars", "pandas"],
)
def test_a_sorted_frame_costs_its_order(
    describe: Describe, reload: Reload, tmp_path: Path, convert: Callable[[Any], Any]
) -> None:
    first, second = describe(convert(TABLE), LIMIT), describe(convert(SORTED), LIMIT)
    assert cost(tmp_path, first, second) < 0.25 * cost(tmp_path / "alone", second)
    loaded, expected = reload(second, after=(first,)), convert(SORTED)
    if isinstance(expected, pandas.DataFrame):
        assert_frame_equal(loaded, expected)
    else:
        assert loaded.equals(expected)


def test_rows_and_columns_of_a_sorted_frame_are_read_alone(
    describe: Describe, reload: Reload
) -> None:
    found = describe(SORTED, LIMIT)
    loaded = reload(found, after=(describe(TABLE, LIMIT),), columns=("tail",), rows=slice(9, 99))
    assert loaded.equals(SORTED.select(["tail"]).slice(9, 90))


def test_a_new_column_beside_the_sorted_ones_is_kept_as_it_is(
    describe: Describe, reload: Reload
) -> None:
    more = SORTED.append_column("new", TABLE["x"]).drop_columns(["late"])
    assert reload(describe(more, LIMIT), after=(describe(TABLE, LIMIT),)).equals(more)


def test_columns_shuffled_each_for_itself_are_kept_right(
    describe: Describe, reload: Reload
) -> None:
    orders = [numpy.random.default_rng(seed).permutation(NUM_ROWS) for seed in range(6)]
    columns = [column.take(order) for column, order in zip(TABLE.columns, orders, strict=True)]
    mixed = pyarrow.table(columns, TABLE.column_names)
    assert reload(describe(mixed, LIMIT), after=(describe(TABLE, LIMIT),)).equals(mixed)


def test_a_frame_sorted_again_is_the_order_of_the_first(
    describe: Describe, reload: Reload, tmp_path: Path
) -> None:
    again = TABLE.sort_by("x")
    found = [describe(table, LIMIT) for table in (TABLE, SORTED, again)]
    assert cost(tmp_path, *found) < 0.25 * cost(tmp_path / "alone", found[-1])
    assert reload(found[-1], after=(found[0], found[1])).equals(again)


def test_equal_rows_may_take_any_of_their_places(describe: Describe, reload: Reload) -> None:
    table = pyarrow.table({"a": [1, 2, 3, 4] * 5_000})
    found = describe(table.sort_by("a"), LIMIT)
    assert reload(found, after=(describe(table, LIMIT),)).equals(table.sort_by("a"))


def test_texts_of_equal_letters_have_hashes_of_their_own() -> None:
    texts = pyarrow.array(["ab", "ba", "a", "", "b", None, "ab" * 100, "ba" * 100])
    hashes = hash_values(texts)
    assert hashes is not None
    assert len(set(hashes.tolist())) == len(texts)


def test_types_without_hashes_have_no_key() -> None:
    assert key_without_order(pyarrow.array([[1], [2]])) is None
    assert hash_values(pyarrow.array([{"a": 1}])) is None


def test_a_damaged_base_is_not_relied_upon(describe: Describe, tmp_path: Path) -> None:
    first, second = describe(TABLE, LIMIT), describe(SORTED, LIMIT)
    cost(tmp_path, first)
    (pack,) = [path for path in (tmp_path / "blobs" / "packs").rglob("*") if path.is_file()]
    content = bytearray(pack.read_bytes())
    content[1000] ^= 1
    pack.write_bytes(content)
    blobs = Blobs(tmp_path / "blobs")
    assert second.manifest is not None
    keep(blobs, second.digest or "", second.manifest, second.parts, second.reordering)
    value = blobs.value(second.digest or "")
    assert value is not None
    with ValueReader(blobs, value) as reader:
        assert load(value.manifest, reader.open_part).equals(SORTED)
