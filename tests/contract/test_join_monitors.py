"""Monitors that tell when what a component writes no longer agrees with what it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pandas as pd
import pytest

import mltrace as mt
from mltrace.lineage import kept_tables

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mltrace.records.alerts import Observation

pytestmark = pytest.mark.usefixtures("workdir")


def flights(week: int) -> pd.DataFrame:
    random = numpy.random.default_rng(week)
    return pd.DataFrame(
        {
            "flight_id": [f"{week}-{row}" for row in range(300)],
            "carrier": random.choice(["AA", "UA", "DL"], 300),
            "hour": random.integers(0, 24, 300),
        }
    )


def weather(week: int) -> pd.DataFrame:
    random = numpy.random.default_rng(week)
    return pd.DataFrame({"hour": range(24), "temp": random.normal(50, 9, 24).round(1)})


@mt.component
def joined(flights: pd.DataFrame, weather: pd.DataFrame, shift: int = 0) -> pd.DataFrame:
    moved = weather.assign(hour=(weather["hour"] + shift) % 24)
    return flights.merge(moved, on="hour", how="left")


@mt.component
def clean(flights: pd.DataFrame, carriers: Iterable[str] = ("AA", "UA", "DL")) -> pd.DataFrame:
    return flights[flights["carrier"].isin(list(carriers))]


def run_weeks(number: int, **options: Any) -> None:
    for week in range(number):
        joined(flights(week), weather(week), **options)


def states(observations: Iterable[Observation]) -> list[str]:
    return [one.state for one in observations]


def test_a_join_by_the_wrong_hour_is_told_at_its_component_and_columns() -> None:
    run_weeks(7)
    joined(flights(7), weather(7), shift=5)
    monitor = mt.JoinMonitor("joined")
    newest, *before = monitor.evaluate()
    assert states(before) == ["ok"] * 2 + ["learning"] * 5
    assert newest.state == "bad"
    assert (newest.component, newest.artifact, newest.columns) == ("joined", "joined", ("temp",))
    assert newest.subject == "joined:joined"
    assert newest.run_id == mt.history("joined")[0].id
    assert newest.value is not None
    assert newest.value > 0.9
    assert newest.message.endswith(
        "of the rows agree with weather by hour; in 7 runs before, all did"
    )
    (alert,) = mt.alerts()
    assert (alert.component, alert.columns) == ("joined", ("temp",))
    assert monitor.evaluate() == []


def test_runs_at_fault_are_not_learned_from_and_a_mended_one_resolves_the_alert() -> None:
    monitor = mt.JoinMonitor("joined")
    run_weeks(6)
    run_weeks(8, shift=5)
    assert states(monitor.evaluate()) == ["bad"] * 8 + ["ok"] + ["learning"] * 5
    joined(flights(20), weather(20), shift=3)
    assert states(monitor.evaluate()) == ["bad"]
    joined(flights(21), weather(21))
    assert states(monitor.evaluate()) == ["ok"]
    assert [one.state for one in mt.alerts()] in ([], ["resolved"])


def test_what_somebody_said_is_a_false_alarm_is_usual_from_then_on() -> None:
    run_weeks(6)
    monitor = mt.JoinMonitor("joined")
    joined(flights(6), weather(6), shift=5)
    assert states(monitor.evaluate())[0] == "bad"
    joined(flights(7), weather(7), shift=5)
    assert states(monitor.evaluate()) == ["bad"]
    mt.resolve(mt.alerts(), reason="the hours are local now", verdict="false alarm")
    joined(flights(8), weather(8), shift=5)
    assert states(monitor.evaluate()) == ["ok"]


def test_flagged_outputs_are_not_learned_from() -> None:
    run_weeks(6)
    for run in mt.history("joined")[:2]:
        mt.flag(run, "wrong")
    assert states(mt.JoinMonitor("joined").evaluate()) == ["learning"] * 6
    joined(flights(6), weather(6))
    (observed,) = mt.JoinMonitor("joined").evaluate()
    assert observed.message == "4 of 5 runs before it are known"


def test_it_does_not_matter_how_often_it_is_evaluated() -> None:
    one_by_one: list[Observation] = []
    monitor = mt.JoinMonitor("joined", name="often")
    for week in range(9):
        joined(flights(week), weather(week), shift=5 if week > 6 else 0)
        one_by_one += monitor.evaluate()
    at_once = mt.JoinMonitor("joined", name="once").evaluate()
    assert states(one_by_one) == states(reversed(at_once))
    assert [one.message for one in one_by_one] == [one.message for one in reversed(at_once)]


def test_without_a_component_all_are_watched() -> None:
    for week in range(7):
        cleaned = clean(flights(week), carriers=["AA", "DL"] if week == 6 else ("AA", "UA", "DL"))
        joined(cleaned, weather(week))
    bad = [one for one in mt.JoinMonitor().evaluate() if one.state == "bad"]
    assert [(one.component, one.columns) for one in bad] == [("clean", ("carrier",))]
    assert "are lost: some values of carrier are gone; in 6 runs before, none" in bad[0].message


def test_files_of_a_component_are_one_output_whatever_numbers_they_have(tmp_path: Path) -> None:
    @mt.component
    def scaled(path: Path, factor: float = 1.0) -> Path:
        frame = pd.read_parquet(path)
        out = path.with_name(path.name.replace("raw", "scaled"))
        frame.assign(temp=frame["temp"] * factor).to_parquet(out)
        return out

    for week in range(7):
        raw = tmp_path / f"raw_{week}.parquet"
        weather(week).to_parquet(raw)
        scaled(raw, factor=0.5 if week == 6 else 1.0)
    observed = mt.JoinMonitor("scaled", output="scaled_*.parquet").evaluate()
    assert {one.subject for one in observed} == {"scaled:scaled_*.parquet"}
    assert observed[0].message == (
        "temp: 0 % of the rows agree with raw_*.parquet by hour; in 6 runs before, all did"
    )


def test_what_was_not_kept_is_unknown_unless_its_file_is_there(
    tmp_path: Path,
) -> None:
    @mt.component(keep=False)
    def copied(path: Path) -> Path:
        out = path.with_name("copy.parquet")
        pd.read_parquet(path).to_parquet(out)
        return out

    weather(1).to_parquet(tmp_path / "raw.parquet")
    copied(tmp_path / "raw.parquet")
    assert states(mt.JoinMonitor("copied").evaluate()) == ["learning"]
    weather(2).to_parquet(tmp_path / "raw.parquet")
    copied(tmp_path / "raw.parquet")
    (tmp_path / "raw.parquet").unlink()
    (observed,) = mt.JoinMonitor("copied").evaluate()
    assert observed.state == "unknown"
    assert "is not kept" in observed.message


def test_components_that_read_or_write_no_tables_are_left_out() -> None:
    @mt.component
    def numbers(values: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
        return values * 2

    @mt.component
    def made(day: int) -> pd.DataFrame:
        return weather(day)

    numbers(numpy.arange(1000.0))
    made(1)
    assert mt.JoinMonitor().evaluate() == []


def test_frames_of_any_kind_are_measured_or_unknown() -> None:
    @mt.component
    def copied(frame: Any, _other: Any) -> Any:
        return frame

    index = pd.MultiIndex.from_tuples([(1, "a"), (1, "b"), (2, "a")], names=["week", "day"])
    numbers = numpy.arange(12).reshape(3, 4)
    for frame in (
        pd.DataFrame({"value": [1.0, 2.0, 3.0]}, index),
        pd.DataFrame(numbers, columns=["a", "a", "b", "b"]),
        pd.DataFrame(numbers),
        pd.DataFrame({"mixed": [1, "x", None], "lists": [[1], [2], [3]]}),
        pd.DataFrame({"mixed": [1, "x", None]}),
        pd.DataFrame({"object": [{1}, {2}, {3}]}),
        pd.Series([1, 2, 3], name="value"),
        pd.DataFrame(),
    ):
        copied(frame, frame)
    evaluation = mt.evaluate_monitors(mt.JoinMonitor())
    assert evaluation.faults == ()
    assert set(states(evaluation.observations)) == {"learning", "unknown"}


def test_large_tables_are_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_tables, "_AT_ONCE", 100)

    @mt.component
    def filed(frame: pd.DataFrame, path: Path, first: int = 0) -> Path:
        frame.assign(hour=frame["hour"].where(frame.index >= first, -1)).to_parquet(path)
        return path

    for week in range(7):
        filed(flights(week), tmp_path / "filed.parquet", first=270 if week == 6 else 0)
    newest = mt.JoinMonitor("filed").evaluate()[0]
    assert (newest.value, newest.columns) == (0.9, ("hour",))


def test_keys_may_be_given() -> None:
    run_weeks(6)
    joined(flights(7), weather(7), shift=5)
    newest = mt.JoinMonitor("joined", keys="hour").evaluate()[0]
    assert newest.columns == ("temp",)


def test_arguments_that_cannot_be_are_refused() -> None:
    with pytest.raises(mt.ArgumentError, match=r"JoinMonitor\(window=1\): give a number from 2"):
        mt.JoinMonitor("joined", window=1)
    with pytest.raises(mt.ArgumentError, match="give a window that is as large as the history"):
        mt.JoinMonitor("joined", window=4, min_history=8)
