"""Retention: details and values of old runs go, lineage stays."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pandas
import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Cli = Callable[..., subprocess.CompletedProcess[str]]
    Script = Callable[..., str]

LONG_AGO = """
    import sys, time
    shift = 0
    real_ns = time.time_ns
    time.time_ns = lambda: real_ns() - shift
    import pandas
    import mltrace as mt

    @mt.component
    def ingest(week: int) -> pandas.DataFrame:
        mt.current_run().metric("rows", 3)
        frame = pandas.DataFrame({"same": [1, 2, 3], "own": [week, week, week]})
        frame.to_parquet(f"raw{week}.parquet")
        return frame

    @mt.component
    def train(rows: pandas.DataFrame, to: str) -> str:
        with open(to, "w") as file:
            file.write(str(rows["own"].sum()))
        return to

    for stretch in sys.argv[1:]:
        days, first, end = map(int, stretch.split(":"))
        shift = int(days * 86400e9)
        for week in range(first, end):
            rows = ingest(week)
            if week % 2 == 0:
                train(rows, f"model{week}.bin")
"""

BULKY = """
    import sys, time
    import numpy
    import mltrace as mt

    real_ns = time.time_ns
    for days in map(float, sys.argv[1:]):
        time.time_ns = lambda: real_ns() - int(days * 86400e9)

        @mt.component
        def load():
            return numpy.random.default_rng(int(days)).random(100_000)

        load()
"""

FAILING = """
    import sys, time
    import mltrace as mt

    real_ns = time.time_ns
    time.time_ns = lambda: real_ns() - int(400 * 86400e9)

    @mt.component
    def fail(number):
        raise ValueError(f"{number}" * 1000)

    for number in range(int(sys.argv[1])):
        try:
            fail(number)
        except ValueError:
            pass
