from __future__ import annotations

import itertools
from typing import Any

import pyarrow
import pytest

from mltrace.profiles.layouts import as_binary, list_items, simplify, text_buffers

TEXTS = pyarrow.array(["a", None, "bc", "a"])


@pytest.mark.parametrize(
    ("wrapped", "kind"),
    [
        (TEXTS.cast(pyarrow.string_view()), pyarrow.large_string()),
        (TEXTS.cast(pyarrow.binary()).cast(pyarrow.binary_view()), pyarrow.large_binary()),
        (pyarrow.array([b"ab"], pyarrow.binary(2)), pyarrow.large_binary()),
        (pyarrow.array([1, 2, 1]).dictionary_encode(), pyarrow.int64()),
        (
            pyarrow.ExtensionArray.from_storage(pyarrow.bool8(), pyarrow.array([0, 1], "int8")),
            "int8",
        ),
        (pyarrow.array([["a"]], pyarrow.list_(pyarrow.string_view())), "large_list"),
    ],
    ids=["views", "byte views", "fixed width", "numbers in a dictionary", "extension", "within"],
)
def test_what_wraps_values_is_taken_off(wrapped: Any, kind: pyarrow.DataType | str) -> None:
    simple = simplify(wrapped)
    assert str(simple.type).startswith(str(kind))
    assert simple.to_pylist() == getattr(wrapped, "storage", wrapped).to_pylist()


def test_a_dictionary_of_texts_stays_one() -> None:
    encoded = TEXTS.dictionary_encode()
    assert simplify(encoded) is encoded


def test_offsets_and_bytes_are_those_of_a_slice() -> None:
    offsets, data = text_buffers(pyarrow.array(["no", "a", "", "bc"])[1:])
    assert [bytes(data[a:b]) for a, b in itertools.pairwise(offsets)] == [
        b"a",
        b"",
        b"bc",
    ]
    offsets, data = text_buffers(pyarrow.array([], pyarrow.string()))
    assert (offsets.tolist(), len(data)) == ([0], 0)


def test_texts_become_bytes_without_being_copied() -> None:
    large = TEXTS.cast(pyarrow.large_string())
    assert as_binary(large).buffers()[2].address == large.buffers()[2].address


def test_maps_are_lists_of_pairs() -> None:
    maps = pyarrow.array([[("no", 0)], [("a", 1)], []], pyarrow.map_(pyarrow.string(), "int8"))
    lengths, items = list_items(maps[1:])
    assert lengths.tolist() == [1, 0]
    assert items.to_pylist() == [{"key": "a", "value": 1}]
