from __future__ import annotations

import math
import statistics
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy
import pyarrow
import pyarrow.compute
import pytest

from mltrace.profiles.columns import Column, column_of
from mltrace.profiles.texts import Texts

if TYPE_CHECKING:
    from mltrace.records import ColumnProfile

CARRIERS = ["UA", "AA", "UA", "", "B6", "AA", "UA"]


def described(values: Any) -> ColumnProfile:
    return column_of(values)[0].describe("text")


def counts_of(profile: ColumnProfile) -> dict[str, int]:
    return {one.value: one.count for one in profile.top}


def in_dictionary(values: Any, kind: str) -> Any:
    encoded = values.dictionary_encode()
    codes = encoded.indices.cast(pyarrow.uint64())
    return pyarrow.DictionaryArray.from_arrays(codes, encoded.dictionary.cast(kind))


LAYOUTS = {
    "large": lambda values: values.cast(pyarrow.large_string()),
    "views": lambda values: values.cast(pyarrow.string_view()),
    "dictionary": lambda values: in_dictionary(values, "string"),
    "dictionary of views": lambda values: in_dictionary(values, "string_view"),
    "runs": pyarrow.compute.run_end_encode,
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_texts_of_every_layout_have_one_profile(layout: str) -> None:
    plain = pyarrow.array([*CARRIERS, None])
    values = LAYOUTS[layout](plain)
    profile = described(values)
    assert profile.kind == "text"
    assert (profile.num_rows, profile.num_nulls, profile.num_empty) == (8, 1, 1)
    assert counts_of(profile) == {"UA": 3, "AA": 2, "": 1, "B6": 1}
    assert list(counts_of(profile)) == ["UA", "AA", "", "B6"]
    assert (profile.num_distinct, profile.is_distinct_exact, profile.top_error) == (4, True, 0)
    assert (profile.min, profile.max) == ("", "UA")
    assert [(one.value, one.count) for one in profile.patterns] == [("AA", 5), ("", 1), ("A9", 1)]
    hashes = column_of(plain)[1]
    assert (column_of(values)[1] == hashes).all()


def test_lengths_are_those_of_characters_and_exact() -> None:
    texts = ["é", "😀😀", "abc", ""]
    lengths = described(pyarrow.array(texts * 100)).lengths
    sizes = [len(text) for text in texts * 100]
    assert lengths is not None
    assert (lengths.min, lengths.max, lengths.mean) == (0, 3, statistics.mean(sizes))
    assert math.isclose(lengths.std, statistics.stdev(sizes))


def test_all_nulls_are_of_no_kind() -> None:
    profile = described(pyarrow.array([None, None], pyarrow.string()))
    assert (profile.kind, profile.num_nulls, profile.top) == ("null", 2, ())


def test_no_rows_make_no_text() -> None:
    assert described(pyarrow.array([], pyarrow.string())).kind == "null"


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(["\0", "a\0b", "", "\0\0"], id="nul"),
        pytest.param(["😀", "👨‍👩‍👧", "é", "e\u0301", "日本"], id="beyond ASCII"),
        pytest.param(["x" * 1_000_000, "x" * 999_999 + "y"], id="a megabyte"),
        pytest.param(["a\nb", "\t", " ", "\u2028"], id="white space"),
    ],
)
def test_odd_texts_are_counted_as_they_are(odd: list[str]) -> None:
    profile = described(pyarrow.array(odd * 3))
    assert profile.num_distinct == len(odd)
    assert [one.count for one in profile.top] == [3] * len(odd)
    assert profile.lengths is not None
    assert profile.lengths.max == max(map(len, odd))
    assert sum(one.count for one in profile.patterns) == 3 * len(odd)


def test_bytes_that_are_no_utf8_do_not_raise() -> None:
    offsets = numpy.array([0, 3, 5, 8], numpy.int32).tobytes()
    buffers = [None, pyarrow.py_buffer(offsets), pyarrow.py_buffer(b"\xff\xfea\xc3b\xff\xfea")]
    profile = described(pyarrow.Array.from_buffers(pyarrow.string(), 3, buffers))
    assert counts_of(profile) == {"\ufffd\ufffda": 2, "\ufffdb": 1}
    assert profile.max == "\ufffd\ufffda"


