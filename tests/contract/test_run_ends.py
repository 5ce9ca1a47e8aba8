"""Monitors that are evaluated after runs end, by a process of their own."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import mltrace as mt
from mltrace.capture import recorder

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 60
PIPELINE = """
import sys
import mltrace as mt
import pandas as pd

@mt.component(owner="data-eng")
def orders(number):
    return pd.DataFrame({"order": range(number)})

for number in sys.argv[1:]:
    orders(int(number))
"""
BOUND = """
import mltrace as mt
import pandas as pd

@mt.component(monitors=[mt.VolumeMonitor("orders", min_rows=50)])
def orders(number):
    return pd.DataFrame({"order": range(number)})

orders(3)
"""
FILE = """
[[monitors]]
kind = "volume"
table = "orders"
min_rows = 50
at_run_end = true
"""


def wait_for_alerts(number: int = 1) -> list[mt.Alert]:
    until = time.monotonic() + SECONDS
    while len(found := mt.alerts()) < number:
        assert time.monotonic() < until, "no monitor was evaluated"
        time.sleep(0.02)
    return found


def test_a_declared_monitor_is_evaluated_once_the_process_has_ended(
    store: Path, script: Callable[..., str]
) -> None:
    Path("mltrace.toml").write_text(FILE)
    assert script(PIPELINE, "3") == ""
    (alert,) = wait_for_alerts()
    assert (alert.component, alert.value) == ("orders", 3.0)


def test_and_while_it_goes_on(store: Path, start: Callable[..., Any]) -> None:
    Path("mltrace.toml").write_text(FILE)
    process = start(PIPELINE + "\nsys.stdin.read()\n", "3")
    wait_for_alerts()
    assert process.poll() is None
    assert process.communicate("", timeout=SECONDS) == ("", "")


def test_a_monitor_that_the_store_remembers_is_as_well(
    store: Path, script: Callable[..., str]
) -> None:
    script(PIPELINE, "60")
    mt.VolumeMonitor("orders", min_rows=50, at_run_end=True).evaluate()
    script(PIPELINE, "3")
    wait_for_alerts()
    mt.forget_monitor("volume:orders")
    assert not mt.Workspace().store.location.at_run_end.exists()


def test_a_monitor_of_a_component_is_remembered_and_evaluated(
    store: Path, script: Callable[..., str]
) -> None:
    script(BOUND)
    (alert,) = wait_for_alerts()
    assert alert.monitor == "volume:orders"
    (status,) = mt.list_monitors()
    assert status.at_run_end
    script(PIPELINE, "60")
    until = time.monotonic() + SECONDS
    while mt.alerts()[0].state != "resolved":
        assert time.monotonic() < until, "the store does not remember the monitor"
        time.sleep(0.02)


def test_it_is_switched_off_by_a_variable(
    store: Path, script: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("mltrace.toml").write_text(FILE)
    script(PIPELINE, "3", MLTRACE_MONITORS="0")
    monkeypatch.setenv("MLTRACE_MONITORS", "0")
    opened = recorder.Recorder(mt.Workspace().settings, ships=True)
    assert opened._evaluator is None
    opened.evaluate_at_run_end()
    assert opened._evaluator is None


def test_nothing_is_started_where_no_monitor_waits_for_it(store: Path) -> None:
    Path("mltrace.toml").write_text(FILE.replace("at_run_end = true", ""))
    opened = recorder.Recorder(mt.Workspace().settings, ships=True)
    assert opened._evaluator is None


def test_a_file_that_declares_what_cannot_be_never_reaches_the_pipeline(
    store: Path, script: Callable[..., str], start: Callable[..., Any]
) -> None:
    Path("mltrace.toml").write_text(FILE.replace("min_rows", "min_row"))
    process = start(PIPELINE, "3")
    assert process.communicate(timeout=SECONDS) == ("", "")
    assert process.returncode == 0
    failed = mt.Workspace().store.location.run_end_failed
    until = time.monotonic() + SECONDS
    while not failed.exists() or not failed.read_text():
        assert time.monotonic() < until, "it is not told"
        time.sleep(0.02)
    assert "Did you mean 'min_rows'?" in failed.read_text()
    assert any("after a run ended" in one.message for one in mt.doctor().findings)


def test_a_monitor_that_only_python_describes_is_told_at_decoration(
    store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Mine(mt.Monitor):
        def measure(self, workspace: Any, known: Any) -> list[Any]:
            return []

    @mt.component(monitors=[Mine()])
    def orders(number: int) -> Any:
        return pd.DataFrame({"order": range(number)})

    assert "only Python can describe it" in caplog.text
    assert "mt.evaluate_monitors" in caplog.text
    orders(3)
    assert mt.list_monitors() == []


def test_what_is_no_monitor_is_refused_at_decoration() -> None:
    with pytest.raises(mt.OptionError, match="monitors= takes monitors such as"):
        mt.component(monitors=["volume:orders"])(len)
    with pytest.raises(mt.OptionError, match="got type"):
        mt.component(monitors=[mt.VolumeMonitor])(len)


def test_many_runs_start_few_processes(
    store: Path, script: Callable[..., str], workdir: Path
) -> None:
    Path("mltrace.toml").write_text(FILE)
    spy = workdir.parent / "spy"
    counted = PIPELINE.replace(
        "import sys\n",
        "import os, sys\nspawn = os.posix_spawn\n"
        "def counting(*given, **more):\n"
        f"    open({str(spy)!r}, 'a').write('x')\n"
        "    return spawn(*given, **more)\n"
        "os.posix_spawn = counting\n",
        1,
    )
    script(counted, *map(str, range(100)))
    assert 1 <= os.path.getsize(spy) <= 2
    wait_for_alerts()
