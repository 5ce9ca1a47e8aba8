"""Whatever a partition is made of, it is judged, and as a person would."""

from __future__ import annotations

import datetime
import decimal
from typing import TYPE_CHECKING, Any

import numpy
import pyarrow
import pytest
from tests.daily import MONTH, day, replaced

from mltrace.monitors.drift.detector import DriftDetector

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas

    from mltrace.records.drift import DriftResult

HISTORY = [day(number) for number in range(MONTH)]
DETECTOR = DriftDetector().fit(HISTORY)
CLEAN = day(MONTH)
NAMES = CLEAN.column_names
FRAME = CLEAN.to_pandas()


def named(result: DriftResult) -> list[str]:
    return [name for name, one in result.columns.items() if one.is_drift]


def with_one(name: str, value: Any, table: pyarrow.Table = CLEAN) -> pandas.DataFrame:
    """Put one value into a column."""
    frame: pandas.DataFrame = table.to_pandas()
    frame.loc[7, name] = value
    return frame


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "change",
    [
        lambda name: CLEAN.drop_columns([name]),
        lambda name: replaced(CLEAN, name, pyarrow.nulls(300)),
        lambda name: replaced(CLEAN, name, [CLEAN[name][1].as_py()] * 300),
        lambda name: replaced(CLEAN, name, [[1, 2]] * 300),
        lambda name: replaced(CLEAN, name, [b"\xff"] * 300),
    ],
    ids=["missing", "all null", "constant", "lists", "bytes"],
)
def test_a_column_that_holds_nothing_of_what_it_did_is_drift_and_named(
    name: str, change: Callable[[str], pyarrow.Table]
) -> None:
    result = DETECTOR.score(change(name))
    assert result.is_drift
    assert name in named(result)
    assert len(named(result)) <= 2


@pytest.mark.parametrize("name", ["delay", "seats", "is_late", "scheduled_at", "temp"])
def test_a_column_that_became_texts_is_drift_and_named(name: str) -> None:
    result = DETECTOR.score(FRAME.assign(**{name: FRAME[name].astype(str)}))
    assert named(result) == [name]
    assert "texts, were " in result.columns[name].reason


@pytest.mark.parametrize(
    "partition",
    [
        FRAME.assign(seats=FRAME["seats"].astype(float)),
        with_one("seats", numpy.nan),
        FRAME.assign(delay=[decimal.Decimal(f"{one:.9f}") for one in FRAME["delay"]]),
        FRAME.assign(carrier=FRAME["carrier"].astype("category")),
        FRAME.assign(is_late=FRAME["is_late"].astype("boolean")),
        FRAME.assign(scheduled_at=FRAME["scheduled_at"].dt.tz_localize("UTC")),
        CLEAN.append_column("new", pyarrow.array(range(300))),
        day(MONTH + 300),
    ],
    ids=[
        "whole numbers as floats", "and one null", "decimals", "categories",
        "nullable booleans", "times in UTC", "another column", "much later",
    ],
)  # fmt: skip
def test_what_only_looks_otherwise_is_no_drift(partition: Any) -> None:
    result = DETECTOR.score(partition)
    assert not result.is_drift
    assert list(result.columns) == NAMES


def test_dates_in_the_place_of_times_are_drift_of_their_hours() -> None:
    result = DETECTOR.score(FRAME.assign(scheduled_at=FRAME["scheduled_at"].dt.date))
    assert named(result) == ["scheduled_at"]


@pytest.mark.parametrize("value", [numpy.inf, -numpy.inf, 1e300, -1e308, 9.97e36, -999999.0])
def test_a_number_beyond_all_measure_is_told_of_its_column_alone(value: float) -> None:
    one = DETECTOR.score(with_one("delay", value))
    all_of_them = DETECTOR.score(FRAME.assign(delay=value))
    assert numpy.isfinite([one.score, all_of_them.score]).all()
    assert set(named(one)) <= {"delay"}
    assert one.is_drift or numpy.isinf(value)
    assert named(all_of_them) == ["delay"]
    assert len(all_of_them.reason) < 400


@pytest.mark.parametrize("value", [numpy.inf, 1e300, 9.97e36])
def test_a_number_beyond_all_measure_in_the_history_blinds_for_no_other_column(
    value: float,
) -> None:
    history = [*HISTORY[:10], with_one("delay", value, HISTORY[10]), *HISTORY[11:]]
    detector = DriftDetector().fit(history)
    assert not detector.score(CLEAN).is_drift
    assert named(detector.score(FRAME.assign(seats=FRAME["seats"] * 2))) == ["seats"]
    assert named(detector.score(FRAME.assign(delay=FRAME["delay"] * 60)))[:1] == ["delay"]


@pytest.mark.parametrize("num_rows", [0, 1, 2, 5])
def test_hardly_any_rows_are_drift_of_their_number(num_rows: int) -> None:
    result = DETECTOR.score(CLEAN.slice(0, num_rows))
    assert result.is_drift
    assert result.reason.startswith(f"{num_rows} rows, in 30 partitions always 300")


def test_a_table_without_columns_or_of_others_lacks_all_columns() -> None:
    for partition in (pyarrow.table({}), pyarrow.table({"other": [1, 2]})):
        assert named(DETECTOR.score(partition)) == NAMES


