from __future__ import annotations

import itertools
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy
import pyarrow
import pytest

import mltrace as mt
from mltrace.profiles.profiling import profile_table

FIRST = date(2026, 1, 1)


def partition(rng: numpy.random.Generator, *, creep: float = 0.0, num_rows: int = 400) -> Any:
    return profile_table(
        pyarrow.table(
            {
                "temp": rng.normal(60 + 5 * creep, 5, num_rows),
                "count": rng.poisson(4, num_rows),
                "carrier": rng.choice(["UA", "AA", "DL"], num_rows).tolist(),
                "is_late": rng.random(num_rows) < 0.3,
                "gate": [None if one < 0.1 else 1.5 for one in rng.random(num_rows)],
            }
        )
    )


def stream(num: int, *, begin: int = 10_000, seed: int = 0, slope: float = 0.02) -> list[Any]:
    rng = numpy.random.default_rng(seed)
    return [partition(rng, creep=slope * max(day - begin, 0)) for day in range(num)]


def raised(watch: mt.SlowDrift, partitions: list[Any]) -> list[mt.SlowDriftResult]:
    told = [watch.update(one, at=FIRST + timedelta(day)) for day, one in enumerate(partitions)]
    return [result for result in told if result.is_drift]


def test_a_column_that_creeps_is_raised_and_no_other() -> None:
    first = raised(mt.SlowDrift(), stream(90, begin=50))[0]
    assert [name for name, one in first.columns.items() if one.is_drift] == ["temp"]
    creep = first.columns["temp"]
    assert creep.statistic == "mean"
    assert 60 < creep.now < 65
    assert creep.before == pytest.approx(60, abs=0.5)
    assert creep.evidence >= creep.threshold
    assert first.at is not None
    assert first.at < datetime(2026, 3, 31, tzinfo=UTC)


def test_the_reason_tells_what_creeps_since_when_how_far_and_how_strange_that_is() -> None:
    first = raised(mt.SlowDrift(), stream(90, begin=50))[0]
    assert first.reason.startswith("temp: mean creeps since about 2026-02-")
    assert " sd above where it began; evidence 1 in " in first.reason


def test_nothing_is_said_of_the_first_partitions() -> None:
    watch = mt.SlowDrift()
    told = [watch.update(one) for one in stream(14)]
    assert all("learns" in result.notes[0] and not result.columns for result in told[:13])
    assert told[13].columns
    assert not told[13].notes


def test_the_bytes_go_on_as_if_there_had_been_no_break() -> None:
    partitions = stream(80, begin=30)
    for break_at in (3, 20, 27, 28, 29, 60):
        watch = mt.SlowDrift(false_alarms_per_year=0.5)
        for one in partitions[:break_at]:
            watch.update(one, at=FIRST)
        other = mt.SlowDrift.from_bytes(watch.to_bytes())
        assert other.false_alarms_per_year == 0.5
        for one in partitions[break_at : break_at + 12]:
            assert watch.update(one, at=FIRST) == other.update(one, at=FIRST)
        assert watch.to_bytes() == other.to_bytes()


def test_a_column_that_was_raised_is_learnt_anew() -> None:
    watch = mt.SlowDrift()
    partitions = stream(140, begin=30)
    told = [watch.update(one) for one in partitions]
    days = [day for day, result in enumerate(told) if result.is_drift]
    assert len(days) >= 2
    assert all(later - earlier >= 14 for earlier, later in itertools.pairwise(days))
    assert "temp" not in told[days[0] + 1].columns


def test_a_partition_without_rows_is_left_out() -> None:
    watch = mt.SlowDrift()
    result = watch.update({"temp": pyarrow.array([], pyarrow.float64())}, name="empty")
    assert result.partition == "empty"
    assert "no rows" in result.notes[0]
    assert watch.num_partitions == 0


def test_columns_come_go_and_change_their_kind() -> None:
    watch = mt.SlowDrift()
    rng = numpy.random.default_rng(1)
    for day in range(70):
        data: dict[str, Any] = {"always": rng.normal(size=50)}
        if day % 5:
            data["sometimes"] = rng.normal(size=50)
        if day > 20:
            data["late"] = rng.normal(size=50) if day % 2 else ["x"] * 50
        result = watch.update(data)
        assert not result.is_drift
    assert set(result.columns) == {"always", "sometimes", "late"}


