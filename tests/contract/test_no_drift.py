"""The check NoDrift: a run whose table drifted from the stored history warns or is blocked."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Literal

import numpy
import pandas as pd
import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Clean = Callable[..., pd.DataFrame]


@pytest.fixture(autouse=True)
def _profile_everything(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACE_PROFILE_SHARE", "1")


def clean_with(severity: Literal["warn", "block"]) -> Clean:
    @mt.component(after=[mt.checks.NoDrift("clean", severity=severity)])
    def clean(day: int, shift: float = 0.0) -> pd.DataFrame:
        random = numpy.random.default_rng(day)
        return pd.DataFrame(
            {"delay": random.normal(12 + shift, 3, 300), "distance": random.normal(800, 40, 300)}
        )

    return clean


def states() -> str:
    return "".join(one.state[0] for one in reversed(mt.drift_history("clean")))


def test_without_history_it_is_skipped_and_then_passes_with_the_score(store: Path) -> None:
    clean = clean_with("block")
    for day in range(9):
        clean(day)
    *_, first = mt.history("clean")
    newest = mt.history("clean")[0]
    assert [one.status for one in first.checks] == ["skipped"]
    assert "no history of 'clean'" in first.checks[0].message
    (result,) = newest.checks
    assert result.status == "passed"
    assert isinstance(result.value, float)


def test_a_run_that_drifts_warns_and_its_partition_is_blocked(store: Path) -> None:
    clean = clean_with("warn")
    for day in range(8):
        clean(day)
    clean(8, shift=60.0)
    (result,) = mt.history("clean")[0].checks
    assert result.status == "failed"
    assert result.message.startswith("result: drift in 'delay': score ")
    clean(9)
    assert mt.history("clean")[0].checks[0].status == "passed"
    mt.evaluate_drift()
    assert states() == "l" * 8 + "bo"


def test_a_partition_whose_run_is_blocked_is_judged_and_blocked_until_it_is_accepted(
    store: Path,
) -> None:
    clean = clean_with("block")
    for day in range(8):
        clean(day)
    with pytest.raises(mt.CheckFailed, match=r"drift in 'delay'"):
        clean(8, shift=60.0)
    mt.evaluate_drift("clean")
    assert states() == "l" * 8 + "b"
    mt.accept_drift(mt.history("clean", limit=1)[0])
    clean(9)
    (newest,) = mt.evaluate_drift("clean")
    assert newest.num_history == 9


def test_a_partition_that_only_its_run_was_blocked_for_is_blocked_too(store: Path) -> None:
    @mt.component
    def load(day: int) -> pd.DataFrame:
        return pd.DataFrame({"x": numpy.random.default_rng(day).normal(10, 1, 300)})

    for day in range(8):
        load(day)
    strict = mt.Component("load", after=[mt.checks.NoDrift("load", severity="block")])

    @strict.run
    def reload(day: int) -> pd.DataFrame:
        return pd.DataFrame({"x": numpy.random.default_rng(day).normal(60, 1, 300)})

    for day in (8, 9):
        with contextlib.suppress(mt.CheckFailed):
            reload(day)
    assert [one.state for one in mt.evaluate_drift("load")][:2] == ["blocked"]
    assert [one.state for one in mt.drift_history("load", limit=2)] == ["blocked", "blocked"]
    assert {one.num_history for one in mt.drift_history("load", limit=2)} == {8}
