"""Sets of labels: membership, equal bytes for equal sets, size, damage."""

from __future__ import annotations

import re

import pytest

from mltrace.errors import StoreCorruptError
from mltrace.store.kept import label_sets


@pytest.mark.parametrize("num_labels", [0, 1, 2, 1000, 65_536, 65_537])
def test_set_holds_its_labels_and_no_others(num_labels: int) -> None:
    labels = [f"user-{number}" for number in range(num_labels)]
    data, counted = label_sets.pack(labels)
    assert counted == num_labels
    asked = {*labels[:50], *labels[-50:], "nobody", ""}
    assert label_sets.held(data, asked) == asked - {"nobody", ""}


def test_order_and_repetitions_make_no_difference() -> None:
    assert label_sets.pack(["b", "a", "b"]) == label_sets.pack(["a", "b"])


def test_labels_that_look_alike_are_different() -> None:
    data, num_labels = label_sets.pack(["1", "01", " 1", "é", "e\u0301", "\ud800"])
    assert num_labels == 6
    assert label_sets.holds(data, "\ud800")
    assert not label_sets.holds(data, "1 ")


def test_many_labels_take_under_six_bytes_each() -> None:
    data, num_labels = label_sets.pack(f"user-{number}" for number in range(200_000))
    assert len(data) < 6.2 * num_labels  # with the million of the benchmark it is 5.8


@pytest.mark.parametrize(
    ("damage", "match"),
    [
        (lambda data: b"x" + data[1:], "does not begin like one"),
        (lambda data: data[:12], "does not begin like one"),
        (lambda data: data[:30], "index is cut"),
        (lambda data: data[:-4], "is damaged"),
    ],
)
def test_damaged_set_is_refused(damage: object, match: str) -> None:
    data, _ = label_sets.pack(["alice", "bob"])
    with pytest.raises(StoreCorruptError, match=re.escape(match)):
        label_sets.held(damage(data), ["alice", "bob"])  # type: ignore[operator]
