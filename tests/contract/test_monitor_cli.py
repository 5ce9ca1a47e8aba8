"""`mltrace monitor` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Cli = Callable[..., subprocess.CompletedProcess[str]]

FILE = """
[[monitors]]
kind = "volume"
table = "orders"
max_rows = 50
name = "small batches"
owner = "ann"
every = "15m"
"""


@pytest.fixture
def orders(store: Path) -> Callable[[int], Any]:
    @mt.component(owner="data-eng")
    def orders(number: int) -> Any:
        return pd.DataFrame({"order": range(number)})

    orders(10)
    return orders


def test_no_alert_in_a_store_that_is_not_there_or_of_a_filter_is_told_as_that(
    orders: Callable[[int], Any], cli: Cli
) -> None:
    assert cli("alerts").stdout == "No incident is open.\n"
    assert cli("alerts", "--component", "ordrs").stdout == "No incident matches.\n"
    elsewhere = cli("alerts", "--store", "elsewhere")
    assert "No incident is open.\nThere is no store yet; the first run makes " in elsewhere.stdout


def test_run_exits_with_0_while_nothing_is_open_and_then_with_1(
    orders: Callable[[int], Any], cli: Cli
) -> None:
    Path("mltrace.toml").write_text(FILE)
    assert cli("monitor", "run").returncode == 0
    orders(60)
    bad = cli("monitor", "run")
    assert (bad.returncode, bad.stderr) == (1, "")
    assert "1 new point, 1 bad, 1 alert opened\n1 alert open: mltrace alerts\n" in bad.stdout
    assert "60 rows" in bad.stdout
    again = cli("monitor", "run")
    assert again.returncode == 1
    assert again.stdout == ("1 monitor evaluated: 0 new points; 1 alert open: mltrace alerts\n")
    orders(11)
    good = cli("monitor", "run", "--all")
    assert good.returncode == 0
    assert "✓ resolved" in good.stdout
    assert "11 rows" in good.stdout


def test_list_tells_where_monitors_are_declared_and_what_came_of_them(
    orders: Callable[[int], Any], cli: Cli, cli_json: Callable[..., Any]
) -> None:
    Path("mltrace.toml").write_text(FILE)
    mt.VolumeMonitor("orders", min_rows=50, severity="critical").evaluate()
    filed, remembered = cli_json("monitor", "list")
    assert filed["declared_in"].endswith("mltrace.toml: monitor 1 (small batches)")
    assert (filed["owner"], filed["every"], filed["num_observations"]) == ("ann", "15m", 0)
    assert remembered["name"] == "volume:orders"
    assert remembered["declared_in"] is None
    assert (remembered["num_open"], remembered["num_bad"], remembered["num_subjects"]) == (1, 1, 1)
    assert "✗ 1" in cli("monitor", "list").stdout


def test_what_is_forgotten_is_not_evaluated_until_it_is_declared_again(
    orders: Callable[[int], Any], cli: Cli, cli_json: Callable[..., Any]
) -> None:
    monitor = mt.VolumeMonitor("orders", min_rows=50)
    monitor.evaluate()
    assert cli("monitor", "forget", "volume:orders").returncode == 0
    assert cli_json("monitor", "list") == []
    assert len(mt.alerts()) == 1
    monitor.evaluate()
    assert [one["name"] for one in cli_json("monitor", "list")] == ["volume:orders"]


def test_what_a_file_declares_is_not_forgotten(orders: Callable[[int], Any], cli: Cli) -> None:
    Path("mltrace.toml").write_text(FILE)
    refused = cli("monitor", "forget", "small batches")
    assert refused.returncode == 2
    assert "declared, in" in refused.stderr
    assert "mltrace.toml: monitor 1" in refused.stderr
    unknown = cli("monitor", "forget", "volume:ordrs")
    assert unknown.returncode == 2
    assert "No monitor 'volume:ordrs'." in unknown.stderr


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('kind = "volum"', "'volum'. Did you mean 'volume'?"),
        ('kind = "volume"', "a volume monitor needs table = …"),
        ('kind = "volume"\ntable = "x"\nmin_row = 3', "'min_row'. Did you mean 'min_rows'?"),
        ('kind = "volume"\ntable = "x"\nmin_rows = 3\nseverity = "bad"', "accepted: info"),
        ('table = "orders"', 'a monitor needs kind = "NAME"'),
        (FILE.replace("[[monitors]]", "").strip(), "is the name of another one"),
    ],
)
def test_a_file_that_declares_what_cannot_be_is_an_error_that_names_the_monitor(
    orders: Callable[[int], Any], cli: Cli, wrong: str, said: str
) -> None:
    Path("mltrace.toml").write_text(f"{FILE}\n[[monitors]]\n{wrong}\n")
    for command in ("run", "list"):
        refused = cli("monitor", command)
        assert refused.returncode == 2
        assert "mltrace.toml: monitor 2 (" in refused.stderr
        assert said in refused.stderr
    orders(5)  # no run minds
    assert mt.history("orders", limit=1)[0].status == "succeeded"


def test_a_monitor_that_cannot_be_read_here_is_told_and_stops_no_other(
    orders: Callable[[int], Any], cli: Cli
) -> None:
    from mltrace.monitors.alerts import as_facts

    mt.VolumeMonitor("orders", min_rows=5).evaluate()
    workspace = mt.Workspace()
    workspace._append([as_facts.monitor_fact("other", {"kind": "of-a-package"}, by="ann")])
    workspace.close()
    orders(10)
    answer = cli("monitor", "run")
    assert answer.returncode == 3
    assert "1 monitor evaluated" in answer.stdout
    assert "other could not be evaluated: " in answer.stdout
    assert "of-a-package" in cli("monitor", "list").stdout
    assert cli("monitor", "run", "volume:orders").returncode == 0


def test_the_answer_is_a_record_for_programs(orders: Callable[[int], Any], cli: Cli) -> None:
    mt.VolumeMonitor("orders", min_rows=50, name="large batches").evaluate()
    orders(20)
    answer = cli("monitor", "run", "--format", "json")
    assert answer.returncode == 1
    told = json.loads(answer.stdout)
    assert told["monitors"] == ["large batches"]
    assert [one["value"] for one in told["observations"]] == [20.0]


def test_nothing_is_made_where_there_is_no_store(store: Path, cli: Cli) -> None:
    assert cli("monitor", "list").returncode == 0
    assert cli("monitor", "run").returncode == 0
    assert not store.exists()
