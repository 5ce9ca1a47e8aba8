"""Finds the stored profiles of artifact versions: one of them, or all of an artifact over time."""

from __future__ import annotations

import operator
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, union_all

from mltrace.errors import ArgumentError, UnknownNameError, unknown
from mltrace.lineage.listing import check_limit
from mltrace.lineage.tables import find_table
from mltrace.lineage.targets import resolve, resolve_artifact
from mltrace.records import RecordList, StatisticPoint, VersionProfile
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose
from mltrace.store.database.keys import uid_text
from mltrace.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from mltrace.profiles.tables import Profile

_run, _component = schema.run, schema.component
_write, _version = schema.write, schema.version
_profile, _artifact = schema.profile, schema.artifact

_STORED: Final = (
    select(_version.c.id, _version.c.digest, _artifact.c.identity)
    .add_columns(_profile.c.num_rows, _profile.c.num_profiled_rows, _profile.c.content)
    .join(_profile, _profile.c.digest == _version.c.digest)
    .join(_artifact, _artifact.c.id == _version.c.artifact_id)
    .where(_version.c.id.in_(CHOSEN))
)
_MAKERS: Final = (
    select(_run.c.id, _run.c.uid, _component.c.name)
    .join(_component, _component.c.id == _run.c.component_id)
    .where(_run.c.id.in_(CHOSEN))
)
_WRITTEN: Final = select(_write.c.version_id).where(_write.c.part == schema.WHOLE)


def find_version(connection: Connection, what: object) -> int:
    """Find the row id of an artifact version, or of the one output of a run that has a profile.

    Raises
    ------
    UnknownNameError
        If there is none, or if the run has several.
    """
    target = resolve(connection, what)
    if target.kind != "run":
        return resolve_artifact(connection, what).version_id or 0
    written = connection.execute(_WRITTEN.where(_write.c.run_id == target.run_id)).scalars()
    found = connection.execute(_STORED, choose(written)).all()
    if len(found) != 1:
        named = ", ".join(f"{row.identity}@{row.digest[:12]}" for row in found) or "none"
        raise UnknownNameError(
            f"The run {target.label} names no single table; outputs with a profile: {named}."
        )
    return int(found[0].id)


def find_profile(connection: Connection, version_id: int) -> Profile | None:
    """Find the stored profile of an artifact version; None if it has none."""
    from mltrace.profiles.tables import Profile

    found = connection.execute(_STORED, choose([version_id])).first()
    return None if found is None else Profile.from_bytes(found.content)


def read_profile(content: bytes) -> Profile | None:
    """Bring a stored profile back; None if it is damaged, or of a later format."""
    from mltrace.profiles.tables import Profile

    try:
        return Profile.from_bytes(content)
    except ArgumentError:
        return None


def list_profiles(
    connection: Connection,
    what: object,
    *,
    limit: int | None,
    since: int | None = None,
    until: int | None = None,
) -> RecordList[VersionProfile]:
    """List the profiles of the versions of a table, newest first, by when they were made.

    Those that cannot be read are left out, and a note says how many.

    Raises
    ------
    UnknownNameError
        If there is no such artifact or table.

    Notes
    -----
    Cost: five queries, and 30 µs a column to bring a profile back.
    """
    table = find_table(connection, what)
    queries = [query.where(_has_profile(query)) for query in table.makings()]
    limit = check_limit(limit)
    making = union_all(*queries).subquery("making")
    at = making.c[0]
    query = select(making).order_by(at.desc()).limit(limit)
    for moment, is_within in ((since, operator.ge), (until, operator.lt)):
        if moment is not None:
            query = query.where(is_within(at, moment))
    makings = connection.execute(query, table.bound()).all()
    records = list(_records(connection, makings))
    num_unread = len(makings) - len(records)
    notes = (
        [f"{num_unread} of {len(makings)} stored profiles cannot be read."] if num_unread else []
    )
    return RecordList(records, of=VersionProfile, notes=notes)


def _has_profile(makings: Select[Any]) -> ColumnElement[bool]:
    version_id = makings.selected_columns[2]
    of_version = select(_version.c.id).join(_profile, _profile.c.digest == _version.c.digest)
    return of_version.where(_version.c.id == version_id).exists()


def _records(connection: Connection, makings: Sequence[Any]) -> Iterator[VersionProfile]:
    chosen = choose({version_id for _, _, version_id, *_ in makings})
    stored = {row.id: row for row in connection.execute(_STORED, chosen)}
    makers = choose({run_id for _, run_id, *_ in makings if run_id is not None})
    runs = {row.id: row for row in connection.execute(_MAKERS, makers)}
    for at, run_id, version_id, name, _ in makings:
        row, maker = stored[version_id], runs.get(run_id)
        profile = read_profile(row.content)
        if profile is None:
            continue
        yield VersionProfile(
            name=name or row.identity,
            digest=row.digest,
            at=to_datetime(at),
            produced_by=None if maker is None else uid_text(maker.uid),
            component=None if maker is None else maker.name,
            num_rows=row.num_rows,
            num_profiled_rows=row.num_profiled_rows,
            profile=profile,
        )


def statistic_points(
    profiles: Sequence[VersionProfile], *, column: str | None, statistic: str | None
) -> RecordList[StatisticPoint]:
    """Take statistics out of profiles: of a column, or one of all columns that have it.

    Raises
    ------
    UnknownNameError
        If no profile has such a column or statistic; the message lists the nearest matches.
    """
    rows = [row for one in profiles for row in one.rows()]
    columns = list(dict.fromkeys(row["column"] for row in rows))
    if column is not None and column not in columns:
        raise unknown("column", column, columns)
    rows = [row for row in rows if column in (None, row["column"])]
    numbers = {name for row in rows for name, value in row.items() if _is_number(value)}
    if statistic is not None and statistic not in numbers:
        raise unknown(
            "statistic", statistic, numbers, hint=f"Statistics: {', '.join(sorted(numbers))}."
        )
    names = [name for name in dict.fromkeys(chain(*rows)) if name in numbers]
    chosen = [
        (row["column"], name, row)
        for row in rows
        for name in ([statistic] if statistic is not None else names)
    ]
    of_any = {(key, name) for key, name, row in chosen if _is_number(row.get(name))}
    return RecordList(
        (
            StatisticPoint(
                name=row["name"],
                digest=row["digest"],
                at=row["at"],
                produced_by=row["produced_by"],
                column=key,
                statistic=name,
                value=row.get(name),
            )
            for key, name, row in chosen
            if (key, name) in of_any
        ),
        of=StatisticPoint,
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
