"""Classes must not be too rare, wherever the labels are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pandas
import polars
import pyarrow
import pytest

from mltrace.checks import ClassBalance
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

BALANCED, RARE = ["a", "b"] * 100, ["a"] * 399 + ["b"]


def test_labels_in_a_column(make_frame: Callable[..., Any], judge: Callable[..., Any]) -> None:
    check = ClassBalance("late")
    passed = judge(check, make_frame({"late": BALANCED, "x": [1] * 200}))
    assert (passed.status, passed.value) == ("passed", 0.5)
    failed = judge(check, make_frame({"late": RARE, "x": [1] * 400}))
    assert (failed.status, failed.value) == ("failed", 0.0025)
    expected = "'b' has 0.25 % of the labels (1 of 400), expected at least 1 %"
    assert failed.message == f"frame: 'late': {expected}"


@pytest.mark.parametrize(
    "labels",
    [
        RARE,
        numpy.array([[one == "a"] for one in RARE]),
        numpy.array([0] * 399 + [1]),
        pandas.Series(RARE, dtype="category"),
        polars.Series(RARE),
        pyarrow.chunked_array([RARE]),
        pandas.DataFrame({"y": RARE}),
    ],
    ids=lambda one: type(one).__name__,
)
def test_labels_in_a_variable(judge: Callable[..., Any], labels: Any) -> None:
    result = judge(ClassBalance(), labels=labels)
    assert result.status == "failed"
    assert "has 0.25 % of the labels (1 of 400)" in result.message


def test_one_class_missing_classes_and_ratios_fail(judge: Callable[..., Any]) -> None:
    assert judge(ClassBalance(), labels=["a"] * 50).message == "labels: all labels are 'a'"
    missing = judge(ClassBalance(classes=["a", "b", "c"]), labels=BALANCED)
    assert missing.message == "labels: none of the 200 labels is 'c'"
    ratio = judge(ClassBalance(max_ratio=2), labels=["a"] * 300 + ["b"] * 100)
    assert "the most frequent one 3 times as many, expected at most 2" in ratio.message
    assert judge(ClassBalance(max_ratio=3), labels=["a"] * 300 + ["b"] * 100).status == "passed"


@pytest.mark.parametrize("labels", [[], ["a", "b"], [None] * 100, list(range(500))])
def test_few_labels_and_quantities_are_skipped(judge: Callable[..., Any], labels: Any) -> None:
    assert judge(ClassBalance(), labels=labels).status == "skipped"


def test_missing_labels_are_skipped_and_other_things_fail(judge: Callable[..., Any]) -> None:
    result = judge(ClassBalance("label"), labels=BALANCED)
    assert result.status == "skipped"
    assert result.message == "the run has no variable 'label'; did you mean 'labels'?"
    result = judge(ClassBalance(), labels=5)
    assert result.status == "failed"
    assert result.message.startswith("labels is a int, expected a series")


def test_wrong_arguments_are_refused() -> None:
    for options in ({"label": ""}, {"min_share": -1}, {"max_ratio": 0.5}):
        with pytest.raises(ArgumentError, match=next(iter(options))):
            ClassBalance(**options)
