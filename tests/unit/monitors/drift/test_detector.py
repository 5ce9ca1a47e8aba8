from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import numpy
import polars
import pytest
from tests.daily import MONTH, day, replaced

import mltrace as mt
from mltrace.errors import ArgumentError
from mltrace.monitors.drift.detector import MIN_HISTORY, DriftDetector
from mltrace.profiles.profiling import profile_table

if TYPE_CHECKING:
    import pyarrow

    from mltrace.records.drift import DriftResult

HISTORY = [day(number) for number in range(MONTH)]
DETECTOR = DriftDetector().fit(HISTORY)
CLEAN = day(MONTH)
BROKEN = replaced(CLEAN, "delay", numpy.asarray(CLEAN["delay"]) * 60)


def named(result: DriftResult) -> list[str]:
    return [name for name, one in result.columns.items() if one.is_drift]


def test_days_like_those_of_the_history_are_no_drift() -> None:
    results = [DETECTOR.score(day(number)) for number in range(MONTH, MONTH + 20)]
    assert not any(result.is_drift for result in results)
    assert {result.reason for result in results} == {"as usual"}


def test_a_broken_column_is_drift_and_named_first_with_the_reason() -> None:
    result = DETECTOR.score(BROKEN, name="2013-01-31")
    assert result.is_drift
    assert result.partition == "2013-01-31"
    assert "delay" in named(result)
    assert result.reason.startswith("delay: ")
    assert result.columns["delay"].reason in result.reason
    seats = result.columns["seats"]
    assert (seats.is_drift, seats.explained_by) == (False, "delay")
    assert seats.reason == "unusual only beside 'delay'"


def test_the_result_tells_of_all_columns_and_how_much_history_there_is() -> None:
    result = DETECTOR.score(CLEAN)
    assert list(result.columns) == CLEAN.column_names
    assert [one.name for one in result.columns.values()] == CLEAN.column_names
    assert result.num_history == MONTH
    assert result.threshold == 1.0
    assert result.method == "history of profiles"
    assert result.notes == ()


@pytest.mark.parametrize("partition", [CLEAN, BROKEN, HISTORY[3]], ids=["clean", "broken", "old"])
@pytest.mark.parametrize("rate", [0.001, 0.01, 0.05, 0.3])
def test_drift_is_a_score_above_one_and_a_p_value_below_the_rate(
    partition: pyarrow.Table, rate: float
) -> None:
    result = DriftDetector(false_alarm_rate=rate).fit(HISTORY).score(partition)
    assert result.p_value is not None
    assert result.is_drift == (result.score > 1) == (result.p_value < rate)
    assert result.is_drift or not named(result)
    largest = max(one.statistic or 0.0 for one in result.columns.values())
    assert largest <= result.score


def test_a_higher_rate_raises_the_score_and_leaves_the_p_value() -> None:
    strict, lenient = (
        DriftDetector(false_alarm_rate=rate).fit(HISTORY).score(CLEAN) for rate in (0.001, 0.1)
    )
    assert lenient.score > strict.score
    assert lenient.p_value == strict.p_value


def test_scoring_changes_nothing() -> None:
    detector = DriftDetector().fit(HISTORY)
    days = [BROKEN, CLEAN, HISTORY[3], CLEAN.slice(0, 0)]
    first = [detector.score(one) for one in days]
    assert [detector.score(one) for one in reversed(days)] == first[::-1]
    assert first == [DETECTOR.score(one) for one in days]


def test_fitting_again_forgets_what_was_before() -> None:
    detector = DriftDetector().fit([day(number) for number in range(100, 112)]).fit(HISTORY)
    assert detector.score(BROKEN) == DETECTOR.score(BROKEN)
    few = detector.fit(HISTORY[:3]).score(BROKEN)
    assert few.num_history == 3
    assert detector.fit(iter(HISTORY)).score(BROKEN) == DETECTOR.score(BROKEN)


def test_a_fitted_detector_that_was_pickled_answers_the_same() -> None:
    held = pickle.loads(pickle.dumps(DETECTOR))
    for partition in (CLEAN, BROKEN):
        assert held.score(partition) == DETECTOR.score(partition)


def test_it_costs_little_to_keep() -> None:
    assert len(pickle.dumps(DETECTOR)) < 30_000 * MONTH


def test_what_a_frame_is_made_of_does_not_matter() -> None:
    expected = DETECTOR.score(BROKEN)
    frame = polars.from_arrow(BROKEN)
    assert isinstance(frame, polars.DataFrame)
    others = [BROKEN.to_pandas(), frame, frame.lazy(), BROKEN.to_pandas().to_dict("list")]
    for other in [
        *others,
        profile_table(BROKEN),
        mt.Profile.from_bytes(profile_table(BROKEN).to_bytes()),
    ]:
        assert_alike(DETECTOR.score(other), expected)


def assert_alike(one: DriftResult, other: DriftResult) -> None:
    """Check that two results tell the same, but for rounding."""
    assert one.score == pytest.approx(other.score)
    assert one.p_value == pytest.approx(other.p_value)
    assert named(one) == named(other)
    assert set(one.columns) == set(other.columns)
    for name, column in one.columns.items():
        assert column.statistic == pytest.approx(other.columns[name].statistic, abs=1e-9)


def test_a_history_of_profiles_is_that_of_their_frames() -> None:
    detector = DriftDetector().fit([profile_table(one) for one in HISTORY])
    assert detector.score(BROKEN) == DETECTOR.score(BROKEN)


