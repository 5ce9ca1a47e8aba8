"""Finds the tables that pass the boundaries of a component, with the profiles of their versions.

A table is one of a component's outputs, or an input that no run wrote: frames by the name of their
variable, files by that of the file, in which numbers count as the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, func, select

from mltrace.errors import unknown
from mltrace.lineage.profiles import read_profile
from mltrace.lineage.refs import flagged_versions
from mltrace.store.database import schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Select, Table

    from mltrace.profiles.tables import Profile
    from mltrace.records import CheckWhen

MOST_VERSIONS: Final = 1_000
"""Of what a component read and wrote, so many profiles are looked at, the newest."""
_run, _component, _profile = schema.run, schema.component, schema.profile
_read, _write, _version = schema.read, schema.write, schema.version
_artifact = schema.artifact
_NUMBERS: Final = re.compile(r"\d+")


@dataclass(frozen=True)
class ComponentTable:
    """A table at a boundary of a component.

    Attributes
    ----------
    when : {'before', 'after'}
        Whether it is read or written.
    name : str
        The variable, or the file with `*` for numbers.
    is_file : bool
        Whether it is a file.
    profiles : list of Profile
        Of its versions, oldest first, each content once.
    """

    when: CheckWhen
    name: str
    is_file: bool
    profiles: list[Profile]


def component_tables(connection: Connection, component: str) -> list[ComponentTable]:
    """List the tables of a component with their profiles, those that are flagged left out.

    Raises
    ------
    UnknownNameError
        If there is no such component.

    Notes
    -----
    Cost: four queries, and 30 µs for each column of a profile.
    """
    known = {row.name: row.id for row in connection.execute(select(_component))}
    if component not in known:
        raise unknown("component", component, known, hint="See `mltrace components`.")
    flagged = flagged_versions(connection)
    tables: dict[tuple[CheckWhen, str, bool], dict[str, bytes]] = {}
    for when, query in _QUERIES.items():
        for row in connection.execute(query, {"component": known[component]}):
            if row.id not in flagged:
                is_file = row.kind == "file"
                name = _file_name(row.identity) if is_file else row.name
                tables.setdefault((when, name, is_file), {}).setdefault(row.digest, row.content)
    return [ComponentTable(*key, _profiles(found.values())) for key, found in tables.items()]


def _select(link: Table) -> Select[Any]:
    """Select the versions that the good runs of a component took or gave, the latest first."""
    return (
        select(_artifact.c.identity, func.coalesce(link.c.name, _artifact.c.identity).label("name"))
        .add_columns(_version.c.id, _version.c.digest, _version.c.kind, _profile.c.content)
        .join(_run, _run.c.id == link.c.run_id)
        .join(_version, _version.c.id == link.c.version_id)
        .join(_artifact, _artifact.c.id == link.c.artifact_id)
        .join(_profile, _profile.c.digest == _version.c.digest)
        .where(_run.c.component_id == bindparam("component"), _run.c.status == "succeeded")
        .where(link.c.part == schema.WHOLE)
        .order_by(_run.c.started_at.desc(), link.c.position)
        .limit(MOST_VERSIONS)
    )


_QUERIES: Final[dict[CheckWhen, Select[Any]]] = {
    "before": _select(_read).where(_read.c.producer_id.is_(None)),
    "after": _select(_write),
}


def _file_name(identity: str) -> str:
    return _NUMBERS.sub("*", identity.rstrip("/").rpartition("/")[2])


def _profiles(latest_first: Iterable[bytes]) -> list[Profile]:
    profiles = [read_profile(content) for content in latest_first]
    return [profile for profile in reversed(profiles) if profile is not None]
