"""What is matched is kept, believed only if it is whole, and the same as computed anew."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.forked import run_forked
from tests.matched_tasks import asked, computed_anew, forget, kept_files, log_task

import mltrace as mt
from mltrace.store.lake.expiring import forget_old_rows
from mltrace.store.lake.reading import LakeReader
from mltrace.tasks.matching import runs
from mltrace.verbs import default_workspace
from mltrace.workspace.tasks import matched, state_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """List how many rows of segments are read of the lake."""
    sizes: list[int] = []
    tables = LakeReader.tables

    def counted(self: LakeReader, segment: object, **options: object) -> object:
        sizes.append(segment.num_rows)  # type: ignore[attr-defined]
        return tables(self, segment, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(LakeReader, "tables", counted)
    return sizes


def test_nothing_is_read_twice(store: Path, reads: list[int]) -> None:
    log_task(0, 100)
    first = asked()
    assert sorted(reads) == [100, 100]
    forget()
    assert asked() == first
    log_task(100, 110)
    assert asked() != first
    assert sum(reads) == 220


def test_answer_is_that_of_one_computation_after_corrections(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_task(0, 100)
    asked()
    for step in range(4):
        log_task(30 * step, 30 * step + 60, labels=step % 2 == 0)
        mt.Task("late", kind="binary").log_feedback(["id-3", "id-200"], [step % 2, 1])
        if step == 2:
            forget()
        assert asked() == computed_anew(monkeypatch)


def test_compacted_segments_are_known(store: Path, reads: list[int]) -> None:
    for start in range(0, 100, 20):
        log_task(start, start + 20)
    first = asked()
    mt.sync()
    reads.clear()
    assert asked() == first
    forget()
    assert asked() == first
    assert reads == []


def test_compacted_segment_that_is_partly_new_changes_what_is_new(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_task(0, 100)
    asked()
    log_task(90, 130)
    mt.sync()
    assert asked() == computed_anew(monkeypatch)


@pytest.mark.parametrize("how", ["cut", "changed", "emptied", "gone"])
@pytest.mark.parametrize("suffix", ["manifest", ".arrays", ".statistics"])
def test_what_is_damaged_is_computed_anew(store: Path, how: str, suffix: str) -> None:
    log_task(0, 100)
    first = asked()
    forget()
    (path,) = [one for one in kept_files(store) if one.name.endswith(suffix)]
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        changed = bytes([content[40] ^ 1])
        made = {"cut": content[:-64], "changed": content[:40] + changed + content[41:]}
        path.write_bytes(made.get(how, b""))
    assert asked() == first
    forget()
    assert asked() == first


def test_what_was_kept_before_the_machine_was_started_anew_is_not_believed(
    store: Path, monkeypatch: pytest.MonkeyPatch, reads: list[int]
) -> None:
    log_task(0, 100)
    first = asked()
    forget()
    monkeypatch.setattr(state_files, "boot_id", lambda: "another")
    assert asked() == first
    assert sum(reads) == 400


def test_what_is_kept_is_removed_by_hand_and_kept_again(store: Path) -> None:
    log_task(0, 100)
    first = asked()
    for path in kept_files(store):
        path.unlink()
    assert asked() == first
    log_task(100, 101)
    asked()
    assert len(kept_files(store)) == 4


def test_files_that_are_replaced_are_removed(store: Path) -> None:
    for start in range(0, 400, 20):
        log_task(start, start + 20)
        asked()
    assert len([path for path in kept_files(store) if path.suffix == ".arrays"]) <= 6


@pytest.mark.parametrize("is_compacted", [False, True])
def test_rows_that_are_removed_no_longer_count(store: Path, *, is_compacted: bool) -> None:
    log_task(0, 24)
    log_task(480, 504)
    if is_compacted:
        mt.sync()
    assert len(asked()) == 21 * 3
    before = datetime(2026, 5, 10, tzinfo=UTC).timestamp() * 1e9
    opened = default_workspace().store
    forget_old_rows(opened.catalog, opened.location, before=int(before), is_dry=False)
    assert [row["num_predictions"] for row in asked()] == [24] * 3


def test_labels_known_later_wait(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log_task(0, 24, labels=False)
    at = datetime.now(UTC) + timedelta(hours=1)
    mt.Task("late", kind="binary").log_feedback(["id-3"], [1], at=at)
    assert {row["num_labels"] for row in asked()} == {0}
    forget()
    assert {row["num_labels"] for row in asked()} == {0}
    forget()
    monkeypatch.setattr(matched, "now_ns", lambda: int(at.timestamp() + 1) * 10**9)
    assert {row["num_labels"] for row in asked()} == {1}
    forget()
    assert {row["num_labels"] for row in asked()} == {1}


def test_feature_that_is_not_declared_is_read_anew_and_not_kept(
    store: Path, reads: list[int]
) -> None:
    task = mt.Task("late", kind="binary", slices=["carrier"])
    features = {"carrier": ["UA", "AA"] * 10, "gate": ["A", "B", "C", "D"] * 5}
    task.log_predictions(range(20), [0, 1] * 10, features=features)
    task.log_feedback(range(20), [0] * 20)
    told = {row.slice: row.value for row in task.metrics("accuracy", by="carrier")}
    assert told == {"carrier=AA": 0, "carrier=UA": 1}
    files = kept_files(store)
    assert {row.slice for row in task.metrics("accuracy", by="gate")} == {
        "gate=A",
        "gate=B",
        "gate=C",
        "gate=D",
    }
    assert kept_files(store) == files
    assert sum(reads) == 80


def test_task_that_is_declared_anew_is_matched_anew(store: Path) -> None:
    task = mt.Task("late", kind="binary")
    task.log_predictions(["a", "a"], [1, 0], at=["2026-05-01T00:00", "2026-05-01T01:00"])
    task.log_feedback(["a"], [1])
    assert task.metrics("accuracy")[0].num_predictions == 1
    again = mt.Task("late", kind="binary", repeats="all")
    again.log_predictions(["a"], [1], at="2026-05-01T01:00")
    assert again.metrics("accuracy")[0].num_predictions == 3


def test_large_runs_are_written_while_the_caller_goes_on(
    store: Path, monkeypatch: pytest.MonkeyPatch, reads: list[int]
) -> None:
    monkeypatch.setattr(state_files, "_LARGE_ROWS", 50)
    log_task(0, 100)
    first = asked()
    log_task(100, 110)
    second = asked()
    forget()
    assert asked() == second != first
    assert sum(reads) <= 240


def test_segments_that_cannot_be_read_are_left_out_until_they_can(store: Path) -> None:
    for start in (0, 24):
        log_task(start, start + 24)
        mt.sync()
    segments = list((store / "lake" / "segments").iterdir())
    hidden = {path: path.read_bytes() for path in segments}
    for path in segments:
        path.write_bytes(b"")
    assert asked() == []
    for path, content in hidden.items():
        path.write_bytes(content)
    assert [row["num_labels"] for row in asked()] == [24] * 6


def test_many_rows_are_matched_some_at_a_time(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for start in range(0, 100, 20):
        log_task(start, start + 30)
    first = asked()
    monkeypatch.setattr(matched, "MOST_ROWS", 50)
    monkeypatch.setattr(runs, "MOST_ROWS", 50)
    assert computed_anew(monkeypatch) == first
    forget()
    for path in kept_files(store):
        path.unlink()
    assert asked() == first
    forget()
    assert asked() == first


def test_classes_that_become_too_many_for_one_byte_are_told_apart(store: Path) -> None:
    task = mt.Task("digits", kind="multiclass")
    for first in (0, 100, 200, 50):
        numbers = range(first, first + 100)
        ids = [f"id-{first}-{number}" for number in numbers]
        task.log_predictions(ids, list(numbers))
        task.log_feedback(ids, [number if number % 2 else number + 256 for number in numbers])
    (row,) = task.metrics("accuracy")
    assert (row.num_labels, row.value) == (400, 0.5)


def test_columns_that_say_nothing_new_take_no_room(store: Path) -> None:
    forget()
    log_task(0, 100)
    asked()
    (known,) = matched._opened.values()
    (run,) = known.state.runs
    assert np.shares_memory(run.predictions.known_at, run.predictions.at)
    assert run.predictions.model.strides == (0,)
    assert run.predictions.value.itemsize == run.feedback.value.itemsize == 1


def test_a_forked_child_waits_for_no_thread_that_it_lacks(store: Path) -> None:
    forget()
    log_task(0, 100)
    first = asked()
    (known,) = matched._opened.values()

    def ask() -> None:
        assert asked() == first

    with ThreadPoolExecutor(1) as other:
        other.submit(known.lock.acquire).result()
        assert run_forked(ask) == 0
        other.submit(known.lock.release).result()


def test_columns_begin_to_take_room_where_something_differs(store: Path) -> None:
    forget()
    task = mt.Task("late", kind="binary")
    first, second, third = (datetime(2026, 5, day, tzinfo=UTC) for day in (1, 2, 3))
    task.log_predictions(["a", "b"], [1, 1], at=first)
    task.log_predictions(["c", "d"], [1, 1], at=first, known_at=third)
    task.log_predictions(["e", "f"], [1, 1], at=second)
    counts = [task.metrics("accuracy", as_of=day)[0].num_predictions for day in (first, second)]
    assert (counts, task.metrics("accuracy", as_of=third)[0].num_predictions) == ([2, 4], 6)