@pytest.mark.parametrize("partition", [CLEAN, BROKEN], ids=["clean", "broken"])
def test_the_order_of_rows_and_columns_does_not_matter(partition: pyarrow.Table) -> None:
    expected = DETECTOR.score(partition)
    shuffled = partition.take(numpy.random.default_rng(1).permutation(partition.num_rows))
    assert_alike(DETECTOR.score(shuffled), expected)
    turned = partition.select(partition.column_names[::-1])
    assert_alike(DETECTOR.score(turned), expected)
    assert_alike(
        DriftDetector().fit([turned, *HISTORY[1:]]).score(turned),
        DriftDetector().fit([partition, *HISTORY[1:]]).score(partition),
    )


def test_a_partition_of_the_history_that_comes_again_is_drift_of_the_table() -> None:
    result = DETECTOR.score(HISTORY[3])
    assert result.is_drift
    assert result.reason.startswith("rows of an earlier partition 100 %")


def test_columns_that_are_not_wanted_are_not_looked_at() -> None:
    detector = DriftDetector(columns=["seats", "carrier"]).fit(HISTORY)
    result = detector.score(BROKEN)
    assert list(result.columns) == ["seats", "carrier"]
    assert not result.is_drift
    assert DriftDetector(columns=["delay"]).fit(HISTORY).score(BROKEN).is_drift


def test_a_column_that_no_partition_has_is_refused_with_the_nearest() -> None:
    with pytest.raises(mt.UnknownNameError, match=r"No column 'seat'\. Did you mean 'seats'\?"):
        DriftDetector(columns=["seat"]).fit(HISTORY)


def test_numbers_that_count_up_are_no_drift_in_a_moving_reference() -> None:
    usual: list[Any] = []
    for number in range(30):
        today = day(number, row=numpy.arange(300) + 300 * number)
        if len(usual) >= MIN_HISTORY:
            assert not DriftDetector().fit(usual).score(today).is_drift
        usual.append(today)


def test_what_moves_as_it_did_before_with_others_is_no_drift_and_alone_it_is() -> None:
    def stormy(number: int, storm: float, **columns: Any) -> pyarrow.Table:
        made = day(number)
        moved = {
            name: numpy.asarray(made[name]) + 5 * storm * (1 + at)
            for at, name in enumerate(("delay", "arrival", "seats"))
        }
        return day(number, **{**moved, **columns})

    storms = numpy.random.default_rng(2).gamma(0.5, 1, 60)
    detector = DriftDetector().fit([stormy(at, storm) for at, storm in enumerate(storms)])
    far = numpy.quantile(storms, 0.95)
    assert not detector.score(stormy(60, far)).is_drift
    alone = detector.score(stormy(60, far, seats=day(60)["seats"]))
    assert alone.is_drift
    assert "seats" in named(alone)


@pytest.mark.parametrize("num", [1, 3, MIN_HISTORY - 1])
def test_few_partitions_are_compared_with_as_one_table_and_a_note_says_so(num: int) -> None:
    detector = DriftDetector().fit(HISTORY[:num])
    clean, broken = detector.score(CLEAN), detector.score(BROKEN, name="now")
    assert broken.is_drift
    assert "delay" in named(broken)
    assert "seats" not in named(clean)
    assert (broken.num_history, broken.partition) == (num, "now")
    assert f"the history has only {num} of {MIN_HISTORY} partitions" in broken.notes[-1]


@pytest.mark.parametrize("num", [MIN_HISTORY, MIN_HISTORY + 1, 20])
def test_from_eight_partitions_on_the_history_is_what_tells(num: int) -> None:
    detector = DriftDetector().fit(HISTORY[:num])
    assert detector.score(BROKEN).notes == ()
    assert "delay" in named(detector.score(BROKEN))
    assert not any(detector.score(day(number)).is_drift for number in range(num, num + 90, 9))


@pytest.mark.parametrize("rate", [0, 1, 0.5, -0.1, float("nan")])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ArgumentError, match=r"false_alarm_rate is .*; give a number between 0"):
        DriftDetector(false_alarm_rate=rate)


def test_an_empty_history_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"the history is empty; give at least one partition"):
        DriftDetector().fit([])


def test_before_it_is_fitted_it_says_what_to_do() -> None:
    with pytest.raises(ArgumentError, match=r"knows no history; call `fit` before `score`"):
        DriftDetector().score(CLEAN)


@pytest.mark.parametrize(
    "what", [None, 3, "no such file.parquet", object()], ids=lambda one: type(one).__name__
)
def test_what_has_no_rows_is_refused(what: Any) -> None:
    with pytest.raises((mt.MltraceError, TypeError, FileNotFoundError)):
        DETECTOR.score(what)


def test_a_single_column_may_be_given_by_its_name() -> None:
    result = DriftDetector(columns="delay").fit(HISTORY).score(BROKEN)
    assert list(result.columns) == ["delay"]
    assert result.is_drift


@pytest.mark.parametrize(
    "one",
    [CLEAN, CLEAN.to_pandas(), profile_table(CLEAN), "day.parquet"],
    ids=lambda one: type(one).__name__,
)
def test_a_single_table_is_no_history(one: Any) -> None:
    with pytest.raises(ArgumentError, match=rf"is one {type(one).__name__}; give a list of part"):
        DriftDetector().fit(one)
