"""The latest inputs or outputs of a component that were kept, as data for its checks."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from mltrace.checks.gating import RESULT, GateData
from mltrace.errors import ArgumentError, UnknownNameError, UntrustedValueError, ValueNotKeptError
from mltrace.values.table_files import is_table_file

if TYPE_CHECKING:
    from mltrace.records import ArtifactRef, CheckWhen
    from mltrace.workspace import Workspace

_TABLES = ("data", "file")
_LATEST = 20
"""Runs that are looked at for one of which something was kept."""


def latest_data(workspace: Workspace, component: str, when: CheckWhen) -> tuple[GateData, str]:
    """Load what the latest run read, or wrote, as far as it is tables and was kept.

    A single table stands for the return value and for whatever a check asks for; of several each is
    the variable of its name, without folder and ending.

    Returns
    -------
    tuple of GateData and str
        The data, and in words which they are; '' if there are none.
    """
    try:
        runs = workspace.history(component, _LATEST)
    except UnknownNameError:
        return GateData({}), ""
    for run in runs:
        refs = run.inputs if when == "before" else run.outputs
        loaded, file_names = {}, {}
        for ref in refs:
            if (value := _load(workspace, ref)) is not None:
                name = _variable(ref, component)
                loaded[name], file_names[name] = value, PurePath(ref.name).name
        if loaded:
            said = f"{', '.join(loaded)} of run {run.id}"
            if len(loaded) > 1:
                return GateData(loaded, file_names=file_names), said
            ((name, value),) = loaded.items()
            return GateData({}, value, name), said
    return GateData({}), ""


def _variable(ref: ArtifactRef, component: str) -> str:
    """Name the variable that an artifact was: of several return values, the part of the result."""
    if ref.kind == "file":
        return PurePath(ref.name).stem
    part = ref.name.removeprefix(f"{component}.")
    return ref.name if part == ref.name else f"{RESULT}.{part}"


def _load(workspace: Workspace, ref: ArtifactRef) -> Any:
    if ref.digest is None or ref.kind not in _TABLES:
        return None
    if ref.kind == "file" and not is_table_file(ref.name):
        return None
    try:
        content = workspace.artifact(ref)
        return content.load(as_="pyarrow" if ref.kind == "file" else None)
    except (ArgumentError, UntrustedValueError, ValueNotKeptError):
        return None
