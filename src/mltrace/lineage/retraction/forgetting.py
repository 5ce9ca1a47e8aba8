"""Forgets outputs and flags of predictions that were removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select

from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN_TEXTS, choose_texts
from mltrace.store.mirroring.marks import note_changed_runs

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

_output, _version, _artifact, _flag = (
    schema.output_id,
    schema.version,
    schema.artifact,
    schema.flag,
)
_VERSIONS: Final = select(_version.c.id).join(_artifact, _artifact.c.id == _version.c.artifact_id)
_IS_CHOSEN: Final = _output.c.output.in_(CHOSEN_TEXTS)
_IS_FLAG: Final = (
    (_flag.c.kind == "id")
    & _flag.c.subject.in_(CHOSEN_TEXTS)
    & _flag.c.subject.not_in(select(_output.c.output).where(_IS_CHOSEN))
)


def forget_outputs(connection: Connection, task: str, ids: Collection[str]) -> int:
    """Forget that ids are outputs of a task, and flags on those that are no other outputs.

    Returns
    -------
    int
        How many flags went.
    """
    of_task = _VERSIONS.where(_artifact.c.identity == task)
    is_going = _IS_CHOSEN & _output.c.version_id.in_(of_task)
    chosen = choose_texts(ids)
    runs = connection.execute(select(_output.c.run_id).where(is_going).distinct(), chosen)
    note_changed_runs(connection, runs.scalars().all())
    connection.execute(delete(_output).where(is_going), chosen)
    return connection.execute(delete(_flag).where(_IS_FLAG), chosen).rowcount
