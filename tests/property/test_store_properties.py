"""The catalog says the same whatever the order in which facts come, and however often."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import create_engine, func, select

from mltrace.store.database import schema
from mltrace.store.database.keys import uid_text
from mltrace.store.facts import (
    AnyFact,
    BeginFact,
    ComponentFact,
    EndFact,
    FlagFact,
    MoreFact,
    NoteFact,
    ProcessFact,
    VersionFact,
)
from mltrace.store.rows.applying import apply_facts
from mltrace.store.rows.deriving import derive_producers
from mltrace.store.rows.run_rows import LOST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from mltrace.records import ArtifactKind

NAMES = ("a", "b", "c")
CONTENTS: tuple[tuple[str, ArtifactKind, bool], ...] = (
    ("d1" * 16, "data", False),
    ("d1" * 16, "file", False),
    ("d2" * 16, "data", False),
    ("00" * 16, "data", True),
    ("", "data", False),
)
"""Digest, kind, and whether it is trivial."""


@dataclass
class Sketch:
    """A run of a few reads and writes at whole seconds."""

    number: int
    began_at: int
    ended_at: int | None
    reads: list[tuple[str, int]]
    late_reads: list[tuple[str, int]]
    writes: list[tuple[str, int, bool]]
    early_writes: int
    unread: set[int]
    parent: int | None
    facts: list[AnyFact] = field(default_factory=list)

    @property
    def uid(self) -> str:
        return str(uuid.UUID(int=self.number + 1))


@st.composite
def sketches(draw: st.DrawFn) -> list[Sketch]:
    moment = st.integers(0, 12)
    link = st.tuples(st.sampled_from(NAMES), st.integers(0, len(CONTENTS) - 1))
    written = st.tuples(st.sampled_from(NAMES), st.integers(0, len(CONTENTS) - 1), st.booleans())
    runs = []
    for number in range(draw(st.integers(1, 7))):
        began_at = draw(moment)
        reads = draw(st.lists(link, max_size=3))
        writes = draw(st.lists(written, max_size=3))
        runs.append(
            Sketch(
                number=number,
                began_at=began_at,
                ended_at=draw(st.none() | st.integers(began_at, 13)),
                reads=reads,
                late_reads=draw(st.lists(link, max_size=1)),
                writes=writes,
                early_writes=draw(st.integers(0, len(writes))),
                unread=draw(st.sets(st.integers(0, len(reads) - 1))) if reads else set(),
                parent=draw(st.none() | st.integers(0, number - 1)) if number else None,
            )
        )
    return runs


def _version(name: str, content: int, position: int, at: int, in_place: bool = False) -> Any:
    digest, kind, trivial = CONTENTS[content]
    return VersionFact(
        name=name,
        digest=digest,
        kind=kind,
        trivial=trivial,
        position=position,
        at=at,
        in_place=in_place,
    )


def _host(uid: str) -> str:
    """Tell the host of a run: two of three processes share one."""
    return "far" if (uuid.UUID(uid).int - 1) % 3 == 2 else "near"


def facts_of(run: Sketch) -> list[AnyFact]:
    reads = [_version(*link, n, run.began_at) for n, link in enumerate(run.reads)]
    over = run.ended_at if run.ended_at is not None else run.began_at + 1
    late = [_version(*link, len(reads) + n, over) for n, link in enumerate(run.late_reads)]
    writes = [_version(*w[:2], n, over, w[2]) for n, w in enumerate(run.writes)]
    early, rest = writes[: run.early_writes], writes[run.early_writes :]
    facts: list[AnyFact] = [
        BeginFact(
            run=run.uid,
            component=f"c{run.number % 3}",
            at=run.began_at,
            process=f"p{run.number % 3}",
            parent=None if run.parent is None else str(uuid.UUID(int=run.parent + 1)),
            params={"n": run.number, "m": 0},
            reads=tuple(reads),
        ),
        MoreFact(run=run.uid, params={"m": 1}, metrics={"x": 1.5}, writes=tuple(early)),
        NoteFact(id=f"note{run.number}", run=run.uid, at=run.began_at, text="slow"),
        ProcessFact(id=f"p{run.number % 3}", host=_host(run.uid), pid=run.number % 3, at=0),
        ComponentFact(name=f"c{run.number % 3}", at=run.number, owner=f"o{run.number}"),
        FlagFact(kind="id", subject="s", at=run.number, is_flagged=bool(run.number % 2)),
    ]
    if run.ended_at is not None:
        facts.append(
            EndFact(
                run=run.uid,
                at=run.ended_at,
                status="succeeded",
                nanoseconds=run.ended_at - run.began_at,
                reads=tuple(late),
                writes=tuple(rest),
                unread=tuple(run.unread),
            )
        )
    return facts


Edge = tuple[str, int, int, str | None]
Links = list[tuple[str, Any]]


def _expected_edges(runs: Sequence[Sketch]) -> set[Edge]:
    """Work the rule out one read at a time, with every fact at hand."""
    ends = {run.uid: run.ended_at for run in runs}
    reads, writes = [], []
    for run in runs:
        facts = facts_of(run)
        unread = run.unread if run.ended_at is not None else set()
        for fact in facts:
            if isinstance(fact, BeginFact | EndFact):
                reads += [(run.uid, read) for read in fact.reads if read.position not in unread]
            if isinstance(fact, MoreFact | EndFact):
                writes += [(run.uid, write) for write in fact.writes]
    own = [(reader, schema.WHOLE, read.position, read) for reader, read in reads]
    handed = _expected_child_reads(runs, reads, writes)
    read_digests = {(reader, read.digest) for reader, _, _, read in own + handed}
    edges = set()
    for reader, part, position, read in own + handed:
        others = sorted(
            ((write.at, writer, write) for writer, write in writes if writer != reader),
            key=lambda item: item[:2],
        )
        before = [item for item in others if item[0] <= read.at]
        digest = [i for i in before if read.digest and i[2].digest == read.digest]
        version = [i for i in digest if (i[2].name, i[2].kind) == (read.name, read.kind)]
        content = digest if not read.trivial and not _was_there_before(read, reads, writes) else []
        name = [
            (at, writer, write)
            for at, writer, write in before
            if write.name == read.name and not write.in_place
            if (ended_at := ends[writer]) is not None and ended_at <= read.at
        ]
        skewed = [
            item
            for item in reversed(others)
            if read.digest and not read.trivial and item[2].digest == read.digest
            if item[0] >= read.at and _host(item[1]) != _host(reader)
            if (item[1], read.digest) not in read_digests
        ]
        found = version or content or skewed or name
        edges.add((reader, part, position, found[-1][1] if found else None))
    return edges


def _was_there_before(read: Any, reads: Links, writes: Links) -> bool:
    """Tell whether a file was read before any run had written its content."""
    seen = [
        other.at
        for _, other in reads
        if (other.name, other.digest, other.kind) == (read.name, read.digest, read.kind)
    ]
    made = [write.at for _, write in writes if write.digest == read.digest]
    return read.kind == "file" and bool(seen) and bool(made) and min(seen) < min(made)


def _expected_child_reads(
    runs: Sequence[Sketch], reads: Links, writes: Links
) -> list[tuple[str, int, int, Any]]:
    """Work out what each run handed on of what the runs inside of it wrote."""
    parents = {
        run.uid: str(uuid.UUID(int=run.parent + 1)) for run in runs if run.parent is not None
    }
    found: list[tuple[str, int, int, Any]] = []
    for run in runs:
        was_read = {read.digest for reader, read in reads if reader == run.uid}
        position = 0
        mine = sorted((write for writer, write in writes if writer == run.uid), key=_position)
        for write in mine:
            made = sorted(
                ((other.at, writer, other.position, other) for writer, other in writes
                 if parents.get(writer) == run.uid and other.digest == write.digest
                 and other.at <= write.at and not other.trivial),
                key=lambda item: item[:3],
            )  # fmt: skip
            if made and write.digest and not write.trivial and write.digest not in was_read:
                read = structs.replace(made[-1][3], at=write.at)
                found.append((run.uid, schema.CHILD, position, read))
                position += 1
    return found


def _position(fact: Any) -> int:
    number: int = fact.position
    return number


def _cut(data: st.DataObject, facts: list[AnyFact]) -> Iterator[list[AnyFact]]:
    rest = data.draw(st.permutations(facts))
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        yield list(rest[:size])
        rest = rest[size:]


def _apply(connection: Connection, facts: Sequence[AnyFact]) -> None:
    derive_producers(connection, apply_facts(connection, facts))


def _edges(connection: Connection) -> set[Edge]:
    reader, maker = schema.run.alias("reader"), schema.run.alias("maker")
    query = (
        select(reader.c.uid, schema.read.c.part, schema.read.c.position, maker.c.uid.label("maker"))
        .select_from(schema.read)
        .join(reader, reader.c.id == schema.read.c.run_id)
        .outerjoin(maker, maker.c.id == schema.read.c.producer_id)
    )
    return {
        (uid_text(row.uid), row.part, row.position, uid_text(row.maker) if row.maker else None)
        for row in connection.execute(query)
    }


def _state(connection: Connection) -> dict[str, Any]:
    """Gather all that the catalog says, without its row ids."""
    run, component, process = schema.run, schema.component, schema.process
    runs = (
        select(
            run.c.uid,
            component.c.name,
            process.c.uid.label("process"),
            *[run.c[name] for name in ("status", "started_at", "ended_at", "nanoseconds")],
            *[run.c[name] for name in ("params", "metrics", "unread")],
        )
        .join(component, component.c.id == run.c.component_id)
        .join(process, process.c.id == run.c.process_id)
    )
    writes = select(run.c.uid, schema.write.c.position, schema.write.c.at).join(
        run, run.c.id == schema.write.c.run_id
    )
    tables = {"runs": runs, "writes": writes, "notes": select(schema.note)}
    tables["flags"] = select(schema.flag)
    declared = select(*[component.c[name] for name in ("name", "owner", "declared_at", "num_runs")])
    tables["components"] = declared.where(component.c.name != LOST)
    tables["processes"] = select(process.c.uid, process.c.pid, process.c.is_gone)
    found = {name: sorted(map(tuple, connection.execute(tables[name]))) for name in tables}
    return {"edges": _edges(connection), **found}


def _counted(connection: Connection) -> dict[str, int]:
    """Count the runs of components."""
    run, component = schema.run, schema.component
    counted = select(component.c.name, func.count(run.c.id)).group_by(component.c.name)
    counted = counted.outerjoin(run, run.c.component_id == component.c.id)
    counted = counted.where(component.c.name != LOST)
    return {name: number for name, number in connection.execute(counted)}  # noqa: C416


def _fresh() -> Any:
    engine = create_engine("sqlite://")
    schema.metadata.create_all(engine)
    return engine


@settings(max_examples=60, deadline=None)
@given(runs=sketches(), data=st.data())
def test_lineage_follows_the_rule_in_any_order_and_any_batches(
    runs: list[Sketch], data: st.DataObject
) -> None:
    facts = [fact for run in runs for fact in facts_of(run)]
    with _fresh().begin() as connection:
        for batch in _cut(data, facts):
            _apply(connection, batch)
        assert _edges(connection) == _expected_edges(runs)


@settings(max_examples=40, deadline=None)
@given(runs=sketches(), data=st.data())
def test_facts_in_any_order_and_twice_leave_the_same_catalog(
    runs: list[Sketch], data: st.DataObject
) -> None:
    facts = [fact for run in runs for fact in facts_of(run)]
    with _fresh().begin() as ordered:
        _apply(ordered, facts)
        expected = _state(ordered)
    with _fresh().begin() as connection:
        for batch in _cut(data, facts):
            _apply(connection, batch)
        assert _state(connection) == expected
        for batch in _cut(data, facts):
            _apply(connection, batch)
        assert _state(connection) == expected
        assert _counted(connection) == {row[0]: row[3] for row in expected["components"]}
