"""Lists how many rows each delivery of a table had, whether there is a profile of it or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, or_, select

from mltrace.lineage.partitions import IS_REFUSED
from mltrace.lineage.refs import flagged_versions
from mltrace.store.database import schema
from mltrace.store.database.keys import uid_text

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select, Subquery

    from mltrace.lineage.tables import Table

_run, _component, _artifact = schema.run, schema.component, schema.artifact
_version, _profile = schema.version, schema.profile


class Delivery(NamedTuple):
    """A content of a table as a run made it, or as it was first read if no run did.

    Attributes
    ----------
    at : int
        When, in nanoseconds.
    name, digest : str
        The artifact as it was called, and its content.
    num_rows : int
        How many rows it has.
    run_id, component : str or None
        The run that made it, and its component.
    is_refused : bool
        Whether that run did not succeed, because the check `NoDrift` refused it.
    """

    at: int
    name: str
    digest: str
    num_rows: int
    run_id: str | None
    component: str | None
    is_refused: bool


def list_deliveries(
    connection: Connection, table: Table, *, limit: int
) -> tuple[list[Delivery], bool]:
    """List the latest deliveries of a table whose rows were counted, in the order of time.

    Told, too, is whether these are all.

    Left out are contents that are flagged, those of runs that did not succeed, unless `NoDrift`
    refused them, and what has the content that was delivered under its name the last time.

    Notes
    -----
    Cost: three queries, and some 10 µs a delivery.
    """
    flagged = flagged_versions(connection)
    found: list[Delivery] = []
    latest: dict[str, str] = {}
    rows = table.latest_makings(connection, _select_counted, limit)
    for row in reversed(rows):
        is_good = row.status in (None, "succeeded")
        if row.version_id in flagged or not (is_good or row.is_refused):
            continue
        if row.digest and latest.get(row.name) == row.digest:
            continue
        latest[row.name] = row.digest
        found.append(
            Delivery(
                at=row.at,
                name=row.name,
                digest=row.digest,
                num_rows=row.num_rows,
                run_id=None if row.uid is None else uid_text(row.uid),
                component=row.component,
                is_refused=not is_good,
            )
        )
    return found, len(rows) < limit


def _select_counted(making: Subquery) -> Select[Any]:
    at, run_id, version_id, name, _ = making.c
    num_rows = func.coalesce(_version.c.num_rows, _profile.c.num_rows)
    return (
        select(at.label("at"), func.coalesce(name, _artifact.c.identity).label("name"))
        .add_columns(_version.c.id.label("version_id"), _version.c.digest)
        .add_columns(num_rows.label("num_rows"), _run.c.uid, _run.c.status)
        .add_columns(_component.c.name.label("component"), IS_REFUSED.label("is_refused"))
        .join(_version, _version.c.id == version_id)
        .join(_artifact, _artifact.c.id == _version.c.artifact_id)
        .outerjoin(_profile, _profile.c.digest == _version.c.digest)
        .outerjoin(_run, _run.c.id == run_id)
        .outerjoin(_component, _component.c.id == _run.c.component_id)
        .where(or_(_version.c.num_rows.is_not(None), _profile.c.num_rows.is_not(None)))
        .order_by(at.desc(), _version.c.digest.desc())
    )
