"""Checks at run boundaries judge; only blocking ones stop, and none loses the run."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import mltrace as mt
from mltrace.checks import InRange, SameSchema

if TYPE_CHECKING:
    from pathlib import Path

CHECK_FIELDS = ["check", "test", "when", "status", "severity", "message", "value", "seconds"]


class NoNegatives(mt.Check):
    """Rows must not be negative."""

    def test_values(self, frame: pd.DataFrame, lowest: float = 0.0) -> None:
        assert (frame["x"] >= lowest).all(), "negative rows"


class FewRows(mt.Check):
    """There must be few rows, under a test of the same name."""

    def test_values(self, frame: pd.DataFrame) -> None:
        assert len(frame) < 100, "too many rows"


class Blocking(NoNegatives):
    """The same, but it blocks."""

    severity = "block"


class Broken(mt.Check):
    """A check that is itself wrong."""

    def test_nothing(self, frame: pd.DataFrame) -> None:
        raise ZeroDivisionError("oh")


class Lost(mt.Check):
    """A check of a variable that is not there."""

    def test_missing(self, no_such_variable: Any) -> None:
        raise AssertionError("never called")


class Plain(mt.Check):
    """A bare assert, no message."""

    def test_plain(self, frame: pd.DataFrame) -> None:
        assert len(frame) == 0


GOOD, BAD = pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [1, -2]})


def _run(frame: pd.DataFrame, **options: Any) -> tuple[list[int], mt.Run]:
    calls: list[int] = []

    @mt.component(**options)
    def clean(frame: pd.DataFrame) -> pd.DataFrame:
        calls.append(1)
        return frame * 2

    try:
        clean(frame)
    finally:
        (run,) = mt.recent()
    return calls, run


@pytest.mark.parametrize("when", ["before", "after"])
def test_passed_check_is_recorded(store: Path, when: str) -> None:
    calls, run = _run(GOOD, **{when: [NoNegatives()]})
    assert calls == [1]
    (result,) = run.checks
    for name in CHECK_FIELDS:
        assert hasattr(result, name), name
    assert "NoNegatives" in result.check
    assert (result.test, result.when, result.status) == ("test_values", when, "passed")
    assert result.severity == "warn"
    assert result.seconds >= 0


@pytest.mark.parametrize("when", ["before", "after"])
def test_failed_assert_is_recorded_and_loses_nothing(store: Path, when: str) -> None:
    calls, run = _run(BAD, **{when: [NoNegatives()]})
    assert calls == [1]
    assert run.status == "succeeded"
    assert len(run.inputs) == len(run.outputs) == 1
    (result,) = run.checks
    assert result.status == "failed"
    assert "negative rows" in result.message


def test_plain_assert_without_message_is_a_failed_check(store: Path) -> None:
    calls, run = _run(GOOD, before=[Plain()])
    assert calls == [1]
    assert [result.status for result in run.checks] == ["failed"]


def test_blocking_check_before_stops_the_function(store: Path) -> None:
    ran: list[int] = []

    @mt.component(before=[Blocking()])
    def clean(frame: pd.DataFrame) -> None:
        ran.append(1)

    with pytest.raises(mt.CheckFailed, match="negative rows") as caught:
        clean(BAD)
    assert isinstance(caught.value, mt.MltraceError)
    assert ran == []
    (run,) = mt.recent()
    assert run.status == "failed"
    assert [(r.status, r.severity) for r in run.checks] == [("failed", "block")]
    assert len(run.inputs) == 1
    clean(GOOD)
    assert ran == [1]


def test_blocking_check_after_keeps_the_outputs(store: Path) -> None:
    with pytest.raises(mt.CheckFailed, match="negative rows"):
        _run(BAD, after=[Blocking()])
    (run,) = mt.recent()
    assert run.status == "failed"
    assert len(run.outputs) == 1
    assert [result.when for result in run.checks] == ["after"]


def test_two_checks_with_methods_of_one_name_are_both_recorded(store: Path) -> None:
    _, run = _run(BAD, before=[NoNegatives(), FewRows()])
    assert len(run.checks) == 2
    assert {result.check: result.status for result in run.checks} == {
        next(r.check for r in run.checks if "NoNegatives" in r.check): "failed",
        next(r.check for r in run.checks if "FewRows" in r.check): "passed",
    }


def test_one_check_before_and_after_is_recorded_twice(store: Path) -> None:
    _, run = _run(BAD, before=[NoNegatives()], after=[NoNegatives()])
    assert sorted(result.when for result in run.checks) == ["after", "before"]


def test_check_that_breaks_is_an_error_and_loses_nothing(store: Path) -> None:
    calls, run = _run(GOOD, before=[Broken(), NoNegatives()])
    assert calls == [1]
    assert run.status == "succeeded"
    assert [result.status for result in run.checks] == ["error", "passed"]
    assert "ZeroDivisionError" in run.checks[0].message


def test_check_of_a_missing_variable_says_so(store: Path) -> None:
    calls, run = _run(GOOD, before=[Lost()])
    assert calls == [1]
    (result,) = run.checks
    assert result.status in {"error", "skipped"}
    assert "no_such_variable" in result.message


def test_after_check_takes_named_outputs(store: Path) -> None:
    class Doubled(mt.Check):
        def test_doubled(self, frame: pd.DataFrame, doubled: pd.DataFrame) -> None:
            assert doubled["x"].equals(frame["x"] * 3), "not tripled"

    @mt.Component("double", after=[Doubled()]).run(outputs=["doubled"])
    def work(frame: pd.DataFrame) -> int:
        doubled = frame * 2
        return len(doubled)

    assert work(GOOD) == 2
    (result,) = mt.recent()[0].checks
    assert result.status == "failed"
    assert result.message.startswith("not tripled")


def test_checks_of_a_component_object_and_a_failed_function(store: Path) -> None:
    cleaning = mt.Component("clean", before=[NoNegatives()], after=[FewRows()])

    @cleaning.run
    def work(frame: pd.DataFrame) -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        work(BAD)
    (run,) = mt.recent()
    assert run.status == "failed"
    assert run.error is not None
    assert run.error.message == "mine"
    assert [r.status for r in run.checks if r.when == "before"] == ["failed"]


def test_built_in_checks_of_the_first_page_work(store: Path) -> None:
    holes = pd.DataFrame({"dep_delay": [1.0, None]})

    @mt.component(before=[mt.NoNulls(["dep_delay"])], after=[mt.RowCount(min=5)])
    def clean(flights: pd.DataFrame, month: int) -> pd.DataFrame:
        return flights.dropna()

    assert len(clean(holes, month=1)) == 1
    statuses = [(result.when, result.status) for result in mt.recent()[0].checks]
    assert statuses == [("before", "failed"), ("after", "failed")]


def test_two_instances_of_a_class_have_results_of_their_own(store: Path) -> None:
    numbers = pd.DataFrame({"a": [1.0, 2.0], "b": [-1.0, 2.0]})
    checks = [InRange("a", min=0), InRange("b", min=0), InRange("a", max=1)]
    _, run = _run(numbers, before=checks)
    assert {result.check: result.status for result in run.checks} == {
        "InRange(a)": "passed",
        "InRange(b)": "failed",
        "InRange(a) #2": "failed",
    }


def test_check_that_exits_or_overruns_does_not_end_the_run(store: Path) -> None:
    never = threading.Event()

    def leaves(frame: pd.DataFrame) -> None:
        raise SystemExit(3)

    hangs = mt.check(lambda frame: never.wait(), name="hangs", severity="block", timeout=0.05)
    calls, run = _run(GOOD, before=[leaves, hangs], after=[hangs])
    never.set()
    assert calls == [1]
    assert run.status == "succeeded"
    assert [result.status for result in run.checks] == ["error", "error", "error"]
    assert run.checks[1].message == "TimeoutError: not done after 0.05 s"


def test_built_in_check_looks_at_a_local_of_the_run(store: Path) -> None:
    @mt.component(after=[mt.RowCount(min=5, on="joined"), SameSchema("joined")])
    def join(frame: pd.DataFrame) -> pd.DataFrame:
        joined = pd.concat([frame, frame])
        return joined.head(1)

    join(GOOD)
    assert [(r.check, r.status, r.value) for r in mt.recent()[0].checks] == [
        ("RowCount(on joined)", "failed", 4),
        ("SameSchema(joined)", "passed", 0),
    ]


def test_function_blocks_if_it_is_told_to(store: Path) -> None:
    @mt.check(severity="block")
    def has_many_rows(result: pd.DataFrame) -> bool:
        return len(result) > 100

    with pytest.raises(mt.CheckFailed, match=r"has_many_rows.*the test returned False"):
        _run(GOOD, after=[has_many_rows])


def test_blocks_of_code_have_checks_of_their_variables(store: Path) -> None:
    step = mt.Component(
        "step", before=[mt.RowCount(min=1)], after=[InRange("x", min=0, on="table")]
    )
    with step.start(frame=BAD):
        table = BAD
        assert len(table) == 2
    assert [result.status for result in mt.recent()[0].checks] == ["passed", "failed"]


@pytest.mark.parametrize("sample", [None, 0.0])
def test_check_that_does_not_pass_is_a_warning_once(
    caplog: pytest.LogCaptureFixture, sample: float | None
) -> None:
    @mt.component(name=f"warned {sample}", before=[NoNegatives], after=[Broken], sample=sample)
    def warned(frame: pd.DataFrame) -> pd.DataFrame:
        return frame

    for _ in range(3):
        warned(pd.DataFrame({"x": [-1]}))
    said = [record.getMessage() for record in caplog.records]
    assert said[0].endswith(": NoNegatives.test_values failed before the run: negative rows")
    assert "Broken.test_nothing could not be evaluated after the run: " in said[1]
    assert len(said) == 2


def test_checks_that_pass_or_block_are_no_warnings(caplog: pytest.LogCaptureFixture) -> None:
    @mt.component(before=[NoNegatives], after=[Blocking])
    def negate(frame: pd.DataFrame) -> pd.DataFrame:
        frame = -frame
        return frame  # noqa: RET504 (checks after it see the local variable)

    with pytest.raises(mt.CheckFailed, match="negative rows"):
        negate(pd.DataFrame({"x": [1]}))
    assert caplog.records == []
