"""Predictions as outputs: which run made the prediction of an id, and how many each run made."""

from __future__ import annotations

from collections import Counter
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import select

from mltrace.escaping import encodable
from mltrace.importing import late
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, CHOSEN_TEXTS, choose, choose_texts
from mltrace.store.database.keys import CHUNK, uid_bytes, uid_text
from mltrace.store.facts import IdsFact
from mltrace.store.lake import layout
from mltrace.store.lake.segments import live_segments
from mltrace.times import to_nanoseconds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    import pyarrow
    from sqlalchemy import Connection, Row

    from mltrace.store.lake.segments import Segment

_OPTION: Final = "mltrace_predictions"
_COLUMNS: Final = (layout.ID, layout.RUN, layout.AT, layout.KNOWN_AT, layout.LOGGED_AT)
_write, _version, _artifact, _run = schema.write, schema.version, schema.artifact, schema.run
_VERSIONS: Final = (
    select(_run.c.uid, _artifact.c.identity, _version.c.digest)
    .add_columns(_run.c.id.label("run_id"), _version.c.id.label("version_id"))
    .join(_write, _write.c.run_id == _run.c.id)
    .join(_version, _version.c.id == _write.c.version_id)
    .join(_artifact, _artifact.c.id == _write.c.artifact_id)
    .where(_version.c.kind == "ids")
)
_UIDS: Final = select(_run.c.id, _run.c.uid).where(_run.c.id.in_(CHOSEN))
_KNOWN: Final = select(schema.output_id.c.output).where(schema.output_id.c.output.in_(CHOSEN_TEXTS))


class Making(NamedTuple):
    """A prediction of an id: the task, when it was made, and by which run.

    `run_id` and `version_id` are the row ids of the run, and of the artifact that its predictions
    are; both are None where it is of no run that is known.
    """

    task: str
    at: int
    run_uid: str
    run_id: int | None = None
    version_id: int | None = None
    digest: str = ""


class Predictions:
    """The predictions in the lake of a store, looked up by their ids and by their runs.

    Parameters
    ----------
    lake : Path
        The folder of the lake.

    Notes
    -----
    What was looked up is remembered, so that it is meant for one connection.
    """

    def __init__(self, lake: Path) -> None:
        self._lake = lake
        self._makings: dict[str, list[Making]] = {}

    def find(self, connection: Connection, ids: Iterable[str]) -> Mapping[str, list[Making]]:
        """Find the predictions of ids, of each the latest last.

        Notes
        -----
        Cost: up to 100 ids 3 ms of CPU for each million predictions and id, once these are
        compacted; more ids, a look at the ids of all.
        """
        wanted = {one for one in ids if one not in self._makings}
        if wanted:
            rows = self._rows(connection, wanted)
            uids = {row[layout.RUN] for of_one in rows.values() for row in of_one}
            versions = _versions_of(connection, uids)
            for one in wanted:
                self._makings[one] = [_making(row, versions) for row in rows.get(one, [])]
        return self._makings

    def count_by_run(self, connection: Connection, runs: Collection[int]) -> Counter[int]:
        """Count the predictions of runs, by the row ids of these."""
        uids = {uid_text(uid): key for key, uid in connection.execute(_UIDS, choose(runs))}
        counts: Counter[int] = Counter()
        for _, table in self._tables(connection, [layout.RUN]):
            if layout.RUN not in table.column_names:
                continue
            for counted in table.column(layout.RUN).value_counts().to_pylist():
                if (key := uids.get(counted["values"])) is not None:
                    counts[key] += counted["counts"]
        return counts

    def _rows(
        self, connection: Connection, wanted: Collection[str]
    ) -> dict[str, list[dict[str, Any]]]:
        """Find the rows of ids, in the order in which they count."""
        found: dict[str, list[dict[str, Any]]] = {}
        if find_spec("pyarrow") is None:
            return found
        with late():
            from mltrace.store.lake.finding import find_rows
            from mltrace.store.lake.reading import LakeReader
        reader = LakeReader(connection, self._lake)
        for row in find_rows(reader, wanted, columns=_COLUMNS).to_pylist():
            found.setdefault(row[layout.ID], []).append(row)
        for rows in found.values():
            rows.sort(key=_order)
        return found

    def _tables(
        self, connection: Connection, columns: Collection[str]
    ) -> Iterator[tuple[Segment, pyarrow.Table]]:
        segments = live_segments(connection, kind="predictions")
        if not segments or find_spec("pyarrow") is None:
            return
        from mltrace.store.lake.reading import LakeReader

        reader = LakeReader(connection, self._lake)
        for segment in segments:
            for table in reader.tables(segment, columns=[*columns]):
                yield segment, table


def remember(connection: Connection, predictions: Predictions) -> None:
    """Let what resolves names on a connection look up predictions as well."""
    connection.execution_options(**{_OPTION: predictions})


def predictions_of(connection: Connection) -> Predictions | None:
    """Return what looks up predictions on a connection, if it can."""
    found: Predictions | None = connection.get_execution_options().get(_OPTION)
    return found


def can_look_up(connection: Connection) -> bool:
    """Tell whether ids of predictions are found, if there are any."""
    return find_spec("pyarrow") is not None or not live_segments(connection, kind="predictions")


def look_up(connection: Connection, outputs: Iterable[object]) -> None:
    """Look up all that may be ids of predictions at once, before each is resolved by itself."""
    predictions = predictions_of(connection)
    texts = [
        encodable(str(one))
        for one in outputs
        if isinstance(one, str | int | UUID) and not isinstance(one, bool)
    ]
    if predictions is not None and len(texts) > 1:
        known = set(connection.execute(_KNOWN, choose_texts(texts)).scalars())
        predictions.find(connection, [one for one in texts if one not in known])


def output_facts(connection: Connection, ids: Collection[str]) -> list[IdsFact]:
    """Make facts that ids are outputs of the runs that predicted them, as if they had said so.

    Ids that are known as outputs already are left out, and those that no run predicted.
    """
    predictions = predictions_of(connection)
    if predictions is None:
        return []
    known = set(connection.execute(_KNOWN, choose_texts(ids)).scalars())
    wanted = [one for one in ids if one not in known]
    found = predictions.find(connection, wanted)
    together: dict[Making, list[str]] = {}
    for one in wanted:
        for making in found[one]:
            if making.version_id is not None:
                together.setdefault(making, []).append(one)
    return [
        IdsFact(run=one.run_uid, name=one.task, digest=one.digest, at=one.at, ids=ids)
        for one, ids in together.items()
    ]


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    known = row[layout.KNOWN_AT]
    return row[layout.AT], row[layout.AT] if known is None else known, row[layout.LOGGED_AT]


def _versions_of(
    connection: Connection, uids: Collection[str | None]
) -> Mapping[tuple[str, str], Row[Any]]:
    """Find the artifacts that predictions of runs are, by run and task."""
    wanted = [uid_bytes(uid) for uid in uids if uid]
    found = {}
    for start in range(0, len(wanted), CHUNK):
        query = _VERSIONS.where(_run.c.uid.in_(wanted[start : start + CHUNK]))
        for row in connection.execute(query):
            found[uid_text(row.uid), row.identity] = row
    return found


def _making(row: Mapping[str, Any], versions: Mapping[tuple[str, str], Row[Any]]) -> Making:
    at, run = to_nanoseconds(row[layout.AT]), row[layout.RUN] or ""
    found = versions.get((run, row["task"]))
    if found is None:
        return Making(row["task"], at, run)
    return Making(row["task"], at, run, found.run_id, found.version_id, found.digest)
