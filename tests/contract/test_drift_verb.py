"""`mt.drift` compares whatever holds rows, profiles and artifacts, and says what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pandas
import polars
import pyarrow
import pytest

import mltrace as mt

if TYPE_CHECKING:
    from pathlib import Path

WHAT = (
    "score", "is_drift", "p_value", "columns", "reason", "method", "threshold"
)  # fmt: skip


def day(number: int = 0, shift: float = 0.0, num_rows: int = 300) -> pandas.DataFrame:
    random = numpy.random.default_rng(number)
    return pandas.DataFrame(
        {
            "delay": random.normal(9 + shift, 10, num_rows).round(1),
            "carrier": random.choice(["AA", "UA"], num_rows),
        }
    )


@mt.component
def clean(number: int, shift: float = 0.0) -> pandas.DataFrame:
    return day(number, shift)


def test_frames_profiles_and_files_are_told_the_same_of(tmp_path: Path) -> None:
    here, there = day(1, shift=8), day()
    there.to_parquet(tmp_path / "there.parquet")
    told = mt.drift(here, reference=there)
    assert told.is_drift
    holders: list[tuple[Any, Any]] = [
        (polars.from_pandas(here), pyarrow.Table.from_pandas(there)),
        (mt.profile(here), tmp_path / "there.parquet"),
        (here.to_dict("list"), mt.profile(there)),
        (here.sample(frac=1, random_state=0), str(tmp_path / "there.parquet")),
    ]
    for current, reference in holders:
        other = mt.drift(current, reference=reference)
        for name in WHAT:
            assert getattr(other, name) == getattr(told, name)


def test_the_answer_prints_and_turns_into_plain_values_and_frames() -> None:
    told = mt.drift(day(1, shift=8), reference=day())
    assert "  delay  mean 1" in str(told)
    assert told.to_dict()["columns"]["delay"]["is_drift"] is True
    frame = told.to_pandas()
    assert frame["name"].tolist() == ["delay", "carrier"]
    assert frame["is_drift"].tolist() == [True, False]


def test_artifacts_are_compared_by_name(store: Path) -> None:
    for number in range(3):
        clean(number)
    clean(3, shift=8)
    before = mt.profiled("clean")[1]
    told = mt.drift("clean", reference=f"clean@{before.digest[:12]}")
    assert told.is_drift
    assert str(told.partition).startswith("clean@")
    assert not mt.drift(day(9), reference=before).is_drift
    assert mt.drift("clean", history=mt.profiled("clean")[1:], method="psi").num_history == 3
    assert mt.drift("clean", history=[before, "clean"], method="psi").num_history == 2


def test_artifacts_are_loaded_for_methods_that_look_at_rows(store: Path) -> None:
    clean(0)
    clean(1, shift=8)
    before = mt.profiled("clean")[1]
    told = mt.drift("clean", reference=f"clean@{before.digest[:12]}", method="mmd")
    assert (told.is_drift, told.method) == (True, "mmd")


def test_a_history_of_versions_may_come_in_any_order(store: Path) -> None:
    for number in range(10):
        clean(number)
    versions = list(mt.profiled("clean"))
    current = day(99, shift=30)
    one, other = (
        mt.drift(current, history=order, method="average-knn")
        for order in (versions, versions[::-1])
    )
    assert one == other
    assert one.is_drift


def test_the_default_for_a_history_is_the_detector() -> None:
    history = [day(number) for number in range(30)]
    told = mt.drift(day(99, shift=30), history=history, columns=["delay"])
    assert told.is_drift
    assert told.num_history == 30
    assert set(told.columns) == {"delay"}
    assert not mt.drift(day(99), history=history).is_drift


def test_columns_are_chosen_by_name() -> None:
    told = mt.drift(day(1), reference=day(), columns="delay")
    assert list(told.columns) == ["delay"]
    told = mt.drift(day(1), history=[day()] * 9, columns="delay", method="average-knn")
    assert list(told.columns) == ["delay"]


def test_what_is_missing_or_too_much_is_said() -> None:
    table = day()
    with pytest.raises(mt.ArgumentError, match="Neither reference= nor history= is given; give"):
        mt.drift(table)
    with pytest.raises(mt.ArgumentError, match="Both are given; give reference="):
        mt.drift(table, reference=table, history=[table])
    with pytest.raises(mt.ArgumentError, match="history= is of type str; give a list"):
        mt.drift(table, history="clean")
    with pytest.raises(mt.ArgumentError, match="history= is of type DataFrame; give a list"):
        mt.drift(table, history=table)
    with pytest.raises(mt.UnknownNameError, match=r"No drift method 'pis'\. Did you mean 'psi'\?"):
        mt.drift(table, reference=table, method="pis")
    with pytest.raises(mt.UnknownNameError, match=r"No column 'dely'\. Did you mean 'delay'\?"):
        mt.drift(table, history=[table], columns="dely")
    with pytest.raises(mt.ArgumentError, match="'gate' needs a history, and cannot compare two"):
        mt.drift(table, reference=table, method="gate")
    with pytest.raises(mt.ArgumentError, match=r"compares the rows of two tables; give reference="):
        mt.drift(table, history=[table], method="mmd")
    with pytest.raises(mt.ArgumentError, match=r"min_effect=0\.2 is of comparisons of columns"):
        mt.drift(table, history=[table], min_effect=0.2)
    with pytest.raises(mt.ArgumentError, match="A profile has no rows"):
        mt.drift(mt.profile(table), reference=table, method="mmd")


def test_an_artifact_that_is_not_there_is_answered_with_the_nearest(store: Path) -> None:
    clean(0)
    with pytest.raises(mt.UnknownNameError, match="Did you mean 'clean'"):
        mt.drift("cleen", reference="clean")


def test_a_history_may_be_taken_as_one_table() -> None:
    history = [day(number) for number in range(4)]
    for method in ("two-sample", "wasserstein"):
        told = mt.drift(day(99, shift=8), history=history, method=method)
        assert (told.is_drift, told.num_history) == (True, 4)
        assert "300 rows with 1,200 rows of the reference" in told.notes[0]
