"""Outliers are counted, by fences of the data or of a reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pandas
import pytest

from mltrace.checks import Outliers
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

DELAYS = numpy.random.default_rng(2).normal(0, 10, 1_000).tolist()


@pytest.mark.parametrize("method", ["tukey", "mad"])
def test_normal_numbers_pass_and_far_ones_fail(
    make_frame: Callable[..., Any], judge: Callable[..., Any], method: Any
) -> None:
    check = Outliers(method=method)
    passed = judge(check, make_frame({"delay": DELAYS, "carrier": ["AA"] * 1_000}))
    assert (passed.status, passed.value) == ("passed", 0.0)
    failed = judge(check, make_frame({"delay": DELAYS[:900] + [9_999.0] * 100}))
    assert (failed.status, failed.value) == ("failed", 0.1)
    assert failed.message.startswith("frame: 10 % of 'delay' are outliers (below -")
    assert failed.message.endswith("expected at most 5 %")


def test_share_that_noise_explains_passes(judge: Callable[..., Any]) -> None:
    frame = pandas.DataFrame({"delay": DELAYS[:94] + [9_999.0] * 6})
    assert judge(Outliers(), frame).status == "passed"


def test_reference_gives_the_fences(
    make_frame: Callable[..., Any], judge: Callable[..., Any]
) -> None:
    wide = make_frame({"delay": [value * 100 for value in DELAYS]})
    assert judge(Outliers(), wide).status == "passed"
    result = judge(Outliers(reference=make_frame({"delay": DELAYS})), wide)
    assert result.status == "failed"
    assert result.value > 0.5


def test_nulls_are_not_counted(make_frame: Callable[..., Any], judge: Callable[..., Any]) -> None:
    frame = make_frame({"delay": [*DELAYS, None, None]})
    assert judge(Outliers(), frame).value == 0.0


@pytest.mark.parametrize(
    "columns",
    [{"x": [1.0] * 50}, {"x": ["a"] * 50}, {"x": []}, {"x": [1.0, 2.0]}, {"x": [None] * 50}],
    ids=["constant", "texts", "empty", "few", "nulls"],
)
def test_what_has_no_spread_is_skipped(
    make_frame: Callable[..., Any], judge: Callable[..., Any], columns: dict[str, list[Any]]
) -> None:
    for check in (Outliers(), Outliers(["x"]), Outliers(["x"], method="mad")):
        assert judge(check, make_frame(columns)).status == "skipped"


def test_missing_column_fails(make_frame: Callable[..., Any], judge: Callable[..., Any]) -> None:
    result = judge(Outliers(["dealy"]), make_frame({"delay": DELAYS}))
    assert result.message == "frame: no column 'dealy'; did you mean 'delay'?"


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"method": "iqr"}, "use 'tukey' or 'mad'"),
        ({"cutoff": -1}, "at least 0"),
        ({"max_share": 5}, "max_share=5"),
        ({"reference": 1.5}, "give a data frame"),
    ],
)
def test_wrong_arguments_are_refused(options: dict[str, Any], match: str) -> None:
    with pytest.raises(ArgumentError, match=match):
        Outliers(**options)
