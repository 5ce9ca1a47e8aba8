"""Whatever changes an old row marks its block anew, so that its copy is not used any more."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from tests.property.test_mirror import Mirrored

from mltrace.store.facts import (
    AnyFact,
    BeginFact,
    EndFact,
    GitFact,
    MoreFact,
    ProcessFact,
    VersionFact,
)
from mltrace.store.mirroring import marks
from mltrace.store.retention import forget_details, forget_parameters
from mltrace.store.rows.batches import apply_batch, end_processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    Change = Callable[[Connection], object]


def uid(number: int) -> str:
    return str(uuid.UUID(int=number + 1))


def version(name: str, at: int, position: int = 0) -> VersionFact:
    return VersionFact(name=name, digest=f"{at:02d}" * 16, kind="data", position=position, at=at)


def begin(number: int, *reads: VersionFact, parent: int | None = None) -> BeginFact:
    inside = None if parent is None else uid(parent)
    return BeginFact(
        run=uid(number),
        component="c",
        at=number,
        process="p",
        git=0,
        parent=inside,
        params={"n": number},
        reads=reads,
    )


def end(number: int, *writes: VersionFact) -> EndFact:
    return EndFact(run=uid(number), at=number + 1, status="succeeded", nanoseconds=1, writes=writes)


def told(*facts: AnyFact) -> Change:
    return lambda connection: apply_batch(connection, facts)


CHANGES: dict[str, Change] = {
    "a run ends": told(end(1)),
    "a metric comes late": told(MoreFact(run=uid(1), metrics={"x": 1.0})),
    "a read comes late": told(MoreFact(run=uid(1), reads=(version("late", 1, 1),))),
    "its host becomes known": told(ProcessFact(id="p", host="h", pid=1, at=0)),
    "its commit becomes known": told(GitFact(process="p", key=0, commit="c", is_dirty=True)),
    "an earlier write turns up": told(begin(20), end(0, version("a", 0))),
    "an inner run wrote it": told(
        begin(30, parent=3), MoreFact(run=uid(30), writes=(version("b", 4),))
    ),
    "its process is gone": lambda connection: end_processes(connection, ["p"]),
    "its details are forgotten": lambda connection: forget_details(connection, [1], at=9),
    "its parameters are forgotten": lambda connection: forget_parameters(connection, [1]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_copy_is_not_used_after(
    change: Change, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "ROWS", 2)
    store = Mirrored(tmp_path)
    reads = version("a", 0)
    facts = [begin(number, *([reads] if number != 1 else [])) for number in range(9)]
    with store.catalog.write() as connection:
        apply_batch(connection, [*facts, MoreFact(run=uid(3), writes=(version("b", 4),)), end(5)])
    store.check()
    before = store.old_rows()
    with store.catalog.write() as connection:
        change(connection)
    assert store.old_rows() != before
    store.check()
    store.catalog.close()
