"""Finds the tables that pass the boundaries of a component, with the profiles of their versions.

A table is one of a component's outputs, or an input that no run wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from mltrace.errors import unknown
from mltrace.lineage.partitions import list_partitions, load_contents
from mltrace.lineage.profiles import read_profile
from mltrace.lineage.tables import find_tables
from mltrace.store.database import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from mltrace.lineage.tables import Table
    from mltrace.profiles.tables import Profile
    from mltrace.records import CheckWhen

MOST_VERSIONS: Final = 1_000
"""Of each table, so many profiles are looked at, the newest."""


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
    Cost: four queries for each table, and 30 µs for each column of a profile.
    """
    known = {row.name: row.id for row in connection.execute(select(schema.component))}
    if component not in known:
        raise unknown("component", component, known, hint="See `mltrace components`.")
    tables = find_tables(connection, known[component], component, is_source=True)
    return [
        ComponentTable(table.when, table.label, table.is_file, _profiles(connection, table))
        for table in tables
    ]


def _profiles(connection: Connection, table: Table) -> list[Profile]:
    partitions = [one for one in list_partitions(connection, table) if not one.is_refused]
    digests = [one.digest for one in partitions[-MOST_VERSIONS:]]
    contents = load_contents(connection, digests)
    profiles = [read_profile(contents[digest]) for digest in digests]
    return [profile for profile in profiles if profile is not None]
