"""Lists the partitions of a table: each content that good runs made of it, in the order of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, union_all

from mltrace.lineage.refs import flagged_versions
from mltrace.records.drift_history import Partition
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, CHOSEN_TEXTS, choose, choose_texts
from mltrace.store.database.keys import uid_text
from mltrace.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection, Row, Select

    from mltrace.lineage.tables import Table

_run, _component, _artifact = schema.run, schema.component, schema.artifact
_version, _profile, _check = schema.version, schema.profile, schema.check_result
_DIGESTS: Final = select(_version.c.digest).where(_version.c.id.in_(CHOSEN))
IS_REFUSED: Final = (
    select(_check.c.run_id)
    .where(_check.c.run_id == _run.c.id, _check.c.test == "test_no_drift")
    .where(_check.c.status == "failed", _check.c.severity == "block")
    .correlate(_run)
    .exists()
)
"""Whether the check `NoDrift` refused what a run made."""
_CONTENTS: Final = select(_profile.c.digest, _profile.c.content).where(
    _profile.c.digest.in_(CHOSEN_TEXTS)
)


def list_partitions(connection: Connection, table: Table) -> list[Partition]:
    """List the partitions of a table, oldest first, each content once: when it was made first.

    Left out are contents that are flagged, those without a profile, and those that only runs made
    which did not succeed, unless that is because the check `NoDrift` refused them.

    Notes
    -----
    Cost: three queries and some 10 µs a version; profiles are not read.
    """
    found: dict[str, Partition] = {}
    for row in load_deliveries(connection, table):
        is_good = row.status in (None, "succeeded")
        if row.digest not in found or (is_good and found[row.digest].is_refused):
            found[row.digest] = Partition(
                name=row.name,
                digest=row.digest,
                at=to_datetime(row.at),
                run_id=None if row.uid is None else uid_text(row.uid),
                component=row.component,
                num_rows=row.num_rows,
                num_profiled_rows=row.num_profiled_rows,
                is_refused=not is_good,
            )
    return sorted(found.values(), key=lambda one: (one.at, one.digest))


def load_deliveries(connection: Connection, table: Table) -> Iterator[Row[Any]]:
    """Load each time that a content of a table was made, or seen first, in the order of time.

    A content may come more than once; what is no partition is left out.
    """
    flagged = connection.execute(_DIGESTS, choose(flagged_versions(connection))).scalars().all()
    left_out = set(flagged)
    for row in connection.execute(_select_makings(table), table.bound()):
        is_good = row.status in (None, "succeeded")
        if row.digest not in left_out and (is_good or row.is_refused):
            yield row


def load_contents(connection: Connection, digests: Iterable[str]) -> dict[str, bytes]:
    """Load stored profiles, as bytes, by the digest of what they are of."""
    rows = connection.execute(_CONTENTS, choose_texts(digests))
    return {row.digest: row.content for row in rows}


def _select_makings(table: Table) -> Select[Any]:
    making = union_all(*table.makings()).subquery("making")
    at, run_id, version_id, name, _ = making.c
    return (
        select(at.label("at"), func.coalesce(name, _artifact.c.identity).label("name"))
        .add_columns(_run.c.uid, _run.c.status, _component.c.name.label("component"))
        .add_columns(_artifact.c.identity, IS_REFUSED.label("is_refused"))
        .add_columns(_version.c.digest, _profile.c.num_rows, _profile.c.num_profiled_rows)
        .join(_version, _version.c.id == version_id)
        .join(_artifact, _artifact.c.id == _version.c.artifact_id)
        .join(_profile, _profile.c.digest == _version.c.digest)
        .outerjoin(_run, _run.c.id == run_id)
        .outerjoin(_component, _component.c.id == _run.c.component_id)
        .order_by(at, _version.c.digest)
    )
