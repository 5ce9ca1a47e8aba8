"""Pins runs so that retention leaves them alone, takes pins back and lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from mltrace.errors import ArgumentError, unknown
from mltrace.lineage.targets import resolve
from mltrace.records import Pin, RecordList
from mltrace.store.database import schema
from mltrace.store.database.keys import uid_text
from mltrace.store.facts import PinFact
from mltrace.times import now_ns, to_datetime

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection

    from mltrace.lineage.targets import Target

_pin, _run, _write, _version = schema.pin, schema.run, schema.write, schema.version
_PINS: Final = (
    select(_pin, schema.component.c.name, _run.c.started_at)
    .select_from(_pin)
    .outerjoin(_run, _run.c.uid == _pin.c.run_uid)
    .outerjoin(schema.component, schema.component.c.id == _run.c.component_id)
    .where(_pin.c.is_pinned)
    .order_by(_pin.c.at.desc(), _pin.c.run_uid.desc())
)
_PINNED_WRITERS: Final = (
    select(_run.c.uid)
    .join(_pin, _pin.c.run_uid == _run.c.uid)
    .join(_write, _write.c.run_id == _run.c.id)
    .where(_pin.c.is_pinned)
)


def list_pins(connection: Connection, runs: Collection[str] | None = None) -> RecordList[Pin]:
    """List what is pinned, or what of the given runs is, the newest pin first."""
    pins = [_to_pin(row) for row in connection.execute(_PINS)]
    return RecordList((pin for pin in pins if runs is None or pin.run_id in runs), of=Pin)


def find_run(connection: Connection, what: object) -> str:
    """Find the id of the run that `what` is, or that made it.

    Raises
    ------
    UnknownNameError
        If there is no such output or run.
    ArgumentError
        If no run made it.
    """
    target = resolve(connection, what)
    if target.run_id is None:
        raise ArgumentError(f"No run made {target.label!r}; pin a run that read it.")
    uid = connection.execute(select(_run.c.uid).where(_run.c.id == target.run_id)).scalar_one()
    return uid_text(uid)


def find_pinned_runs(connection: Connection, what: object) -> list[str]:
    """Find the pinned runs that `what` is or that made it.

    The name of an artifact means the run that made its latest version, or if that is not pinned,
    all pinned runs that made a version of it.

    Raises
    ------
    UnknownNameError
        If none is.
    """
    target = resolve(connection, what)
    for query in _pinned_makers(target):
        if found := connection.execute(query).scalars().all():
            return [uid_text(uid) for uid in dict.fromkeys(found)]
    pinned = [pin.run_id for pin in list_pins(connection)]
    raise unknown("pinned run", target.label, pinned, hint="See `mltrace pinned`.")


def _pinned_makers(target: Target) -> Iterable[Any]:
    if target.run_id is not None:
        is_pinned = _pin.c.is_pinned & (_run.c.id == target.run_id)
        yield select(_run.c.uid).join(_pin, _pin.c.run_uid == _run.c.uid).where(is_pinned)
    if target.version_id is not None and target.is_latest:
        named = select(_version.c.artifact_id).where(_version.c.id == target.version_id)
        yield _PINNED_WRITERS.where(_write.c.artifact_id.in_(named))


def pin_facts(
    connection: Connection,
    runs: Iterable[str],
    *,
    is_pinned: bool,
    reason: str = "",
    by: str = "",
) -> list[PinFact]:
    """Make the facts that pin runs or take their pins back, each later than the last one."""
    query = select(_pin.c.run_uid, _pin.c.at)
    known = {uid_text(uid): at for uid, at in connection.execute(query)}
    now = now_ns()
    return [
        PinFact(
            run=run,
            at=max(now, known.get(run, 0) + 1),
            is_pinned=is_pinned,
            reason=reason,
            by=by,
        )
        for run in dict.fromkeys(runs)
    ]


def _to_pin(row: Any) -> Pin:
    return Pin(
        run_id=uid_text(row.run_uid),
        component=row.name,
        started_at=None if row.started_at is None else to_datetime(row.started_at),
        reason=row.reason,
        pinned_at=to_datetime(row.at),
        pinned_by=row.pinned_by or None,
    )