@pytest.mark.parametrize(
    "values",
    [
        [1.0] * 20,
        [None] * 20,
        [float("nan")] * 20,
        [float("inf"), 1.0, -1.0, float("-inf")] * 5,
        [1e300, -1e300] * 10,
        [5e-324, 0.0] * 10,
        [True, False] * 10,
        ["", "é", "x" * 5000, "😀"] * 5,
        [["nested"], []] * 10,
        [datetime(2026, 1, 1, tzinfo=UTC)] * 20,
        [1.0],
    ],
    ids=str,
)
def test_odd_columns_are_watched_without_an_error(values: list[Any]) -> None:
    watch = mt.SlowDrift()
    table = profile_table(pyarrow.table({"odd": values}))
    for _ in range(40):
        result = watch.update(table)
        json.dumps(result.to_dict(), allow_nan=False)
        assert not result.is_drift
    assert mt.SlowDrift.from_bytes(watch.to_bytes()).num_partitions == 40


def test_months_do_not_creep_though_neighbouring_weeks_share_them() -> None:
    watch = mt.SlowDrift(partitions_per_year=52)
    for week in range(48):
        days = [FIRST + timedelta(days=7 * week + day) for day in range(7)]
        table = pyarrow.table({"month": [day.month for day in days] * 20})
        assert not watch.update(profile_table(table)).is_drift


def test_numbers_that_count_up_by_nature_do_not_creep() -> None:
    watch = mt.SlowDrift()
    for day in range(60):
        table = pyarrow.table({"id": range(100 * day, 100 * day + 100)})
        assert not watch.update(profile_table(table)).is_drift


@pytest.mark.parametrize(
    ("quiet", "odd"),
    [
        ([1.0, 2.0, 3.0, 4.0], [None] * 4),
        ([None] * 4, [1.0, 2.0, 3.0, 4.0]),
        ([1.0] * 4, [1e300, -1e300, 0.0, 1.0]),
        ([1e300, -1e300, 0.0, 1.0], [1e-300, -1e-300, 0.0, 1e-310]),
        ([1.0, 2.0, 3.0, 4.0], [5.0]),
        (["a", "b", "a", "a"], ["b"] * 4),
        (["a", "b", "a", "a"], [1.0, 2.0, 3.0, 4.0]),
    ],
    ids=str,
)
def test_a_column_that_is_another_one_from_a_day_on_is_told_without_an_error(
    quiet: list[Any], odd: list[Any]
) -> None:
    watch = mt.SlowDrift()
    before, after = (profile_table(pyarrow.table({"odd": 50 * one})) for one in (quiet, odd))
    for _ in range(35):
        watch.update(before)
    for _ in range(80):
        result = watch.update(after)
        json.dumps(result.to_dict(), allow_nan=False)
        assert str(result)


def test_what_is_told_stands_in_the_order_of_the_columns() -> None:
    watch = mt.SlowDrift()
    told = [watch.update(one) for one in stream(120, begin=30)]
    order = ["temp", "count", "carrier", "is_late", "gate"]
    assert any(result.is_drift for result in told[:-15])
    for result in told:
        assert list(result.columns) == [name for name in order if name in result.columns]


def test_a_column_is_learnt_anew_when_that_is_asked_for() -> None:
    watch = mt.SlowDrift()
    for one in stream(20):
        watch.update(one)
    watch.restart("temp")
    assert "temp" not in watch.update(stream(1)[0]).columns
    with pytest.raises(mt.UnknownNameError, match=r"No column 'tmp'\. Did you mean 'temp'\?"):
        watch.restart("tmp")


def test_names_tell_since_when_where_there_are_no_times() -> None:
    watch = mt.SlowDrift()
    told = [watch.update(one, name=f"batch {n}") for n, one in enumerate(stream(90, begin=50))]
    first = next(result for result in told if result.is_drift)
    assert "since about batch " in first.reason
    watch = mt.SlowDrift()
    told = [watch.update(one) for one in stream(90, begin=50)]
    assert " partitions ago, " in next(result for result in told if result.is_drift).reason


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(mt.ArgumentError, match="false_alarms_per_year=0 cannot be; give a number"):
        mt.SlowDrift(false_alarms_per_year=0)
    with pytest.raises(mt.ArgumentError, match="partitions_per_year=nan"):
        mt.SlowDrift(partitions_per_year=float("nan"))
    with pytest.raises(mt.ArgumentError, match="least_change=-1 cannot be; give 0 or more"):
        mt.SlowDrift(least_change=-1)
    with pytest.raises(mt.ArgumentError, match="'soon' is not a time"):
        mt.SlowDrift().update({"x": [1]}, at="soon")


@pytest.mark.parametrize("data", [b"", b"nonsense", mt.SlowDrift().to_bytes()[:-3]])
def test_bytes_that_are_no_monitor_are_refused(data: bytes) -> None:
    with pytest.raises(mt.ArgumentError, match=r"these \d+ bytes are no monitor of slow drift"):
        mt.SlowDrift.from_bytes(data)
