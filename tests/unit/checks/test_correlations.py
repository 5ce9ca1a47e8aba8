"""Copies are found, and correlations that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pytest

from mltrace.checks import Correlations
from mltrace.checks.engine import run_checks
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

RNG = numpy.random.default_rng(4)
METRES = RNG.normal(1_000, 100, 400)
NOISE = RNG.normal(0, 100, 400)
FRAME = {
    "metres": METRES.tolist(),
    "minutes": (METRES + NOISE).tolist(),
    "name": ["a"] * 400,
    "constant": [1.0] * 400,
}


def test_columns_of_their_own_pass_and_copies_fail(
    make_frame: Callable[..., Any], judge: Callable[..., Any]
) -> None:
    result = judge(Correlations(), make_frame(FRAME))
    assert result.status == "passed"
    assert result.value == pytest.approx(numpy.corrcoef(METRES, METRES + NOISE)[0, 1])
    copied = {
        **FRAME,
        "feet": [None if n < 5 else -3.28 * m for n, m in enumerate(FRAME["metres"])],
    }
    failed = judge(Correlations(), make_frame(copied))
    assert failed.status == "failed"
    assert failed.message == (
        "frame: 'metres' and 'feet' correlate by -1.000, expected at most 0.999"
    )


def test_changed_correlation_fails_and_a_like_one_passes(make_frame: Callable[..., Any]) -> None:
    more = METRES + RNG.normal(0, 100, 400)
    like = make_frame({"metres": METRES.tolist(), "minutes": more.tolist()})
    turned = make_frame({"metres": METRES.tolist(), "minutes": (NOISE - METRES).tolist()})
    check = Correlations(reference=make_frame(FRAME))
    by_test = {one.test: one for one in run_checks([check], "before", {"frame": like})}
    assert by_test["test_changes"].status == "passed"
    by_test = {one.test: one for one in run_checks([check], "before", {"frame": turned})}
    assert by_test["test_changes"].status == "failed"
    assert "'metres' and 'minutes' correlate by -0." in by_test["test_changes"].message


def test_column_without_a_finite_number_is_left_out(
    make_frame: Callable[..., Any], judge: Callable[..., Any]
) -> None:
    frame = make_frame({**FRAME, "infinite": [float("inf")] * 400})
    assert judge(Correlations(), frame).status == "passed"


@pytest.mark.parametrize("num_rows", [0, 10])
def test_few_rows_are_skipped(
    make_frame: Callable[..., Any], judge: Callable[..., Any], num_rows: int
) -> None:
    few = make_frame({name: values[:num_rows] for name, values in FRAME.items()})
    assert judge(Correlations(), few).status == "skipped"
    assert judge(Correlations(["metres", "name"]), few).status == "skipped"


def test_large_numbers_are_exact_enough(judge: Callable[..., Any], make_frame: Any) -> None:
    large = {"a": (1e12 + METRES).tolist(), "b": (1e-12 * NOISE).tolist()}
    expected = abs(numpy.corrcoef(METRES, NOISE)[0, 1])
    assert judge(Correlations(), make_frame(large)).value == pytest.approx(expected, abs=1e-5)


def test_missing_column_fails_and_wrong_arguments_are_refused(
    make_frame: Callable[..., Any], judge: Callable[..., Any]
) -> None:
    assert judge(Correlations(["gone"]), make_frame(FRAME)).status == "failed"
    with pytest.raises(ArgumentError, match="max=2"):
        Correlations(max=2)
    with pytest.raises(ArgumentError, match="give a data frame"):
        Correlations(reference=7)
