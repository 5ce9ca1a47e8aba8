"""Evaluating drift while others do, or being killed on the way: each partition is judged once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy
import pandas as pd
import pytest

import mltrace as mt
from mltrace.store.location import locate

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Start = Callable[..., subprocess.Popen[str]]

NUM_PARTITIONS = 12
SECONDS = 120
EVALUATE = """
    import sys
    import mltrace as mt

    mt.drift_history()
    print("ready", flush=True)
    sys.stdin.readline()
    print(len(mt.evaluate_drift("clean")))
"""
KILLED_ON_THE_WAY = """
    import os, signal
    import mltrace as mt
    from mltrace.records.drift import DriftResult

    class Deadly:
        def fit(self, history):
            if len(history) == 6:
                os.kill(os.getpid(), signal.SIGKILL)
            return self

        def score(self, partition, *, name=None):
            return DriftResult(partition=name, score=0.5)

    mt.DriftMonitor("clean", detector=Deadly()).evaluate()
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    uri = str(workdir.parent / "store")
    if request.param == "postgresql":
        uri = request.getfixturevalue("postgresql_uri")
        monkeypatch.setenv("MLTRACE_SPOOL", str(workdir.parent / "spools"))
    monkeypatch.setenv("MLTRACE_URI", uri)
    monkeypatch.setenv("MLTRACE_PROFILE_SHARE", "1")
    return locate(uri, spool=None).spool.parent


@pytest.fixture
def partitions(store: Path) -> None:
    @mt.component
    def clean(day: int) -> pd.DataFrame:
        random = numpy.random.default_rng(day)
        return pd.DataFrame({"delay": random.normal(60 if day == 9 else 0, 1, 200)})

    for day in range(NUM_PARTITIONS):
        clean(day)
    mt.sync()


def told() -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.digest, one.state, one.reference) for one in mt.drift_history("clean")]


def test_two_that_evaluate_at_once_judge_each_partition_once_and_alike(
    partitions: None, start: Start
) -> None:
    evaluators = [start(EVALUATE) for _ in range(2)]
    for one in evaluators:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in evaluators:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    for one in evaluators:
        _, said = one.communicate(timeout=SECONDS)
        assert (one.returncode, said) == (0, "")
    together = told()
    assert len(together) == NUM_PARTITIONS
    mt.replay_drift("clean", everything=True)
    assert told() == together


def test_one_that_is_killed_on_the_way_keeps_what_it_judged_and_the_next_does_the_rest(
    partitions: None, start: Start
) -> None:
    killed = start(KILLED_ON_THE_WAY)
    killed.communicate(timeout=SECONDS)
    assert killed.returncode == -9
    before = told()
    assert len(before) == 6
    with pytest.raises(mt.UnknownNameError, match=r"'Deadly'"):
        mt.evaluate_drift("clean")
    rest = mt.DriftMonitor("clean").evaluate()
    assert len(rest) == NUM_PARTITIONS - 6
    assert told()[-6:] == before
