"""When something was made: by the runs of a component, or the versions of artifacts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, or_, select

from mltrace.lineage.outcomes import list_outcomes
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose
from mltrace.store.database.keys import uid_text
from mltrace.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from sqlalchemy import Connection, Select, Subquery

    from mltrace.lineage.outcomes import Outcome
    from mltrace.lineage.tables import Table

_run, _component, _artifact = schema.run, schema.component, schema.artifact
_version, _write = schema.version, schema.write


class Making(NamedTuple):
    """One time that something was made.

    Attributes
    ----------
    at : int
        When, in nanoseconds.
    point : str
        What tells it from others.
    content : hashable
        What tells whether the same was made again.
    run_id, component, artifact, digest : str or None
        Who made what.
    """

    at: int
    point: str
    content: Hashable
    run_id: str | None
    component: str | None
    artifact: str | None = None
    digest: str | None = None


def list_runs_as_makings(
    connection: Connection, component: str, component_id: int, limit: int
) -> list[Making]:
    """List the latest good runs of a component, in the order in which they ended."""
    outcomes = list_outcomes(connection, component_id, limit=limit, succeeded=True)
    good = [one for one in outcomes if one.num > one.num_bad]
    contents = _load_contents(connection, good)
    return [
        Making(one.at, one.point, contents.get(one.point), one.run_id, component) for one in good
    ]


def _load_contents(
    connection: Connection, runs: Sequence[Outcome]
) -> dict[str, frozenset[tuple[int, str]]]:
    """Load what each run wrote."""
    keys = {one.point: one.key for one in runs if one.key is not None}
    query = select(_write.c.run_id, _write.c.artifact_id, _version.c.digest)
    query = query.join(_version, _version.c.id == _write.c.version_id)
    written: defaultdict[int, set[tuple[int, str]]] = defaultdict(set)
    for run_id, artifact_id, digest in connection.execute(
        query.where(_write.c.run_id.in_(CHOSEN), _write.c.part == schema.WHOLE),
        choose(keys.values()),
    ):
        written[run_id].add((artifact_id, digest))
    return {run: frozenset(written[key]) for run, key in keys.items()}


def list_versions_as_makings(connection: Connection, table: Table, limit: int) -> list[Making]:
    """List the latest versions that good runs made of artifacts, or that were read of nobody's."""
    rows = table.latest_makings(connection, _select_good, limit)
    return [
        Making(
            at=row.at,
            point=f"{row.name}@{row.digest[:12]} {to_datetime(row.at):%Y-%m-%d %H:%M:%S.%f}",
            content=(row.name, row.digest),
            run_id=None if row.uid is None else uid_text(row.uid),
            component=row.component,
            artifact=row.name,
            digest=row.digest,
        )
        for row in reversed(rows)
    ]


def _select_good(making: Subquery) -> Select[Any]:
    at, run_id, version_id, name, _ = making.c
    return (
        select(at.label("at"), func.coalesce(name, _artifact.c.identity).label("name"))
        .add_columns(_version.c.digest, _run.c.uid, _component.c.name.label("component"))
        .join(_version, _version.c.id == version_id)
        .join(_artifact, _artifact.c.id == _version.c.artifact_id)
        .outerjoin(_run, _run.c.id == run_id)
        .outerjoin(_component, _component.c.id == _run.c.component_id)
        .where(or_(_run.c.status.is_(None), _run.c.status == "succeeded"))
        .order_by(at.desc(), _version.c.digest)
    )
