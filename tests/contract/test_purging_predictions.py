"""Predictions of a person are removed for good: from the lake, from all that is kept beside it."""

from __future__ import annotations

import json
import shutil
import socket
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from tests.matched_tasks import forget
from tests.planted_rows import (
    PERSON,
    TASK,
    found_in,
    log_among,
    log_person,
    make_task,
    purge,
)

import mltrace as mt
from mltrace.store.lake.reading import LakeReader
from mltrace.store.lake.segments import live_segments
from mltrace.store.mirroring import marks
from mltrace.store.mirroring.mirror import Mirror
from mltrace.store.mirroring.mirrored import MIRRORED
from mltrace.store.progress import no_progress
from mltrace.verbs import default_workspace

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

MANY = 4_000
"""Rows whose batch is a file."""
LOGGING = """
    import os
    import mltrace as mt

    task = mt.Task("late", kind="binary", slices=["town"])
    for step in range(10):
        ids = [f"{os.getpid()}-{step}-{number}" for number in range(200)]
        task.log_predictions(ids, [1] * 200, features={"town": ["York"] * 200})
        mt.sync()
        os.write(1, b".")
"""


def ids_of(kind: Any = "predictions") -> list[str]:
    store = default_workspace().store
    with store.reading() as connection:
        reader = LakeReader(connection, store.location.lake)
        found = reader.read(TASK, kind, columns=["id"]).column("id").to_pylist()
        assert not reader.left_out
    return sorted(found)


def ask() -> list[mt.MetricRow]:
    return list(make_task().metrics("accuracy", by="town"))


def log_everywhere() -> list[str]:
    """Log rows of the person that lie compacted, replaced, in a file, in the spool, and matched."""
    others = log_among(50, prefix="first")
    log_person()
    mt.sync()
    others += log_among(MANY, prefix="second")
    mt.sync()  # what the first one made is replaced, and its file stays for an hour
    others += log_among(MANY, prefix="third")
    others += log_among(20, prefix="fourth")
    ask()
    forget()
    log_person()
    return sorted(others)


def test_nothing_of_the_rows_is_left_in_the_store(store: Path) -> None:
    others = log_everywhere()
    with_person = found_in(store)
    assert {name.partition("/")[0] for name in with_person} >= {"spool", "matched"}
    purged = purge()
    assert found_in(store) == {}
    assert purged.left == ()
    assert purged.is_purged
    assert (purged.num_ids, purged.num_found, purged.num_pairs) == (1, 1, 1)
    assert purged.num_predictions == purged.num_labels == 6
    assert ids_of() == ids_of("feedback") == others
    assert {row.slice for row in ask()} == {"town=York"}
    assert found_in(store) == {}


def test_rows_are_counted_first(store: Path) -> None:
    log_everywhere()
    counted = mt.retract([PERSON, "nobody"], task=TASK, dry_run=True)
    assert (counted.num_ids, counted.num_found) == (2, 1)
    assert (counted.num_predictions, counted.num_labels, counted.num_pairs) == (6, 6, 1)
    assert not counted.is_purged
    assert "Would go: 6 predictions, 6 labels, 1 pair of both." in str(counted)
    assert PERSON in ids_of()


def test_rows_that_are_logged_again_are_new_ones(store: Path) -> None:
    log_person()
    assert purge().num_predictions == 1
    log_person()
    assert ids_of() == [PERSON]
    assert ask()[0].num_labels == 1
    assert purge().num_predictions == 1
    assert found_in(store) == {}


@pytest.mark.sqlite_only("a folder is copied")
def test_merged_copy_that_has_the_rows_does_not_bring_them_back(store: Path) -> None:
    others = log_everywhere()
    mt.sync()
    shutil.copytree(store, store.with_name("copy"))
    purge()
    mt.merge(store.with_name("copy"))
    assert ids_of() == others
    assert purge().num_found == 0
    assert found_in(store) == {}


