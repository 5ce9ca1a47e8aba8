"""What a model is asked is compared with what it was trained on, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pyarrow
import pyarrow.parquet
import pytest

from mltrace.checks import TrainServeSkew
from mltrace.checks.engine import run_checks
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RNG = numpy.random.default_rng(8)
DELAYS = RNG.normal(10, 5, 2_000).tolist()
CARRIERS = RNG.choice(["AA", "UA", "DL"], 2_000).tolist()
TRAIN = {"delay": DELAYS[:1_000], "carrier": CARRIERS[:1_000], "year": [2013] * 1_000}
SERVE = {"delay": DELAYS[1_000:], "carrier": CARRIERS[1_000:], "year": [2013] * 1_000}
TESTS = ["test_columns", "test_nulls", "test_means", "test_categories"]


def _judge(train: Any, serve: Any, check: TrainServeSkew | None = None) -> dict[str, Any]:
    variables = {"train": train, "serve": serve}
    return {one.test: one for one in run_checks([check or TrainServeSkew()], "before", variables)}


def test_like_data_pass_each_test(make_frame: Callable[..., Any]) -> None:
    found = _judge(make_frame(TRAIN), make_frame(SERVE))
    assert list(found) == TESTS
    assert {one.status for one in found.values()} == {"passed"}


@pytest.mark.parametrize(
    ("test", "changed", "message"),
    [
        ("test_columns", {"carrier": None}, "serve: no column 'carrier'"),
        (
            "test_columns",
            {"delay": ["7"] * 1_000},
            "serve: 'delay' holds category values, in train number ones",
        ),
        (
            "test_nulls",
            {"delay": [None, 10.0] * 500},
            "serve: 50 % of 'delay' are null, in train 0 %",
        ),
        (
            "test_means",
            {"delay": [60 * value for value in SERVE["delay"]]},
            "serve: the mean of 'delay' is",
        ),
        (
            "test_categories",
            {"carrier": ["AA", "United"] * 500},
            "serve: 50 % of 'carrier' are of a category new to training",
        ),
    ],
)
def test_skew_fails_its_test_only(
    make_frame: Callable[..., Any], test: str, changed: dict[str, Any], message: str
) -> None:
    serve = {name: values for name, values in {**SERVE, **changed}.items() if values is not None}
    found = _judge(make_frame(TRAIN), make_frame(serve))
    assert [one.test for one in found.values() if one.status == "failed"] == [test]
    assert message in found[test].message


def test_data_are_files_too(tmp_path: Path, make_frame: Callable[..., Any]) -> None:
    path = tmp_path / "train.parquet"
    pyarrow.parquet.write_table(pyarrow.table(TRAIN), path)
    check = TrainServeSkew(train=str(path), columns=["delay"])
    assert {one.status for one in _judge(None, make_frame(SERVE), check).values()} == {
        "passed",
        "skipped",
    }
    missing = _judge(None, make_frame({"x": [1] * 50}), check)
    assert missing["test_columns"].message == "serve: no column 'delay'"


@pytest.mark.parametrize("num_rows", [0, 10])
def test_few_rows_are_skipped_but_columns_are_compared(
    make_frame: Callable[..., Any], num_rows: int
) -> None:
    few = make_frame({name: values[:num_rows] for name, values in SERVE.items()})
    found = _judge(make_frame(TRAIN), few)
    assert found["test_columns"].status == "passed"
    assert {found[test].status for test in TESTS[1:]} == {"skipped"}


def test_wrong_arguments_are_refused() -> None:
    for options in ({"train": 1}, {"max_nulls": 3}, {"max_shift": -1}, {"max_unseen": "x"}):
        with pytest.raises(ArgumentError, match=r"TrainServeSkew"):
            TrainServeSkew(**options)
