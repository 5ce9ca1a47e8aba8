"""How tables agree: what a plain count by hand tells, however rows are ordered and parted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy
import pyarrow
from hypothesis import given
from hypothesis import strategies as st

from mltrace.monitors.joins.measuring import measure_agreement
from mltrace.profiles.keyed.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.monitors.joins.agreement import Agreement

_KEYS = st.integers(0, 6) | st.none()
_VALUES = st.none() | st.sampled_from(["", "a", "b"])
_ROW = st.tuples(_KEYS, _VALUES, st.sampled_from([0.0, -0.0, 1.5, float("nan"), None]))
_ROWS = st.lists(_ROW, max_size=25)
_SCHEMA = pyarrow.schema([("key", "int64"), ("text", "string"), ("number", "float64")])


def table(rows: Sequence[tuple[Any, ...]]) -> pyarrow.Table:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    return pyarrow.table(columns, schema=_SCHEMA)


def measure(output: Any, source: Any, keys: Sequence[str] | None = ("key",)) -> Agreement:
    given = None if keys is None else {"input": keys}
    (agreement,) = measure_agreement(output, {"input": source}, keys=given)
    return agreement


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(None if value != value else value for value in row)


@given(_ROWS, _ROWS)
def test_it_is_what_a_plain_count_tells(output: Any, source: Any) -> None:
    agreement = measure(table(output), table(source))
    here, there = list(map(_plain, output)), list(map(_plain, source))
    keys = Counter(row[0] for row in there)
    unmatched = [row for row in here if row not in there and row[1:] == (None, None)]
    matched = [row for row in here if row not in unmatched]
    known = [row for row in matched if row[0] in keys]
    assert agreement.unmatched == (len(unmatched), len(here))
    assert agreement.absent == (sum(row not in there for row in matched), len(matched))
    assert agreement.unkeyed == (len(matched) - len(known), len(matched))
    for place, name in enumerate(["text", "number"], 1):
        pairs = {(row[0], row[place]) for row in there}
        num = sum((row[0], row[place]) not in pairs for row in known)
        assert agreement.differing[name] == (num, len(known))
    mine = Counter(row[0] for row in here)
    repeated = sum(max(mine[key] - keys[key], 0) for key in mine if key in keys)
    assert agreement.repeated == (repeated, len(here))
    assert agreement.lost == (sum(row[0] not in mine for row in there), len(there))


@given(_ROWS, _ROWS, st.integers(0, 2**32 - 1), st.integers(1, 7))
def test_neither_order_nor_batches_nor_chunks_matter(
    output: Any, source: Any, seed: int, size: int
) -> None:
    random = numpy.random.default_rng(seed)
    for keys in (("key",), (), None):
        told = measure(table(output), table(source), keys)
        mixed, other = (
            _batches(table([rows[place] for place in random.permutation(len(rows))]), size)
            for rows in (output, source)
        )
        assert told == measure(mixed, other, keys)


def _batches(whole: pyarrow.Table, size: int) -> Rows:
    def read(columns: Sequence[str]) -> list[pyarrow.Table]:
        chosen = whole.select(columns)
        parts = [chosen.slice(begin, size) for begin in range(0, whole.num_rows, size)]
        chunked = [pyarrow.concat_tables([one[:1], one[1:]]) for one in parts]
        return [chosen[:0], *chunked]

    types = {field.name: field.type for field in whole.schema}
    return Rows(types, read, lambda columns, begin, end: whole.select(columns)[begin:end])


@given(_ROWS, st.sets(st.integers(0, 24)))
def test_rows_of_a_table_are_all_in_it(source: Any, places: set[int]) -> None:
    some = [row for place, row in enumerate(source) if place in places]
    for keys in (("key",), (), None):
        agreement = measure(table(some), table(source), keys)
        assert agreement.absent.num == agreement.unkeyed.num == agreement.unmatched.num == 0
        assert not any(part.num for part in agreement.differing.values())
        assert agreement.repeated.num == 0


@given(st.lists(_ROW, min_size=40, max_size=80, unique_by=repr), st.integers(2, 30))
def test_a_sample_of_a_table_agrees_with_that_of_the_same_rows(source: Any, most: int) -> None:
    whole = table([(place, *row[1:]) for place, row in enumerate(source)])
    order = pyarrow.array(numpy.random.default_rng(most).permutation(whole.num_rows))
    (agreement,) = measure_agreement(
        whole.take(order), {"input": whole}, keys={"input": ["key"]}, max_rows=most
    )
    assert agreement.num_rows == agreement.num_input_rows <= most
    assert agreement.absent.num == agreement.unkeyed.num == agreement.lost.num == 0
