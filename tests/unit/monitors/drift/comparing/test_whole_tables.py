"""Methods that look at whole rows, or at a history of summaries, answer or say what they need."""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy
import pandas
import polars
import pytest

from mltrace.errors import ArgumentError
from mltrace.monitors.drift.comparing.two_samples import compare
from mltrace.monitors.drift.comparing.whole_tables import compare_rows, compare_with_history
from mltrace.monitors.drift.methods.domain_classifier import domain_classifier
from mltrace.monitors.drift.methods.maximum_mean_discrepancy import maximum_mean_discrepancy
from mltrace.monitors.drift.methods.method import methods
from mltrace.monitors.drift.samples.features import Features
from mltrace.monitors.drift.samples.summaries import STATISTICS, summary_of
from mltrace.profiles.reading import profile_data

if TYPE_CHECKING:
    from pathlib import Path

    from mltrace.profiles.tables import Profile

HISTORIES = ("average-knn", "gate")
MMD = methods.get("mmd")


def frame(num_rows: int = 200, seed: int = 0, shift: float = 0.0) -> pandas.DataFrame:
    random = numpy.random.default_rng(seed)
    return pandas.DataFrame(
        {
            "delay": random.normal(shift, size=num_rows),
            "carrier": numpy.array(["AA", "UA", None], object)[random.integers(0, 3, num_rows)],
            "late": random.random(num_rows) < 0.5,
            "at": pandas.date_range("2013-01-01", periods=num_rows) + pandas.Timedelta(days=seed),
        }
    )


@cache
def days(num_days: int = 20) -> list[Profile]:
    return [profile_data(frame(seed=day)) for day in range(num_days)]


@pytest.mark.parametrize("name", ["mmd", "domain-classifier"])
def test_rows_that_are_alike_are_no_drift_and_others_are(name: str) -> None:
    method = methods.get(name)
    assert not compare_rows(frame(seed=1), frame(), method=method).is_drift
    moved = compare_rows(frame(seed=1, shift=2), frame(), method=method, partition="today")
    assert moved.is_drift
    assert (moved.method, moved.partition) == (name, "today")
    assert moved.reason.startswith(f"{method.effect} ")
    assert "200 rows with 200 rows of the reference" in moved.notes[0]


def test_the_forest_names_the_columns_that_it_knows_rows_by() -> None:
    told = compare_rows(frame(seed=1, shift=2), frame(), method=methods.get("domain-classifier"))
    assert [one.name for one in told.columns.values() if one.is_drift] == ["delay"]
    assert told.reason.endswith("; delay: much of what tells the tables apart")


def test_what_has_rows_can_be_compared(tmp_path: Path) -> None:
    frame().to_csv(tmp_path / "there.csv", index=False)
    lists = frame(seed=1, shift=2)[["delay", "late"]].to_dict("list")
    assert compare_rows(polars.DataFrame(lists), tmp_path / "there.csv", method=MMD).is_drift
    assert compare_rows(lists, frame(), method=MMD, columns=["late"]).score < 1


def test_a_large_table_is_sampled_the_same_way_each_time() -> None:
    large, moved = frame(5_000), frame(5_000, seed=1)
    one, other = (compare_rows(moved, large, method=MMD) for _ in range(2))
    assert one == other
    assert "500 rows with 500 rows" in one.notes[0]


def test_rows_are_missed_where_there_are_none() -> None:
    with pytest.raises(
        ArgumentError, match=r"A profile has no rows.*choose a method that compares"
    ):
        compare_rows(profile_data(frame()), frame(), method=MMD)
    with pytest.raises(ArgumentError, match="no rows, or no columns in common"):
        compare_rows(frame(), frame().iloc[:0], method=MMD)
    with pytest.raises(ArgumentError, match="no rows, or no columns in common"):
        compare_rows({"x": [1, 2]}, frame(), method=MMD)
    with pytest.raises(ArgumentError, match="at least two rows each"):
        compare_rows(frame(1), frame(), method=MMD)
    with pytest.raises(ArgumentError, match="at least 10 rows each"):
        compare_rows(frame(9), frame(), method=methods.get("domain-classifier"))


