"""The latest inputs or outputs of a component that were kept, as data for its checks."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.gating import RESULT, GateData
from mltrace.compression import table_stem
from mltrace.errors import (
    ArgumentError,
    UnknownNameError,
    UnreadableDataError,
    UntrustedValueError,
    ValueNotKeptError,
)
from mltrace.values.table_files import is_table_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.records import ArtifactRef, CheckWhen, Run
    from mltrace.workspace import Workspace

LATEST: Final = 20
"""Runs that are looked at for one of which something was kept."""


def latest_data(workspace: Workspace, component: str, when: CheckWhen) -> tuple[GateData, str]:
    """Load what the latest run read, or also wrote, as far as it is tables and was kept.

    An artifact is the variable of its name, a file without folder and ending. What was written is
    the return value as well; of several outputs, each is a part of it.

    Returns
    -------
    tuple of GateData and str
        The data, and in words which they are; '' if there are none.
    """
    try:
        runs = workspace.history(component, LATEST)
    except UnknownNameError:
        return GateData({}), ""
    for run in runs:
        data, names = _read(workspace, run) if when == "before" else _written(workspace, run)
        if names:
            return data, f"{', '.join(names)} of run {run.id}"
    return GateData({}), ""


def _read(workspace: Workspace, run: Run) -> tuple[GateData, list[str]]:
    tables, files = _tables(workspace, run.inputs)
    is_lone = len(tables) == len(run.inputs) == 1
    other = next(iter(tables.values())) if is_lone else None
    return GateData(tables, other, file_names=files), list(tables)


def _written(workspace: Workspace, run: Run) -> tuple[GateData, list[str]]:
    written, files = _tables(workspace, run.outputs)
    if not written:
        return GateData({}), []
    read, others = _tables(workspace, run.inputs)
    is_lone = len(run.outputs) == 1
    result = next(iter(written.values())) if is_lone else list(written.values())
    named = {**read, **written, RESULT: result}
    other = result if is_lone else None
    return GateData(named, other, file_names={**others, **files}), list(written)


def _tables(
    workspace: Workspace, refs: Iterable[ArtifactRef]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Load the tables among artifacts, by variable, and tell the names of their files."""
    tables, files = {}, {}
    for ref in refs:
        value = _load(workspace, ref)
        if value is not None:
            path = PurePath(ref.name)
            name = table_stem(path) if ref.kind == "file" else ref.name
            tables[name], files[name] = value, path.name
    return tables, files


def _load(workspace: Workspace, ref: ArtifactRef) -> Any:
    is_table = ref.kind == "data" or (ref.kind == "file" and is_table_file(ref.name))
    if ref.digest is None or not is_table:
        return None
    try:
        content = workspace.artifact(ref)
        return content.load(as_="pyarrow" if ref.kind == "file" else None)
    except (ArgumentError, UnreadableDataError, UntrustedValueError, ValueNotKeptError):
        return None
