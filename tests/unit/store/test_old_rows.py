"""Rows beside the runs grow old as well, and those that nothing refers to go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from mltrace.store.database import schema
from mltrace.store.database.keys import ensure
from mltrace.store.database.sqlite import SqliteCatalog
from mltrace.store.facts import (
    BeginFact,
    CheckCountFact,
    EnvironmentFact,
    GitFact,
    HealthFact,
    IntervalFact,
    NoteFact,
    ProcessFact,
    SourceFact,
)
from mltrace.store.retention import OldRows, is_worth_shrinking, note_shrunk
from mltrace.store.rows.applying import apply_facts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Table

    from mltrace.store.facts import AnyFact

RUN = "01938b5e-8c00-7000-8000-000000000001"
CHECK = CheckCountFact(check="rows", test="least", passed=1)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[SqliteCatalog]:
    made = SqliteCatalog(tmp_path / "catalog.db")
    yield made
    made.close()


def _interval(component: str, at: int, process: str = "live") -> IntervalFact:
    return IntervalFact(
        process=process, component=component, at=at, seconds=1.0, runs=3, checks=(CHECK,)
    )


def _process(name: str, *, runs: tuple[BeginFact, ...] = (), at: int = 5) -> list[AnyFact]:
    return [
        ProcessFact(id=name, host="h", pid=1, at=at),
        EnvironmentFact(process=name, digest=f"env-{name}", python="3.12", packages={"a": name}),
        GitFact(process=name, key=1, commit="c", is_dirty=False),
        HealthFact(process=name, at=at, runs=len(runs), overhead=1),
        *runs,
    ]


def _fill(catalog: SqliteCatalog, facts: list[AnyFact], *, gone: tuple[str, ...] = ()) -> None:
    with catalog.write() as connection:
        apply_facts(connection, facts)
        is_gone = schema.process.c.uid.in_(gone)
        connection.execute(update(schema.process).where(is_gone).values(is_gone=True))


def _forget(catalog: SqliteCatalog, before: int, **own: int) -> tuple[int, int]:
    """Forget old rows, after telling how many; of some components before times of their own."""
    numbers = []
    with catalog.write() as connection:
        keys = ensure(connection, schema.component.c.name, own)
        rows = OldRows(before, {keys[name]: moment for name, moment in own.items()})
        for is_dry in (True, False):
            intervals = rows.forget_intervals(connection, is_dry=is_dry)
            numbers.append((intervals, rows.forget_orphans(connection, is_dry=is_dry)))
    told, done = numbers
    assert told == done
    return done


def _values(catalog: SqliteCatalog, table: Table, column: str) -> list[Any]:
    with catalog.read() as connection:
        return sorted(connection.execute(select(table.c[column])).scalars())


def test_old_intervals_go_by_the_age_of_their_component(catalog: SqliteCatalog) -> None:
    _fill(catalog, [_interval(name, at) for name in ("serve", "rank") for at in (1, 5, 9)])
    assert _forget(catalog, 6, rank=-1) == (2, 0)
    for table in (schema.run_interval, schema.check_interval):
        assert _values(catalog, table, "started_at") == [1, 5, 9, 9]


def test_processes_without_runs_go_once_they_are_gone_and_old(catalog: SqliteCatalog) -> None:
    run = BeginFact(run=RUN, component="train", at=5, process="used")
    facts = [
        *_process("used", runs=(run,)),
        *_process("only-flagged"),
        *_process("sampled"),
        *_process("live"),
        *_process("young", at=50),
        _interval("serve", 30, "sampled"),
    ]
    _fill(catalog, facts, gone=("used", "only-flagged", "sampled", "young"))
    assert _forget(catalog, 20) == (0, 2)
    left = ["live", "sampled", "used", "young"]
    assert _values(catalog, schema.process, "uid") == left
    assert _values(catalog, schema.environment, "digest") == [f"env-{name}" for name in left]
    for table in (schema.git_state, schema.process_health):
        assert len(_values(catalog, table, "process_id")) == 4
    assert _forget(catalog, 40) == (1, 2)


def test_source_texts_without_runs_stay_while_a_process_may_yet_use_them(
    catalog: SqliteCatalog,
) -> None:
    run = BeginFact(run=RUN, component="train", at=5, process="live", code="used")
    sources: list[AnyFact] = [SourceFact(digest=name, text=name) for name in ("used", "unused")]
    _fill(catalog, [*_process("live", runs=(run,)), *sources])
    assert _forget(catalog, 20) == (0, 0)
    _fill(catalog, [], gone=("live",))
    assert _forget(catalog, 20) == (0, 1)
    assert _values(catalog, schema.source, "digest") == ["used"]


def test_a_catalog_shrinks_while_others_read_and_not_while_they_write(
    catalog: SqliteCatalog,
) -> None:
    notes = [NoteFact(id=str(at), run=RUN, at=at, text="long" * 1000) for at in range(200)]
    _fill(catalog, list(notes))
    other = SqliteCatalog(catalog.path)
    with other.write() as connection:
        connection.execute(schema.note.delete())
        assert catalog.shrink() is None
    with other.read() as connection:
        connection.execute(select(schema.note)).all()
        assert catalog.shrink() is not None
    assert catalog.path.stat().st_size < 400_000
    other.close()


def test_it_is_worth_shrinking_when_many_runs_lost_details_since(catalog: SqliteCatalog) -> None:
    _fill(catalog, [BeginFact(run=RUN, component="train", at=5, process="p")])
    with catalog.write() as connection:
        assert not is_worth_shrinking(connection)
        connection.execute(update(schema.run).values(pruned_at=100))
        assert is_worth_shrinking(connection)
        note_shrunk(connection, 100)
        assert not is_worth_shrinking(connection)
        connection.execute(update(schema.run).values(pruned_at=101))
        assert is_worth_shrinking(connection)
        note_shrunk(connection, 101)
        assert not is_worth_shrinking(connection)
