"""Profiles of texts, booleans and others: a function of the values, whatever their batches."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import numpy
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mltrace.profiles.bottom_k import BottomK
from mltrace.profiles.columns import Column, column_of
from mltrace.profiles.hashing import hash_texts
from mltrace.profiles.misra_gries import MAX_ITEMS
from mltrace.profiles.profiling import profile_table
from mltrace.profiles.rows import RowSample
from mltrace.profiles.tables import Profile
from mltrace.profiles.texts import Texts

words = st.one_of(
    st.none(), st.sampled_from(["", "AA", "UA", "a@a.de", "N14228"]), st.text(max_size=80)
)
columns = st.lists(words, max_size=60)
nested = st.lists(
    st.one_of(st.none(), st.lists(st.one_of(st.none(), st.integers(-9, 9)), max_size=3)),
    max_size=20,
)
booleans = st.lists(st.one_of(st.none(), st.booleans()), max_size=20)
kinds = st.sampled_from(
    [
        (columns, pyarrow.string()),
        (columns, pyarrow.large_string()),
        (columns, pyarrow.dictionary(pyarrow.int32(), pyarrow.string())),
        (nested, pyarrow.list_(pyarrow.int64())),
        (booleans, pyarrow.bool_()),
    ]
)


def collect(values: list[Any], kind: pyarrow.DataType) -> Column:
    return column_of(pyarrow.array(values, kind), "any")[0]


@settings(deadline=None)
@given(kinds.flatmap(lambda kind: st.tuples(st.just(kind[1]), *[kind[0]] * 3)))
def test_parts_merge_into_the_whole_in_any_order(drawn: tuple[Any, ...]) -> None:
    kind, *parts = drawn
    one, two, three = (collect(values, kind) for values in parts)
    whole = collect([value for values in parts for value in values], kind)
    assert one.merge(two).merge(three).to_plain()[:2] == whole.to_plain()[:2]
    for merged in (
        one.merge(two).merge(three),
        one.merge(two.merge(three)),
        three.merge(two).merge(one),
    ):
        assert merged.describe("any") == whole.describe("any")


@given(kinds.flatmap(lambda kind: st.tuples(st.just(kind[1]), kind[0])))
def test_a_column_survives_being_stored(drawn: tuple[Any, Any]) -> None:
    kind, values = drawn
    column = collect(values, kind)
    again = Column.from_plain(column.to_plain())
    assert again.to_plain() == column.to_plain()
    assert again.describe("any") == column.describe("any")


@given(columns)
def test_counts_of_few_texts_are_exact(values: list[str | None]) -> None:
    profile = collect(values, pyarrow.string()).describe("any")
    counts = Counter(value for value in values if value is not None)
    assert profile.num_distinct in (len(counts), None if not counts else len(counts))
    assert sum(one.count for one in profile.patterns) == counts.total()
    if profile.top:
        assert sorted(one.count for one in profile.top) == sorted(counts.values())


@given(st.lists(st.text(max_size=200), min_size=1, max_size=100))
def test_hashes_of_texts_are_equal_only_where_the_texts_are(values: list[str]) -> None:
    hashes = hash_texts(pyarrow.array(values)).tolist()
    assert len(set(hashes)) == len(set(values))
    assert hashes == [int(hash_texts(pyarrow.array([value]))[0]) for value in values]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 999), st.integers(1, 6), st.integers(1, 12))
def test_frequent_texts_are_within_the_stated_error(seed: int, skew: int, num_batches: int) -> None:
    chance = random.Random(seed)
    numbers = [int(3000 * chance.random() ** skew) for _ in range(20_000)]
    if chance.random() < 0.5:
        numbers.sort()  # each batch has values of its own: what such a summary likes least
    texts = [f"N{number}" for number in numbers]
    check_bounds(texts, num_batches, chance)


@pytest.mark.parametrize("num_batches", [1, 2, 40])
def test_bounds_hold_where_frequent_texts_come_last(num_batches: int) -> None:
    distinct = [f"id-{i}" for i in range(20_000)]
    check_bounds(distinct + ["late"] * 1000 + ["later"] * 300, num_batches, random.Random(0))


@pytest.mark.parametrize("num_batches", [7, 40])
def test_bounds_hold_where_each_batch_has_a_favourite(num_batches: int) -> None:
    texts = [f"id-{batch}-{i // 9}" for batch in range(40) for i in range(900)]
    check_bounds(texts, num_batches, random.Random(0))


def check_bounds(texts: list[str], num_batches: int, chance: random.Random) -> None:
    size = -(-len(texts) // num_batches)
    states = [
        Texts.of(pyarrow.array(texts[start : start + size]))[0]
        for start in range(0, len(texts), size)
    ]
    while len(states) > 1:
        one = states.pop(chance.randrange(len(states)))
        states.append(one.merge(states.pop(chance.randrange(len(states)))))
    fields, counts = states[0].describe(), Counter(texts)
    error, told = fields["top_error"], {one.value: one.count for one in fields["top"]}
    assert error <= len(texts) / (MAX_ITEMS + 1) + 1
    assert all(count - error <= told.get(text, 0) <= count for text, count in counts.items())
    assert abs(fields["num_distinct"] / len(counts) - 1) < 0.1


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3000), st.integers(1, 4), st.integers(1, 9), st.integers(0, 99))
def test_samples_of_parts_merge_exactly_in_any_order(
    num_distinct: int, times: int, num_parts: int, seed: int
) -> None:
    generator = numpy.random.default_rng(seed)
    distinct = generator.integers(0, 2**64, num_distinct, numpy.uint64)
    hashes = generator.permutation(numpy.repeat(distinct, times))
    whole = BottomK.of(hashes, size=100)
    parts = [BottomK.of(hashes[i::num_parts], size=100) for i in range(num_parts)]
    merged = parts.pop(int(generator.integers(len(parts))))
    while parts:
        merged = parts.pop(int(generator.integers(len(parts)))).merge(merged, size=100)
    assert merged.to_plain() == whole.to_plain()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 4000), st.integers(1, 5), st.permutations(["a", "b", "c"]))
def test_duplicates_do_not_depend_on_batches_or_the_order_of_columns(
    num_rows: int, num_batches: int, order: list[str]
) -> None:
    numbers = numpy.arange(num_rows)
    table = pyarrow.table(
        {"a": numbers % 700, "b": [f"{i % 7}" for i in numbers], "c": numbers % 2 == 0}
    )
    whole = profile_table(table)
    size = num_rows // num_batches + 1
    parts = [profile_table(table.select(order)[i : i + size]) for i in range(0, num_rows, size)]
    merged = Profile.merge_all(parts)
    assert merged.row_sample.sample.to_plain() == whole.row_sample.sample.to_plain()
    assert whole.num_duplicate_rows == num_rows - min(num_rows, 700)


def test_an_empty_sample_changes_nothing() -> None:
    sample = RowSample.of(numpy.array([3, 1, 3], numpy.uint64))
    assert RowSample().merge(sample).to_plain() == sample.to_plain()
    assert sample.merge(RowSample()).to_plain() == sample.to_plain()
