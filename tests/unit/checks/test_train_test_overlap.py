"""Rows in both halves of a split are found, whatever library holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas
import polars
import pytest

from mltrace.checks import TrainTestOverlap
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS: dict[str, list[Any]] = {
    "id": list(range(300)),
    "delay": [None if number % 7 == 0 else number / 2 for number in range(300)],
    "carrier": ["AA", "UA", None] * 100,
}


def _rows(start: int, end: int) -> dict[str, list[Any]]:
    return {name: values[start:end] for name, values in ROWS.items()}


def test_parted_rows_pass_and_shared_ones_fail(
    make_frame: Callable[..., Any], judge: Callable[..., Any]
) -> None:
    check, train = TrainTestOverlap(), make_frame(_rows(0, 200))
    passed = judge(check, train=train, test=make_frame(_rows(200, 300)))
    assert (passed.status, passed.value) == ("passed", 0.0)
    failed = judge(check, train=train, test=make_frame(_rows(150, 250)))
    assert (failed.status, failed.value) == ("failed", 0.5)
    assert failed.message == "50 of 100 rows of test are in train, 50 %, expected at most 0 %"
    allowed = TrainTestOverlap(max_share=0.5)
    assert judge(allowed, train=train, test=make_frame(_rows(150, 250))).status == "passed"


def test_frames_of_two_libraries_share_rows(judge: Callable[..., Any]) -> None:
    train = pandas.DataFrame(_rows(0, 200))
    train["carrier"] = train["carrier"].astype("category")
    test = polars.DataFrame(_rows(150, 250)).select("carrier", "delay", "id")
    assert judge(TrainTestOverlap(), train=train, test=test).value == 0.5


def test_times_are_equal_in_any_unit_and_library(judge: Callable[..., Any]) -> None:
    days = pandas.date_range("2013-01-01", periods=100)
    train = pandas.DataFrame({"at": days.as_unit("ns")})
    test = polars.DataFrame({"at": days[50:].append(days[:50].shift(-900)).tolist()})
    assert judge(TrainTestOverlap(), train=train, test=test).value == 0.5


def test_keys_must_be_in_one_only(
    make_frame: Callable[..., Any], judge: Callable[..., Any]
) -> None:
    train = make_frame({"customer": [1, 2] * 50, "x": list(range(100))})
    test = make_frame({"customer": [2, 3] * 50, "x": list(range(100, 200))})
    assert judge(TrainTestOverlap(), train=train, test=test).status == "passed"
    result = judge(TrainTestOverlap(keys=["customer"]), train=train, test=test)
    assert (result.status, result.value) == ("failed", 0.5)
    assert "50 of 100 rows by customer of test are in train" in result.message
    missing = judge(TrainTestOverlap(keys=["client"]), train=train, test=test)
    assert (missing.status, missing.message) == ("failed", "train: no column 'client'")


def test_rows_that_repeat_by_chance_are_no_overlap(
    make_frame: Callable[..., Any], judge: Callable[..., Any]
) -> None:
    coarse = make_frame({"carrier": ["AA", "UA"] * 100})
    assert judge(TrainTestOverlap(), train=coarse, test=coarse).status == "passed"


@pytest.mark.parametrize("num_rows", [0, 10])
def test_few_rows_are_skipped(
    make_frame: Callable[..., Any], judge: Callable[..., Any], num_rows: int
) -> None:
    frames = {"train": make_frame(_rows(0, 200)), "test": make_frame(_rows(0, num_rows))}
    assert judge(TrainTestOverlap(), **frames).status == "skipped"


def test_variables_that_are_missing_or_no_frames(
    make_frame: Callable[..., Any], judge: Callable[..., Any]
) -> None:
    check = TrainTestOverlap(train="training", test="test")
    assert check.wanted == ("training", "test")
    result = judge(check, train=make_frame(ROWS), test=make_frame(ROWS))
    assert result.status == "skipped"
    assert "did you mean 'train'?" in result.message
    assert judge(check, training=5, test=make_frame(ROWS)).status == "failed"
    other = judge(check, training=make_frame({"a": [1] * 50}), test=make_frame({"b": [1] * 50}))
    assert other.message == "training and test have no column in common"
    with pytest.raises(ArgumentError, match="list of column names"):
        TrainTestOverlap(keys=[])
