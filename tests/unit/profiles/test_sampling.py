from __future__ import annotations

import itertools

import numpy
import pyarrow
import pytest

from mltrace.profiles.sampling import (
    BLOCK_ROWS,
    Thinning,
    golden_order,
    is_sampled,
    sampled_positions,
)


@pytest.mark.parametrize("num_rows", [0, 1, 15, 16, 17, 1000, 100_003])
def test_samples_between_rates_part_the_rows(num_rows: int) -> None:
    rates = [0.0, 0.01, 0.3, 0.31, 1.0]
    parts = [sampled_positions(num_rows, above, rate) for above, rate in itertools.pairwise(rates)]
    assert sorted(numpy.concatenate(parts)) == list(range(num_rows))


@pytest.mark.parametrize("rate", [0.001, 0.1, 0.5])
def test_sample_is_spread_over_the_whole(rate: float) -> None:
    positions = sampled_positions(1_000_000, 0.0, rate)
    assert len(positions) == pytest.approx(1_000_000 * rate, rel=0.05)
    gaps = numpy.diff(positions)
    assert gaps.max() < 3 * BLOCK_ROWS / rate  # the three-distance theorem says 1 + golden ratio


@pytest.mark.parametrize("period", [7, 24, 64, 365, 1024])
def test_sample_is_not_in_step_with_a_period(period: int) -> None:
    positions = sampled_positions(500_000, 0.0, 0.05)
    counts = numpy.bincount(positions % period, minlength=period)
    assert counts.min() > 0.5 * counts.mean()


def test_rows_of_a_stream_and_of_a_table_are_the_same() -> None:
    of_table = sampled_positions(10_000, 0.0, 0.2)
    of_stream = numpy.concatenate(
        [is_sampled(begin, begin + 700, 0.2).to_numpy(False) for begin in range(0, 10_000, 700)]
    )
    assert list(numpy.flatnonzero(of_stream[:10_000])) == list(of_table)


@pytest.mark.parametrize("number", [1, 2, 8, 30, 1000])
def test_golden_order_has_each_number_once(number: int) -> None:
    order = list(golden_order(number))
    assert sorted(order) == list(range(number))
    assert list(golden_order(0)) == []


@pytest.mark.parametrize("batch_rows", [1, 100, 4096])
def test_thinning_keeps_the_same_rows_however_they_come(batch_rows: int) -> None:
    thinning = Thinning(500)
    for begin in range(0, 20_000, batch_rows):
        end = min(begin + batch_rows, 20_000)
        thinning.add(pyarrow.table({"row": numpy.arange(begin, end)}))
    kept = pyarrow.concat_tables(thinning.tables()).column("row").to_numpy()
    whole = Thinning(500)
    whole.add(pyarrow.table({"row": numpy.arange(20_000)}))
    assert thinning.num_seen == 20_000
    assert 200 <= len(kept) <= 500
    assert list(kept) == list(whole.tables()[0].column("row").to_numpy())


def test_stream_that_is_short_is_kept_whole() -> None:
    thinning = Thinning(500)
    thinning.add(pyarrow.table({"row": numpy.arange(500)}))
    assert thinning.num_kept == 500
