"""A monitor of a registered kind as a plain table, and back: `kind = "volume"` and its arguments.

That works by the convention that every argument of a monitor is an attribute of the same name that
holds what was given. An argument that holds its default is left out.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from typing import Any, Final

from mltrace.errors import (
    ConfigurationError,
    MltraceError,
    NotEvaluatedError,
    UnknownNameError,
    unknown_option,
)
from mltrace.escaping import encodable
from mltrace.workspace.monitors.monitor import OPTIONS, Monitor
from mltrace.workspace.monitors.registered import kinds

KIND: Final = "kind"
"""The key that names the kind."""
_DEFAULTS: Final = {
    "severity": "warning",
    "owner": None,
    "every": None,
    "at_run_end": False,
    "open_after": 1,
    "resolve_after": 1,
}
_NOT_OPTIONS: Final = frozenset({"options", "store", "name"})


def write_monitor(monitor: Monitor) -> dict[str, Any]:
    """Turn a monitor into a table of plain values.

    Raises
    ------
    NotEvaluatedError
        If its kind is not registered, or it was given what is no plain value: a function, or an
        object of the caller's.
    """
    kind = monitor.kind
    if kind not in kinds.keys() or kinds.get(kind) is not type(monitor):  # noqa: SIM118 (a registry)
        raise NotEvaluatedError(f"No file can describe {monitor!r}: its kind is not registered.")
    if monitor.runs_code:
        raise NotEvaluatedError(f"No store remembers {monitor!r}: it names code that is run.")
    table: dict[str, Any] = {KIND: monitor.kind}
    if monitor.given_name is not None:
        table["name"] = monitor.key
    for name, default in ({**own_arguments(type(monitor)), **_DEFAULTS}).items():
        value = getattr(monitor, name)
        if value != default:
            table[name] = _plain(value, f"{type(monitor).__name__}({name}=…)")
    return table


def read_monitor(table: Mapping[str, Any], *, where: str = "The table") -> Monitor:
    """Make the monitor that a table describes.

    Parameters
    ----------
    table : mapping
        Under `kind` a registered kind; the other keys are arguments.
    where : str
        Where the table stands, for messages.

    Raises
    ------
    ConfigurationError
        If it describes none; the message says where, what is accepted and what is near.
    """
    name = table.get(KIND)
    if not isinstance(name, str):
        raise ConfigurationError(
            f'{where}: a monitor needs {KIND} = "NAME"; accepted: {", ".join(kinds.keys())}.'
        )
    try:
        cls = kinds.get(name)
    except UnknownNameError as error:
        raise ConfigurationError(f"{where}: {error}") from error
    own = own_arguments(cls)
    given = {key: value for key, value in table.items() if key != KIND}
    accepted = {*own, *_DEFAULTS, "name"}
    for key in given:
        if key not in accepted:
            message = unknown_option(f"argument of a {name} monitor", key, accepted)
            raise ConfigurationError(f"{where}: {message}")
    for key, default in own.items():
        if default is inspect.Parameter.empty and key not in given:
            raise ConfigurationError(f"{where}: a {name} monitor needs {key} = ….")
    try:
        return cls(**given)
    except (MltraceError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{where}: {error}") from error


def own_arguments(cls: type[Monitor]) -> dict[str, Any]:
    """List the arguments of a kind that not all monitors have, with their defaults."""
    parameters = inspect.signature(cls).parameters
    return {
        name: one.default
        for name, one in parameters.items()
        if name not in _NOT_OPTIONS and name not in OPTIONS
    }


def _plain(value: Any, label: str) -> Any:
    if isinstance(value, os.PathLike):
        value = os.fsdecode(value)
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one, label) for one in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {encodable(key): _plain(one, label) for key, one in value.items()}
    raise NotEvaluatedError(
        f"{label} holds a {type(value).__name__}, which no file can hold; accepted: texts, "
        "numbers, true, false, lists of them and tables of them by name."
    )
