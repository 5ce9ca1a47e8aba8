"""Two stores that are merged know what one store would, however the facts were split over them."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from mltrace.config import Settings
from mltrace.lineage.flags import list_flags
from mltrace.lineage.loading import load_runs
from mltrace.store.alert_facts import (
    AlertFact,
    DeliveryFact,
    MonitorFact,
    ObservationFact,
    Opening,
    Where,
)
from mltrace.store.database.schema import read, run
from mltrace.store.database.sqlite import SqliteCatalog
from mltrace.store.facts import (
    AcceptFact,
    AnyFact,
    BeginFact,
    CheckCountFact,
    CheckFact,
    ComponentFact,
    DriftFact,
    EndFact,
    EnvironmentFact,
    FlagFact,
    GitFact,
    HealthFact,
    IdsFact,
    IntervalFact,
    MoreFact,
    NoteFact,
    PinFact,
    ProcessFact,
    RetractionFact,
    SourceFact,
    SubjectFact,
    VersionFact,
)
from mltrace.store.lake.batch import encode_batch
from mltrace.store.lake.columns import Same
from mltrace.store.lake.merging import Place, merge_segments
from mltrace.store.lake.reading import LakeReader
from mltrace.store.location import locate
from mltrace.store.merging import Merging
from mltrace.store.rows.as_facts import annotation_facts, shared_facts, summary_facts
from mltrace.store.rows.batches import apply_batch, end_processes
from mltrace.store.rows.runs_as_facts import output_facts, run_facts
from mltrace.store.task_facts import BatchFact, FeedbackFact, PredictionFact, TaskFact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from mltrace.records import Record
    from mltrace.store.database.catalog import Catalog
    from mltrace.store.task_facts import RowKind

SECOND = 1_000_000_000
START = 1_367_366_400 * SECOND
NAMES = ("raw.csv", "clean.csv", "model", "/deep/scores.csv")
CONTENTS = ("", "c1", "c2", "c3")
PROCESSES = ("p1", "p2", "p3")


@dataclass
class Job:
    """What some processes log, and which of them die."""

    facts: list[AnyFact] = field(default_factory=list)
    dead: frozenset[str] = frozenset()


def _run_id(number: int) -> str:
    return f"01938b5e-8c00-7000-8000-{number:012x}"


def _alert_facts(later: int) -> list[AlertFact]:
    opening = Opening(
        monitor="rows",
        kind="volume",
        subject="clean",
        severity="critical",
        made=START,
        value=3.0,
        where=Where(component="clean", run=_run_id(0)),
    )
    return [
        AlertFact(alert="a1", uid="open", at=START, what="opened", point="c1", opening=opening),
        AlertFact(alert="a1", uid="u1", at=START + 1, what="acknowledged", by="ann"),
        AlertFact(alert="a1", uid="u2", at=START + 2, what="snoozed", until=START + 99),
        AlertFact(alert="a1", uid="u3", at=START + 3, what="grouped", incident="a0", role="cause"),
        AlertFact(alert="a1", uid="u4", at=START + 4, what="resolved", verdict="real"),
        AlertFact(alert="a1", uid="u5", at=START + 5, what="reopened", point="c2"),
        AlertFact(alert="a1", uid="u5", at=later + 5, what="reopened", point="c3"),
    ]


def _row_facts() -> list[AnyFact]:
    """Make predictions and labels, one by one and in batches."""
    times = [START + number * 1_000 for number in range(6)]
    singles: list[AnyFact] = [
        PredictionFact(
            task="late", id=f"i{number % 4}", value="1", at=at, logged=at, features={"x": number}
        )
        for number, at in enumerate(times)
    ]
    singles += [
        FeedbackFact(task="late", id=f"i{number}", value="0", known=at, logged=at)
        for number, at in enumerate(times[:2])
    ]
    columns: dict[str, Any] = {
        "id": ["j1", "j2"],
        "value": ["1", "0"],
        "at": Same(START // 1_000),
        "logged_at": Same(START // 1_000),
    }
    batches = [
        BatchFact(
            uid=f"0-{number}",
            task="late",
            kind="predictions",
            rows=2,
            logged=START,
            first=START,
            last=START,
            payload=encode_batch("late", "predictions", 2, {**columns, "run": Same(str(number))}),
        )
        for number in range(2)
    ]
    return [*singles, *batches]


@st.composite
def versions(draw: st.DrawFn, at: int, *, is_read: bool) -> tuple[VersionFact, ...]:
    facts = []
    for position in range(draw(st.integers(0, 2))):
        name, digest = draw(st.sampled_from(NAMES)), draw(st.sampled_from(CONTENTS))
        table = digest > "c1"
        facts.append(
            VersionFact(
                name=name,
                identity=draw(st.sampled_from(["", f"id:{name}"])),
                at=at,
                position=draw(st.sampled_from([position, -1 - position])),
                digest=digest,
                kind=draw(st.sampled_from(["data", "file"])),
                size=7 if digest else None,
                columns=("a", "b") if table else None,
                dtypes=("int", "str") if table else None,
                reason=draw(st.none() | st.just("too large")),
                in_place=not is_read and draw(st.booleans()),
            )
        )
    return tuple(facts)


@st.composite
def runs(draw: st.DrawFn, number: int) -> list[AnyFact]:
    """One run: it may still be under way, have failed, or have lost its start."""
    uid, at = _run_id(number), START + draw(st.integers(0, 40)) * SECOND
    end = at + draw(st.integers(0, 5)) * SECOND
    begin = BeginFact(
        run=uid,
        component=draw(st.sampled_from(["clean", "train"])),
        at=at,
        process=draw(st.sampled_from(PROCESSES)),
        parent=draw(st.none() | st.just(_run_id(0))) if number else None,
        params=draw(st.just({}) | st.just({"depth": 10**30, "x": 0.1, "long": "y" * 80})),
        reads=draw(versions(at, is_read=True)),
        code=draw(st.none() | st.just("s1")),
        git=draw(st.none() | st.just(1)),
    )
    more = MoreFact(run=uid, params={"later": [1, "ü"]}, metrics={"loss": 0.25, "rows": None})
    over = EndFact(
        run=uid,
        at=end,
        status=draw(st.sampled_from(["succeeded", "failed"])),
        nanoseconds=end - at,
        writes=draw(versions(end, is_read=False)),
        unread=draw(st.just(()) | st.just((0,))),
        checks=(
            CheckFact(check="C", test="t", when="after", status="passed", value={"n": [1, None]}),
            CheckFact(check="C", test="u", when="after", status="failed", message="bad"),
        ),
        error=draw(st.none() | st.just(("ValueError", "bad", "trace"))),
    )
    ids = IdsFact(run=uid, name="ids", digest=f"i{number}", at=end, ids=["a", f"b{number}"])
    written = VersionFact(name="ids", at=end, position=9, digest=f"i{number}", kind="ids", rows=2)
    told = draw(st.sets(st.sampled_from(["begin", "more", "end", "ids"])))
    facts: list[AnyFact] = [begin] if "begin" in told else []
    facts += [more] if "more" in told else []
    facts += [ids, MoreFact(run=uid, writes=(written,))] if "ids" in told else []
    return [*facts, over] if "end" in told else facts


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    later = START + draw(st.sampled_from([0, 1]))  # clocks of whole seconds tell equal times
    facts: list[AnyFact] = [
        ProcessFact(id=process, host=f"h{process}", pid=3, at=START, user="ann")
        for process in PROCESSES
    ]
    for number in range(draw(st.integers(1, 6))):
        facts += draw(runs(number))
    others: list[AnyFact] = [
        ComponentFact(name="clean", at=START, owner="ann", tags=("a", "b")),
        ComponentFact(name="clean", at=START + 5, owner="bob", tags=("c",), anonymising=True),
        SourceFact(digest="s1", text="def clean(): ..."),
        EnvironmentFact(process="p1", digest="e1", python="3.12", packages={"numpy": "2"}),
        EnvironmentFact(process="p2", digest="e1", python="3.12", packages={"numpy": "2"}),
        GitFact(process="p1", key=1, commit="abc", is_dirty=True, diff_digest="d"),
        NoteFact(id="n1", run=_run_id(0), at=START, text="slow"),
        NoteFact(id="n2", run=_run_id(1), at=START, text="fast"),
        FlagFact(kind="id", subject="a", at=START, is_flagged=True, reason="wrong", by="ann"),
        FlagFact(kind="id", subject="a", at=later, is_flagged=False),
        PinFact(run=_run_id(0), at=START, is_pinned=True, reason="audit"),
        IntervalFact(process="p1", component="train", at=START, seconds=60.0, runs=5, failed=1),
        IntervalFact(
            process="p1",
            component="train",
            at=START,
            seconds=60.0,
            runs=9,
            failed=2,
            durations={3: 7, 4: 2},
            errors={"ValueError": 2},
            checks=(CheckCountFact(check="C", test="t", passed=8, failed=1),),
        ),
        HealthFact(process="p1", at=START, runs=5, overhead=1000, dropped={"full": 2}),
        HealthFact(process="p1", at=later, runs=9, overhead=3000, not_kept={"large": 1}),
        SubjectFact(digest="c1", identity="", labels="f" * 32, count=2, at=START),
        RetractionFact(label="alice", at=START, is_retracted=True, grace=60.0),
        RetractionFact(label="alice", at=later, is_retracted=False),
        DriftFact(monitor="drift", table="clean", digest="c1", at=START, made=START, score=0.5),
        DriftFact(
            monitor="drift",
            table="clean",
            digest="c1",
            at=later,
            made=START,
            run=_run_id(0),
            score=1.5,
            is_drift=True,
            history=2,
            reference=b"12345678abcdefgh",
            details=b"\x80",
        ),
        AcceptFact(digest="c1", at=START, is_accepted=True, reason="new fleet", by="ann"),
        AcceptFact(digest="c1", at=later, is_accepted=False),
        MonitorFact(name="rows", at=START, kind="volume", settings='{"table":"clean"}'),
        MonitorFact(name="rows", at=later, kind="volume", is_active=False, by="ann"),
        ObservationFact(
            monitor="rows", subject="clean", point="c1", at=START, made=START, state="learning"
        ),
        ObservationFact(
            monitor="rows",
            subject="clean",
            point="c1",
            at=later,
            made=START,
            state="bad",
            value=3.0,
            where=Where(component="clean", digest="c1", columns=("a", "b"), run=_run_id(0)),
        ),
        *_alert_facts(later),
        DeliveryFact(notifier="ops", notice="a1:opened", at=START, status="failed", error="503"),
        DeliveryFact(notifier="ops", notice="a1:opened", at=later, status="sent", attempts=2),
        TaskFact(name="late", at=START, kind="binary", settings="{}", by="ann"),
        TaskFact(name="late", at=later, kind="binary", settings='{"threshold":0.25}'),
        *_row_facts(),
    ]
    facts += draw(st.permutations([fact for fact in others if draw(st.booleans())]))
    return Job(facts, draw(st.frozensets(st.sampled_from(PROCESSES))))


@contextmanager
def catalogs(number: int) -> Iterator[list[SqliteCatalog]]:
    with tempfile.TemporaryDirectory() as folder:
        opened = [SqliteCatalog(Path(folder, f"{at}.db")) for at in range(number)]
        yield opened
        for catalog in opened:
            catalog.close()


def _log(catalog: Catalog, facts: list[AnyFact], dead: frozenset[str] = frozenset()) -> None:
    with catalog.write() as connection:
        assert not apply_batch(connection, facts)
        end_processes(connection, sorted(dead))


def _facts(connection: Connection) -> list[str]:
    keys = connection.execute(select(run.c.id)).scalars().all()
    told = chain(
        shared_facts(connection),
        run_facts(connection, keys),
        output_facts(connection, keys),
        annotation_facts(connection),
        summary_facts(connection),
    )
    encoded = (json.loads(msgspec.json.encode(fact)) for fact in told)
    return sorted(json.dumps(fact, sort_keys=True) for fact in encoded)


def _contents(catalog: Catalog) -> dict[str, Any]:
    """Say all that a catalog holds without the numbers of its rows."""
    with catalog.read() as connection:
        keys = connection.execute(select(run.c.id)).scalars().all()
        uids = {row.id: row.uid for row in connection.execute(select(run.c.id, run.c.uid))}
        columns = (read.c.run_id, read.c.part, read.c.position, read.c.producer_id)
        lineage = sorted(
            (uids[row.run_id], row.part, row.position, uids.get(row.producer_id, b""))
            for row in connection.execute(select(*columns))
        )
        records = load_runs(connection, list(keys), Settings(uri="x"))
        return {
            "rows": _rows(connection),
            "facts": _facts(connection),
            "lineage": lineage,
            "runs": sorted(_items(records.values())),
            "flags": sorted(_items(list_flags(connection))),
        }


def _rows(connection: Connection) -> list[str]:
    """Tell predictions and labels, however they are kept."""
    reader = LakeReader(connection, Path("nowhere"))
    kinds: tuple[RowKind, ...] = ("predictions", "feedback")
    found = [row for kind in kinds for row in reader.read("late", kind).to_pylist()]
    rows = [json.dumps(row, sort_keys=True, default=str) for row in found]
    assert not reader.left_out
    return sorted(rows)


def _merge(source: SqliteCatalog, target: SqliteCatalog) -> None:
    """Merge catalogs; so few rows are in no file."""
    Merging(source, target).bring_all()
    places = [Place(catalog, locate("/nowhere")) for catalog in (source, target)]
    merge_segments(*places)


def _items(records: Iterable[Record]) -> Iterator[tuple[str, str, str]]:
    """Part records into their fields, by the first one."""
    for record in records:
        told = record.to_dict()
        first = str(next(iter(told.values())))
        yield from (
            (first, name, json.dumps(value, sort_keys=True)) for name, value in told.items()
        )


def _differences(one: dict[str, Any], other: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """List what differs, item by item, so that a failure can be read."""
    found = []
    for key in one:
        pairs = zip_longest(one[key], other[key])
        found += [(key, left, right) for left, right in pairs if left != right]
    return found


@settings(deadline=None, max_examples=12)
@given(jobs(), st.data())
def test_merged_stores_know_what_one_store_would(job: Job, data: st.DataObject) -> None:
    places = [data.draw(st.sampled_from(["here", "there", "both"])) for _ in job.facts]
    split = list(zip(job.facts, places, strict=True))
    with catalogs(3) as (source, target, one):
        _log(source, [fact for fact, place in split if place != "here"], job.dead)
        _log(target, [fact for fact, place in split if place != "there"], job.dead)
        _log(one, job.facts, job.dead)
        _merge(source, target)
        merged = _contents(target)
        assert not _differences(merged, _contents(one))
        _merge(source, target)
        assert not _differences(_contents(target), merged)
        _merge(target, source)
        assert not _differences(_contents(source), merged)


@settings(deadline=None, max_examples=8)
@given(jobs(), st.data())
def test_an_older_copy_changes_nothing(job: Job, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(job.facts)))
    with catalogs(3) as (source, older, target):
        _log(older, job.facts[:end])
        _log(source, job.facts, job.dead)
        _merge(source, target)
        merged = _contents(target)
        assert not _differences(merged, _contents(source))
        _merge(older, target)
        assert not _differences(_contents(target), merged)
