"""What a check compares with: a frame, a profile, a file, a variable of the run or an artifact."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from mltrace.checks.check import NotApplicable
from mltrace.checks.column_values import values_of
from mltrace.checks.measures import table_of
from mltrace.errors import ArgumentError, MltraceError
from mltrace.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mltrace.checks.column_values import ColumnValues
    from mltrace.checks.measures import Table
    from mltrace.profiles.tables import Profile
    from mltrace.records import ColumnProfile

sources: Final[Registry[Callable[[str], Any]]] = Registry(
    "reference", ("mltrace.workspace.references",), noun="source of references"
)
"""Where names are looked up that are neither variables of the run nor files, each by a function."""


@dataclass(frozen=True)
class Reference:
    """What is known of the data that a check compares with: rows or a profile.

    Attributes
    ----------
    name : str
        What messages call it.
    table : Table or None
        The rows.
    profile : Profile or None
        The profile, where there are no rows.
    """

    name: str
    table: Table | None = None
    profile: Profile | None = None

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        if self.table is not None:
            return list(self.table.columns)
        return [] if self.profile is None else list(self.profile.columns)

    @property
    def num_rows(self) -> int:
        """Rows that are known of."""
        if self.table is not None:
            return self.table.num_rows
        return 0 if self.profile is None else self.profile.num_profiled_rows

    def column(self, name: str) -> ColumnValues | ColumnProfile | None:
        """Tell what is known of a column; None if it is neither of numbers nor of categories."""
        if self.table is not None:
            return values_of(self.table, name)
        return None if self.profile is None else self.profile.columns[name]


def as_reference(check: str, reference: Any) -> Any:
    """Return what a check is to compare with, if it can be that.

    Raises
    ------
    ArgumentError
        If it is neither text, path, data frame nor profile.
    """
    is_name = isinstance(reference, str | os.PathLike) and bool(os.fspath(reference))
    if not is_name and _taken("reference", reference) is None:
        raise ArgumentError(
            f"{check}(reference={type(reference).__name__}): give a data frame, a profile, a path, "
            "or the name of a variable of the run or of an artifact."
        )
    return reference


def resolve(reference: Any, variables: Mapping[str, Any]) -> Reference:
    """Find what to compare with.

    Parameters
    ----------
    reference : data frame, Profile, path or str
        A text is the name of a variable of the run, which may hold a path itself, else the path of
        a file, else the name of an artifact, of whose newest version the content counts or, if that
        was not kept, the profile.
    variables : mapping of str to object
        The variables of the run.

    Raises
    ------
    NotApplicable
        If it cannot be found or read.
    """
    name, value = "the reference", reference
    if isinstance(reference, str | os.PathLike):
        name = os.fspath(reference)
        value = variables.get(name, reference)
    if isinstance(value, str | os.PathLike):
        value = _looked_up(os.fspath(value))
    found = _taken(name, value)
    if found is None:
        raise NotApplicable(f"the reference {reference!r} is neither a data frame nor a profile")
    return found


def names_of(reference: object) -> tuple[str, ...]:
    """Name the variable that a reference may be."""
    return (reference,) if isinstance(reference, str) else ()


def beside(reference: object, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Leave the variable that is the reference out of those that are looked at."""
    return {name: one for name, one in variables.items() if name not in names_of(reference)}


def _taken(name: str, value: object) -> Reference | None:
    if hasattr(value, "num_profiled_rows"):
        return Reference(name, profile=cast("Profile", value))
    table = table_of(name, value)
    return None if table is None else Reference(name, table)


def _looked_up(name: str) -> object:
    path = Path(name)
    if path.is_file():
        stat = path.stat()
        return _read_file(str(path.absolute()), stat.st_mtime_ns, stat.st_size)
    reasons = []
    for find in sources:
        try:
            return find(name)
        except MltraceError as error:
            reasons.append(str(error))
    raise NotApplicable(
        f"no reference {name!r}: no variable of the run, no file; {'; '.join(reasons)}"
    )


@functools.lru_cache(maxsize=4)
def _read_file(path: str, mtime_ns: int, size_bytes: int) -> Any:  # noqa: ARG001 (they make a new file anew)
    from mltrace.values.table_files import read_table_file
    from mltrace.values.wanted import ALL

    with open(path, "rb") as file:
        try:
            return read_table_file(file, path, ALL)
        except (MltraceError, ValueError) as error:
            raise NotApplicable(f"the reference {path!r} cannot be read: {error}") from error
