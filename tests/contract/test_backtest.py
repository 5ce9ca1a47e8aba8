"""A monitor replayed over history tells what it would have told, and stores nothing."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import numpy
import pandas as pd
import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Cli = Callable[..., subprocess.CompletedProcess[str]]


@mt.component
def orders(day: int, rows: int = 300, *, shift: float = 0.0) -> pd.DataFrame:
    random = numpy.random.default_rng(day)
    return pd.DataFrame(
        {
            "fare": random.normal(50 + shift, 9, rows).round(2),
            "city": random.choice(["NYC", "BOS", "SFO"], rows),
        }
    )


@mt.component
def totals(orders: pd.DataFrame) -> pd.DataFrame:
    return orders.groupby("city", as_index=False).sum()


@mt.component
def joined(orders: pd.DataFrame, shift: int = 0) -> pd.DataFrame:
    return orders.assign(city=numpy.roll(orders["city"].to_numpy(), shift))


@mt.component
def refunds(day: int) -> float:
    return 1 / (day % 7)


def one_day(day: int) -> None:
    """Run a day; days 12, 13 and 18 have few rows, and in 16 they are other ones."""
    frame = orders(day, 40 if day in (12, 13, 18) else 300 + day, shift=60 * (day == 16))
    joined(frame, shift=int(day in (14, 15)))
    with contextlib.suppress(ZeroDivisionError):
        refunds(day)


MONITORS: dict[str, Callable[[], mt.Monitor]] = {
    "volume": lambda: mt.VolumeMonitor("orders", min_rows=100),
    "volume, learned": lambda: mt.VolumeMonitor("orders"),
    "volume, in a row": lambda: mt.VolumeMonitor(
        "orders", min_rows=100, open_after=2, resolve_after=2
    ),
    "drift": lambda: mt.DriftMonitor("orders", slow_drift=False),
    "join": lambda: mt.JoinMonitor("joined"),
    "staleness": mt.StalenessMonitor,
    "freshness": lambda: mt.FreshnessMonitor("orders", max_age="1ms"),
    "failure rate": lambda: mt.FailureRateMonitor("refunds", max_rate=0, window=1),
    "duration": lambda: mt.DurationMonitor("orders", max_seconds=0.0),
}


@pytest.mark.usefixtures("store")
@pytest.mark.sqlite_only
@pytest.mark.parametrize("name", MONITORS)
def test_replayed_alerts_are_those_that_were_stored_when_it_was_live(name: str) -> None:
    monitor = MONITORS[name]()
    for day in range(20):
        one_day(day)
        mt.evaluate_monitors(monitor)
    stored = sorted((one.subject, one.began_at) for one in mt.alerts(None))
    before = _stored()
    found = mt.backtest(MONITORS[name]())
    assert sorted((one.subject, one.began_at) for one in found.alerts) == stored
    assert stored or name == "staleness"
    assert _stored() == before


def _stored() -> object:
    monitors = [one.to_dict() for one in mt.list_monitors()]
    return mt.alerts(None).to_dict(), monitors, len(mt.drift_history(limit=None))


@pytest.mark.usefixtures("workdir")
def test_alerts_that_people_took_for_real_are_incidents_and_the_others_quiet_time() -> None:
    for day, rows in enumerate([300, 30, 300, 300, 300, 300, 20, 300, 300, 300, 300, 10, 300]):
        orders(day, rows)
    monitor = mt.VolumeMonitor("orders", min_rows=100)
    mt.evaluate_monitors(monitor)
    third, second, first = mt.alerts(None)
    mt.resolve(first.id, verdict="real")
    mt.resolve(second.id, verdict="false alarm", reason="a holiday")
    found = mt.backtest(monitor)
    assert (found.num_found, found.num_alerts, found.num_false_alarms) == (1, 3, 2)
    mt.resolve(third.id, verdict="real")
    found = mt.backtest(monitor)
    assert (len(found.incidents), found.num_found, found.num_false_alarms) == (2, 2, 1)
    assert found.incidents[0].source == f"alert {first.id}"


@pytest.mark.usefixtures("workdir")
def test_an_incident_of_a_component_upstream_counts_and_one_of_another_does_not() -> None:
    @mt.component
    def apart(rows: int) -> pd.DataFrame:
        return pd.DataFrame({"row": range(rows)})

    for day, rows in enumerate([300, 300, 40, 300, 300]):
        totals(orders(day, rows))
        apart(rows)
    for name in ("orders", "apart"):
        mt.evaluate_monitors(mt.VolumeMonitor(name, min_rows=100))
    for alert in mt.alerts(None):
        mt.resolve(alert.id, verdict="real")
    found = mt.backtest(mt.VolumeMonitor("totals", min_rows=1))
    assert [one.source for one in found.incidents] == [
        f"alert {one.id}" for one in mt.alerts(None) if one.subject == "orders"
    ]
    assert found.num_missed == 1


@pytest.mark.usefixtures("workdir")
def test_a_monitor_that_cannot_be_replayed_says_so() -> None:
    class OfNow(mt.Monitor):
        def remeasure(self, workspace: Any) -> Any:
            raise mt.NotEvaluatedError("OfNow asks a server, which knows only the present.")

    with pytest.raises(mt.NotEvaluatedError, match="only the present"):
        mt.backtest(OfNow())
    with pytest.raises(mt.NotEvaluatedError, match="tells only of the present"):
        mt.backtest(mt.ExpressionMonitor(lambda _: 1.0, max_value=2.0))


@pytest.mark.usefixtures("workdir")
def test_an_unknown_monitor_and_a_budget_that_cannot_be_are_refused() -> None:
    with pytest.raises(mt.UnknownNameError, match="No monitor 'volume:orders'"):
        mt.backtest("volume:orders")
    with pytest.raises(mt.ArgumentError, match="The budget is -1"):
        mt.backtest(mt.VolumeMonitor("orders", min_rows=1), budget=-1)


@pytest.fixture
def weeks(store: Path, workdir: Path) -> Path:
    """Log 20 weeks of files, of which two are short, and one by nature."""

    @mt.component
    def delivered(week: int, rows: int) -> Path:
        path = workdir / f"2013-W{week:02}.csv"
        path.write_text("row\n" + "1\n" * rows)
        return path

    for week in range(1, 21):
        delivered(week, {7: 60, 12: 20, 13: 22}.get(week, 90 + week % 10))
    return workdir


def test_the_command_proposes_a_threshold_as_toml(weeks: Path, cli: Cli) -> None:
    (weeks / "spans.txt").write_text("# known\n2013-W12..2013-W13  lost files\n\n")
    told = cli(
        *("monitor", "backtest", "--kind", "volume", "2013-W*.csv", "--set", "min_rows=85"),
        *("--incidents", "spans.txt"),
    )
    assert (told.returncode, told.stderr) == (0, "")
    assert "1 of 1 accepted incident found" in told.stdout
    assert "2013-03-18 to 2013-03-31  at once  lost files" in told.stdout
    assert 'kind = "volume"\n  table = "2013-W*.csv"\n  min_rows = 30\n' in told.stdout
    assert all(len(line) <= 80 for line in told.stdout.splitlines())


def test_the_command_answers_in_json_and_csv_too(weeks: Path, cli: Cli) -> None:
    words = ("monitor", "backtest", "--kind", "volume", "2013-W*.csv", "--set", "min_rows=85")
    told = json.loads(cli(*words, "--budget", "1/year", "--format", "json").stdout)
    assert told["num_false_alarms"] == 2
    assert told["proposal"]["settings"]["min_rows"] <= 22
    rows = cli(*words, "--format", "csv").stdout.splitlines()
    assert rows[0].startswith("monitor,threshold,open_after")
    assert len(rows) == 1 + len(told["candidates"]) - 1


def test_a_declared_monitor_is_replayed_by_name_also_with_another_value(
    weeks: Path, cli: Cli
) -> None:
    (weeks / "mltrace.toml").write_text(
        '[[monitors]]\nkind = "volume"\ntable = "2013-W*.csv"\nmin_rows = 85\nname = "rows"\n'
    )
    assert "2 alerts" in cli("monitor", "backtest", "rows").stdout
    assert "1 alert:" in cli("monitor", "backtest", "rows", "--set", "min_rows=50").stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "Name a declared monitor, or give --kind"),
        (("rows",), 2, "No monitor 'rows'"),
        (("--kind", "volum", "x"), 2, "Did you mean 'volume'?"),
        (("--kind", "volume", "2013-W*.csv", "--set", "min_row=1"), 2, "Did you mean 'min_rows'?"),
        (("--kind", "volume", "x", "--set", "min_rows"), 2, "not of the form key=value"),
        (("--kind", "volume", "x", "--budget", "much"), 2, "'much' is no rate"),
        (("--kind", "volume", "2013-W*.csv", "--incident", "soon"), 2, "'soon' is not a time"),
    ],
)
@pytest.mark.sqlite_only
def test_mistakes_are_told(
    weeks: Path, cli: Cli, words: tuple[str, ...], code: int, said: str
) -> None:
    told = cli("monitor", "backtest", *words)
    assert told.returncode == code
    assert said in told.stderr
