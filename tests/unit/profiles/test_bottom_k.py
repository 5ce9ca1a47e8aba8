from __future__ import annotations

import numpy
import pytest

from mltrace.profiles.bottom_k import BottomK
from mltrace.profiles.hashing import mix


def hashes_of(*numbers: int) -> numpy.ndarray[tuple[int], numpy.dtype[numpy.uint64]]:
    return mix(numpy.array(numbers, numpy.uint64))


@pytest.mark.parametrize("num_distinct", [1, 7, 8, 9, 100, 5000])
@pytest.mark.parametrize("times", [1, 50])
def test_the_smallest_hashes_are_kept_with_exact_counts(num_distinct: int, times: int) -> None:
    hashes = numpy.repeat(hashes_of(*range(num_distinct)), times)
    sample = BottomK.of(numpy.random.default_rng(0).permutation(hashes), size=8)
    assert sample.hashes.tolist() == sorted(set(hashes.tolist()))[:8]
    assert set(sample.counts.tolist()) == {times}
    assert sample.is_whole == (num_distinct <= 8)


def test_the_number_of_all_is_exact_while_they_fit() -> None:
    assert BottomK.of(hashes_of(1, 2, 2), size=2).num_distinct == 2
    assert BottomK.of(hashes_of(), size=2).num_distinct == 0


def test_a_merged_sample_is_that_of_the_whole() -> None:
    hashes = numpy.repeat(hashes_of(*range(1000)), 3)
    whole = BottomK.of(hashes, size=64)
    parts = [BottomK.of(hashes[i::7], size=64) for i in range(7)]
    for order in (parts, parts[::-1]):
        merged = order[0]
        for part in order[1:]:
            merged = merged.merge(part, size=64)
        assert merged.to_plain() == whole.to_plain()


def test_a_sample_survives_being_stored() -> None:
    for sample in (BottomK.of(hashes_of(), size=4), BottomK.of(hashes_of(1, 2, 2, 3), size=2)):
        again = BottomK.from_plain(sample.to_plain())
        assert again.hashes.tolist() == sample.hashes.tolist()
        assert again.counts.tolist() == sample.counts.tolist()
        assert again.is_whole == sample.is_whole


def test_what_cannot_be_a_sample_is_refused() -> None:
    is_whole, hashes, counts = BottomK.of(hashes_of(1, 2), size=4).to_plain()
    with pytest.raises(ValueError, match="2 values with 0 counts"):
        BottomK.from_plain([is_whole, hashes, counts[:1]])
