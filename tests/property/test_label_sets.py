"""A packed set of labels holds just what a Python set of them does."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mltrace.store.kept import label_sets

labels = st.sets(st.text(max_size=20), max_size=200)


@settings(deadline=None, max_examples=100)
@given(labels, labels)
def test_membership_is_that_of_a_set(members: set[str], asked: set[str]) -> None:
    data, num_labels = label_sets.pack(members)
    assert num_labels == len(members)
    assert label_sets.held(data, asked) == members & asked
    assert label_sets.held(data, members) == members


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(max_size=10), max_size=50), st.randoms())
def test_equal_sets_have_equal_bytes(members: list[str], random: object) -> None:
    shuffled = [*members, *members]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert label_sets.pack(shuffled) == label_sets.pack(members)
