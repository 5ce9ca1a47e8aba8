"""What the texts and rows of a table cost a profile, and whether what it estimates is near.

    python -m benchmarks.texts_and_rows

A million rows of each kind of text, beside Arrow's exact count of values and Polars' hash; then the
sample of rows, where some stand twice, one stands often, or another day is replayed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy
import polars
import pyarrow
from benchmarks.timing import Case, measure

from mltrace.profiles.columns import column_of
from mltrace.profiles.hashing import hash_numbers, hash_texts
from mltrace.profiles.rows import RowSample

if TYPE_CHECKING:
    from collections.abc import Callable

NUM_ROWS = 1_000_000
NUM_PASSES = 5


def make_texts() -> dict[str, pyarrow.Array]:
    generator = numpy.random.default_rng(1)
    numbers = generator.integers(0, 2**36, NUM_ROWS).tolist()
    words = ["late", "on time", "cancelled", "EWR", "B6", "unknown"]
    return {
        "6 categories": pyarrow.array([words[number % 6] for number in numbers]),
        "6 categories, dictionary": pyarrow.array(
            [words[number % 6] for number in numbers]
        ).dictionary_encode(),
        "5,000 names": pyarrow.array([f"N{number % 5000}" for number in numbers]),
        "names by Zipf's law": pyarrow.array([f"N{name}" for name in _zipf(generator)]),
        "ids of 15 letters": pyarrow.array([f"user-{number:010}" for number in numbers]),
        "ids of 36 letters": pyarrow.array([_uuid(number) for number in numbers]),
        "sentences, a third null": pyarrow.array(
            [
                None if number % 3 == 0 else f"flight {number} was {words[number % 6]}"
                for number in numbers
            ]
        ),
    }


def _zipf(generator: numpy.random.Generator) -> list[int]:
    names: list[int] = numpy.minimum(generator.zipf(1.2, NUM_ROWS), 10**9).tolist()
    return names


def _uuid(number: int) -> str:
    digits = f"{number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def main() -> None:
    texts = make_texts()
    print(f"{NUM_ROWS:,} rows; CPU nanoseconds a row, best of {NUM_PASSES}")
    print(f"  {'':<26} {'profile':>8} {'value_counts':>13} {'Polars hash':>12} {'own hash':>9}")
    for name, values in texts.items():
        print(f"  {name:<26} {_costs(values)}")
    for name, values in texts.items():
        print(f"  {name:<26} {_estimates(values)}")
    small = texts["5,000 names"][:1000]
    print(f"1,000 rows of names: {_best(lambda: column_of(small), 30) * 1e3:.2f} ms")
    tell_rows()


def _costs(values: Any) -> str:
    series = polars.Series(values)
    plain = values.dictionary_decode() if pyarrow.types.is_dictionary(values.type) else values
    plain = plain.drop_null()
    seconds = [
        _best(call)
        for call in (
            lambda: column_of(values),
            values.value_counts,
            series.hash,
            lambda: hash_texts(plain),
        )
    ]
    profile, counts, polars_hash, own = (one / len(values) * 1e9 for one in seconds)
    return f"{profile:8.1f} {counts:13.1f} {polars_hash:12.1f} {own:9.1f}"


def _estimates(values: Any) -> str:
    profile = column_of(values)[0].describe("text")
    counts = values.drop_null().value_counts()
    exact = dict(zip(counts.field(0).to_pylist(), counts.field(1).to_pylist(), strict=True))
    wrong = max((exact[one.value] - one.count for one in profile.top), default=0)
    patterns = ", ".join(one.value for one in profile.patterns[:3])
    return (
        f"{profile.num_distinct or 0:,.0f} of {len(exact):,} distinct, counts off by {wrong}, "
        f"error {profile.top_error}, {patterns}"
    )


def tell_rows() -> None:
    numbers = numpy.arange(NUM_ROWS)
    hashes = hash_numbers(numbers)
    print(f"rows: {_best(lambda: RowSample.of(hashes)) / NUM_ROWS * 1e9:.1f} ns each to sample")
    doubled = RowSample.of(numpy.concatenate((hashes, hashes[: NUM_ROWS // 100])))
    print(f"  {NUM_ROWS // 100:,} stand twice: {doubled.num_duplicates:,} duplicates")
    often = RowSample.of(numpy.where(numbers % 20 == 0, hashes[0], hashes))
    print(f"  one stands {NUM_ROWS // 20:,} times: {often.num_duplicates:,} duplicates")
    half = RowSample.of(hashes[: NUM_ROWS // 2]).overlap(RowSample.of(hashes[NUM_ROWS // 4 :]))
    print(f"  half of the rows of another: {half.share:.3f}, from {half.num_compared:,} compared")


def _best(call: Callable[[], object], num_calls: int = 1) -> float:
    case = Case("it", lambda _: call(), num_calls)
    return measure([case], num_passes=NUM_PASSES, clock=time.process_time)["it"].best


if __name__ == "__main__":
    main()
