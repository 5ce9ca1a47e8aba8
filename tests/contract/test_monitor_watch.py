"""Monitors that are watched: on schedule, by one process at a time, until it is told to end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from sqlalchemy import func, select
from tests.conftest import process_environment

import mltrace as mt
from mltrace.store.database import schema
from mltrace.workspace.monitors.limits import Limit
from mltrace.workspace.watching import Ending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 60


class Slow(mt.Monitor):
    """Takes as long as it is told to, but says what it measures as others do."""

    def __init__(self, gate: threading.Event, **options: Any) -> None:
        super().__init__(**options)
        self.gate, self.begun = gate, 0

    def measure(self, workspace: Any, known: Any) -> Iterator[Any]:
        self.begun += 1
        assert self.gate.wait(SECONDS)
        for run in workspace.recent(limit=1):
            yield self.observation("runs", run.id, at=run.started_at, state="bad")


@pytest.fixture
def orders(store: Path) -> Callable[[int], Any]:
    @mt.component
    def orders(number: int) -> Any:
        return pd.DataFrame({"order": range(number)})

    orders(10)
    return orders


def counts() -> list[int]:
    tables = (schema.observation, schema.alert, schema.alert_change)
    with mt.Workspace()._reading() as connection:
        return [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables
        ]


def evaluate_at_once(number: int) -> list[Any]:
    """Let so many processes evaluate what is declared; each finds something bad."""
    command = [sys.executable, "-m", "mltrace", "monitor", "run", "--format", "json"]
    environment = process_environment()
    started = [
        subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(number)
    ]
    told = [process.communicate(timeout=2 * SECONDS) for process in started]
    assert [process.returncode for process in started] == [1] * number, told
    return [json.loads(output) for output, _ in told]


def test_eight_processes_at_once_make_each_point_alert_and_change_once(
    orders: Callable[[int], Any],
) -> None:
    for number in (20, 30, 3):
        orders(number)
    Path("mltrace.toml").write_text(
        '[[monitors]]\nkind = "volume"\ntable = "orders"\nmin_rows = 15\n'
        '[[monitors]]\nkind = "staleness"\n'
    )
    evaluations = evaluate_at_once(8)
    observed = [
        (one["subject"], one["point"]) for each in evaluations for one in each["observations"]
    ]
    assert len(observed) == len(set(observed)) == counts()[0]
    opened = [key for each in evaluations for key in each["opened"]]
    assert len(opened) == len(set(opened)) == counts()[1]
    kinds = ("opened", "resolved", "reopened")
    assert counts()[2] == sum(len(each[what]) for each in evaluations for what in kinds) == 3


def test_processes_at_once_take_turns_before_there_is_a_store(store: Path) -> None:
    Path("told.py").write_text("def told(store): return {str(n): False for n in range(9)}")
    Path("mltrace.toml").write_text('[[monitors]]\nkind = "expression"\nfunction = "told:told"\n')
    evaluations = evaluate_at_once(4)
    assert sorted(len(each["opened"]) for each in evaluations) == [0, 0, 0, 9]


def test_an_evaluation_waits_its_turn_and_says_so_if_that_is_long(
    orders: Callable[[int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mltrace.workspace.monitoring.PATIENCE_SECONDS", 0.1)
    gate = threading.Event()
    slow = Slow(gate)
    thread = threading.Thread(target=lambda: mt.Workspace().evaluate_monitors(slow))
    thread.start()
    while not slow.begun:
        time.sleep(0.001)
    with pytest.raises(mt.NotEvaluatedError, match="Another process evaluates the monitors of"):
        mt.Workspace().evaluate_monitors(mt.VolumeMonitor("orders", min_rows=1))
    gate.set()
    thread.join(SECONDS)
    assert len(mt.evaluate_monitors(mt.VolumeMonitor("orders", min_rows=1)).observations) == 1


def test_a_monitor_may_evaluate_others(orders: Callable[[int], Any]) -> None:
    class Outer(mt.Monitor):
        def measure(self, workspace: Any, known: Any) -> Iterator[Any]:
            found = mt.evaluate_monitors(mt.VolumeMonitor("orders", min_rows=1))
            at = found.observations[0].at
            yield self.observation("inner", "1", at=at, state="ok", value=len(found.observations))

    found = mt.Workspace().evaluate_monitors(Outer(), limit=Limit(SECONDS))
    assert [one.value for one in found.observations] == [1.0]


def test_a_monitor_that_hangs_is_given_up_and_not_evaluated_twice_at_once(
    orders: Callable[[int], Any],
) -> None:
    gate = threading.Event()
    slow, good = Slow(gate), mt.VolumeMonitor("orders", min_rows=1)
    workspace = mt.Workspace()
    first = workspace.evaluate_monitors(slow, good, limit=Limit(2))
    assert [one.message for one in first.faults] == ["not done after 2 seconds"]
    assert [one.monitor for one in first.observations] == ["volume:orders"]
    second = workspace.evaluate_monitors(slow, good, limit=Limit(2))
    assert [one.message for one in second.faults] == ["its last evaluation is still going on"]
    assert slow.begun == 1
    gate.set()
    third = None
    while third is None or third.faults:
        third = workspace.evaluate_monitors(slow, good, limit=Limit(SECONDS))
    assert [one.subject for one in third.observations] == ["runs"]


def test_watching_evaluates_each_monitor_as_often_as_it_says(orders: Callable[[int], Any]) -> None:
    gate = threading.Event()
    gate.set()
    often, seldom = Slow(gate, name="often", every="10ms"), Slow(gate, name="seldom", every="1h")

    class AfterThree(Ending):
        is_set = property(lambda self: often.begun > 2)

    mt.Workspace().watch(often, seldom, seconds=SECONDS, ending=AfterThree())
    assert (seldom.begun, often.begun) == (1, 3)


def test_watching_what_a_file_declares_does_not_make_the_store_remember_it(
    orders: Callable[[int], Any],
) -> None:
    Path("mltrace.toml").write_text('[[monitors]]\nkind = "volume"\ntable = "orders"\n')
    mt.watch(seconds=0)
    assert [one.num_observations for one in mt.list_monitors()] == [1]
    Path("mltrace.toml").unlink()
    assert not mt.Workspace().list_monitors()


def test_the_command_prints_a_line_for_each_change_and_ends_cleanly(
    orders: Callable[[int], Any], spawn: Callable[..., subprocess.Popen[str]]
) -> None:
    Path("mltrace.toml").write_text(
        '[[monitors]]\nkind = "volume"\ntable = "orders"\nmin_rows = 15\nevery = "100ms"\n'
    )
    process = spawn([sys.executable, "-m", "mltrace", "monitor", "watch"])
    assert process.stdout is not None
    assert "✗ opened  warning" in process.stdout.readline()
    orders(20)
    line = process.stdout.readline()
    assert "✓ resolved  warning" in line
    assert line.endswith("volume:orders: 20 rows\n")
    Path("mltrace.toml").write_text('[[monitors]]\nkind = "volum"\n')
    assert "✗ failed" in process.stdout.readline()
    Path("mltrace.toml").write_text(
        '[[monitors]]\nkind = "volume"\ntable = "orders"\nmin_rows = 25\nname = "more"\n'
    )
    assert "✓ recovered" in process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    rest, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, errors) == (0, "")
    assert "recovered" not in rest


def test_events_are_objects_for_programs(
    orders: Callable[[int], Any], spawn: Callable[..., subprocess.Popen[str]]
) -> None:
    mt.VolumeMonitor("orders", max_rows=100).evaluate()
    command = [sys.executable, "-m", "mltrace", "monitor", "watch", "--every", "50ms"]
    process = spawn([*command, "--format", "json"])
    assert process.stdout is not None
    orders(200)
    event = json.loads(process.stdout.readline())
    assert (event["what"], event["monitor"]) == ("opened", "volume:orders")
    assert event["alert"]["value"] == 200.0
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=SECONDS)
    assert process.returncode == 0


def test_what_cannot_be_is_refused_before_it_begins(orders: Callable[[int], Any]) -> None:
    with pytest.raises(mt.UnknownNameError, match="No monitor 'volume:ordrs'"):
        mt.watch("volume:ordrs", seconds=0)
    with pytest.raises(mt.ArgumentError, match="is not an age"):
        mt.watch(every="often", seconds=0)
    with pytest.raises(mt.ArgumentError, match="every='0s': give an age above 0"):
        mt.watch(every="0s", seconds=0)
    Path("mltrace.toml").write_text('[[monitors]]\nkind = "volum"\n')
    with pytest.raises(mt.ConfigurationError, match="Did you mean 'volume'"):
        mt.Workspace().watch(seconds=0)
