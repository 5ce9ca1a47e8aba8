"""Keys in order, with the rows they come from, however often they come and what they share."""

from __future__ import annotations

import numpy
import pytest

from mltrace.tasks.matching.sorting import sort_keys


@pytest.mark.parametrize("num_keys", [1, 3, 100, 20_000])
@pytest.mark.parametrize("num_rows", [0, 1, 2, 70_000])
def test_rows_of_repeated_and_near_keys_ascend(num_rows: int, num_keys: int) -> None:
    random = numpy.random.default_rng(num_rows + num_keys)
    pool = random.integers(0, 2**64, num_keys, dtype=numpy.uint64)
    pool[: num_keys // 2] = pool[0] + numpy.arange(num_keys // 2, dtype=numpy.uint64)
    keys = random.choice(pool, num_rows)
    made, order = sort_keys(keys), numpy.argsort(keys, kind="stable")
    assert (made.rows == order).all()
    assert (made.keys == keys[order]).all()
