"""What samples estimate of rows and texts is within the error that is stated of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy
import pyarrow
import pytest

from mltrace.profiles.hashing import hash_numbers
from mltrace.profiles.rows import NUM_SAMPLED, RowSample
from mltrace.profiles.texts import Texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

TIMES = 30
NUM_ROWS = 50_000


def sampled(numbers: NDArray[numpy.int64], num_batches: int = 1) -> RowSample:
    hashes = hash_numbers(numbers)
    merged = RowSample()
    for part in numpy.array_split(hashes, num_batches):
        merged = merged.merge(RowSample.of(part))
    return merged


def duplicates_of(numbers: NDArray[numpy.int64]) -> int:
    return len(numbers) - len(numpy.unique(numbers))


@pytest.mark.parametrize("num_batches", [1, 8])
@pytest.mark.parametrize("share", [0.001, 0.01, 0.1])
def test_rows_that_were_doubled_are_counted_within_a_percent(
    share: float, num_batches: int
) -> None:
    errors = []
    for seed in range(TIMES):
        generator = numpy.random.default_rng(seed)
        numbers = generator.integers(0, 2**60, NUM_ROWS)
        doubled = generator.choice(numbers, int(share * NUM_ROWS), replace=False)
        everything = generator.permutation(numpy.concatenate((numbers, doubled)))
        told = sampled(everything, num_batches).num_duplicates
        errors.append((told - len(doubled)) / len(everything))
    expected = math.sqrt(share * (1 - share) / NUM_SAMPLED)
    assert numpy.std(errors) < 1.5 * expected
    assert abs(numpy.mean(errors)) < 4 * expected / math.sqrt(TIMES)


@pytest.mark.parametrize("num_batches", [1, 8])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_a_row_that_stands_very_often_is_not_missed(share: float, num_batches: int) -> None:
    for seed in range(5):
        generator = numpy.random.default_rng(seed)
        numbers = generator.integers(0, 2**60, NUM_ROWS)
        numbers[generator.random(NUM_ROWS) < share] = 7
        told = sampled(numbers, num_batches).num_duplicates
        assert abs(told - duplicates_of(numbers)) < 0.003 * NUM_ROWS


def test_rows_that_stand_often_and_rarely_are_within_the_error_of_the_hashes() -> None:
    errors = []
    for seed in range(TIMES):
        generator = numpy.random.default_rng(seed)
        numbers = numpy.minimum(generator.zipf(1.2, NUM_ROWS), 2**40)
        distinct = len(numpy.unique(numbers))
        errors.append((NUM_ROWS - sampled(numbers).num_duplicates) / distinct - 1)
    assert numpy.std(errors) < 1.5 / math.sqrt(NUM_SAMPLED)
    assert abs(numpy.mean(errors)) < 4 / math.sqrt(NUM_SAMPLED * TIMES)


@pytest.mark.parametrize("shared", [0.0, 0.1, 0.5, 0.95])
def test_the_rows_that_tables_share_are_within_the_error_of_a_sample(shared: float) -> None:
    errors, num_compared = [], 0
    for seed in range(TIMES):
        numbers = numpy.random.default_rng(seed).integers(0, 2**60, 2 * NUM_ROWS)
        start = int((1 - shared) * NUM_ROWS)
        overlap = sampled(numbers[:NUM_ROWS]).overlap(sampled(numbers[start : start + NUM_ROWS]))
        assert overlap.share is not None
        errors.append(overlap.share - shared)
        num_compared = max(num_compared, overlap.num_compared)
    expected = math.sqrt(shared * (1 - shared) / NUM_SAMPLED)
    assert numpy.std(errors) <= 1.5 * expected
    assert abs(numpy.mean(errors)) <= 4 * expected / math.sqrt(TIMES)
    assert NUM_SAMPLED <= num_compared <= 2 * NUM_SAMPLED


@pytest.mark.parametrize(("num_distinct", "error"), [(600, 0.016), (6000, 0.016), (50_000, 0.0)])
def test_distinct_texts_are_within_the_error_of_the_sketch(num_distinct: int, error: float) -> None:
    errors = []
    for seed in range(TIMES):
        generator = numpy.random.default_rng(seed)
        names = generator.integers(0, 2**60, num_distinct)
        rows = names if not error else generator.choice(names, NUM_ROWS)
        texts = pyarrow.array(rows.astype(str).tolist())
        estimate = Texts.of(texts)[0].describe()["num_distinct"]
        errors.append(estimate / len(numpy.unique(rows)) - 1)
    assert numpy.std(errors) <= 1.5 * error
    assert abs(numpy.mean(errors)) <= 4 * error / math.sqrt(TIMES)


def test_patterns_of_a_sample_have_about_their_share_of_rows() -> None:
    generator = numpy.random.default_rng(5)
    numbers = generator.integers(0, 10**6, NUM_ROWS)
    texts = [f"{n:06}" if n % 4 else f"AB-{n}-{n % 7}x" for n in numbers.tolist()]
    texts[::10] = ["most"] * len(texts[::10])
    patterns = {
        one.value: one.count for one in Texts.of(pyarrow.array(texts))[0].describe()["patterns"]
    }
    assert patterns["aaaa"] == NUM_ROWS / 10
    assert sum(patterns.values()) == pytest.approx(NUM_ROWS, abs=10)
    six_digits = sum(text.isdigit() for text in texts)
    assert patterns["9{6}"] == pytest.approx(six_digits, abs=4 * 0.43 / 16 * NUM_ROWS)