def test_rows_are_gone_as_of_an_earlier_moment_as_well(store: Path) -> None:
    log_among(10)
    before = make_task().metrics("accuracy", as_of="2026-06-01")
    said = str(purge())
    assert "those as of an earlier moment as well" in " ".join(said.split())
    after = make_task().metrics("accuracy", as_of="2026-06-01")
    assert (before[0].num_predictions, after[0].num_predictions) == (11, 10)


def test_repeats_are_counted_as_the_task_counts_them(store: Path) -> None:
    task = mt.Task("clicks", kind="binary", repeats="all")
    task.log_predictions(["a", "a", "b"], [1, 0, 1])
    task.log_feedback(["a", "c"], [1, 1])
    assert mt.retract(["a", "b", "c"], task="clicks", dry_run=True).num_pairs == 2


def test_ids_are_compared_by_their_text_and_in_one_task(store: Path) -> None:
    one = uuid.uuid4()
    make_task().log_predictions([5, 55], [1, 0])
    make_task().log_predictions(one, 1)
    other = mt.Task("other", kind="binary")
    other.log_predictions(["5"], [1])
    assert purge(["5", str(one)]).num_predictions == 2
    assert ids_of() == ["55"]
    assert mt.retract(5, task="other", dry_run=True).num_predictions == 1


def test_flags_on_the_ids_go_with_them(store: Path) -> None:
    @mt.component
    def predict() -> None:
        log_among(5)

    predict()
    mt.flag([PERSON, "id-000001"], reason="wrong")
    assert purge().num_flags == 1
    assert [flag.output for flag in mt.flagged()] == ["id-000001"]
    assert found_in(store) == {}