def test_a_table_of_nulls_alone_is_drift_of_all_columns() -> None:
    result = DETECTOR.score(pyarrow.table({name: pyarrow.nulls(300) for name in NAMES}))
    assert named(result) == NAMES


@pytest.mark.parametrize(
    "values",
    [
        lambda rng: rng.normal(size=50),
        lambda rng: numpy.full(50, 3.0),
        lambda rng: rng.integers(0, 2, 50) > 0,
        lambda rng: rng.choice(["a", "b"], 50),
        lambda rng: [f"{one:.9f}" for one in rng.random(50)],
        lambda rng: [f"text {one}" for one in rng.integers(0, 10**9, 50)],
        lambda rng: pyarrow.nulls(50),
        lambda rng: [[1]] * 50,
        lambda rng: [{"a": 1}] * 50,
        lambda rng: [datetime.date(2024, 1, 1)] * 50,
        lambda rng: pyarrow.array([datetime.timedelta(seconds=3)] * 50),
        lambda rng: numpy.where(rng.random(50) < 0.5, numpy.nan, numpy.inf),
        lambda rng: rng.normal(size=50) * 1e307,
        lambda rng: rng.integers(0, 2**63 - 1, 50),
        lambda rng: numpy.full(50, 5e-324),
    ],
    ids=[
        "normal", "constant", "booleans", "categories", "numbers as texts", "texts", "nulls",
        "lists", "structs", "dates", "durations", "not finite", "huge", "large integers", "tiny",
    ],
)  # fmt: skip
def test_a_table_of_one_column_of_any_kind_is_learnt_and_judged(
    values: Callable[[numpy.random.Generator], Any],
) -> None:
    rng = numpy.random.default_rng(1)
    detector = DriftDetector().fit([pyarrow.table({"x": values(rng)}) for _ in range(12)])
    results = [detector.score(pyarrow.table({"x": values(rng)})) for _ in range(5)]
    assert not any(result.is_drift for result in results)
    assert detector.score(pyarrow.table({"y": values(rng)})).is_drift


def test_columns_by_the_hundred_are_learnt_and_the_broken_one_is_named() -> None:
    rng = numpy.random.default_rng(2)

    def wide() -> dict[str, Any]:
        return {f"x{number:03}": rng.normal(size=40) for number in range(300)}

    detector = DriftDetector().fit([pyarrow.table(wide()) for _ in range(12)])
    assert not detector.score(pyarrow.table(wide())).is_drift
    broken = wide()
    broken["x250"] = broken["x250"] * 20
    assert named(detector.score(pyarrow.table(broken))) == ["x250"]


def test_texts_of_too_many_values_to_remember_are_judged_by_what_is_left() -> None:
    def texts(number: int, length: int = 9) -> pyarrow.Table:
        drawn = numpy.random.default_rng(number).integers(0, 10**8, 3000)
        return pyarrow.table({"text": [f"{one:0{length}}" for one in drawn]})

    detector = DriftDetector().fit([texts(number) for number in range(12)])
    assert not detector.score(texts(12)).is_drift
    assert "length" in detector.score(texts(12, 12)).reason


def test_partitions_of_very_different_sizes_are_no_drift() -> None:
    sizes = (10 ** numpy.random.default_rng(3).uniform(1, 3.5, 41)).astype(int).tolist()
    detector = DriftDetector().fit([day(at, size) for at, size in enumerate(sizes[:40])])
    assert not detector.score(day(40, sizes[40])).is_drift
    assert not detector.score(day(41, 40)).is_drift
    broken = day(42, 1000)
    broken = replaced(broken, "carrier", ["XX"] * 20 + broken["carrier"].to_pylist()[20:])
    assert named(detector.score(broken)) == ["carrier"]


@pytest.mark.parametrize("since", [3, 12, 20, 27])
def test_a_column_that_appears_in_the_history_is_no_drift_and_told_of_once_it_is_usual(
    since: int,
) -> None:
    def grown(number: int, factor: float = 1.0) -> pyarrow.Table:
        rng = numpy.random.default_rng(1000 + number)
        return day(number, humidity=factor * rng.gamma(9, 1, 300))

    detector = DriftDetector().fit(
        [grown(number) if number >= since else day(number) for number in range(MONTH)]
    )
    assert not detector.score(grown(MONTH)).is_drift
    if since <= MONTH / 2:
        assert named(detector.score(grown(MONTH, 5))) == ["humidity"]


def test_empty_partitions_in_the_history_tell_nothing() -> None:
    history = [one.slice(0, 0) if at % 5 == 4 else one for at, one in enumerate(HISTORY)]
    detector = DriftDetector().fit(history)
    assert not detector.score(CLEAN).is_drift
    broken = replaced(CLEAN, "delay", numpy.asarray(CLEAN["delay"]) * 60)
    assert "delay" in named(detector.score(broken))


def test_a_history_of_nothing_but_empty_partitions_is_judged() -> None:
    detector = DriftDetector().fit([CLEAN.slice(0, 0)] * 10)
    assert not detector.score(CLEAN.slice(0, 0)).is_drift
    assert detector.score(CLEAN).is_drift


def test_the_same_partition_again_and_again_is_judged() -> None:
    detector = DriftDetector().fit([CLEAN] * 10)
    assert not detector.score(CLEAN).is_drift
    assert detector.score(replaced(CLEAN, "seats", numpy.full(300, 7))).is_drift