"""


@mt.component
def serve(model: str) -> None: ...


@pytest.fixture
def old_store(store: Path, script: Callable[..., str]) -> Path:
    """Provide a store with runs of 400 and of 10 days ago, and values as old."""
    script(LONG_AGO, "400:0:3", "10:3:5")
    serve("model2.bin")
    mt.sync()
    age(store)
    return store


def age(store: Path) -> None:
    """Let nothing that is kept have been used within the last hour."""
    then = time.time() - 7_200
    for path in (store / "blobs").rglob("*"):
        os.utime(path, (then, then))


def total_bytes(store: Path) -> int:
    return sum(path.stat().st_size for path in (store / "blobs").rglob("*") if path.is_file())


def lineage() -> list[Any]:
    stale = [run.to_dict() | {"details_removed_at": None} for run in mt.stale()]
    return [stale, [(step.run.id, step.depth) for step in mt.trace("serve").steps]]


def test_without_yes_nothing_is_removed(old_store: Path) -> None:
    before = sorted(path for path in old_store.rglob("*") if path.is_file())
    collected = mt.Workspace().gc("90d")
    assert (collected.num_runs, collected.is_done) == (5, False)
    assert collected.num_bytes > 0
    assert sorted(path for path in old_store.rglob("*") if path.is_file()) == before
    assert mt.recent(limit=None)[-1].details_removed_at is None


def test_what_was_told_is_what_is_removed(old_store: Path) -> None:
    told = mt.Workspace().gc("90d").to_dict()
    done = mt.Workspace().gc("90d", yes=True).to_dict()
    for answer in (told, done):
        del answer["before"], answer["is_done"]
    assert told == done
    again = mt.Workspace().gc("90d", yes=True)
    assert (again.num_runs, again.num_values) == (0, 0)


def test_traces_and_staleness_are_the_same_after_makers_were_pruned(old_store: Path) -> None:
    before = lineage()
    assert any("400 days old" in said or "train" in said for said in mt.stale()[0].stale)
    mt.Workspace().gc("90d", yes=True)
    maker = mt.trace("serve").steps[1].run
    assert maker.component == "train"
    assert maker.details_removed_at is not None
    assert lineage() == before


def test_values_of_forgotten_runs_are_gone_and_needed_ones_load(old_store: Path) -> None:
    oldest, newest = mt.history("ingest")[-1], mt.history("ingest")[0]
    mt.Workspace().gc("90d", yes=True)
    with pytest.raises(LookupError, match="mltrace gc"):
        mt.artifact(oldest.outputs[0]).load()
    loaded = mt.artifact(newest.outputs[0]).load()
    pandas.testing.assert_frame_equal(
        loaded, pandas.DataFrame({"same": [1, 2, 3], "own": [4, 4, 4]})
    )
    assert mt.artifact("model2.bin").load() == b"6"


def test_a_removed_value_is_kept_anew_by_the_next_process(
    old_store: Path, script: Callable[..., str]
) -> None:
    mt.Workspace().gc("90d", yes=True)
    script(LONG_AGO, "0:0:1")
    assert list(mt.artifact(mt.history("ingest")[0].outputs[0]).load()["own"]) == [0, 0, 0]


def test_inspect_says_that_and_when_details_were_removed(old_store: Path, cli: Cli) -> None:
    mt.Workspace().gc("90d", yes=True)
    run = mt.history("ingest")[-1]
    assert dict(run.metrics) == {}
    assert run.code is not None
    said = cli("inspect", run.id).stdout
    assert f"removed on {run.details_removed_at:%Y-%m-%d} by retention (mltrace gc)" in said


def test_what_a_flagged_output_depends_on_stays(old_store: Path) -> None:
    mt.flag("model0.bin", reason="wrong")
    mt.Workspace().gc("90d", yes=True)
    steps = mt.trace("model0.bin").steps
    assert [step.run.details_removed_at for step in steps] == [None, None]
    assert mt.artifact(steps[1].run.outputs[0]).load() is not None


def test_what_a_pinned_run_depends_on_stays_until_it_is_unpinned(old_store: Path) -> None:
    mt.pin("model0.bin", reason="the first one")
    mt.Workspace().gc("90d", yes=True)
    train, ingest = (step.run for step in mt.trace("model0.bin").steps)
    assert train.pinned
    assert [train.details_removed_at, ingest.details_removed_at] == [None, None]
    assert mt.artifact(ingest.outputs[0]).load() is not None
    assert mt.artifact("model0.bin").load() is not None
    mt.unpin("model0.bin")
    mt.Workspace().gc("90d", yes=True)
    assert mt.run(ingest.id).details_removed_at is not None


def test_the_command_line_tells_first_and_removes_with_yes(old_store: Path, cli: Cli) -> None:
    told = cli("gc", "--older-than", "90d").stdout
    assert "Would remove the details of 5 runs and 4 values" in told
    assert "add --yes to do it" in " ".join(told.split())
    assert all(len(line) <= 80 for line in told.splitlines())
    assert "Removed the details of 5 runs" in cli("gc", "--older-than", "90d", "--yes").stdout
    assert "There is nothing to remove." in cli("gc").stdout


def test_an_age_that_is_none_is_named(store: Path, cli: Cli) -> None:
    answer = cli("gc", "--older-than", "soon")
    assert answer.returncode == 2
    assert "'soon' is not an age" in answer.stderr


def test_a_size_lets_the_values_go_that_were_used_longest_ago(store: Path, script: Script) -> None:
    script(BULKY, "40", "30", "20", "10")
    age(store)
    room = int(total_bytes(store) * 0.6)
    told = mt.Workspace().gc("never", max_size=room)
    assert (told.num_runs, told.num_values, told.is_done) == (0, 2, False)
    done = mt.Workspace().gc("never", max_size=room, yes=True)
    assert (done.num_values, done.num_bytes) == (told.num_values, told.num_bytes)
    assert total_bytes(store) <= room
    newest, *_, oldest = mt.history("load")
    assert oldest.details_removed_at is None
    assert len(mt.artifact(newest.outputs[0]).load()) == 100_000
    with pytest.raises(LookupError, match="mltrace gc"):
        mt.artifact(oldest.outputs[0]).load()


def test_a_limit_that_is_not_reached_is_said_with_what_is_left(
    store: Path, script: Script, workdir: Path, cli: Cli, cli_json: Callable[..., Any]
) -> None:
    script(BULKY, "20", "10")
    age(store)
    (workdir / "mltrace.toml").write_text('[retention]\nmax_size = "10 kB"\n')
    told, told_json = " ".join(cli("gc").stdout.split()), cli_json("gc")
    assert "The values left would still take up 70" in told
    assert "kB, more than max_size, 10.0 kB; below is why they stay." in told
    assert told_json["num_bytes_kept"] > told_json["max_bytes"] == 10_000
    done = cli_json("gc", "--yes")
    assert done["num_bytes_kept"] == total_bytes(store)
    assert "There is nothing to remove. The values left" in " ".join(cli("gc").stdout.split())
    assert "more than" not in " ".join(cli("gc", "--max-size", "1 GB").stdout.split())


def test_a_damaged_value_keeps_values_but_not_details(old_store: Path, cli: Cli) -> None:
    *_, damaged = sorted((old_store / "blobs" / "values").glob("??/*"))
    damaged.write_bytes(b"?" * 64)
    age(old_store)
    before = sorted((old_store / "blobs" / "values").rglob("*"))
    done = cli("gc", "--older-than", "0s", "--values-older-than", "0s", "--yes")
    said = " ".join(done.stdout.split())
    assert done.returncode == 0, done.stderr
    assert "Removed the details of" in said
    assert "a file is damaged, see below" in said
    assert "Note: no values can be removed. The kept file" in said
    assert "is damaged: its bytes do not match their checksum. Delete it" in said
    assert sorted((old_store / "blobs" / "values").rglob("*")) == before
    damaged.unlink()
    assert "values (" in cli("gc", "--values-older-than", "0s", "--yes").stdout


def test_room_is_made_of_others_where_values_are_in_use(store: Path, script: Script) -> None:
    script(BULKY, "40", "30", "20", "10")
    age(store)
    room = int(total_bytes(store) * 0.8)
    *_, second, oldest = mt.history("load")
    in_use = oldest.outputs[0].digest or ""
    os.utime(store / "blobs" / "values" / in_use[:2] / in_use[2:])
    done = mt.Workspace().gc("never", max_size=room, yes=True)
    assert (done.num_values, total_bytes(store) <= room) == (1, True)
    assert mt.artifact(oldest.outputs[0]).load() is not None
    with pytest.raises(LookupError, match="mltrace gc"):
        mt.artifact(second.outputs[0]).load()


def test_a_size_never_takes_what_a_pinned_run_or_the_latest_needs(
    store: Path, script: Script
) -> None:
    script(BULKY, "40", "30", "20", "10")
    age(store)
    newest, *_, oldest = mt.history("load")
    mt.pin(oldest)
    done = mt.Workspace().gc("never", max_size=0, yes=True)
    assert done.staying_values == {"needed": 2}
    assert (done.max_bytes, done.num_bytes_kept) == (0, total_bytes(store))
    for run in (newest, oldest):
        assert len(mt.artifact(run.outputs[0]).load()) == 100_000


def test_a_plain_gc_follows_the_policy_of_the_file(
    old_store: Path, workdir: Path, cli_json: Callable[..., Any]
) -> None:
    (workdir / "mltrace.toml").write_text(
        '[retention]\nolder_than = "5d"\nkeep_last = 2\n[retention.components]\ntrain = "never"\n'
    )
    told = cli_json("gc")
    assert (told["num_runs"], told["is_done"]) == (3, False)
    assert told["staying"] == {"last": 2, "latest": 3, "recent": 1}
    assert cli_json("gc", "--keep-last", "4")["num_runs"] == 1
    assert cli_json("gc", "--older-than", "never")["num_runs"] == 0


def test_the_command_line_says_why_the_rest_stays(old_store: Path, cli: Cli) -> None:
    mt.pin("model0.bin")
    mt.flag("model2.bin")
    said = " ".join(cli("gc").stdout.split())
    for words in (
        "Runs that keep their details 8",
        "1 pinned",
        "1 a pinned run depends on them",
        "1 they made a flagged output",
        "1 a flagged output depends on them",
        "the latest, or the latest that succeeded, of their component",
        "Kept values that stay",
        "of runs that are pinned, flagged, under way or the latest",
    ):
        assert words in said


def test_values_of_some_artifacts_have_an_age_of_their_own(old_store: Path, workdir: Path) -> None:
    (workdir / "mltrace.toml").write_text('[retention.artifacts]\n"model*.bin" = "never"\n')
    mt.Workspace().gc("90d", yes=True)
    assert mt.artifact("model0.bin").load() == b"0"
    with pytest.raises(LookupError, match="mltrace gc"):
        mt.artifact(mt.history("ingest")[-1].outputs[0]).load()


def test_rules_that_fit_nothing_known_are_noted(old_store: Path, workdir: Path, cli: Cli) -> None:
    (workdir / "mltrace.toml").write_text(
        '[retention.components]\ntrian = "never"\n'
        '[retention.artifacts]\n"modle*.bin" = "never"\n"model*.bin" = "1d"\n'
    )
    said = " ".join(cli("gc").stdout.split())
    assert "[retention.components] 'trian' is no component that is known" in said
    assert "did you mean 'train'?" in said
    assert "[retention.artifacts] 'modle*.bin' fits no artifact that is known" in said
    assert "'model*.bin'" not in said


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--keep-last", "-1", "-1 is not in the range"),
        ("--max-size", "50", "'50' is not a size; write for example '50 GB'"),
        ("--values-older-than", "old", "'old' is not an age; write for example '90d'"),
    ],
)
def test_a_limit_that_cannot_be_is_named(
    store: Path, cli: Cli, option: str, value: str, message: str
) -> None:
    answer = cli("gc", option, value)
    assert answer.returncode == 2
    assert message in " ".join(answer.stderr.split())


@pytest.mark.sqlite_only("looks for the file of the catalog")
def test_the_catalog_shrinks_when_many_details_have_gone(store: Path, script: Script) -> None:
    script(FAILING, "300")
    mt.sync()
    assert mt.Workspace().gc().num_bytes_catalog == 0
    done = mt.Workspace().gc(yes=True)
    assert (store / "catalog.db").stat().st_size < done.num_bytes_catalog / 4
    assert mt.Workspace().gc(yes=True).num_bytes_catalog == 0
    assert len(mt.recent(limit=None)) == 300


@pytest.mark.sqlite_only("looks for the file of the catalog")
def test_nothing_is_removed_from_values_that_another_store_uses_too(
    old_store: Path, script: Script, cli: Cli
) -> None:
    values = old_store / "blobs"
    other = old_store.with_name("other")
    script(BULKY, "40", MLTRACE_URI=str(other), MLTRACE_ARTIFACTS=str(values))
    (note,) = [path for path in (values / "stores").iterdir() if "other" in path.read_text()]
    refused = cli("gc", "--yes")
    assert refused.returncode == 3
    said = " ".join(refused.stderr.split())
    assert f"are used by another store as well: {other / 'catalog.db'}." in said
    assert f"if that one is gone, delete {note}" in said
    refused = cli("gc", "--store", str(other), MLTRACE_ARTIFACTS=str(values))
    assert f"{old_store / 'catalog.db'}." in " ".join(refused.stderr.split())
    note.unlink()
    assert mt.Workspace().gc(yes=True).num_runs == 5


@pytest.mark.sqlite_only("looks for the file of the catalog")
def test_a_store_whose_values_another_one_had_kept_already_is_noted(
    store: Path, script: Script, cli: Cli
) -> None:
    values, other = store / "blobs", store.with_name("other")
    for uri in (store, other):
        script(BULKY, "40", MLTRACE_URI=str(uri), MLTRACE_ARTIFACTS=str(values))
    age(store)
    refused = cli("gc", "--older-than", "0s", "--values-older-than", "0s", "--yes")
    assert refused.returncode == 3
    assert f"by another store as well: {other / 'catalog.db'}." in " ".join(refused.stderr.split())


@pytest.mark.sqlite_only("moves the folder of the store")
def test_a_store_that_was_moved_with_its_values_is_no_other_store(old_store: Path) -> None:
    moved = old_store.rename(old_store.with_name("moved"))
    assert mt.Workspace(moved).gc(yes=True).num_runs == 5
