"""Budgets of kept values: by value, run and day; what is over is digested and said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pytest
from sqlalchemy import select

import mltrace as mt
from mltrace.store.database.schema import process_health

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

MEGABYTE = 1_000_000


def _array(seed: int, megabytes: float = 1.0) -> Any:
    return numpy.random.default_rng(seed).random(int(megabytes * MEGABYTE / 8))


@mt.component
def make(*seeds: int) -> list[Any]:
    return [_array(seed) for seed in seeds]


def _reasons(run: mt.Run) -> list[str | None]:
    return [ref.reason for ref in run.outputs]


def test_a_run_keeps_no_more_than_its_budget(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACE_KEEP_PER_RUN", "2.5 MB")
    make(1, 2, 3)
    (run,) = mt.recent()
    first, second, third = run.outputs
    assert first.reason is second.reason is None
    assert third.digest is not None
    assert third.reason == (
        "content not kept: 1.0 MB, and 500.0 kB are left of what the run may keep"
    )
    assert (mt.artifact(f"{first.name}@{first.digest}").load() == _array(1)).all()
    with pytest.raises(mt.ValueNotKeptError) as refused:
        mt.artifact(f"{third.name}@{third.digest}").load()
    assert str(refused.value) == (
        f"The content of {third.name}@{third.digest[:12]} is not kept: 1.0 MB, and 500.0 kB are "
        "left of what the run may keep. Raise MLTRACE_KEEP_PER_RUN, or keep= of its component, and "
        "run it again."
    )


def test_what_is_kept_already_costs_nothing(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACE_KEEP_PER_RUN", "1100 kB")
    make(4)
    make(4, 5)
    assert _reasons(mt.recent()[0]) == [None, None]


KEEPING = """
    import sys
    import numpy
    import mltrace as mt

    @mt.component
    def make(seed):
        return numpy.random.default_rng(seed).random(125_000)

    make(int(sys.argv[1]))
"""


def test_the_budget_of_a_day_is_shared_by_processes(
    store: Path, script: Callable[..., str], cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    for seed in range(5):
        script(KEEPING, str(seed), MLTRACE_KEEP_PER_DAY="3MB")
    kept = [reason is None for run in mt.recent() for reason in _reasons(run)]
    assert kept == [False, False, True, True, True]
    newest = mt.recent()[0]
    assert _reasons(newest) == ["content not kept: the 3.0 MB of this day are used up"]
    assert "3.0 MB of this day are used up" in " ".join(cli("inspect", newest.id).stdout.split())


def test_the_same_value_again_takes_nothing_of_the_day(
    store: Path, script: Callable[..., str]
) -> None:
    for seed in (1, 1, 1, 2):
        script(KEEPING, str(seed), MLTRACE_KEEP_PER_DAY="2100 kB")
    assert [reason for run in mt.recent() for reason in _reasons(run)] == [None] * 4


def test_a_component_says_itself_what_its_runs_keep(store: Path) -> None:
    @mt.component(keep=False)
    def none() -> Any:
        return _array(7)

    @mt.component(keep="1.5 MB")
    def some() -> list[Any]:
        return [_array(8), _array(9)]

    none()
    some()
    assert _reasons(mt.history("none")[0]) == [None]
    with pytest.raises(mt.ValueNotKeptError):
        mt.artifact(f"none@{mt.history('none')[0].outputs[0].digest}").load()
    kept, over = mt.history("some")[0].outputs
    assert kept.reason is None
    assert over.reason is not None
    assert "500.0 kB are left of what the run may keep" in over.reason


@pytest.mark.parametrize("keep", ["much", -1, 1.5, [1]])
def test_a_budget_that_cannot_be_is_refused_at_decoration(keep: Any) -> None:
    with pytest.raises(mt.OptionError, match="neither True, False nor a size; write for example"):
        mt.component(keep=keep)(len)


@pytest.mark.parametrize("name", ["MLTRACE_KEEP_PER_RUN", "MLTRACE_KEEP_PER_DAY"])
def test_a_setting_that_is_no_size_is_refused(
    store: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "lots")
    with pytest.raises(mt.ConfigurationError, match=f"{name}='lots' is not a size; give bytes"):
        mt.Workspace()


def test_budgets_stand_in_the_file(store: Path, workdir: Path) -> None:
    (workdir / "mltrace.toml").write_text('keep_per_run = "1500 kB"\nkeep_per_day = "1 GB"\n')
    make(10, 11)
    assert [reason is None for reason in _reasons(mt.recent()[0])] == [True, False]


def _health(workspace: mt.Workspace) -> list[Any]:
    workspace.sync()
    with workspace.store.catalog.read() as connection:
        return list(connection.execute(select(process_health)))


def test_each_process_tells_how_logging_fared(store: Path, script: Callable[..., str]) -> None:
    for seed in range(3):
        script(KEEPING, str(seed), MLTRACE_KEEP_PER_DAY="2MB")
    rows = _health(mt.Workspace())
    assert [row.num_runs for row in rows] == [1, 1, 1]
    assert all(10_000 < row.overhead_ns < 10**10 for row in rows)
    assert [row.not_kept for row in rows] == [None, None, '{"budget of the day":1}']


FAULTY = """
    import os, sys
    import mltrace as mt

    class Odd(dict):
        def items(self):
            raise RuntimeError("odd")

    @mt.component
    def make(odd): return len(odd)

    make(Odd(a=1))
"""


def test_faults_that_were_swallowed_are_told(store: Path, script: Callable[..., str]) -> None:
    script(FAULTY)
    (row,) = _health(mt.Workspace())
    assert "RuntimeError at mltrace.capture.boundary" in row.faults
