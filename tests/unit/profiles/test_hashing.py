from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy
import pyarrow
import pytest

from mltrace.profiles.hashing import combine_rows, hash_numbers, hash_texts, mix

TEXTS = ["", "a", "AA", "eight888", "nine99999", "\0", "\0\0", "é", "😀" * 40, "x" * 128, "x" * 129]


def test_mixing_keeps_distinct_patterns_distinct_and_leaves_its_argument_alone() -> None:
    patterns = numpy.arange(100_000, dtype=numpy.uint64)
    assert len(numpy.unique(mix(patterns))) == 100_000
    assert patterns[1] == 1


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "uint64", "float16"])
def test_equal_numbers_hash_the_same_in_every_type(dtype: str) -> None:
    numbers = numpy.array([0, 1, 5, 100])
    assert (hash_numbers(numbers.astype(dtype)) == hash_numbers(numbers.astype(float))).all()


def test_zeros_are_one_and_so_are_all_nan() -> None:
    nan = numpy.array([0xFFF8000000000001, 0x7FF8000000000000], numpy.uint64).view(numpy.float64)
    assert len(set(hash_numbers(nan).tolist())) == 1
    assert len(set(hash_numbers(numpy.array([0.0, -0.0])).tolist())) == 1


def test_booleans_hash_as_one_and_zero() -> None:
    assert (hash_numbers(numpy.array([False, True])) == hash_numbers(numpy.array([0, 1]))).all()


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_integers_beyond_what_floats_hold_stay_distinct(dtype: str) -> None:
    largest = numpy.iinfo(dtype).max
    numbers = numpy.array([2**53, 2**53 + 1, 2**60, 2**60 + 1, largest, largest - 1], dtype)
    hashes = hash_numbers(numbers)
    assert len(set(hashes.tolist())) == 6
    assert (hashes[[0, 2]] == hash_numbers(numpy.array([2.0**53, 2.0**60]))).all()


@pytest.mark.parametrize("kind", ["large_string", "binary", "large_binary"])
def test_equal_texts_hash_the_same_in_every_layout(kind: str) -> None:
    values = pyarrow.array(TEXTS)
    type_ = getattr(pyarrow, kind)()
    assert (hash_texts(values.cast(type_)) == hash_texts(values)).all()


def test_texts_hash_the_same_wherever_they_stand() -> None:
    alone = [int(hash_texts(pyarrow.array([text]))[0]) for text in TEXTS]
    assert hash_texts(pyarrow.array(TEXTS * 5000)[3:]).tolist() == (alone * 5000)[3:]
    assert len(set(alone)) == len(TEXTS)


@pytest.mark.parametrize("length", [1, 7, 8, 9, 16, 31, 128, 129, 1000])
def test_every_byte_of_a_text_counts(length: int) -> None:
    plain = b"m" * length
    changed = [plain[:i] + b"n" + plain[i + 1 :] for i in range(length)]
    hashes = hash_texts(pyarrow.array([plain, *changed, plain + b"m", plain[:-1]]))
    assert len(set(hashes.tolist())) == length + 3


def test_texts_that_differ_in_two_far_bytes_do_not_collide() -> None:
    letters = [chr(code) for code in range(33, 127)]
    texts = [f"0000000{a}0000000{b}" for a in letters for b in letters]
    assert len(set(hash_texts(pyarrow.array(texts)).tolist())) == len(letters) ** 2


def test_bits_of_hashes_are_evenly_spread() -> None:
    hashes = hash_texts(pyarrow.array([f"id-{i}" for i in range(100_000)]))
    for shift in (0, 24, 48):
        counts = numpy.bincount(
            ((hashes >> numpy.uint64(shift)) & numpy.uint64(0xFF)).astype(int), minlength=256
        )
        chi2 = ((counts - 100_000 / 256) ** 2 / (100_000 / 256)).sum()
        assert 160 < chi2 < 370  # 255 degrees of freedom


def test_a_text_of_a_megabyte_is_hashed_whole() -> None:
    big = "x" * 1_000_000
    hashes = hash_texts(pyarrow.array([big, big + "y", "y" + big, big]))
    assert len(set(hashes.tolist())) == 3
    assert hashes[0] == hashes[3]


def test_rows_tell_columns_apart_by_name_and_not_by_place() -> None:
    one, two = numpy.array([1, 2], numpy.uint64), numpy.array([2, 1], numpy.uint64)
    rows = combine_rows([("a", one), ("b", two)], 2)
    assert (rows == combine_rows([("b", two), ("a", one)], 2)).all()
    assert rows[0] != rows[1]


def test_hashes_are_those_of_every_process_and_version() -> None:
    """These are stored, so they must never change."""
    assert hash_numbers(numpy.array([0.0, 1.5])).tolist() == NUMBERS
    assert hash_texts(pyarrow.array(["", "AA", "x" * 200])).tolist() == HASHES
    code = (
        "import json, pyarrow; from mltrace.profiles.hashing import hash_texts; "
        "print(json.dumps(hash_texts(pyarrow.array(['', 'AA', 'x' * 200])).tolist()))"
    )
    told: Any = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(told.stdout) == HASHES


NUMBERS = [16294208416658607535, 15481881892811333770]
HASHES = [16294208416658607535, 15033632717626851355, 11219573413802536638]
