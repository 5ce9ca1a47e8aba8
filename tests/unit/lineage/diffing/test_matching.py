"""Pairing what plays the same part."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltrace.lineage.diffing.matching import is_same, last_part, match, without_digits

NAMES = st.lists(st.text("ab12/.", max_size=4), max_size=8)
KEYS = (str, last_part, without_digits)


@given(NAMES, NAMES)
def test_each_member_is_paired_at_most_once_and_none_is_lost(
    ours: list[str], theirs: list[str]
) -> None:
    pairs = match(ours, theirs, KEYS)
    assert [one for one, _ in pairs if one is not None] == ours
    assert sorted(other for _, other in pairs if other is not None) == sorted(theirs)


@given(NAMES, NAMES)
def test_pairs_are_the_same_the_other_way_round(ours: list[str], theirs: list[str]) -> None:
    there = match(ours, theirs, KEYS)
    back = [(one, other) for other, one in match(theirs, ours, KEYS)]
    assert sorted(there, key=repr) == sorted(back, key=repr)


@given(NAMES)
def test_a_list_is_paired_with_itself_member_by_member(names: list[str]) -> None:
    assert match(names, names, KEYS) == [(name, name) for name in names]


def test_an_earlier_key_takes_precedence_for_all_members() -> None:
    assert match(["W1/a", "W2/a"], ["W2/a", "W3/a"], [str, last_part]) == [
        ("W1/a", "W3/a"),
        ("W2/a", "W2/a"),
    ]


def test_a_key_of_none_pairs_nothing() -> None:
    assert match(["a"], ["b"], [lambda _: None]) == [("a", None), (None, "b")]


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_a_value_is_the_same_as_itself(value: Any) -> None:
    assert is_same(value, value)


@pytest.mark.parametrize(
    ("one", "other"), [(0, False), (1, 1.0), ("1", 1), (None, 0), ([1], (1,)), ({"a": 1}, {"b": 1})]
)
def test_values_of_other_types_or_keys_are_not_the_same(one: Any, other: Any) -> None:
    assert not is_same(one, other)
    assert not is_same([one], [other])
