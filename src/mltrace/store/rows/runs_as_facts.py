"""Tells runs as facts again: their starts and ends, what they read and wrote, their output ids."""

from __future__ import annotations

from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import select

from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose
from mltrace.store.database.keys import uid_text
from mltrace.store.facts import (
    AnyFact,
    BeginFact,
    CheckFact,
    EndFact,
    IdsFact,
    MoreFact,
    VersionFact,
)
from mltrace.store.rows.shared_texts import COLUMNS, DTYPES, PARAMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Table

_ROWS: Final = 1_000
"""How many output ids are read at a time."""
_IDS: Final = 10_000
"""How many output ids go into one fact."""

_run, _process, _component = schema.run, schema.process, schema.component
_decode_metrics: Final = msgspec.json.Decoder(dict[str, float | None]).decode
_decode_numbers: Final = msgspec.json.Decoder(tuple[int, ...]).decode
_decode_names: Final = msgspec.json.Decoder(tuple[str, ...]).decode
_decode_raw: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
"""Parameters stay as they are written: an integer of any length, a float to its last digit."""
_RUNS: Final = (
    select(
        *(_run.c[name] for name in ("id", "uid", "status", "started_at", "ended_at")),
        *(_run.c[name] for name in ("nanoseconds", "parent_uid", "metrics", "unread")),
        *(_run.c[name] for name in ("error_type", "error_message", "error_traceback")),
        PARAMS,
        _component.c.name.label("component"),
        _process.c.uid.label("process"),
        schema.source.c.digest.label("code"),
        schema.git_state.c.key.label("git"),
    )
    .join(_component, _component.c.id == _run.c.component_id)
    .outerjoin(_process, _process.c.id == _run.c.process_id)
    .outerjoin(schema.source, schema.source.c.id == _run.c.source_id)
    .outerjoin(schema.git_state, schema.git_state.c.id == _run.c.git_id)
    .where(_run.c.id.in_(CHOSEN))
    .order_by(_run.c.id)
)
_OUTPUT_IDS: Final = (
    select(schema.output_id.c.output, schema.output_id.c.at, _run.c.uid)
    .add_columns(schema.version.c.digest, schema.artifact.c.identity)
    .join(_run, _run.c.id == schema.output_id.c.run_id)
    .join(schema.version, schema.version.c.id == schema.output_id.c.version_id)
    .join(schema.artifact, schema.artifact.c.id == schema.version.c.artifact_id)
    .where(schema.output_id.c.run_id.in_(CHOSEN))
    .order_by(schema.output_id.c.run_id, schema.output_id.c.version_id, schema.output_id.c.output)
)


def run_facts(connection: Connection, keys: Sequence[int]) -> Iterator[AnyFact]:
    """Tell all that is known of some runs, by their row ids, but their output ids.

    Parameters that a run has at its end are told as its last word on them.
    """
    chosen = choose(keys)
    reads = _links(connection, schema.read, chosen)
    writes = _links(connection, schema.write, chosen)
    checks = _checks(connection, chosen)
    for row in connection.execute(_RUNS, chosen):
        yield from _facts_of(row, reads.get(row.id, ()), writes.get(row.id, ()), checks)


def output_facts(connection: Connection, keys: Sequence[int]) -> Iterator[IdsFact]:
    """Tell the output ids of some runs, by their row ids."""
    result = connection.execute(_OUTPUT_IDS, choose(keys), execution_options={"yield_per": _ROWS})
    for (run, name, digest), rows in groupby(
        result, lambda row: (row.uid, row.identity, row.digest)
    ):
        while some := list(islice(rows, _IDS)):
            yield IdsFact(
                run=uid_text(run),
                name=name,
                digest=digest,
                at=some[0].at,
                ids=[row.output for row in some],
            )


def _facts_of(
    row: Any,
    reads: Sequence[VersionFact],
    writes: Sequence[VersionFact],
    checks: dict[int, list[CheckFact]],
) -> Iterator[AnyFact]:
    run, is_over, has_begin = uid_text(row.uid), row.ended_at is not None, row.process is not None
    params = _decode_raw(row.params or "{}")
    if has_begin:
        yield BeginFact(
            run=run,
            component=row.component,
            at=row.started_at,
            process=row.process,
            parent=uid_text(row.parent_uid) if row.parent_uid else None,
            params={} if is_over else params,
            reads=tuple(reads),
            code=row.code,
            git=row.git,
        )
    more = MoreFact(
        run=run,
        params=params if is_over or not has_begin else {},
        metrics=_decode_metrics(row.metrics or "{}"),
        reads=() if has_begin else tuple(reads),
        writes=tuple(writes),
    )
    if more != MoreFact(run=run) or not (has_begin or is_over):
        yield more
    if is_over:
        yield EndFact(
            run=run,
            at=row.ended_at,
            status=row.status,
            nanoseconds=row.nanoseconds,
            unread=_decode_numbers(row.unread or "[]"),
            checks=tuple(checks.get(row.id, ())),
            error=_error(row),
        )


def _error(row: Any) -> tuple[str, str, str] | None:
    if row.error_type is None:
        return None
    return row.error_type, row.error_message or "", row.error_traceback or ""


def _links(
    connection: Connection, table: Table, chosen: dict[str, Any]
) -> dict[int, list[VersionFact]]:
    """Tell what some runs read or wrote, by the row id of the run."""
    version, artifact = schema.version, schema.artifact
    columns = [table.c[name] for name in ("run_id", "part", "position", "name", "at", "reason")]
    columns += [table.c.in_place] if table is schema.write else []
    query = (
        select(*columns, COLUMNS, DTYPES, artifact.c.identity)
        .add_columns(version.c.digest, version.c.kind, version.c.size_bytes, version.c.num_rows)
        .add_columns(version.c.is_trivial)
        .join(version, version.c.id == table.c.version_id)
        .join(artifact, artifact.c.id == table.c.artifact_id)
        .where(table.c.run_id.in_(CHOSEN), table.c.part != schema.CHILD)
        .order_by(table.c.run_id, table.c.part, table.c.position)
    )
    links: dict[int, list[VersionFact]] = {}
    for row in connection.execute(query, chosen):
        links.setdefault(row.run_id, []).append(_version_fact(row))
    return links


def _version_fact(row: Any) -> VersionFact:
    return VersionFact(
        name=row.name or row.identity,
        identity=row.identity if row.name else "",
        at=row.at,
        position=row.position if row.part == schema.WHOLE else -1 - row.position,
        digest=row.digest,
        kind=row.kind,
        size=row.size_bytes,
        rows=row.num_rows,
        columns=_decode_names(row.columns) if row.columns else None,
        dtypes=_decode_names(row.dtypes) if row.dtypes else None,
        reason=row.reason,
        trivial=row.is_trivial,
        in_place=getattr(row, "in_place", False),
    )


def _checks(connection: Connection, chosen: dict[str, Any]) -> dict[int, list[CheckFact]]:
    table = schema.check_result
    query = select(table).where(table.c.run_id.in_(CHOSEN))
    checks: dict[int, list[CheckFact]] = {}
    for row in connection.execute(query.order_by(table.c.run_id, table.c.position), chosen):
        checks.setdefault(row.run_id, []).append(
            CheckFact(
                check=row.check_name,
                test=row.test,
                when=row.at_boundary,
                status=row.status,
                severity=row.severity,
                message=row.message,
                value=None if row.value is None else msgspec.Raw(row.value.encode()),
                seconds=row.seconds,
            )
        )
    return checks
