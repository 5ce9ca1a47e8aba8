"""Loads whole run records, many at once, in a number of queries that does not grow with them."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import false, func, select, union

from mltrace.lineage.staleness.when_read import find_findings
from mltrace.records import ArtifactRef, CheckResult, Run, RunError
from mltrace.store import schema
from mltrace.store.chosen import CHOSEN, choose
from mltrace.store.keys import uid_text
from mltrace.store.shared_texts import COLUMNS, DTYPES, PARAMS
from mltrace.times import NANOSECONDS, to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Select, Table

    from mltrace.config import Settings

_MANY: Final = 500
_decode: Final = msgspec.json.Decoder().decode
_decode_names: Final = msgspec.json.Decoder(tuple[str, ...]).decode

_run, _read, _write, _version = schema.run, schema.read, schema.write, schema.version
_artifact, _maker = schema.artifact, schema.run.alias("maker")
_process, _environment, _git = schema.process, schema.environment, schema.git_state

_RUNS: Final = (
    select(  # in the order in which `_to_run` unpacks them
        _run.c.id,
        _run.c.source_id,
        _run.c.uid,
        schema.component.c.name,
        _run.c.status,
        _run.c.started_at,
        _run.c.ended_at,
        _run.c.nanoseconds,
        PARAMS,
        _run.c.metrics,
        _run.c.error_type,
        _run.c.error_message,
        _run.c.error_traceback,
        _git.c.commit_hash,
        _git.c.is_dirty,
        _git.c.diff_digest,
        _run.c.parent_uid,
        _process.c.host,
        _process.c.pid,
        func.coalesce(_environment.c.python, _process.c.python),
        _environment.c.digest,
        _run.c.pruned_at,
        func.coalesce(schema.pin.c.is_pinned, false()),
    )
    .select_from(_run)
    .outerjoin(schema.component, schema.component.c.id == _run.c.component_id)
    .outerjoin(_process, _process.c.id == _run.c.process_id)
    .outerjoin(_environment, _environment.c.id == _process.c.environment_id)
    .outerjoin(_git, _git.c.id == _run.c.git_id)
    .outerjoin(schema.pin, schema.pin.c.run_uid == _run.c.uid)
    .where(_run.c.id.in_(CHOSEN))
)
_SOURCES: Final = select(schema.source.c.id, schema.source.c.digest, schema.source.c.text).where(
    schema.source.c.id.in_(select(_run.c.source_id).where(_run.c.id.in_(CHOSEN)))
)
_CHECKS: Final = (
    select(schema.check_result)
    .where(schema.check_result.c.run_id.in_(CHOSEN))
    .order_by(schema.check_result.c.run_id, schema.check_result.c.position)
)
_NOTES: Final = (
    select(_run.c.id, schema.note.c.text)
    .join(schema.note, schema.note.c.run_uid == _run.c.uid)
    .where(_run.c.id.in_(CHOSEN))
    .order_by(schema.note.c.at, schema.note.c.uid)
)
_FLAGGED: Final = union(
    select(_version.c.id)
    .join(_artifact, _artifact.c.id == _version.c.artifact_id)
    .join(
        schema.flag,
        (schema.flag.c.subject == _artifact.c.identity)
        & (schema.flag.c.digest == _version.c.digest),
    )
    .where(schema.flag.c.kind == "version", schema.flag.c.is_flagged),
    select(schema.output_id.c.version_id)
    .join(schema.flag, schema.flag.c.subject == schema.output_id.c.output)
    .where(schema.flag.c.kind == "id", schema.flag.c.is_flagged),
)


def _link_columns(link: Table) -> list[Any]:
    """List what `_to_ref` unpacks, in its order."""
    return [
        func.coalesce(link.c.name, _artifact.c.identity),
        _artifact.c.identity,
        _version.c.id,
        _version.c.digest,
        _version.c.kind,
        _version.c.size_bytes,
        _version.c.num_rows,
        COLUMNS,
        DTYPES,
        link.c.at,
        link.c.reason,
    ]


def _select_links(link: Table, maker_uid: Any) -> Select[Any]:
    return (
        select(link.c.run_id, link.c.part, maker_uid, *_link_columns(link))
        .join(_version, _version.c.id == link.c.version_id)
        .join(_artifact, _artifact.c.id == link.c.artifact_id)
        .order_by(link.c.run_id, link.c.part, link.c.position)
    )


_ALL_READS: Final = _select_links(_read, _maker.c.uid).outerjoin(
    _maker, _maker.c.id == _read.c.producer_id
)
_ALL_WRITES: Final = _select_links(_write, _maker.c.uid).join(
    _maker, _maker.c.id == _write.c.run_id
)
_READS: Final = _ALL_READS.where(_read.c.run_id.in_(CHOSEN))
_WRITES: Final = _ALL_WRITES.where(_write.c.run_id.in_(CHOSEN))
_READS_OF_VERSIONS: Final = _ALL_READS.where(_read.c.version_id.in_(CHOSEN))
_WRITES_OF_VERSIONS: Final = _ALL_WRITES.where(_write.c.version_id.in_(CHOSEN))


def load_runs(connection: Connection, ids: Sequence[int], settings: Settings) -> dict[int, Run]:
    """Load the runs with the given row ids, in that order.

    Returns
    -------
    dict of int to Run
        The runs that exist, by row id.

    Notes
    -----
    Cost: ten queries whatever the number of runs, about 20 µs of CPU a run.
    """
    if not ids:
        return {}
    with collector_paused(len(ids)):
        return _load_runs(connection, ids, settings)


def _load_runs(connection: Connection, ids: Sequence[int], settings: Settings) -> dict[int, Run]:
    chosen = choose(ids)
    schemas = _Names()
    flagged = flagged_versions(connection)
    inputs = _load_links(connection.execute(_READS, chosen), schemas, flagged, is_read=True)
    outputs = _load_links(connection.execute(_WRITES, chosen), schemas, flagged, is_read=False)
    checks = _load_checks(connection, chosen)
    notes: dict[int, list[str]] = {}
    for run_id, text in connection.execute(_NOTES, chosen):
        notes.setdefault(run_id, []).append(text)
    sources = {row.id: (row.digest, row.text) for row in connection.execute(_SOURCES, chosen)}
    stale = find_findings(connection, ids, settings.stale_after)
    loaded: dict[int, Run] = {}
    for key, source_id, *row in connection.execute(_RUNS, chosen).all():
        loaded[key] = _to_run(
            row,
            inputs=tuple(inputs.get(key, ())),
            outputs=tuple(outputs.get(key, ())),
            checks=tuple(checks.get(key, ())),
            notes=tuple(notes.get(key, ())),
            stale=tuple(finding.own for finding in stale.get(key, ())),
            source=sources.get(source_id, (None, None)),
        )
    return {key: loaded[key] for key in ids if key in loaded}


@contextmanager
def collector_paused(num_records: int = _MANY) -> Iterator[None]:
    """Pause the cycle collector: it would look again and again at records that have no cycles."""
    if num_records < _MANY or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def load_refs(connection: Connection, version_ids: Iterable[int]) -> dict[int, ArtifactRef]:
    """Load artifact versions as they were written last, or else read last."""
    chosen, schemas, flagged = choose(version_ids), _Names(), flagged_versions(connection)
    found: dict[int, tuple[bool, int, ArtifactRef]] = {}
    for is_write, query in ((False, _READS_OF_VERSIONS), (True, _WRITES_OF_VERSIONS)):
        for _, _, maker, *row in connection.execute(query, chosen):
            version_id, at = row[2], row[9]
            if version_id not in found or found[version_id][:2] <= (is_write, at):
                ref = _to_ref(row, maker and uid_text(maker), schemas, flagged)
                found[version_id] = (is_write, at, ref)
    return {version_id: ref for version_id, (_, _, ref) in found.items()}


def flagged_versions(connection: Connection) -> frozenset[int]:
    """List the versions that are flagged, or that hold flagged output ids."""
    return frozenset(connection.execute(_FLAGGED).scalars())


class _Names(dict[str | None, tuple[str, ...] | None]):
    """Decoded lists of column names or types; most versions of an artifact share theirs."""

    def __missing__(self, text: str | None) -> tuple[str, ...] | None:
        names = None if text is None else _decode_names(text)
        self[text] = names
        return names


def _load_links(
    rows: Iterable[Any], schemas: _Names, flagged: frozenset[int], *, is_read: bool
) -> dict[int, list[ArtifactRef]]:
    """Make the inputs or outputs of runs.

    Files of a folder that was read or written as a whole are left out, unless they were read and
    another run made them than the folder.
    """
    links: dict[int, list[ArtifactRef]] = {}
    inside: dict[int, list[ArtifactRef]] = {}
    for run_id, part, maker, *row in rows:
        if part == schema.MEMBER and (maker is None or not is_read):
            continue
        ref = _to_ref(row, None if maker is None else uid_text(maker), schemas, flagged)
        (inside if part == schema.MEMBER else links).setdefault(run_id, []).append(ref)
    for run_id, refs in inside.items():
        mine = links.setdefault(run_id, [])
        makers = {ref.produced_by for ref in mine}
        mine += [ref for ref in refs if ref.produced_by not in makers]
    return links


def _to_ref(
    row: Sequence[Any], maker: str | None, schemas: _Names, flagged: frozenset[int]
) -> ArtifactRef:
    name, identity, version_id, digest, kind, size, num_rows, columns, dtypes, at, reason = row
    return ArtifactRef(
        name=name,
        digest=digest or None,
        kind=kind,
        size_bytes=size,
        num_rows=num_rows,
        columns=schemas[columns],
        dtypes=schemas[dtypes],
        produced_by=maker,
        flagged=version_id in flagged,
        identity=identity,
        at=to_datetime(at),
        reason=reason,
    )


def _load_checks(connection: Connection, chosen: Mapping[str, Any]) -> dict[int, list[CheckResult]]:
    checks: dict[int, list[CheckResult]] = {}
    for row in connection.execute(_CHECKS, chosen):
        result = CheckResult(
            check=row.check_name,
            test=row.test,
            when=row.at_boundary,
            status=row.status,
            severity=row.severity,
            message=row.message,
            value=None if row.value is None else _decode(row.value),
            seconds=row.seconds,
        )
        checks.setdefault(row.run_id, []).append(result)
    return checks


def _to_run(
    row: Sequence[Any],
    *,
    inputs: tuple[ArtifactRef, ...],
    outputs: tuple[ArtifactRef, ...],
    checks: tuple[CheckResult, ...],
    notes: tuple[str, ...],
    stale: tuple[str, ...],
    source: tuple[str | None, str | None],
) -> Run:
    uid, component, status, started_at, ended_at, nanoseconds, params, metrics, *row = row
    error_type, error_message, error_traceback, commit, is_dirty, diff_digest, *row = row
    parent, host, pid, python_version, environment, pruned_at, is_pinned = row
    makers = [ref.produced_by for ref in inputs if ref.produced_by is not None]
    return Run(
        id=uid_text(uid),
        component=component or "",
        status=status,
        started_at=to_datetime(started_at),
        ended_at=None if ended_at is None else to_datetime(ended_at),
        duration_seconds=None if nanoseconds is None else nanoseconds / NANOSECONDS,
        params=_decode(params) if params else {},
        metrics=_decode(metrics) if metrics else {},
        inputs=inputs,
        outputs=outputs,
        checks=checks,
        error=_to_error(error_type, error_message, error_traceback),
        git_commit=commit,
        git_dirty=is_dirty,
        git_diff_digest=diff_digest,
        code_digest=source[0],
        code=source[1],
        parent_id=None if parent is None else uid_text(parent),
        host=host or None,
        pid=pid or None,
        python_version=python_version or None,
        environment=environment,
        notes=notes,
        stale=stale,
        upstream=tuple(dict.fromkeys(makers)),
        details_removed_at=None if pruned_at is None else to_datetime(pruned_at),
        pinned=bool(is_pinned),
    )


def _to_error(type_name: str | None, message: str | None, traceback: str | None) -> RunError | None:
    if type_name is None:
        return None
    return RunError(type=type_name, message=message or "", traceback=traceback or "")
