"""Loads whole run records, many at once, in a number of queries that does not grow with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import false, func, select

from mltrace.lineage.refs import load_links
from mltrace.lineage.staleness.when_read import find_findings
from mltrace.records import CheckResult, Run, RunError
from mltrace.store.collector import collector_paused
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose
from mltrace.store.database.keys import uid_text
from mltrace.store.rows.shared_texts import load_texts
from mltrace.times import NANOSECONDS, to_datetime

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from mltrace.config import Settings
    from mltrace.records import ArtifactRef

_decode: Final = msgspec.json.Decoder().decode

_run, _process = schema.run, schema.process
_environment, _git = schema.environment, schema.git_state

_RUNS: Final = (
    select(  # in the order in which `_load_runs` and `_to_run` unpack them
        _run.c.id,
        _run.c.uid,
        _run.c.source_id,
        _run.c.params_id,
        _run.c.params,
        schema.component.c.name,
        _run.c.status,
        _run.c.started_at,
        _run.c.ended_at,
        _run.c.nanoseconds,
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
    schema.source.c.id.in_(CHOSEN)
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
    rows = connection.execute(_RUNS, chosen).all()
    uids = {row.id: uid_text(row.uid) for row in rows}
    inputs, outputs = load_links(connection, ids, uids)
    params = load_texts(connection, {row.params_id for row in rows} - {None})
    checks = _load_checks(connection, chosen)
    notes: dict[int, list[str]] = {}
    for run_id, text in connection.execute(_NOTES, chosen):
        notes.setdefault(run_id, []).append(text)
    source_ids = choose({row.source_id for row in rows} - {None})
    sources = {
        key: (digest, text) for key, digest, text in connection.execute(_SOURCES, source_ids)
    }
    stale = find_findings(connection, ids, settings.stale_after)
    loaded: dict[int, Run] = {}
    for key, _, source_id, params_id, own_params, *row in rows:
        loaded[key] = _to_run(
            row,
            uid=uids[key],
            params=own_params or params.get(params_id),
            inputs=tuple(inputs.get(key, ())),
            outputs=tuple(outputs.get(key, ())),
            checks=tuple(checks.get(key, ())),
            notes=tuple(notes.get(key, ())),
            stale=tuple(finding.own for finding in stale.get(key, ())),
            source=sources.get(source_id, (None, None)),
        )
    return {key: loaded[key] for key in ids if key in loaded}


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
    uid: str,
    params: str | None,
    inputs: tuple[ArtifactRef, ...],
    outputs: tuple[ArtifactRef, ...],
    checks: tuple[CheckResult, ...],
    notes: tuple[str, ...],
    stale: tuple[str, ...],
    source: tuple[str | None, str | None],
) -> Run:
    component, status, started_at, ended_at, nanoseconds, metrics, *row = row
    error_type, error_message, error_traceback, commit, is_dirty, diff_digest, *row = row
    parent, host, pid, python_version, environment, pruned_at, is_pinned = row
    makers = [ref.produced_by for ref in inputs if ref.produced_by is not None]
    return Run(
        id=uid,
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