def test_long_texts_are_kept_cut_but_told_apart_whole() -> None:
    long = "x" * 100
    profile = described(pyarrow.array([long + "a", long + "b", "x" * 64, long + "a"]))
    assert profile.num_distinct == 3
    assert [one.count for one in profile.top] == [2, 1, 1]
    assert {one.value for one in profile.top} == {"x" * 64 + "…", "x" * 64}
    assert profile.max == "x" * 64 + "…"


def test_categories_that_no_row_has_do_not_count() -> None:
    codes = pyarrow.array([1, 1, 3, None], pyarrow.int8())
    values = pyarrow.DictionaryArray.from_arrays(codes, ["unused", "AA", "a" * 50, "UA"])
    profile = described(values)
    assert counts_of(profile) == {"AA": 2, "UA": 1}
    assert (profile.num_nulls, profile.max, profile.num_distinct) == (1, "UA", 2)
    assert profile.lengths is not None
    assert profile.lengths.max == 2


def test_a_null_or_a_text_twice_in_a_dictionary_counts_as_what_it_is() -> None:
    codes = pyarrow.array([0, 1, 2, 2, None])
    with_null = pyarrow.DictionaryArray.from_arrays(codes, ["AA", None, "UA"])
    twice = pyarrow.DictionaryArray.from_arrays(codes, ["AA", "UA", "AA"])
    assert (described(with_null).num_nulls, counts_of(described(with_null))) == (
        2,
        {"UA": 2, "AA": 1},
    )
    assert counts_of(described(twice)) == {"AA": 3, "UA": 1}


def test_a_slice_of_a_larger_array_is_profiled_alone() -> None:
    values = pyarrow.array(["no", *CARRIERS, "no"])[1:-1]
    assert counts_of(described(values)) == counts_of(described(pyarrow.array(CARRIERS)))


def test_texts_that_name_single_rows_are_not_shown_as_frequent() -> None:
    few = described(pyarrow.array([f"user-{i}" for i in range(17)]))
    many = described(pyarrow.array([f"user-{i}" for i in range(50_000)]))
    assert (few.top, few.top_error) == ((), 1)
    assert (many.top, many.top_error) == ((), 1)


def test_of_many_texts_only_frequent_ones_and_the_ends_are_kept() -> None:
    ids = [f"user-{i:06}" for i in range(20_000)]
    column, _ = column_of(pyarrow.array([*ids, *["guest"] * 5000]))
    kept = str(column.to_plain())
    assert "guest" in kept
    assert [one for one in ids if one in kept] == ["user-019999"]
    profile = column.describe("user")
    assert counts_of(profile) == {"guest": 5000}
    shapes = {one.value: one.count for one in profile.patterns}
    assert shapes == {"aaaa-9{6}": 20_000, "a{5}": 5000}


def test_frequent_texts_have_exact_counts_in_one_batch() -> None:
    generator = numpy.random.default_rng(7)
    numbers = numpy.minimum(generator.zipf(1.3, 200_000), 10**9)
    texts = [f"N{number}" for number in numbers]
    exact = Counter(texts)
    profile = described(pyarrow.array(texts))
    assert len(exact) > 512
    assert counts_of(profile).items() <= exact.items()
    assert [one.count for one in profile.top[:10]] == [n for _, n in exact.most_common(10)]
    unseen = max(count for text, count in exact.items() if text not in counts_of(profile))
    assert unseen <= profile.top_error
    assert profile.num_distinct is not None
    assert math.isclose(profile.num_distinct, len(exact), rel_tol=0.08)


def test_a_sorted_column_takes_as_few_texts_as_a_shuffled_one() -> None:
    texts = sorted(f"N{i % 700}" for i in range(100_000))
    shuffled = list(numpy.random.default_rng(1).permutation(texts))
    one, two = (column_of(pyarrow.array(order))[0] for order in (texts, shuffled))
    assert one.to_plain() == two.to_plain()


def test_a_state_survives_being_stored() -> None:
    for size in (1, 500, 5000):
        column, _ = column_of(pyarrow.array([f"N{i}-{i % 3}" for i in range(size)] * 2))
        again = Column.from_plain(column.to_plain())
        assert again.to_plain() == column.to_plain()
        assert again.describe("text") == column.describe("text")


def test_sums_of_lengths_beyond_64_bits_stay_exact() -> None:
    state, _ = Texts.of(pyarrow.array(["x" * 3_000_000]))
    for _ in range(22):
        state = state.merge(state)
    assert Texts.from_plain(state.to_plain()).lengths.squares == 9_000_000_000_000 << 22
    assert state.lengths.describe().std == 0.0