@pytest.mark.parametrize("method", ["mmd", "domain-classifier", *HISTORIES])
def test_what_two_profiles_cannot_tell_is_said(method: str) -> None:
    profile = profile_data(frame())
    with pytest.raises(
        ArgumentError, match=r"cannot compare two profiles; methods.*cramer-von-mis"
    ):
        compare(profile, profile, method=method)


def test_without_scikit_learn_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(ArgumentError, match=r"pip install 'mltrace\[domain-classifier\]'"):
        domain_classifier(numpy.zeros((10, 1)), numpy.ones((10, 1)))


def test_constant_rows_have_nothing_to_tell() -> None:
    same: Any = {"x": [1] * 20, "y": ["a"] * 20}
    for name in ("mmd", "domain-classifier"):
        told = compare_rows(same, same, method=methods.get(name))
        assert told.score == 0
        assert told.p_value == 1


def test_features_that_do_not_fit_are_refused() -> None:
    for compared in (maximum_mean_discrepancy, domain_classifier):
        with pytest.raises(ArgumentError, match=r"shapes \(20, 1\) and \(20, 2\)"):
            compared(numpy.zeros((20, 1)), numpy.zeros((20, 2)))


def test_features_are_of_numbers_texts_booleans_and_nulls() -> None:
    features = Features.of(frame(), frame(seed=1), max_rows=100)
    assert features.names == ("delay", "carrier", "carrier", "carrier", "late")
    assert features.current.shape == features.reference.shape == (100, 5)
    both = numpy.concatenate((features.current, features.reference))
    assert numpy.allclose(both.mean(0), 0)
    assert numpy.allclose(both.std(0), 1)


def test_odd_values_have_features_that_are_numbers() -> None:
    odd = {
        "number": [1e308, -1e308, None, float("inf"), float("nan")],
        "category": pandas.Categorical(["a", "b", None, "a", "a"]),
        "list": [[1], [2], [], None, [1]],
        "none": [None] * 5,
    }
    features = Features.of(pandas.DataFrame(odd), pandas.DataFrame(odd), max_rows=10)
    assert numpy.isfinite(features.current).all()
    assert set(features.names) == {"number", "category", "list"}


@pytest.mark.parametrize("name", HISTORIES)
def test_a_partition_like_its_history_is_no_drift_and_a_broken_one_is(name: str) -> None:
    method = methods.get(name)
    usual = compare_with_history(profile_data(frame(seed=99)), days(), method=method)
    assert (usual.is_drift, usual.num_history) == (False, 20)
    broken = compare_with_history(
        profile_data(frame(seed=99, shift=9)), days(), method=method, partition="today"
    )
    assert broken.is_drift
    assert broken.score > 5
    assert broken.columns["delay"].is_drift
    assert not broken.columns["late"].is_drift
    assert "times as far as the farthest of the history; delay: " in broken.reason
    assert re.search(r"[a-z0-9. ]+ [0-9.]+, in the history between -", broken.reason)
    assert broken.notes == ("with 20 partitions, false alarms cannot be rarer than 1 in 21",)


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_answers_for_lost_columns_empty_and_constant_partitions(name: str) -> None:
    method = methods.get(name)
    lost = profile_data(frame(seed=99).drop(columns="delay"))
    assert compare_with_history(lost, days(), method=method).columns["delay"].is_drift
    assert compare_with_history(profile_data(frame().iloc[:0]), days(), method=method).is_drift
    same = [profile_data({"x": [1, 1]})] * 10
    assert not compare_with_history(same[0], same, method=method).is_drift
    assert compare_with_history(profile_data({"x": [2, 2]}), same, method=method).is_drift


@pytest.mark.parametrize("name", HISTORIES)
def test_a_short_history_is_refused(name: str) -> None:
    with pytest.raises(ArgumentError, match=rf"'{name}' needs a history of at least 8 partitions"):
        compare_with_history(days(1)[0], days(7), method=methods.get(name))


def test_a_summary_has_a_row_for_each_column() -> None:
    summary = summary_of(profile_data(frame()), ["delay", "carrier", "gone"])
    assert summary.shape == (3, len(STATISTICS))
    assert not numpy.isnan(summary[0]).any()
    assert numpy.isnan(summary[1]).sum() == 9
    assert numpy.isnan(summary[2]).all()
