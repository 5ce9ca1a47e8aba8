"""Which run made the predictions of a task within a time, and by which model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select

from mltrace.store.database import schema
from mltrace.store.database.keys import uid_bytes
from mltrace.store.lake import layout

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

_COLUMNS: Final = (layout.AT, layout.RUN, layout.MODEL)
_run, _write, _version, _artifact = schema.run, schema.write, schema.version, schema.artifact
_COMPONENT: Final = select(schema.component.c.name).join(
    _run, _run.c.component_id == schema.component.c.id
)
_DIGEST: Final = (
    select(_version.c.digest)
    .join(_write, _write.c.version_id == _version.c.id)
    .join(_artifact, _artifact.c.id == _write.c.artifact_id)
    .join(_run, _run.c.id == _write.c.run_id)
)


class PredictionRun(NamedTuple):
    """The run behind predictions, with the artifact that they are and the model that made them.

    What is not known is None: of predictions outside of runs all but the model.
    """

    model: str | None
    run_id: str | None = None
    component: str | None = None
    artifact: str | None = None
    digest: str | None = None

    def place(self) -> dict[str, str | None]:
        """Tell where that is along lineage."""
        return {name: one for name, one in self._asdict().items() if name != "model"}


def task_names(connection: Connection) -> list[str]:
    """List the names of the tasks of which something was logged."""
    return list(connection.execute(select(schema.task.c.name)).scalars())


def latest_prediction_run(
    connection: Connection,
    lake: Path,
    task: str,
    *,
    since: int,
    until: int,
    model: str | None = None,
) -> PredictionRun | None:
    """Find who made the latest predictions of a task within a time, if there are any.

    Parameters
    ----------
    lake : Path
        The folder of the lake.
    since, until : int
        From when on and before when they were made, in nanoseconds.
    model : str, optional
        Only those of this model.
    """
    from pyarrow import compute

    from mltrace.store.lake.reading import LakeReader, Span

    span = Span(since, until)
    rows = LakeReader(connection, lake).read(task, "predictions", columns=_COLUMNS, span=span)
    if model is not None and layout.MODEL in rows.column_names:
        rows = rows.filter(compute.equal(rows.column(layout.MODEL), model))
    if not rows.num_rows:
        return None
    latest = compute.max(rows.column(layout.AT))
    rows = rows.filter(compute.equal(rows.column(layout.AT), latest))
    row = {name: rows.column(name)[rows.num_rows - 1].as_py() for name in rows.column_names}
    found = PredictionRun(row.get(layout.MODEL) or None)
    run = row.get(layout.RUN)
    return found._replace(run_id=run, **_place(connection, task, run)) if run else found


def _place(connection: Connection, task: str, run: str) -> dict[str, Any]:
    is_of_run = _run.c.uid == uid_bytes(run)
    component = connection.execute(_COMPONENT.where(is_of_run)).scalar()
    digest = connection.execute(_DIGEST.where(is_of_run, _artifact.c.identity == task)).scalar()
    return {"component": component, "artifact": digest and task, "digest": digest}