def test_copies_of_old_rows_go_too(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @mt.component
    def predict() -> None:
        log_among(5)

    monkeypatch.setattr(marks, "ROWS", 2)
    for _ in range(5):
        predict()
    mt.flag(PERSON)
    opened = default_workspace().store
    location, told = opened.location, {"is_used": True, "is_writable": True}
    before, after = (
        Mirror(location.mirror, on_progress=no_progress, **told) for _ in range(2)
    )  # as a query does it: one finds what is not marked yet, the next copies what is
    with opened.reading():
        with opened.catalog.write() as connection:
            marks.mark_blocks(connection, "run", before.unmarked(connection, "run"))
        with opened.catalog.read() as connection:
            after.read(connection, MIRRORED["output_ids"], ["output_id"], most_rows=100)
    assert any(name.startswith("mirror/") for name in found_in(store))
    assert purge().left == ()
    assert found_in(store) == {}


def test_other_machines_are_named_which_have_spools_of_their_own(
    store: Path, database: str, start: Callable[..., subprocess.Popen[str]]
) -> None:
    if database == "sqlite":
        log_person()
        assert purge().elsewhere == ()  # a folder is of one machine
        return
    logging = """
        import mltrace as mt
        from mltrace.verbs import default_workspace

        mt.Task("late", kind="binary", slices=["town"]).log_predictions("PERSON", 1)
        default_workspace().sync()
        print("logged", flush=True)
        input()
        print(mt.retract("PERSON", task="late", purge=True).elsewhere, flush=True)
    """
    there = store.parent.with_name("there")
    process = start(logging.replace("PERSON", PERSON), MLTRACE_SPOOL=str(there))
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "logged\n"
    purged = purge()
    assert (purged.left, purged.elsewhere) == ((), (socket.gethostname(),))
    assert "repeat it on" in str(purged)
    assert any(name.endswith(".jsonl") for name in found_in(there))
    process.communicate("\n", timeout=60)
    assert process.returncode == 0
    assert found_in(there) == {}


def test_labels_alone_go_too(store: Path) -> None:
    make_task().log_feedback([PERSON, "other"], [1, 0])
    purged = purge()
    assert (purged.num_predictions, purged.num_labels, purged.num_pairs) == (0, 1, 0)
    assert ids_of("feedback") == ["other"]


def test_only_segments_that_hold_an_id_are_written_anew(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_among(300, prefix="old", has_person=False)
    mt.sync()
    log_among(4_000, prefix="new")
    mt.sync()
    with default_workspace().store.reading() as connection:
        before = {one.uid for one in live_segments(connection, TASK)}
    assert purge().num_segments == 2
    with default_workspace().store.reading() as connection:
        after = {one.uid for one in live_segments(connection, TASK)}
    assert len(before & after) == len(before) - 2


def test_purging_again_finds_nothing_and_does_no_harm(store: Path) -> None:
    others = log_everywhere()
    purge()
    again = purge()
    assert (again.num_found, again.num_segments, again.left) == (0, 0, ())
    assert ids_of() == others


def test_others_log_and_compact_meanwhile(
    store: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    others = log_everywhere()
    processes = [start(LOGGING) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        process.stdout.read(1)
    for _ in range(20):
        purged = purge()
        if not purged.left:
            break
    assert purged.left == ()
    assert found_in(store) == {}
    for process in processes:
        _, err = process.communicate(timeout=100)
        assert process.returncode == 0, err
    left = ids_of()
    assert len(left) == len(others) + 2 * 10 * 200
    assert set(others) < set(left)
    assert found_in(store) == {}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "give purge=True or dry_run=True"),
        ({"purge": True, "reason": "asked"}, "no reason, grace or undo"),
        ({"purge": True, "dry_run": True}, "give purge=True or dry_run=True"),
    ],
)
def test_what_does_not_go_together_is_refused(
    store: Path, options: dict[str, Any], said: str
) -> None:
    log_person()
    with pytest.raises(mt.ArgumentError, match=said):
        mt.retract(PERSON, task=TASK, **options)


def test_unknown_task_is_named_with_the_nearest(store: Path) -> None:
    log_person()
    with pytest.raises(mt.UnknownNameError, match="Did you mean 'late'"):
        mt.retract(PERSON, task="lat", purge=True)


@pytest.mark.sqlite_only
def test_command_says_what_went(store: Path, cli: Callable[..., Any], workdir: Path) -> None:
    log_everywhere()
    (workdir / "ids.txt").write_text(f"{PERSON}\nnobody\n")
    command = ["retract", "--from-file", "ids.txt", "--task", TASK]
    counted = cli(*command, "--dry-run")
    assert "late  2 ids, 1 with rows\nWould go: 6 predictions, 6 labels" in counted.stdout
    done = cli(*command, "--purge")
    assert done.returncode == 0, done.stderr
    assert "Nothing of these rows is left in the store." in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert PERSON not in done.stdout
    again = cli(*command, "--purge", "--format", "json")
    assert json.loads(again.stdout)["num_found"] == 0


@pytest.mark.sqlite_only
def test_command_exits_with_1_while_something_is_left(store: Path, cli: Callable[..., Any]) -> None:
    log_among(MANY)
    held = store / "lake" / "batches"
    batch = next(path for path in held.glob("*") if PERSON.encode() in path.read_bytes())
    shutil.copyfile(batch, held / "lost.batch")
    answer = cli("retract", PERSON, "--task", TASK, "--purge")
    assert (answer.returncode, "Still there" in answer.stdout) == (1, True)


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a", "--task", TASK], "give --purge, or --dry-run"),
        (["a", "b", "--purge"], "Give one LABEL; ids and files of them go with --task"),
        (["--task", TASK, "--purge"], "There are no ids"),
        (["a", "--task", TASK, "--purge", "--reason", "asked"], "no reason, grace or undo"),
        (["a", "--task", TASK, "--column", "id", "--purge"], "--column needs --from-file"),
    ],
)
def test_wrong_usage_is_said(
    store: Path, cli: Callable[..., Any], arguments: list[str], said: str
) -> None:
    answer = cli("retract", *arguments)
    assert answer.returncode == 2
    assert said in answer.stderr
