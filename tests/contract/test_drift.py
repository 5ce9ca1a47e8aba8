"""Partitions are judged against those before them, each once, and what drifted stays apart."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy
import pandas as pd
import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable

NUM_ROWS = 300


@pytest.fixture(autouse=True)
def _profile_everything(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACE_PROFILE_SHARE", "1")


def frame(day: int, shift: float = 0.0) -> pd.DataFrame:
    random = numpy.random.default_rng(day)
    return pd.DataFrame(
        {
            "delay": random.normal(12 + shift, 3, NUM_ROWS),
            "distance": random.normal(800, 40, NUM_ROWS),
            "carrier": random.choice(["AA", "DL", "UA"], NUM_ROWS),
        }
    )


@pytest.fixture
def clean() -> Callable[..., pd.DataFrame]:
    @mt.component
    def clean(day: int, shift: float = 0.0) -> pd.DataFrame:
        return frame(day, shift)

    return clean


def states(table: str = "clean") -> str:
    """Tell the states of partitions by their first letters, oldest first."""
    return "".join(one.state[0] for one in reversed(mt.drift_history(table, limit=None)))


def run_of(state: str) -> str:
    return next(one.run_id or "" for one in mt.drift_history() if one.state == state)


def test_each_partition_is_judged_once_in_the_order_of_time(clean: Callable[..., Any]) -> None:
    for day in range(8):
        clean(day)
    judged = mt.evaluate_drift("clean")
    assert [one.num_history for one in judged] == [7, 6, 5, 4, 3, 2, 1, 0]
    assert states() == "l" * 8
    assert len(mt.evaluate_drift("clean")) == 0
    clean(8)
    (newest,) = mt.evaluate_drift()
    assert (newest.state, newest.num_history) == ("ok", 8)
    assert newest.reference == tuple(one.digest[:16] for one in reversed(judged))


def test_the_first_partitions_are_learnt_from_whatever_they_are_like(
    clean: Callable[..., Any],
) -> None:
    for day in range(8):
        clean(day, shift=60.0 if day == 3 else 0.0)
    mt.evaluate_drift("clean")
    *_, differing, _, _, _ = mt.drift_history("clean")
    assert (differing.state, differing.is_drift) == ("learning", False)
    assert differing.columns["delay"].is_drift
    assert [one.num_history for one in mt.drift_history("clean")] == [7, 6, 5, 4, 3, 2, 1, 0]
    with pytest.raises(mt.UnknownNameError, match=r"No blocked partition"):
        mt.accept_drift(differing.run_id or "")


def test_what_drifts_is_blocked_and_no_later_partition_is_compared_with_it(
    clean: Callable[..., Any],
) -> None:
    for day in range(10):
        clean(day)
    clean(10, shift=60.0)
    clean(11)
    newest, drifted, *_ = mt.evaluate_drift("clean")
    assert (newest.state, drifted.state) == ("ok", "blocked")
    assert drifted.digest[:16] not in newest.reference
    assert drifted.columns["delay"].is_drift
    assert "delay" in drifted.columns["delay"].reason + drifted.reason
    assert not drifted.columns["distance"].is_drift


def test_what_is_accepted_is_compared_with_until_that_is_taken_back(
    clean: Callable[..., Any],
) -> None:
    for day in range(8):
        clean(day)
    clean(8, shift=60.0)
    mt.evaluate_drift("clean")
    (accepted,) = mt.accept_drift(run_of("blocked"), reason="new fleet")
    assert (accepted.state, accepted.accepted_reason) == ("accepted", "new fleet")
    clean(9)
    (after,) = mt.evaluate_drift("clean")
    assert accepted.digest[:16] in after.reference
    (blocked,) = mt.unaccept_drift(accepted.digest[:12])
    assert blocked.state == "blocked"
    clean(10)
    (later,) = mt.evaluate_drift("clean")
    assert accepted.digest[:16] not in later.reference
    with pytest.raises(mt.UnknownNameError, match=r"No accepted partition"):
        mt.unaccept_drift(accepted.digest[:12])


def test_a_change_that_lasts_is_accepted_with_all_that_came_after_it(
    clean: Callable[..., Any],
) -> None:
    for day in range(12):
        clean(day, shift=60.0 if day > 8 else 0.0)
    mt.evaluate_drift("clean")
    assert states() == "l" * 8 + "obbb"
    second = mt.drift_history("clean")[1]
    assert len(mt.accept_drift(second.run_id or "", later=True)) == 2
    assert states() == "l" * 8 + "obaa"
    assert len(mt.unaccept_drift(second.run_id or "", later=True)) == 2
    assert states() == "l" * 8 + "obbb"


def test_replayed_partitions_are_judged_by_what_is_accepted_now(clean: Callable[..., Any]) -> None:
    for day in range(8):
        clean(day)
    clean(8, shift=60.0)
    clean(9, shift=60.0)
    clean(10)
    mt.evaluate_drift("clean")
    second, first = (one for one in mt.drift_history("clean") if one.state == "blocked")
    mt.accept_drift(first.run_id or "")
    (replayed,) = mt.replay_drift("clean")
    assert replayed.digest == second.digest
    assert first.digest[:16] in replayed.reference
    assert replayed.judged_at > second.judged_at
    again = mt.replay_drift("clean", second.run_id, later=True)
    assert [one.partition for one in again] == ["clean", "clean"]
    assert len(mt.replay_drift("clean", everything=True)) == 11


def test_flagged_and_failed_are_never_compared_with(store: Path) -> None:
    @mt.component
    def load(day: int) -> pd.DataFrame:
        loaded = frame(day)
        mt.current_run().write(loaded, name="load")
        if day == 3:
            raise ValueError
        return loaded

    for day in range(5):
        with contextlib.suppress(ValueError):
            load(day)
    mt.flag(mt.history("load", limit=1)[0].outputs[0])
    assert len(mt.evaluate_drift("load")) == 3
    mt.unflag(all=True)
    (unflagged,) = mt.evaluate_drift("load")
    assert unflagged.num_history == 3


def test_a_monitor_keeps_its_settings_and_its_judgements_apart(clean: Callable[..., Any]) -> None:
    for day in range(8):
        clean(day)
    monitor = mt.DriftMonitor("clean", name="narrow", window=3, min_history=2, columns="delay")
    assert [one.num_history for one in monitor.evaluate()] == [3, 3, 3, 3, 3, 2, 1, 0]
    assert {*monitor.history()[0].columns} == {"delay"}
    assert monitor.history()[0].settings["window"] == 3
    assert len(mt.evaluate_drift()) == 0
    clean(8)
    assert [one.monitor for one in mt.evaluate_drift()] == ["narrow"]
    assert mt.drift_history("clean")[0].num_history == 3


def test_a_detector_of_your_own_judges(clean: Callable[..., Any]) -> None:
    class RowCount:
        def fit(self, history: Any) -> RowCount:
            self.usual = max(one.num_rows for one in history)
            return self

        def score(self, partition: Any, *, name: str | None = None) -> Any:
            from mltrace.records.drift import DriftResult

            share = partition.num_rows / self.usual
            return DriftResult(partition=name, score=share, is_drift=share < 1, method="rows")

    for day in range(3):
        clean(day)
    monitor = mt.DriftMonitor("clean", detector=RowCount())
    assert [one.method for one in monitor.evaluate()] == ["rows", "rows", ""]
    assert len(monitor.replay(everything=True)) == 3
    with pytest.raises(mt.UnknownNameError, match=r"'RowCount'"):
        mt.replay_drift("clean", everything=True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"window": 0, "min_history": 1}, r"window=0"),
        ({"min_history": 61}, r"min_history=61.*60"),
        ({"columns": []}, r"columns=\(\)"),
        ({"false_alarm_rate": 0}, r"false_alarm_rate=0"),
        ({"false_alarm_rate": 0.5}, r"between 0 and 0\.5"),
        ({"name": " "}, r"name=' '"),
        ({"detector": 7}, r"detector=int"),
    ],
)
@pytest.mark.sqlite_only("nothing is read")
def test_settings_that_cannot_be_are_refused(
    options: dict[str, Any], said: str, store: Path
) -> None:
    with pytest.raises(mt.ArgumentError, match=said):
        mt.DriftMonitor("clean", **options)


def test_columns_that_no_partition_has_are_answered_with_the_nearest(
    clean: Callable[..., Any],
) -> None:
    clean(1)
    with pytest.raises(mt.UnknownNameError, match=r"No column 'dealy'\. Did you mean 'delay'"):
        mt.DriftMonitor("clean", columns=["dealy"]).evaluate()
    assert mt.drift_history("clean") == []
    assert len(mt.DriftMonitor("clean", columns=["dealy", "delay"]).evaluate()) == 1


def test_of_several_monitors_as_many_partitions_are_listed_of_each(
    clean: Callable[..., Any],
) -> None:
    for number in range(3):
        clean(number)
    mt.DriftMonitor("clean").evaluate()
    mt.DriftMonitor("clean", name="delays", columns="delay").evaluate()
    assert [one.monitor for one in mt.drift_history(limit=2)] == ["delays", "drift"] * 2
    assert len(mt.drift_history(limit=None)) == 6


def test_files_of_several_names_are_the_partitions_of_one_table(store: Path, workdir: Path) -> None:
    @mt.component
    def clean(month: int) -> Path:
        path = Path(f"batches/2013-{month:02d}/clean_{month}.parquet")
        path.parent.mkdir(parents=True)
        frame(month).to_parquet(path)
        return path

    @mt.component
    def train(path: Path, rows: pd.DataFrame) -> None: ...

    for month in range(1, 7):
        train(clean(month), frame(month + 100))
    assert len(mt.profiled("clean")) == 6
    for name, number in (("clean", 6), ("clean:clean_*.parquet", 0), ("2013-*/clean_*.parquet", 6)):
        found = mt.evaluate_drift(name)
        assert len(found) == number
        assert all(Path(one.partition).match("clean_?.parquet") for one in found)
    tables = {one.table for one in mt.drift_history(limit=2)}
    assert tables == {"2013-*/clean_*.parquet", "clean:clean_*.parquet"}
    assert len(mt.evaluate_drift("train:rows")) == 6
    with pytest.raises(mt.UnknownNameError, match=r"writes no table; .*: train:clean_\*.parquet"):
        mt.evaluate_drift("train")
    with pytest.raises(mt.UnknownNameError, match=r"No table 'clean:clena_\*.parquet'. Did you"):
        mt.evaluate_drift("clean:clena_*.parquet")
    with pytest.raises(mt.UnknownNameError, match=r"No file '2014-\*/clean.parquet'"):
        mt.evaluate_drift("2014-*/clean.parquet")


def test_a_file_in_several_folders_is_named_as_one_table(store: Path, workdir: Path) -> None:
    @mt.component
    def clean(month: int) -> Path:
        path = Path(f"2013-{month:02d}/clean.parquet")
        path.parent.mkdir()
        frame(month).to_parquet(path)
        return path

    clean(1), clean(2)
    with pytest.raises(mt.AmbiguousNameError, match=r"As one table: '\*/clean.parquet'"):
        mt.evaluate_drift("clean.parquet")
    assert len(mt.evaluate_drift("*/clean.parquet")) == 2


@pytest.mark.sqlite_only("two folders are merged")
def test_the_order_of_arrival_does_not_matter_after_a_replay(
    clean: Callable[..., Any], workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = [workdir.parent / name for name in ("even", "odd", "all")]
    for day in range(8):
        for place in (stores[day % 2], stores[2]):
            monkeypatch.setenv("MLTRACE_URI", str(place))
            clean(day, shift=60.0 if day == 5 else 0.0)

    def told() -> list[tuple[str, str, tuple[str, ...], float | None]]:
        return [
            (one.digest, one.state, one.reference, one.score)
            for one in mt.drift_history("clean", limit=None)
        ]

    mt.evaluate_drift("clean")
    at_once = told()
    monkeypatch.setenv("MLTRACE_URI", str(stores[0]))
    mt.evaluate_drift("clean")
    mt.merge(stores[1])
    late = mt.evaluate_drift("clean")
    assert len(late) == 4
    assert told() != at_once
    mt.replay_drift("clean", everything=True)
    assert told() == at_once


@pytest.mark.sqlite_only("two folders are merged")
def test_judgements_and_acceptances_are_merged(
    clean: Callable[..., Any], store: Path, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(8):
        clean(day)
    clean(8, shift=60.0)
    mt.evaluate_drift("clean")
    mt.accept_drift(run_of("blocked"), reason="new fleet")
    here = [one.to_dict() for one in mt.drift_history()]
    monkeypatch.setenv("MLTRACE_URI", str(workdir.parent / "other"))
    mt.merge(store)
    assert [one.to_dict() for one in mt.drift_history()] == here
    assert len(mt.evaluate_drift()) == 0


@pytest.mark.sqlite_only("the file is damaged by hand")
@pytest.mark.parametrize("damage", ["x'00'", "substr(content, 1, length(content) - 20)"])
def test_a_profile_that_cannot_be_read_is_neither_judged_nor_compared_with(
    clean: Callable[..., Any], store: Path, damage: str
) -> None:
    for day in range(5):
        clean(day)
    third = mt.profiled("clean")[2].digest
    with contextlib.closing(sqlite3.connect(store / "catalog.db")) as connection, connection:
        connection.execute(f"UPDATE profile SET content = {damage} WHERE digest = ?", [third])
    judged = mt.evaluate_drift("clean")
    assert [one.num_history for one in judged] == [3, 2, 1, 0]
    assert judged.notes == (
        f"clean@{third[:8]} of clean is not judged: its profile cannot be read",
    )
    assert judged.notes[0] in str(judged)


def test_a_profile_of_a_sample_is_said(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACE_PROFILE", "sample")

    @mt.component
    def wide(day: int) -> pd.DataFrame:
        return pd.DataFrame({"x": numpy.random.default_rng(day).normal(0, 1, 200_000)})

    for day in range(2):
        wide(day)
    assert any("sample" in note for note in mt.evaluate_drift("wide")[0].notes)


def test_what_a_retraction_purges_is_judged_no_more(store: Path) -> None:
    @mt.component
    def load(day: int) -> pd.DataFrame:
        return frame(day)

    for day in range(3):
        load(day)
    mt.evaluate_drift("load")
    mt.subject("alice", on=mt.history("load", limit=1)[0].outputs[0])
    mt.retract("alice", purge=True)
    assert len(mt.drift_history("load")) == 2
    assert len(mt.evaluate_drift("load")) == 0


def test_judgements_stay_when_details_of_runs_go(clean: Callable[..., Any]) -> None:
    for day in range(3):
        clean(day)
    mt.evaluate_drift("clean")
    mt.Workspace().gc(older_than="0d", yes=True)
    assert len(mt.drift_history("clean")) == 3
    clean(3)
    assert mt.evaluate_drift("clean")[0].num_history == 3


@pytest.mark.sqlite_only("it takes many partitions")
def test_a_column_that_creeps_is_told_and_nothing_is_blocked_for_it(store: Path) -> None:
    @mt.component
    def sense(day: int) -> pd.DataFrame:
        random = numpy.random.default_rng(day)
        return pd.DataFrame({"temp": random.normal(20 + 0.02 * max(day - 60, 0), 1, 400)})

    for day in range(100):
        sense(day)
    monitor = mt.DriftMonitor("sense")
    monitor.evaluate()
    alarmed = [one for one in monitor.history(limit=None) if one.alarms]
    assert alarmed
    assert alarmed[0].alarms[0].startswith("temp: mean creeps since about 20")
    assert all(one.state == "ok" for one in alarmed)
    silent = mt.DriftMonitor("sense", name="sudden", slow_drift=False)
    silent.evaluate()
    assert not any(one.alarms for one in silent.history(limit=None))
