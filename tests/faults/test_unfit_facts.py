"""Facts that cannot be applied, or only with effort, never hold up the others."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from zlib import crc32

import msgspec

import mltrace as mt
from mltrace.store.fact import Fact
from mltrace.store.facts import (
    BeginFact,
    EndFact,
    MoreFact,
    NoteFact,
    ProcessFact,
    SourceFact,
)
from mltrace.store.spool import SpoolWriter

if TYPE_CHECKING:
    from pathlib import Path


class FutureFact(Fact, frozen=True, tag="from-the-future", kw_only=True):
    """A fact of a later version."""

    x: int = 1


def _writer(store: Path, name: str = "p") -> SpoolWriter:
    return SpoolWriter(
        store / "spool", lambda: (name, [ProcessFact(id=name, host="h", pid=1, at=1)])
    )


def _run(number: int, name: str = "p") -> list[Fact]:
    run = str(uuid.UUID(int=number))
    return [
        BeginFact(run=run, component="work", at=number, process=name, params={"n": number}),
        EndFact(run=run, at=number + 1, status="succeeded", nanoseconds=1),
    ]


RUN = str(uuid.UUID(int=1))
UNFIT: list[Fact] = [
    BeginFact(run="no hex", component="work", at=1, process="p"),
    BeginFact(run="abcd", component="work", at=1, process="p"),
    BeginFact(run=str(uuid.UUID(int=99)), component="work", at=2**70, process="p"),
    BeginFact(run=str(uuid.UUID(int=98)), component="work", at=1, process="p", parent="?"),
    NoteFact(id="n", run="no hex either", at=1, text="x"),
    EndFact(run=str(uuid.UUID(int=97)), at=-(2**64), status="succeeded", nanoseconds=1),
    FutureFact(),
    EndFact(run=RUN, at=5, status="exploded", nanoseconds=1),  # type: ignore[arg-type]
    EndFact(run=RUN, at="soon", status="failed", nanoseconds=1),  # type: ignore[arg-type]
]


def test_unfit_facts_are_skipped_and_counted(store: Path) -> None:
    writer = _writer(store)
    writer.append(*_run(1))
    for number, unfit in enumerate(UNFIT):
        writer.append(unfit)
        writer.append(*_run(100 + number))
    writer.close()
    synced = mt.sync()
    assert synced.num_skipped == len(UNFIT)
    assert synced.num_facts == 1 + 2 * (1 + len(UNFIT))
    runs = mt.recent(limit=None)
    assert sorted(run.params["n"] for run in runs) == [1, *range(100, 100 + len(UNFIT))]
    assert {run.status for run in runs} == {"succeeded"}
    assert mt.sync().num_skipped == 0


def test_lines_of_wrong_shape_are_skipped_and_counted(store: Path) -> None:
    bodies: list[Any] = [[], 1, "x", None, {}, {"f": "begin"}, {"f": 3}, {"f": "end", "run": None}]
    lines = [msgspec.json.encode(body) for body in bodies]
    data = b"".join(b"\n%08x %b\n" % (crc32(line), line) for line in lines)
    folder = store / "spool"
    folder.mkdir(parents=True)
    (folder / "p-000001.jsonl").write_bytes(data + b"\nzzzzzzzz {}\n\n\n1\n")
    assert mt.sync().num_skipped == len(bodies) + 2


def test_fact_larger_than_a_batch_holds_up_nothing(store: Path) -> None:
    writer = _writer(store)
    writer.append(*_run(1))
    for number in range(2, 4):
        writer.append(SourceFact(digest=f"{number}", text="x" * 9_000_000))
        writer.append(*_run(number))
    assert mt.sync().num_facts == 9
    writer.append(*_run(4))
    writer.close()
    assert mt.sync().num_facts == 2
    assert len(mt.recent(limit=None)) == 4


def test_files_of_thousands_of_processes_are_drained(store: Path) -> None:
    for number in range(1, 4001):
        writer = _writer(store, f"p{number}")
        writer.append(*_run(number, f"p{number}"))
        writer.close()
    assert mt.sync().num_facts == 12_000
    assert list((store / "spool").iterdir()) == []


def test_run_that_never_ends_is_aborted_even_if_its_start_was_lost(store: Path) -> None:
    run = str(uuid.UUID(int=1))
    writer = _writer(store)
    writer.append(MoreFact(run=run, metrics={"x": 1.0}))
    writer.close()
    assert mt.recent()[0].status == "aborted"


def test_metrics_that_are_not_finite_do_not_lose_the_others(store: Path) -> None:
    with mt.Component("train").start() as run:
        run.metric("loss", float("nan"))
        run.metric("bound", float("inf"))
        run.metric("f1", 0.5)
    assert mt.recent()[0].metrics["f1"] == 0.5
    assert mt.sync().num_skipped == 0
    assert set(mt.recent()[0].metrics) == {"loss", "bound", "f1"}
