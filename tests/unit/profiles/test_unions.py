from __future__ import annotations

from typing import Any

import numpy
import pyarrow
import pytest

import mltrace as mt
from mltrace.profiles.columns import column_of
from mltrace.profiles.sources.objects import mixed_array

CODES = pyarrow.array([0, 1, 0, 1], pyarrow.int8())
DENSE = pyarrow.UnionArray.from_dense(
    CODES,
    pyarrow.array([0, 0, 1, 1], pyarrow.int32()),
    [pyarrow.array([7.0, 8.0]), pyarrow.array(["a", None])],
)
SPARSE = pyarrow.UnionArray.from_sparse(
    CODES,
    [pyarrow.array([7.0, None, 8.0, None]), pyarrow.array([None, "a", None, None])],
)


@pytest.mark.parametrize("values", [DENSE, SPARSE], ids=["dense", "sparse"])
def test_values_of_a_union_are_told_by_their_kinds(values: Any) -> None:
    column, hashes = column_of(values)
    profile = column.describe("mixed")
    assert (profile.num_rows, profile.num_nulls, profile.dtype) == (4, 1, "mixed")
    assert dict(profile.num_of_kinds) == {"number": 2, "text": 1}
    assert (profile.kind, profile.min, profile.max) == ("number", 7.0, 8.0)
    assert list(hashes[:1]) == list(column_of(pyarrow.array([7]))[1])


@pytest.mark.parametrize("values", [DENSE, SPARSE], ids=["dense", "sparse"])
def test_slices_of_a_union_have_their_own_values(values: Any) -> None:
    profile = column_of(values[2:])[0].describe("mixed")
    assert (profile.num_rows, profile.num_nulls, profile.min) == (2, 1, 8.0)


def test_hashes_of_mixed_objects_are_those_of_the_same_values_alone() -> None:
    hashes = column_of(mixed_array([1, "x", None, True]))[1]
    alone = [column_of(pyarrow.array([value]))[1][0] for value in (1, "x", None, True)]
    assert list(hashes) == alone


def test_complex_numbers_are_told_apart() -> None:
    profile = mt.profile(numpy.array([1j, 2j, 1j, complex("nan")]))
    assert profile.columns["value"].num_distinct == 2
    assert profile.columns["value"].num_nulls == 1
    assert profile.num_duplicate_rows == 1
