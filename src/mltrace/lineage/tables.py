"""Works out which table is meant: an artifact, files of several names, or one of a component.

A component's table is one of its outputs or inputs: frames by the name of their variable, files by
that of the file, in which numbers count as the same.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, union_all

from mltrace.errors import AmbiguousNameError, UnknownNameError, unknown
from mltrace.escaping import encodable
from mltrace.lineage.names import list_candidates
from mltrace.lineage.targets import resolve
from mltrace.lineage.versions import select_makings
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Connection, Row, Select, Subquery
    from sqlalchemy import Table as SqlTable

    from mltrace.records import CheckWhen

_run, _component = schema.run, schema.component
_read, _write, _version = schema.read, schema.write, schema.version
_profile, _artifact = schema.profile, schema.artifact
_NUMBERS: Final = re.compile(r"\d+")
_LINKS: Final[dict[CheckWhen, SqlTable]] = {"before": _read, "after": _write}


@dataclass(frozen=True)
class Table:
    """Artifacts whose versions are the partitions of one table.

    Attributes
    ----------
    name : str
        What it is known by, wherever it was asked from: an identity, a pattern of file names, or
        `component:name`.
    label : str
        What it is called at the boundary of a component: a variable, or a file with `*` for
        numbers.
    artifact_ids : tuple of int
        The artifacts, by row id.
    component_id : int or None
        The component at whose boundary it is; None if that does not matter.
    when : {'before', 'after'}
        Whether that component reads or writes it.
    is_file : bool
        Whether it is made of files.
    is_source : bool
        Whether only what no run wrote belongs to it.
    """

    name: str
    label: str
    artifact_ids: tuple[int, ...]
    component_id: int | None = None
    when: CheckWhen = "after"
    is_file: bool = False
    is_source: bool = False

    def makings(self, since: int | None = None) -> list[Select[Any]]:
        """Select when its versions came about; the columns are those of `select_makings`.

        They need the parameters of `bound`. Left out is what came about before a time.
        """
        if self.component_id is None:
            return list(select_makings(since))
        link = _LINKS[self.when]
        maker = link.c.run_id if self.when == "after" else link.c.producer_id
        of_component = (
            select(link.c.at, maker, link.c.version_id, link.c.name, link.c.reason)
            .join(_run, _run.c.id == link.c.run_id)
            .where(_run.c.component_id == self.component_id, link.c.part == schema.WHOLE)
            .where(link.c.artifact_id.in_(CHOSEN))
        )
        if self.when == "before":
            of_component = of_component.where(_run.c.status == "succeeded")
        if self.is_source:
            of_component = of_component.where(_read.c.producer_id.is_(None))
        if since is not None:
            of_component = of_component.where(link.c.at >= since)
        return [of_component]

    def latest_makings(
        self, connection: Connection, select_of: Callable[[Subquery], Select[Any]], limit: int
    ) -> Sequence[Row[Any]]:
        """Find what came about last, without a look at all of it where that will do.

        Parameters
        ----------
        select_of : callable
            Selects of `makings` what is meant, the latest first.
        """
        since = self._time_of_latest(connection, limit + limit // 2)
        while True:
            query = select_of(union_all(*self.makings(since)).subquery("making"))
            rows = connection.execute(query.limit(limit), self.bound()).all()
            if since is None or len(rows) == limit:
                return rows
            since = None  # too much of the latest was left out

    def _time_of_latest(self, connection: Connection, num: int) -> int | None:
        """Tell since when it came about so many times; None if that was not so often."""
        link = _LINKS[self.when]
        query = select(link.c.at).order_by(link.c.at.desc()).offset(num).limit(1)
        if len(self.artifact_ids) == 1:  # then an index has them in this order
            query = query.where(link.c.artifact_id == self.artifact_ids[0])
        else:
            query = query.where(link.c.artifact_id.in_(CHOSEN))
        return connection.execute(query, self.bound()).scalar()

    def bound(self) -> dict[str, Any]:
        """Bind the artifacts to `makings`."""
        return choose(self.artifact_ids)


def find_table(connection: Connection, what: object, *, needs_profile: bool = True) -> Table:
    """Find the table that is meant.

    Parameters
    ----------
    what : str, path or ArtifactRef
        An artifact, as `resolve_artifact` takes it; the end of a path with `*` in it, which stands
        for all files that fit; a component that writes one table; or `component:name` for one of
        the tables that a component writes or reads.
    needs_profile : bool, default True
        Whether of the tables of a component only those count of which there are profiles; else
        those do, too, whose rows were counted.

    Raises
    ------
    UnknownNameError
        If there is none, or a component writes several.
    """
    text = encodable(what) if isinstance(what, str) else ""
    component, _, label = text.rpartition(":")
    component_id = _component_id(connection, component) if component else None
    if component_id is not None:
        tables = find_tables(connection, component_id, component, needs_profile=needs_profile)
        return _of_component(tables, component, label)
    if "*" in text:
        return _by_pattern(connection, text)
    try:
        target = resolve(connection, what)
    except AmbiguousNameError as error:
        if "/" in text or not re.search(r"\.\w", text):
            raise
        raise AmbiguousNameError(f"{error} As one table: '*/{text}'.") from error
    if target.kind == "artifact":
        return _of_artifact(connection, target.version_id or 0)
    component_id = _component_id(connection, text)
    if target.kind != "run" or component_id is None:
        noun = "a run" if target.kind == "run" else "an output id"
        raise UnknownNameError(
            f"{str(what)!r} names {noun}, not an artifact; `mltrace inspect` and `mltrace recent` "
            "say which artifacts runs read and wrote."
        )
    tables = find_tables(connection, component_id, text, needs_profile=needs_profile)
    return _of_component(tables, text, None)


def find_table_like(connection: Connection, path: str) -> Table:
    """Find the table that a file is a partition of, by its name without numbers.

    Raises
    ------
    UnknownNameError
        If no file of such a name is known.
    """
    pattern = without_numbers(path)
    if "*" not in pattern:
        pattern = f"*/{pattern}"
    try:
        return _by_pattern(connection, pattern)
    except UnknownNameError as error:
        raise UnknownNameError(
            f"No file like {pattern!r} is known, so there is nothing to compare {path!r} with; "
            "name a table or a file: --reference NAME|FILE."
        ) from error


def find_tables(
    connection: Connection,
    component_id: int,
    component: str,
    *,
    is_source: bool = False,
    needs_profile: bool = True,
) -> list[Table]:
    """List the tables at the boundaries of a component of which there are profiles.

    Parameters
    ----------
    is_source : bool
        Whether of its inputs only those belong to it that no run wrote.
    needs_profile : bool
        Whether those are left out of which only the rows were counted.
    """
    found: dict[tuple[CheckWhen, str, bool], list[int]] = {}
    for when, link in _LINKS.items():
        query = _select_artifacts(link, component_id, needs_profile=needs_profile)
        if is_source and when == "before":
            query = query.where(link.c.producer_id.is_(None))
        for row in connection.execute(query):
            is_file = row.kind == "file"
            label = without_numbers(row.identity) if is_file else row.name
            found.setdefault((when, label, is_file), []).append(row.id)
    return [
        Table(
            name=f"{component}:{label}",
            label=label,
            artifact_ids=tuple(dict.fromkeys(ids)),
            component_id=component_id,
            when=when,
            is_file=is_file,
            is_source=is_source and when == "before",
        )
        for (when, label, is_file), ids in found.items()
    ]


def without_numbers(identity: str) -> str:
    """Name a file with `*` in the place of each number.

    Examples
    --------
    >>> without_numbers("/data/clean_2013-01.parquet")
    'clean_*-*.parquet'
    """
    return _NUMBERS.sub("*", identity.rstrip("/").rpartition("/")[2])


def _select_artifacts(link: SqlTable, component_id: int, *, needs_profile: bool) -> Select[Any]:
    name = func.coalesce(link.c.name, _artifact.c.identity).label("name")
    has_profile = _profile.c.digest.is_not(None)
    return (
        select(_artifact.c.id, _artifact.c.identity, name, _version.c.kind)
        .join(_run, _run.c.id == link.c.run_id)
        .join(_version, _version.c.id == link.c.version_id)
        .join(_artifact, _artifact.c.id == link.c.artifact_id)
        .outerjoin(_profile, _profile.c.digest == _version.c.digest)
        .where(has_profile if needs_profile else has_profile | _version.c.num_rows.is_not(None))
        .where(_run.c.component_id == component_id, link.c.part == schema.WHOLE)
        .group_by(_artifact.c.id, _artifact.c.identity, name, _version.c.kind)
        .order_by(func.min(link.c.position), func.min(link.c.id))
    )


def _component_id(connection: Connection, name: str) -> int | None:
    found: int | None = connection.execute(
        select(_component.c.id).where(_component.c.name == name)
    ).scalar()
    return found


def _of_artifact(connection: Connection, version_id: int) -> Table:
    artifact_id, identity, kind = connection.execute(
        select(_artifact.c.id, _artifact.c.identity, _version.c.kind)
        .join(_version, _version.c.artifact_id == _artifact.c.id)
        .where(_version.c.id == version_id)
    ).one()
    return Table(identity, identity, (artifact_id,), is_file=kind == "file")


def _of_component(tables: Sequence[Table], component: str, label: str | None) -> Table:
    """Choose a table by its label, the outputs before the inputs; without one, the only output."""
    written = [table for table in tables if table.when == "after"]
    if label is None:
        if len(written) == 1:
            return written[0]
        names = ", ".join(table.name for table in tables) or "none has a profile"
        number = "no table" if not written else f"{len(written)} tables"
        raise UnknownNameError(
            f"The component {component!r} writes {number}; name one that it writes or reads: "
            f"{names}."
        )
    for table in (*written, *tables):
        if label in (table.label, table.name):
            return table
    raise unknown("table", f"{component}:{label}", [table.name for table in tables])


def _by_pattern(connection: Connection, pattern: str) -> Table:
    """Take all files whose path ends so, `*` within a name or folder being anything."""
    parts = posixpath.normpath(pattern).split("/")
    query = select(_artifact.c.id, _artifact.c.identity).order_by(_artifact.c.id)
    like = "/".join(parts).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    like = like.replace("*", "%")
    query = query.where(_artifact.c.identity.like(f"%{like}", escape="\\"))
    ids = [row.id for row in connection.execute(query) if _ends_so(row.identity, parts)]
    if not ids:
        raise unknown("file", pattern, list_candidates(connection), hint="See `mltrace recent`.")
    return Table("/".join(parts), "/".join(parts), tuple(ids), is_file=True)


def _ends_so(identity: str, parts: Sequence[str]) -> bool:
    folders = identity.split("/")
    if len(folders) < len(parts) or (not parts[0] and len(folders) != len(parts)):
        return False
    return _all_fit(zip(folders[-len(parts) :], parts, strict=True))


def _all_fit(pairs: Iterable[tuple[str, str]]) -> bool:
    return all(fnmatchcase(name, pattern.replace("[", "[[]")) for name, pattern in pairs)
