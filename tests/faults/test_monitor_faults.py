"""Evaluations of monitors that are killed anywhere, or whose store is gone, full or read-only."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from sqlalchemy import select

import mltrace as mt
from mltrace.store.database import schema
from mltrace.workspace.watching import Ending

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.faults.conftest import Disk

    Start = Callable[..., subprocess.Popen[str]]

SECONDS = 120
TABLES = (schema.observation, schema.alert, schema.alert_change)
KILLED_AT = """
    import os, signal, sys
    import mltrace as mt

    last = int(sys.argv[1])
    seen = 0

    def count(frame, event, argument):
        global seen
        if event == "call" and "mltrace" in frame.f_code.co_filename:
            if any(part in frame.f_code.co_filename for part in
                   ("monitoring", "declared", "stored", "spool", "life_cycle", "drain", "turns")):
                seen += 1
                if seen == last:
                    os.kill(os.getpid(), signal.SIGKILL)

    workspace = mt.Workspace()
    workspace.recent()
    sys.setprofile(count)
    workspace.evaluate_monitors()
    sys.setprofile(None)
    print(seen)
"""
FILE = """
[[monitors]]
kind = "volume"
table = "orders"
min_rows = 15

[[monitors]]
kind = "staleness"
"""


def orders(*numbers: int) -> None:
    @mt.component(name="orders")
    def make(number: int) -> Any:
        return pd.DataFrame({"order": range(number)})

    for number in numbers:
        make(number)


def rows() -> list[list[tuple[Any, ...]]]:
    """List what is stored of monitors, without the times at which that was found out."""
    found = []
    with mt.Workspace()._reading() as connection:
        for table in TABLES:
            names = [one for one in table.c if one.name not in ("at", "opened_at", "changed_at")]
            names = [one for one in names if one.name != "resolved_at"]
            found.append(sorted(tuple(map(str, row)) for row in connection.execute(select(*names))))
    return found


def test_an_evaluation_that_is_killed_anywhere_is_made_up_for(
    store: Path, start: Start, script: Callable[..., str]
) -> None:
    orders(20, 3, 30, 4)
    Path("mltrace.toml").write_text(FILE)
    total, place, told = 0, 1, set()
    while True:
        process = start(KILLED_AT, str(place))
        output, errors = process.communicate(timeout=SECONDS)
        if process.returncode == 0:
            total = int(output)
            break
        assert process.returncode == -signal.SIGKILL, errors
        told.add(place)
        place = place * 2 + 1
    assert len(told) > 4
    assert total < place
    mt.evaluate_monitors()
    disturbed = rows()
    assert all(disturbed)
    undisturbed = start("import mltrace as mt; mt.evaluate_monitors()")
    assert undisturbed.communicate(timeout=SECONDS)[0] == ""
    assert rows() == disturbed
    states = {one.subject: one.state for one in mt.alerts()}
    assert states == {"orders": "open"}


def test_a_full_disk_is_told_and_the_evaluation_made_up_for(disk: Disk) -> None:
    orders(20)
    monitor = mt.VolumeMonitor("orders", min_rows=15)
    assert [one.state for one in mt.evaluate_monitors(monitor).observations] == ["ok"]
    orders(3)
    mt.sync()
    disk.fill()
    with pytest.raises((mt.StoreError, OSError)):
        mt.Workspace().evaluate_monitors(monitor)
    disk.free()
    mt.Workspace().evaluate_monitors(monitor)
    (alert,) = mt.alerts()
    assert (alert.state, alert.value, len(alert.changes)) == ("open", 3.0, 1)


def test_watching_goes_on_once_the_database_is_back(store: Path, workdir: Path) -> None:
    orders(3)
    mt.sync()
    workspace = mt.Workspace()
    events: list[Any] = []
    ending = Ending()
    away = workdir.parent / "away"
    catalog = workspace.store.location.catalog
    assert catalog is not None

    def on_event(event: Any) -> None:
        events.append(event.what)
        if event.what == "failed":
            catalog.rmdir()
            away.rename(catalog)
        ending.is_set = event.what == "opened"

    workspace.close()
    catalog.rename(away)
    catalog.mkdir()  # no database can be opened there
    monitor = mt.VolumeMonitor("orders", min_rows=15)
    workspace.watch(monitor, every="10ms", seconds=SECONDS, on_event=on_event, ending=ending)
    assert events == ["failed", "recovered", "opened"]


def test_a_monitor_that_meets_damage_stops_no_other(store: Path) -> None:
    orders(3)

    class Damaged(mt.Monitor):
        def measure(self, workspace: Any, known: Any) -> list[Any]:
            raise mt.StoreCorruptError("The profile of orders is damaged.")

    found = mt.evaluate_monitors(Damaged(), mt.VolumeMonitor("orders", min_rows=15))
    assert [one.message for one in found.faults] == ["The profile of orders is damaged."]
    assert len(found.opened) == 1
