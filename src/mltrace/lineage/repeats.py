"""Finds what was delivered again: a content of a table that is there already, by another name.

A run of the same code over the same data makes the same content under the same name, which is as
it should be. The content of an earlier partition under a name of its own is not: somebody copied a
file, or a source sent last week's rows once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mltrace.lineage.partitions import load_deliveries
from mltrace.store.database.keys import uid_text
from mltrace.times import to_datetime

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Row

    from mltrace.lineage.tables import Table


@dataclass(frozen=True)
class Repeat:
    """A delivery whose content is that of an earlier partition.

    Attributes
    ----------
    name : str
        What was delivered.
    run_id : str or None
        The run that made it.
    at : datetime
        When it did.
    first_name, first_run_id : str, str or None
        What had that content first, and the run that made it.
    is_renamed : bool
        Whether nothing of its name had that content before; else others came in between.
    is_newest : bool
        Whether nothing was delivered after it.
    """

    name: str
    run_id: str | None
    at: datetime
    first_name: str
    first_run_id: str | None
    is_renamed: bool
    is_newest: bool

    def __str__(self) -> str:
        made = _with_run(self.name, self.run_id)
        if self.is_renamed:
            first = _with_run(self.first_name, self.first_run_id)
            return f"{made} has the content of {first}: delivered again?"
        first = _with_run("an earlier one", self.first_run_id)
        return f"{made} has the content of {first}, and others came in between: made again?"


def list_repeats(connection: Connection, table: Table) -> list[Repeat]:
    """List what was delivered again of a table, oldest first.

    Of what comes under one name always, such as a frame in memory, only the newest is told, if
    other contents came in between. Tables without rows are all alike, so they are left out.
    """
    firsts: dict[str, Row[Any]] = {}
    names: dict[str, set[str]] = {}
    contents: dict[str, str] = {}
    found: list[tuple[Row[Any], bool]] = []
    newest = None
    for row in load_deliveries(connection, table):
        if firsts.setdefault(row.digest, row) is not row and row.num_rows:
            is_renamed = names[row.digest].isdisjoint((row.identity, row.name))
            if is_renamed or contents.get(row.identity) != row.digest:
                found.append((row, is_renamed))
        names.setdefault(row.digest, set()).update((row.identity, row.name))
        contents[row.identity] = row.digest
        newest = (row.identity, row.digest)
    return [
        Repeat(
            name=row.name,
            run_id=_run_id(row),
            at=to_datetime(row.at),
            first_name=firsts[row.digest].name,
            first_run_id=_run_id(firsts[row.digest]),
            is_renamed=is_renamed,
            is_newest=(row.identity, row.digest) == newest,
        )
        for row, is_renamed in found
        if is_renamed or (row.identity, row.digest) == newest
    ]


def _run_id(row: Row[Any]) -> str | None:
    return None if row.uid is None else uid_text(row.uid)


def _with_run(name: str, run_id: str | None) -> str:
    return f"{name} (run {run_id[:13]})" if run_id else name
