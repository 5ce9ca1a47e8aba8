"""Judgements as they are stored: told in full where a column is of note, else as one number."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import func, select

from mltrace.monitors.drift.partitions.settings import DriftSettings, from_json, to_json
from mltrace.records.drift import ColumnDrift
from mltrace.records.drift_history import DriftJudgement, DriftState
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN_TEXTS, choose_texts
from mltrace.store.database.keys import uid_bytes, uid_text
from mltrace.store.facts import AcceptFact, DriftFact
from mltrace.times import now_ns, to_datetime, to_nanoseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Row, Select

    from mltrace.monitors.drift.partitions.judging import Judged
    from mltrace.records.drift import DriftResult

DIGEST_BYTES: Final = 8
"""So many bytes of a digest name a partition among those of its table."""
_LEAST_OF_NOTE: Final = 3
_judgement, _acceptance = schema.drift_judgement, schema.drift_acceptance
_ACCEPTED: Final = select(_acceptance).where(_acceptance.c.is_accepted)


class Known(NamedTuple):
    """What is known of a partition that was judged: whether it drifted, and when it was judged."""

    is_drift: bool
    at: int


class Details(msgspec.Struct, array_like=True, frozen=True):
    """What is told of a partition beside its score.

    Attributes
    ----------
    reason : str
    notes, alarms : list of str
    of_note : list of ColumnDrift
        The columns that drifted or come near to it, in full.
    methods : list of str
    others : list of (str, int, float or None)
        Of each other column the name, the place of its method in `methods`, and the statistic.
    is_learning : bool
        Whether it was compared with too few to say more than how it differs.
    """

    reason: str = ""
    notes: list[str] = []
    alarms: list[str] = []
    of_note: list[ColumnDrift] = []
    methods: list[str] = []
    others: list[tuple[str, int, float | None]] = []
    is_learning: bool = False


def make_fact(
    judged: Judged,
    settings: DriftSettings,
    *,
    at: int,
    notes: Sequence[str] = (),
) -> DriftFact:
    """Make the fact of a judgement."""
    partition, result = judged.partition, judged.result
    told: dict[str, Any] = {}
    if result is not None:
        told = {
            "method": result.method,
            "score": _finite(result.score),
            "threshold": _finite(result.threshold),
            "p": _finite(result.p_value),
            "is_drift": judged.is_drift,
        }
    return DriftFact(
        monitor=settings.name,
        table=settings.table,
        digest=partition.digest,
        at=at,
        made=to_nanoseconds(partition.at),
        run=partition.run_id or "",
        partition=partition.name,
        history=len(judged.reference),
        reference=b"".join(bytes.fromhex(one)[:DIGEST_BYTES] for one in judged.reference),
        settings=to_json(settings),
        details=msgspec.msgpack.encode(_details(judged, notes)),
        **told,
    )


def as_judgement(judged: Judged, settings: DriftSettings, *, at: int) -> DriftJudgement:
    """Tell a judgement that is not stored."""
    partition, result = judged.partition, judged.result
    told: dict[str, Any] = {}
    if result is not None:
        told = {
            "score": result.score,
            "threshold": result.threshold,
            "p_value": result.p_value,
            "method": result.method,
            "reason": result.reason,
            "columns": result.columns,
            "notes": result.notes,
        }
    is_compared = result is not None and not judged.is_learning
    state: DriftState = "blocked" if judged.is_drift else "ok"
    return DriftJudgement(
        table=settings.table,
        monitor=settings.name,
        partition=partition.name,
        digest=partition.digest,
        at=partition.at,
        run_id=partition.run_id,
        state=state if is_compared else "learning",
        is_drift=judged.is_drift,
        num_history=len(judged.reference),
        alarms=judged.alarms,
        judged_at=to_datetime(at),
        **told,
    )


def load_known(connection: Connection, settings: DriftSettings) -> dict[str, Known]:
    """Tell how the partitions that a monitor judged were judged, by digest."""
    query = select(_judgement.c.digest, _judgement.c.is_drift, _judgement.c.at).where(
        _judgement.c.monitor == settings.name, _judgement.c.table_name == settings.table
    )
    return {row.digest: Known(row.is_drift, row.at) for row in connection.execute(query)}


def load_settings(connection: Connection, table: str | None = None) -> list[DriftSettings]:
    """List the monitors that have judged something, each as it was set the last time."""
    latest = func.max(_judgement.c.at)
    query = select(_judgement.c.settings).group_by(_judgement.c.settings).order_by(latest.desc())
    if table is not None:
        query = query.where(_judgement.c.table_name == table)
    found: dict[tuple[str, str], DriftSettings] = {}
    for text in connection.execute(query).scalars():
        settings = from_json(text)
        found.setdefault((settings.table, settings.name), settings)
    return list(found.values())


def judged_of_run(connection: Connection, run_id: str) -> list[str]:
    """Name the partitions that were judged as those of a run."""
    query = select(_judgement.c.digest).where(_judgement.c.run_uid == uid_bytes(run_id))
    return list(connection.execute(query).scalars())


def load_accepted(connection: Connection) -> dict[str, Row[Any]]:
    """Find what is accepted although it drifted, by digest."""
    return {row.digest: row for row in connection.execute(_ACCEPTED)}


def list_judgements(
    connection: Connection,
    *,
    table: str | None = None,
    monitor: str | None = None,
    digests: Iterable[str] | None = None,
    is_drift: bool | None = None,
    limit: int | None = None,
) -> list[DriftJudgement]:
    """List judgements, those of the latest partitions first; of each monitor so many."""
    order = (_judgement.c.made_at.desc(), _judgement.c.digest.desc())
    query: Select[Any] = select(_judgement)
    for column, value in (
        (_judgement.c.table_name, table),
        (_judgement.c.monitor, monitor),
        (_judgement.c.is_drift, is_drift),
    ):
        if value is not None:
            query = query.where(column == value)
    if digests is not None:
        query = query.where(_judgement.c.digest.in_(CHOSEN_TEXTS))
    if limit is not None:
        of_monitor = (_judgement.c.table_name, _judgement.c.monitor)
        place = func.row_number().over(partition_by=of_monitor, order_by=order)
        query = _among_first(query.add_columns(place.label("place")), limit)
    else:
        query = query.order_by(*order, _judgement.c.monitor)
    accepted = load_accepted(connection)
    rows = connection.execute(query, choose_texts(digests or ()))
    return [_to_record(row, accepted) for row in rows]


def _among_first(query: Select[Any], limit: int) -> Select[Any]:
    """Take the rows whose place is among the first, the latest first."""
    placed = query.subquery()
    return (
        select(placed)
        .where(placed.c.place <= limit)
        .order_by(placed.c.made_at.desc(), placed.c.digest.desc(), placed.c.monitor)
    )


def acceptance_facts(
    connection: Connection,
    digests: Iterable[str],
    *,
    is_accepted: bool,
    reason: str = "",
    by: str = "",
) -> list[AcceptFact]:
    """Make the facts that accept contents or take that back, each later than the last one."""
    query = select(_acceptance.c.digest, _acceptance.c.at)
    known = {row.digest: row.at for row in connection.execute(query)}
    now = now_ns()
    return [
        AcceptFact(
            digest=digest,
            at=max(now, known.get(digest, 0) + 1),
            is_accepted=is_accepted,
            reason=reason,
            by=by,
        )
        for digest in dict.fromkeys(digests)
    ]


def _to_record(row: Row[Any], accepted: Mapping[str, Row[Any]]) -> DriftJudgement:
    details = msgspec.msgpack.decode(row.details, type=Details)
    acceptance = accepted.get(row.digest) if row.is_drift else None
    reference = row.reference.hex()
    return DriftJudgement(
        table=row.table_name,
        monitor=row.monitor,
        partition=row.partition,
        digest=row.digest,
        at=to_datetime(row.made_at),
        run_id=None if row.run_uid is None else uid_text(row.run_uid),
        state=_state(row, details, is_accepted=acceptance is not None),
        score=row.score,
        threshold=row.threshold,
        p_value=row.p_value,
        is_drift=row.is_drift,
        method=row.method,
        reason=details.reason,
        num_history=row.num_history,
        alarms=tuple(details.alarms),
        notes=tuple(details.notes),
        columns=_columns(details),
        judged_at=to_datetime(row.at),
        accepted_by=None if acceptance is None else acceptance.accepted_by or None,
        accepted_reason="" if acceptance is None else acceptance.reason,
        settings=msgspec.json.decode(row.settings),
        reference=tuple(
            reference[at : at + 2 * DIGEST_BYTES]
            for at in range(0, len(reference), 2 * DIGEST_BYTES)
        ),
    )


def _state(row: Row[Any], details: Details, *, is_accepted: bool) -> DriftState:
    if details.is_learning:
        return "learning"
    if not row.is_drift:
        return "ok"
    return "accepted" if is_accepted else "blocked"


def _details(judged: Judged, notes: Sequence[str]) -> Details:
    result, alarms, is_learning = judged.result, list(judged.alarms), judged.is_learning
    if result is None:
        return Details("", list(notes), alarms, is_learning=is_learning)
    noted = _of_note(result)
    others = [one for name, one in result.columns.items() if name not in noted]
    methods = list(dict.fromkeys(one.method for one in others))
    return Details(
        result.reason,
        [*result.notes, *notes],
        alarms,
        [_plain_column(one) for one in noted.values()],
        methods,
        [(one.name, methods.index(one.method), _finite(one.statistic)) for one in others],
        is_learning,
    )


def _of_note(result: DriftResult) -> dict[str, ColumnDrift]:
    """Choose the columns that drifted, with those that they explain, in their order.

    Of a partition that drifted without any, those that are nearest to it.
    """
    noted = {
        name: one
        for name, one in result.columns.items()
        if one.is_drift or one.explained_by is not None
    }
    if noted or not result.is_drift:
        return noted
    ranked = sorted(
        result.columns.items(), key=lambda item: 1.0 if item[1].p_value is None else item[1].p_value
    )
    return dict(ranked[:_LEAST_OF_NOTE])


def _plain_column(column: ColumnDrift) -> ColumnDrift:
    return replace(
        column,
        statistic=_finite(column.statistic),
        p_value=_finite(column.p_value),
        effect_size=_finite(column.effect_size),
    )


def _columns(details: Details) -> dict[str, ColumnDrift]:
    columns = {one.name: one for one in details.of_note}
    for name, place, statistic in details.others:
        columns[name] = ColumnDrift(name=name, method=details.methods[place], statistic=statistic)
    return columns


def _finite(number: float | None) -> float | None:
    """Bring a number into what a catalog holds, which infinity is not, nor what is no number."""
    if number is None or math.isnan(number):
        return None
    return max(-sys.float_info.max, min(sys.float_info.max, float(number)))
