"""`mltrace drift` as a user types it."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import numpy
import pandas as pd
import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def _profile_everything(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACE_PROFILE_SHARE", "1")


@pytest.fixture
def clean(workdir: Path) -> Callable[..., Path]:
    @mt.component
    def clean(day: int, shift: float = 0.0) -> Path:
        random = numpy.random.default_rng(day)
        path = Path(f"clean_2013-06-{day:02d}.parquet")
        columns = {
            "delay": random.normal(12 + shift, 3, 300),
            "distance": random.normal(800, 40, 300),
            "carrier": random.choice(["AA", "DL", "UA"], 300),
        }
        pd.DataFrame(columns).to_parquet(path)
        return path

    for day in range(1, 11):
        clean(day)
    return clean


def run_of(name: str) -> str:
    return next(one.run_id or "" for one in mt.drift_history() if one.partition == name)


def test_the_newest_partition_is_judged_and_exits_with_0_or_1(
    clean: Callable[..., Path], cli: Cli
) -> None:
    usual = cli("drift", "clean")
    assert (usual.returncode, usual.stderr) == (0, "")
    assert "✓ ok  clean_2013-06-10.parquet" in usual.stdout
    assert "3 columns as usual: delay, distance, carrier" in usual.stdout
    clean(11, shift=60.0)
    drifted = cli("drift", "clean")
    assert (drifted.returncode, drifted.stderr) == (1, "")
    assert "✗ blocked  clean_2013-06-11.parquet" in drifted.stdout
    assert "\n  delay  " in drifted.stdout
    assert "2 columns as usual: distance, carrier" in drifted.stdout
    assert f"mltrace drift accept {run_of('clean_2013-06-11.parquet')[:13]}" in drifted.stdout


@pytest.mark.parametrize("width", [80, 120])
def test_answers_fit_the_terminal(clean: Callable[..., Path], cli: Cli, width: int) -> None:
    clean(11, shift=60.0)
    for words in (["clean"], ["list"], ["replay", "--all"]):
        answer = cli("drift", *words, COLUMNS=str(width))
        assert answer.stdout
        assert max(map(len, answer.stdout.splitlines())) <= width


def test_json_and_csv_are_the_records(clean: Callable[..., Path], cli: Cli) -> None:
    answer = cli("drift", "clean", "--format", "json")
    (newest,) = mt.drift_history(limit=1)
    assert json.loads(answer.stdout) == json.loads(json.dumps(newest.to_dict()))
    listed = cli("--format", "csv", "drift", "list", "clean:clean_*-*-*.parquet")
    header, *rows = listed.stdout.splitlines()
    assert header.startswith("table,monitor,partition,digest,at,run_id,state,score,")
    assert len(rows) == 10


def test_a_file_that_is_delivered_again_under_another_name_is_told_and_exits_with_1(
    clean: Callable[..., Path], cli: Cli
) -> None:
    @mt.component(name="clean")
    def copy(source: str, target: str) -> Path:
        Path(target).write_bytes(Path(source).read_bytes())
        return Path(target)

    assert cli("drift", "clean").returncode == 0
    clean(5)
    assert "delivered again" not in cli("drift", "clean").stdout
    copy("clean_2013-06-05.parquet", "clean_2013-06-11.parquet")
    told = cli("drift", "clean")
    said = " ".join(told.stdout.split())
    assert told.returncode == 1
    assert said.startswith("✗ clean_2013-06-11.parquet (run ")
    assert "has the content of clean_2013-06-05.parquet (run " in said
    assert "✓ ok clean_2013-06-10.parquet" in said
    (note,) = json.loads(cli("drift", "clean", "--format", "json").stdout)["notes"]
    assert note.endswith(": delivered again?")
    for words in (["run"], ["list", "clean"]):
        answer = cli("drift", *words)
        assert (answer.returncode, "delivered again?" in answer.stdout) == (0, True)
    clean(12)
    assert cli("drift", "clean").returncode == 0
    assert "delivered again" not in cli("drift", "run").stdout
    assert "delivered again" in cli("drift", "list").stdout


def test_accept_and_undo_say_what_becomes_of_a_partition(
    clean: Callable[..., Path], cli: Cli
) -> None:
    clean(11, shift=60.0)
    assert cli("drift", "run", "clean").returncode == 1
    run = run_of("clean_2013-06-11.parquet")
    accepted = cli("drift", "accept", run[:13], "--reason", "new fleet")
    assert "is accepted: later partitions are compared with it." in accepted.stdout
    shown = cli("drift", "clean")
    assert (shown.returncode, "new fleet" in shown.stdout) == (0, True)
    again = cli("drift", "accept", run)
    assert again.returncode == 2
    assert "No blocked partition" in again.stderr
    undone = cli("drift", "accept", run, "--undo")
    assert "is blocked again" in undone.stdout
    assert cli("drift", "replay").returncode == 1


def test_what_stays_otherwise_is_accepted_from_its_first_partition_on(
    clean: Callable[..., Path], cli: Cli
) -> None:
    clean(11, shift=60.0)
    clean(12, shift=60.0)
    told = " ".join(cli("drift", "clean").stdout.split())
    first = run_of("clean_2013-06-11.parquet")[:13]
    assert f"Blocked for 2 partitions, since {first}." in told
    assert f"mltrace drift accept {first} --later" in told
    accepted = cli("drift", "accept", first)
    assert "mltrace drift replay" in accepted.stdout
    later = " ".join(cli("drift", "clean").stdout.split())
    assert "clean_2013-06-11.parquet before it was accepted after this was judged." in later
    assert "mltrace drift replay 'clean:clean_*-*-*.parquet'" in later
    undone = " ".join(cli("drift", "accept", first, "--undo").stdout.split())
    assert f"mltrace drift replay 'clean:clean_*-*-*.parquet' {first} --later" in undone


def test_what_is_new_is_judged_by_run_alone(clean: Callable[..., Path], cli: Cli) -> None:
    nothing = cli("drift", "run")
    assert (nothing.returncode, nothing.stdout) == (0, "Nothing new to judge.\n")
    first = cli("drift", "run", "clean")
    assert first.returncode == 0
    assert "· learning" in first.stdout
    clean(11)
    assert "clean_2013-06-11.parquet" in cli("drift", "run").stdout
    assert "Nothing to judge again" in cli("drift", "replay").stdout


def test_a_table_with_the_name_of_a_command_is_judged_by_judge(store: Path, cli: Cli) -> None:
    @mt.component(name="list")
    def listing(day: int) -> pd.DataFrame:
        return pd.DataFrame({"x": numpy.random.default_rng(day).normal(10, 1, 200)})

    for day in range(10):
        listing(day)
    assert "Nothing is judged yet" in cli("drift", "list").stdout
    assert "✓ ok" in cli("drift", "judge", "list").stdout
    assert "✓ ok" in cli("drift", "list", "list").stdout


def test_what_cannot_be_judged_exits_with_3_and_what_is_not_there_with_2(
    store: Path, cli: Cli
) -> None:
    @mt.component
    def load(day: int) -> pd.DataFrame:
        return pd.DataFrame({"x": numpy.random.default_rng(day).normal(10, 1, 200)})

    load(1)
    alone = cli("drift", "load")
    assert alone.returncode == 3
    assert "only 0 partitions before it to compare with" in alone.stdout
    unknown = cli("drift", "laod")
    assert (unknown.returncode, "Did you mean 'load'?" in unknown.stderr) == (2, True)
    misspelt = cli("drift", "lits")
    assert misspelt.returncode == 2
    assert "`mltrace drift list`" in misspelt.stderr
    assert cli("drift").returncode == 2
    assert "judge" in cli("drift", "--help").stdout


def test_a_comparison_of_its_own_is_not_stored(clean: Callable[..., Path], cli: Cli) -> None:
    clean(11, shift=60.0)
    compared = cli("drift", "clean", "--history", "5", "--column", "delay")
    assert (compared.returncode, compared.stderr) == (1, "")
    assert "against 5 partitions" in compared.stdout
    assert "distance" not in compared.stdout
    by_method = cli("drift", "clean", "--method", "wasserstein", "--format", "json")
    assert json.loads(by_method.stdout)["method"] == "wasserstein"
    assert all(one.method != "wasserstein" for one in mt.drift_history())
    unknown = cli("drift", "clean", "--method", "waserstein")
    assert (unknown.returncode, "'wasserstein'" in unknown.stderr) == (2, True)
    both = cli("drift", "clean", "--history", "5", "--reference", "clean")
    assert (both.returncode, "leave --history out" in both.stderr) == (2, True)


def test_a_file_is_compared_with_the_table_that_it_is_of_or_with_a_reference(
    clean: Callable[..., Path], cli: Cli
) -> None:
    delivered = Path("clean_2013-07-01.parquet")
    frame = pd.read_parquet("clean_2013-06-03.parquet")
    frame.assign(delay=frame["delay"] + 60).to_parquet(delivered)
    alone = cli("drift", str(delivered))
    assert (alone.returncode, "against 10 partitions" in alone.stdout) == (1, True)
    known = cli("drift", "clean_2013-06-03.parquet", "--method", "wasserstein")
    assert "against 9 partitions" in known.stdout
    referred = cli("drift", str(delivered), "--reference", "clean_2013-06-04.parquet")
    assert (referred.returncode, "  delay  mean" in referred.stdout) == (1, True)
    same = cli("drift", "clean_2013-06-03.parquet", "--reference", "clean")
    assert same.returncode == 0
    frame.to_parquet("other.parquet")
    lonely = cli("drift", "other.parquet")
    assert lonely.returncode == 2
    assert "--reference NAME|FILE" in lonely.stderr


def test_a_file_is_judged_as_the_monitor_of_its_table_judges_it(
    clean: Callable[..., Path], cli: Cli
) -> None:
    clean(11, shift=60.0)
    mt.DriftMonitor("clean", columns="delay", false_alarm_rate=0.001).evaluate()
    with contextlib.closing(mt.Workspace()) as workspace:
        for one in mt.drift_history("clean"):
            if one.score is not None:
                assert workspace.compare_newest(one.partition) == one.result
    assert cli("drift", "clean_2013-06-11.parquet").returncode == 1


def test_a_file_with_too_few_partitions_before_it_would_be_learnt_from(
    workdir: Path, cli: Cli
) -> None:
    @mt.component
    def load(day: int) -> Path:
        path = Path(f"load_{day}.parquet")
        pd.DataFrame({"delay": numpy.random.default_rng(day).normal(12, 3, 300)}).to_parquet(path)
        return path

    load(1), load(2)
    pd.DataFrame({"delay": [900.0] * 300}).to_parquet("load_3.parquet")
    told = cli("drift", "load_3.parquet")
    assert (told.returncode, told.stderr) == (0, "")
    assert "learnt from in any case: only 2 are before it" in told.stdout


@pytest.mark.sqlite_only("the file is damaged by hand")
def test_a_newest_partition_that_cannot_be_read_exits_with_3(
    clean: Callable[..., Path], cli: Cli, store: Path
) -> None:
    cli("drift", "clean")
    clean(11)
    newest = mt.profiled("clean", limit=1)[0].digest
    with contextlib.closing(sqlite3.connect(store / "catalog.db")) as connection, connection:
        connection.execute("UPDATE profile SET content = x'00' WHERE digest = ?", [newest])
    answer = cli("drift", "clean")
    assert answer.returncode == 3
    assert "clean_2013-06-10.parquet" in answer.stdout
    assert f"@{newest[:8]} of clean:clean_*-*-*.parquet is not judged" in answer.stdout


def test_of_several_monitors_the_one_that_blocks_is_told(
    clean: Callable[..., Path], cli: Cli
) -> None:
    clean(11, shift=60.0)
    mt.DriftMonitor("clean", name="a carrier", columns="carrier").evaluate()
    mt.DriftMonitor("clean", name="b delay", columns="delay").evaluate()
    answer = cli("drift", "clean")
    assert (answer.returncode, "\n  delay  " in answer.stdout) == (1, True)
    listed = cli("drift", "list", "clean").stdout
    assert "clean:clean_*-*-*.parquet  a carrier" in listed
    assert "clean:clean_*-*-*.parquet  b delay" in listed
