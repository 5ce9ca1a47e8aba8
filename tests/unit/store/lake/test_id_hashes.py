"""Hashes of ids: the same wherever an id is, and the same for ever."""

from __future__ import annotations

import numpy
import pyarrow
import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from mltrace.store.lake.id_hashes import VERSION, hash_ids

_WORD = 2**64


def _by_hand(text: str) -> int:
    """Follow the definition, a word at a time."""
    data = text.encode()
    if len(data) > 128:
        return int.from_bytes(blake3(data).digest(8), "little")
    hashed = len(data) * 0x9E3779B97F4A7C15 % _WORD
    for start in range(0, len(data), 8):
        hashed ^= int.from_bytes(data[start : start + 8], "little")
        hashed = (hashed + 0x9E3779B97F4A7C15) % _WORD
        hashed ^= hashed >> 30
        hashed = hashed * 0xBF58476D1CE4E5B9 % _WORD
        hashed ^= hashed >> 27
        hashed = hashed * 0x94D049BB133111EB % _WORD
        hashed ^= hashed >> 31
    return hashed


@given(st.lists(st.text(max_size=200), max_size=20))
def test_hashes_follow_their_definition_whatever_stands_beside(texts: list[str]) -> None:
    encodable = [text.encode(errors="replace").decode() for text in texts]
    hashes = hash_ids(pyarrow.array(encodable, pyarrow.string()))
    assert hashes.tolist() == [_by_hand(text) for text in encodable]


@pytest.mark.parametrize("length", [1, 7, 8, 9, 16, 36, 127, 128, 129, 1_000])
def test_ids_of_one_length_have_the_hashes_that_they_have_among_others(length: int) -> None:
    texts = [f"{number:0{length}d}"[-length:] for number in range(50)]
    alone = hash_ids(pyarrow.array(texts))
    assert alone.tolist() == [_by_hand(text) for text in texts]
    assert hash_ids(pyarrow.array([*texts, "other"]))[:-1].tolist() == alone.tolist()


def test_hashes_stay_as_stored_ones_are() -> None:
    texts = ["", "5", "flight-0000000001", "é", "x" * 200]
    assert VERSION == 1
    assert [f"{one:016x}" for one in hash_ids(pyarrow.array(texts))] == [
        "0000000000000000",
        "432a5cd27a6b13a1",
        "08f5fb751d39e04c",
        f"{_by_hand('é'):016x}",
        f"{_by_hand('x' * 200):016x}",
    ]


def test_layout_of_ids_makes_no_difference() -> None:
    texts = [f"id-{number}" for number in range(100)]
    hashes = hash_ids(pyarrow.array(texts)).tolist()
    assert hash_ids(pyarrow.array(texts, pyarrow.large_string())).tolist() == hashes
    assert hash_ids(pyarrow.array(["x", *texts])[1:]).tolist() == hashes
    assert hash_ids(pyarrow.chunked_array([texts[:3], texts[3:]])).tolist() == hashes
    assert hash_ids(pyarrow.chunked_array([], pyarrow.string())).tolist() == []


def test_integers_stand_for_their_digits() -> None:
    numbers = [0, 5, -3, 2**62]
    hashes = hash_ids(pyarrow.array(numbers))
    assert hashes.tolist() == hash_ids(pyarrow.array([str(one) for one in numbers])).tolist()


def test_million_ids_have_a_million_hashes() -> None:
    hashes = hash_ids(pyarrow.array(numpy.arange(1_000_000)))
    assert len(numpy.unique(hashes)) == 1_000_000
