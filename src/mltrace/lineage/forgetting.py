"""Works out what of old runs may be forgotten without any answer of lineage changing.

Never touched are the latest runs of each component, runs under way, whatever a flagged output or a
pinned run depends on, and the values that a run read or wrote whose details stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import bindparam, select, union

from mltrace.records import Collected
from mltrace.store import schema
from mltrace.store.chosen import CHOSEN, choose
from mltrace.store.retention import NUM_LATEST, forget_details, forget_parameters
from mltrace.store.sweeping import sweep
from mltrace.times import now_ns, to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Select

    from mltrace.store.opening import Store

_run, _read, _write = schema.run, schema.read, schema.write
_version, _artifact = schema.version, schema.artifact
_flag, _pin, _output = schema.flag, schema.pin, schema.output_id
_RUNS: Final = select(_run.c.id, _run.c.started_at, _run.c.status, _run.c.pruned_at)
_LATEST: Final = (
    select(_run.c.id)
    .where(_run.c.component_id == bindparam("component"))
    .order_by(_run.c.started_at.desc(), _run.c.id.desc())
)
_LATEST_SUCCEEDED: Final = _LATEST.where(_run.c.status == "succeeded").limit(NUM_LATEST)
_PINNED: Final = select(_run.c.id).join(_pin, _pin.c.run_uid == _run.c.uid).where(_pin.c.is_pinned)
_FLAGGED: Final = union(
    select(_output.c.run_id)
    .join(_flag, _flag.c.subject == _output.c.output)
    .where(_flag.c.kind == "id", _flag.c.is_flagged),
    select(_write.c.run_id)
    .join(_version, _version.c.id == _write.c.version_id)
    .join(_artifact, _artifact.c.id == _version.c.artifact_id)
    .join(_flag, (_flag.c.subject == _artifact.c.identity) & (_flag.c.digest == _version.c.digest))
    .where(_flag.c.kind == "version", _flag.c.is_flagged),
)


def _upstream() -> Select[Any]:
    reached = CHOSEN.cte("reached", recursive=True)
    more = select(_read.c.producer_id).join(reached, _read.c.run_id == reached.c.value)
    return select(reached.union(more.where(_read.c.producer_id.is_not(None))).c.value)


_UPSTREAM: Final = _upstream()
_DIGESTS: Final = union(
    *(
        select(_version.c.digest)
        .join(link, link.c.version_id == _version.c.id)
        .where(link.c.run_id.in_(CHOSEN), _version.c.digest != "")
        for link in (_read, _write)
    )
)


class Forgettable(NamedTuple):
    """What may be forgotten.

    Attributes
    ----------
    runs : list of int
        The runs whose details may go and have not gone yet.
    parameters : list of int
        The runs whose parameters may go: nothing that stays is compared with them.
    digests : set of str
        The digests of values that only runs without details refer to.
    """

    runs: list[int]
    parameters: list[int]
    digests: set[str]


def collect_garbage(store: Store, before: int, *, is_dry: bool) -> Collected:
    """Forget details and values of the runs that started before a moment, or tell how many."""
    catalog = store.catalog
    with catalog.read() if is_dry else catalog.write() as connection:
        found = find_forgettable(connection, before)
        if not is_dry:
            forget_details(connection, found.runs, at=now_ns())
            forget_parameters(connection, found.parameters)
    swept = sweep(store.blobs, found.digests, is_dry=is_dry)
    return Collected(
        before=to_datetime(before),
        num_runs=len(found.runs),
        num_values=swept.num_values,
        num_bytes=swept.num_bytes,
        is_done=not is_dry,
    )


def find_forgettable(connection: Connection, before: int) -> Forgettable:
    """Find what may be forgotten of the runs that started before a moment.

    Notes
    -----
    Cost: linear in the runs of the store, some seconds for a million.
    """
    rows = connection.execute(_RUNS).all()
    latest, compared = _find_latest(connection)
    marked = {key for query in (_FLAGGED, _PINNED) for key in connection.execute(query).scalars()}
    protected = latest | _reached(connection, marked)
    old = {
        row.id
        for row in rows
        if row.started_at < before and row.status != "running" and row.id not in protected
    }
    kept = [row.id for row in rows if row.id not in old]
    needed = compared | _reached(connection, kept)
    digests = _find_digests(connection, old) - _find_digests(connection, kept)
    return Forgettable(
        runs=[row.id for row in rows if row.id in old and row.pruned_at is None],
        parameters=[key for key in old if key not in needed],
        digests=digests,
    )


def _find_latest(connection: Connection) -> tuple[set[int], set[int]]:
    """Find the latest run of each component and the latest that succeeded, and those compared."""
    latest: set[int] = set()
    compared: set[int] = set()
    for component in connection.execute(select(schema.component.c.id)).scalars().all():
        chosen = {"component": component}
        latest.update(connection.execute(_LATEST.limit(1), chosen).scalars())
        succeeded = connection.execute(_LATEST_SUCCEEDED, chosen).scalars().all()
        latest.update(succeeded[:1])
        compared.update(succeeded)
    return latest, compared


def _reached(connection: Connection, start: Iterable[int]) -> set[int]:
    """Find runs and all that is upstream of them."""
    return set(connection.execute(_UPSTREAM, choose(start)).scalars())


def _find_digests(connection: Connection, runs: Iterable[int]) -> set[str]:
    return set(connection.execute(_DIGESTS, choose(runs)).scalars())
