"""A check of the library as a plain table, and back: `check = "RowCount"` and its arguments.

That works by a convention: every argument of a check is an attribute of the same name that holds
what was given. An argument that holds its default is left out.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Set
from datetime import date, time
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.check import Check
from mltrace.checks.registered import library
from mltrace.errors import (
    ArgumentError,
    ConfigurationError,
    MltraceError,
    UnknownNameError,
    unknown_option,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

NAME: Final = "check"
"""The key that names the check."""
_OPTIONS: Final = tuple(inspect.signature(Check).parameters)
_MISSING: Final = object()


def argument_names(check: type[Check]) -> list[str]:
    """List the arguments of a check that are its own, without those that all checks have.

    Examples
    --------
    >>> argument_names(library.get("RowCount"))
    ['min', 'max']
    """
    return [name for name in inspect.signature(check).parameters if name not in _OPTIONS]


def write_check(check: Check) -> dict[str, Any]:
    """Turn a check of the library into a table of plain values.

    Raises
    ------
    ArgumentError
        If the check is not in the library, or was given what is no plain value.

    Examples
    --------
    >>> write_check(library.get("RowCount")(min=1, severity="block"))
    {'check': 'RowCount', 'min': 1, 'severity': 'block'}
    """
    cls = type(check)
    table: dict[str, Any] = {NAME: _key_of(cls)}
    for name, parameter in inspect.signature(cls).parameters.items():
        value = getattr(check, name, _MISSING)
        if name not in _OPTIONS and not _is_default(value, parameter.default):
            table[name] = _plain(value, f"{table[NAME]}({name}=…)")
    unchanged = read_check(table)
    for option in _OPTIONS:
        at = "_name" if option == "name" else option  # a name that was not given follows the rest
        value = getattr(check, at)
        if value != getattr(unchanged, at):
            table[option] = value
    return table


def read_check(table: Mapping[str, Any], *, where: str = "The table") -> Check:
    """Make the check that a table describes.

    Parameters
    ----------
    table : mapping
        Under `check` a name of the library; the other keys are arguments.
    where : str
        Where the table stands, for messages.

    Raises
    ------
    ConfigurationError
        If it describes no check; the message says where, what is accepted and what is near.

    Examples
    --------
    >>> read_check({"check": "RowCount", "min": 1}).min
    1
    >>> read_check({"check": "RowCount", "mni": 1}, where="checks.toml:3")
    Traceback (most recent call last):
    mltrace.errors.ConfigurationError: checks.toml:3: No argument of RowCount 'mni'. Did you mean...
    """
    arguments = {key: value for key, value in table.items() if key != NAME}
    cls = _class_named(table.get(NAME), where)
    signature = inspect.signature(cls).parameters
    for key in arguments:
        if key not in signature and key not in _OPTIONS:
            message = unknown_option(f"argument of {table[NAME]}", key, {*signature, *_OPTIONS})
            raise ConfigurationError(f"{where}: {message}")
    _refuse_missing(table[NAME], signature.values(), arguments, where)
    own = {key: value for key, value in arguments.items() if key in signature}
    others = {key: value for key, value in arguments.items() if key not in signature}
    try:
        Check(**others)
        check = cls(**own)
    except (MltraceError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{where}: {error}") from error
    for key, value in others.items():
        setattr(check, key, value)
    return check


def _class_named(name: object, where: str) -> type[Check]:
    if not isinstance(name, str):
        known = ", ".join(library.keys())
        said = "has no" if name is None else f"{name!r} is no text as"
        raise ConfigurationError(f'{where}: {said} {NAME} = "NAME"; accepted: {known}.')
    try:
        return library.get(name)
    except UnknownNameError as error:
        raise ConfigurationError(f"{where}: {error}") from error


def _refuse_missing(
    name: str, parameters: Iterable[inspect.Parameter], given: Mapping[str, Any], where: str
) -> None:
    for parameter in parameters:
        is_named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        if is_named and parameter.default is parameter.empty and parameter.name not in given:
            raise ConfigurationError(f"{where}: {name} needs {parameter.name} = ….")


def _key_of(cls: type[Check]) -> str:
    for key in library.keys():  # noqa: SIM118 (a registry)
        if library.get(key) is cls:
            return key
    raise ArgumentError(
        f"{cls.__name__} is not in the library of checks, so a file cannot name it; register it: "
        f"@library.register({cls.__name__!r}), the library being in mltrace.checks.registered."
    )


def _is_default(value: object, default: object) -> bool:
    return value is default or (type(value) is type(default) and bool(value == default))


def _plain(value: Any, label: str) -> Any:
    """Turn a value into what TOML can hold."""
    if hasattr(type(value), "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, str | bool | int | float | date | time):
        return value
    if isinstance(value, PathLike):
        return fspath(value)
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _plain(one, label) for key, one in value.items()}
    if isinstance(value, Set):
        value = sorted(value, key=lambda one: (type(one).__name__, one))
    if isinstance(value, list | tuple | range):
        return [_plain(one, label) for one in value]
    if value is _MISSING:
        raise ArgumentError(f"{label}: the check keeps no attribute of that name; let it keep one.")
    raise ArgumentError(
        f"{label} holds a {type(value).__name__}, which no file of checks can hold; accepted: "
        "texts, numbers, true, false, dates, and lists and tables of them."
    )
