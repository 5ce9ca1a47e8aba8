"""Tells what a catalog holds as facts again, so that they can be applied to another one.

The facts make the same rows, wherever and however often they are applied. What is derived (the
producers of reads, reads of what inner runs wrote) is left out, for it is derived anew there. The
runs themselves are told by `runs_as_facts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import select

from mltrace.store.database import schema
from mltrace.store.database.keys import uid_text
from mltrace.store.facts import (
    AcceptFact,
    AnyFact,
    CheckCountFact,
    ComponentFact,
    DriftFact,
    EnvironmentFact,
    FlagFact,
    GitFact,
    HealthFact,
    IntervalFact,
    NoteFact,
    PinFact,
    ProcessFact,
    ProfileFact,
    RetractionFact,
    SourceFact,
    SubjectFact,
)
from mltrace.store.rows.alerts_as_facts import alert_facts
from mltrace.store.task_facts import TaskFact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection, Row, Select

_ROWS: Final = 1_000
"""How many rows are read at a time."""
_PROFILES: Final = 100
"""How many profiles are; each may have a few hundred thousand bytes."""
_IDS: Final = 10_000
"""How many output ids go into one fact."""

_run, _process, _component = schema.run, schema.process, schema.component
_decode_texts: Final = msgspec.json.Decoder(dict[str, str]).decode
_decode_counts: Final = msgspec.json.Decoder(dict[str, int]).decode
_decode_keys: Final = msgspec.json.Decoder(dict[str, tuple[str, ...]]).decode
_decode_buckets: Final = msgspec.json.Decoder(dict[int, int]).decode
_decode_metrics: Final = msgspec.json.Decoder(dict[str, float | None]).decode
_decode_numbers: Final = msgspec.json.Decoder(tuple[int, ...]).decode
_decode_names: Final = msgspec.json.Decoder(tuple[str, ...]).decode
_decode_raw: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
"""Parameters stay as they are written: an integer of any length, a float to its last digit."""


def stream(connection: Connection, query: Select[Any], *, rows: int = _ROWS) -> Iterator[Row[Any]]:
    """Yield the rows of a query without holding them all."""
    yield from connection.execute(query.execution_options(yield_per=rows))


def shared_facts(connection: Connection) -> Iterator[AnyFact]:
    """Tell what runs share: processes, environments, repositories, sources, components."""
    yield from _process_facts(connection)
    for row in stream(connection, select(schema.source).where(schema.source.c.text.is_not(None))):
        yield SourceFact(digest=row.digest, text=row.text)
    yield from _component_facts(connection)


def annotation_facts(connection: Connection) -> Iterator[AnyFact]:
    """Tell what was said: notes, flags, pins, retractions, drift, alerts, tasks."""
    for row in stream(connection, select(schema.note)):
        yield NoteFact(id=row.uid, run=uid_text(row.run_uid), at=row.at, text=row.text)
    for row in stream(connection, select(schema.flag)):
        yield FlagFact(
            kind=row.kind,
            subject=row.subject,
            digest=row.digest,
            at=row.at,
            is_flagged=row.is_flagged,
            reason=row.reason,
            by=row.flagged_by,
        )
    for row in stream(connection, select(schema.pin)):
        yield PinFact(
            run=uid_text(row.run_uid),
            at=row.at,
            is_pinned=row.is_pinned,
            reason=row.reason,
            by=row.pinned_by,
        )
    yield from _privacy_facts(connection)
    yield from _drift_facts(connection)
    yield from alert_facts(connection)
    for row in stream(connection, select(schema.task)):
        yield TaskFact(
            name=row.name,
            at=row.at,
            kind=row.kind,
            settings=row.settings,
            by=row.declared_by,
        )


def summary_facts(connection: Connection) -> Iterator[AnyFact]:
    """Tell what processes summed up: runs by interval, and how they fared with logging."""
    counts = _check_counts(connection)
    query = (
        select(schema.run_interval, _component.c.name, _process.c.uid)
        .join(_component, _component.c.id == schema.run_interval.c.component_id)
        .join(_process, _process.c.id == schema.run_interval.c.process_id)
    )
    for row in stream(connection, query):
        yield IntervalFact(
            process=row.uid,
            component=row.name,
            at=row.started_at,
            seconds=row.seconds,
            runs=row.num_runs,
            failed=row.num_failed,
            total=row.total_ns,
            least=row.min_ns,
            most=row.max_ns,
            durations=_decode_buckets(row.durations or "{}"),
            errors=_decode_counts(row.errors or "{}"),
            checks=counts.get((row.component_id, row.started_at, row.process_id), ()),
        )
    health = schema.process_health
    joined = select(health, _process.c.uid).join(_process, _process.c.id == health.c.process_id)
    for row in stream(connection, joined):
        yield HealthFact(
            process=row.uid,
            at=row.at,
            runs=row.num_runs,
            overhead=row.overhead_ns,
            dropped=_decode_counts(row.dropped or "{}"),
            faults=_decode_counts(row.faults or "{}"),
            not_kept=_decode_counts(row.not_kept or "{}"),
            profiling=row.profiling_ns,
            profiles=_decode_counts(row.profiles or "{}"),
            not_profiled=_decode_counts(row.not_profiled or "{}"),
        )


def profile_facts(connection: Connection) -> Iterator[ProfileFact]:
    """Tell the profiles of content."""
    for row in stream(connection, select(schema.profile), rows=_PROFILES):
        yield ProfileFact(
            digest=row.digest,
            at=row.at,
            profile=row.content,
            rows=row.num_rows,
            profiled=row.num_profiled_rows,
            seconds=row.seconds,
        )


def _process_facts(connection: Connection) -> Iterator[AnyFact]:
    environment = schema.environment
    query = (
        select(_process, environment.c.digest, environment.c.python.label("its_python"))
        .add_columns(environment.c.packages)
        .outerjoin(environment, environment.c.id == _process.c.environment_id)
    )
    packages: dict[str, dict[str, str]] = {}
    for row in stream(connection, query):
        if row.host or row.started_at:
            yield ProcessFact(
                id=row.uid,
                host=row.host,
                pid=row.pid,
                at=row.started_at,
                python=row.python,
                user=row.user,
            )
        if row.digest is not None:
            if row.digest not in packages:
                packages[row.digest] = _decode_texts(row.packages)
            yield EnvironmentFact(
                process=row.uid,
                digest=row.digest,
                python=row.its_python,
                packages=packages[row.digest],
            )
    git = schema.git_state
    states = select(git, _process.c.uid).join(_process, _process.c.id == git.c.process_id)
    for row in stream(connection, states.where(git.c.is_dirty.is_not(None))):
        yield GitFact(
            process=row.uid,
            key=row.key,
            commit=row.commit_hash or "",
            is_dirty=row.is_dirty,
            diff_digest=row.diff_digest,
        )


def _component_facts(connection: Connection) -> Iterator[AnyFact]:
    tags: dict[int, list[str]] = {}
    for row in connection.execute(select(schema.component_tag)):
        tags.setdefault(row.component_id, []).append(row.tag)
    for row in stream(connection, select(_component).where(_component.c.declared_at > 0)):
        yield ComponentFact(
            name=row.name,
            at=row.declared_at,
            owner=row.owner,
            description=row.description,
            tags=tuple(sorted(tags.get(row.id, ()))),
            anonymising=row.is_anonymising,
            keys=_decode_keys(row.table_keys or "{}"),
        )


def _privacy_facts(connection: Connection) -> Iterator[AnyFact]:
    for row in stream(connection, select(schema.subject_set)):
        yield SubjectFact(
            digest=row.digest,
            identity=row.identity,
            labels=row.labels,
            count=row.num_labels,
            at=row.at,
        )
    for row in stream(connection, select(schema.retraction)):
        yield RetractionFact(
            label=row.label,
            at=row.at,
            is_retracted=row.is_retracted,
            grace=row.grace_seconds,
            reason=row.reason,
            by=row.retracted_by,
        )


def _drift_facts(connection: Connection) -> Iterator[AnyFact]:
    for row in stream(connection, select(schema.drift_judgement), rows=_PROFILES):
        yield DriftFact(
            monitor=row.monitor,
            table=row.table_name,
            digest=row.digest,
            at=row.at,
            made=row.made_at,
            run="" if row.run_uid is None else uid_text(row.run_uid),
            partition=row.partition,
            method=row.method,
            score=row.score,
            threshold=row.threshold,
            p=row.p_value,
            is_drift=row.is_drift,
            history=row.num_history,
            reference=row.reference,
            settings=row.settings,
            details=row.details,
        )
    for row in stream(connection, select(schema.drift_acceptance)):
        yield AcceptFact(
            digest=row.digest,
            at=row.at,
            is_accepted=row.is_accepted,
            reason=row.reason,
            by=row.accepted_by,
        )


def _check_counts(
    connection: Connection,
) -> dict[tuple[int, int, int], tuple[CheckCountFact, ...]]:
    table = schema.check_interval
    counts: dict[tuple[int, int, int], tuple[CheckCountFact, ...]] = {}
    for row in stream(connection, select(table).order_by(*table.primary_key.columns)):
        key = row.component_id, row.started_at, row.process_id
        counts[key] = (
            *counts.get(key, ()),
            CheckCountFact(
                check=row.check_name,
                test=row.test,
                passed=row.num_passed,
                failed=row.num_failed,
                errors=row.num_errors,
                skipped=row.num_skipped,
            ),
        )
    return counts


def in_batches(facts: Iterable[AnyFact], size: int = _ROWS) -> Iterator[list[AnyFact]]:
    """Part a stream of facts into lists of at most `size`."""
    batch: list[AnyFact] = []
    for fact in facts:
        batch.append(fact)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
