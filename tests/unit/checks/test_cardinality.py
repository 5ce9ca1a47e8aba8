"""Different values are counted, against bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mltrace.checks import Cardinality
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    "values", [[1, 2] * 50, ["a", "b"] * 50, [True, False] * 50, [1.5, None] * 50 + [2]]
)
def test_columns_that_differ_pass(
    make_frame: Callable[..., Any], judge: Callable[..., Any], values: list[Any]
) -> None:
    result = judge(Cardinality(), make_frame({"x": values}))
    assert (result.status, result.value) == ("passed", 2)


@pytest.mark.parametrize(
    ("options", "values", "message"),
    [
        ({}, ["a"] * 40, "has 1 different value, expected at least 2"),
        ({}, [1.0, None] * 40, "has 1 different value, expected at least 2"),
        ({"max": 2}, [1, 2, 3] * 20, "has 3 different values, expected at most 2"),
        (
            {"max_distinct_share": 0.9},
            [str(number) for number in range(40)],
            "has 40 different values in 40 rows, expected at most 90 %",
        ),
        (
            {"max_top_share": 0.95},
            [0] * 99 + [1],
            "has one value in 99 % of the rows, expected at most 95 %",
        ),
    ],
)
def test_bound_that_does_not_hold_is_said(
    make_frame: Callable[..., Any],
    judge: Callable[..., Any],
    options: dict[str, Any],
    values: list[Any],
    message: str,
) -> None:
    result = judge(Cardinality(["x"], **options), make_frame({"x": values}))
    assert (result.status, result.message) == ("failed", f"frame: 'x' {message}")


@pytest.mark.parametrize("values", [[], [1, 1], [None] * 50])
def test_few_values_are_skipped(
    make_frame: Callable[..., Any], judge: Callable[..., Any], values: list[Any]
) -> None:
    assert judge(Cardinality(), make_frame({"x": values})).status == "skipped"


def test_missing_column_fails(make_frame: Callable[..., Any], judge: Callable[..., Any]) -> None:
    assert judge(Cardinality(["y"]), make_frame({"x": [1] * 50})).status == "failed"


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ArgumentError, match="excludes every count"):
        Cardinality(min=5, max=4)
    with pytest.raises(ArgumentError, match="max_top_share=2"):
        Cardinality(max_top_share=2)
    with pytest.raises(ArgumentError, match="max='x'"):
        Cardinality(max="x")  # type: ignore[arg-type]
