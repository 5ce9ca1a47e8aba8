"""Imports a module of the user for what it declares, without logging a run."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mltrace.capture.declaring import Component
from mltrace.errors import ArgumentError, NotEvaluatedError
from mltrace.workspace.monitors.monitor import Monitor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


def import_monitors(name: str) -> list[Monitor]:
    """List the monitors at the top level of a module; its code runs for that, and no run is logged.

    Raises
    ------
    NotEvaluatedError
        If it cannot be imported.
    ArgumentError
        If it holds no monitor.
    """
    module = _import_unlogged(name)
    found = {id(one): one for one in vars(module).values() if isinstance(one, Monitor)}
    if not found:
        raise ArgumentError(f"The module {name!r} holds no monitor at its top level.")
    return list(found.values())


def import_components(name: str) -> list[Component]:
    """List the components that a module declares, or what it imports; its code runs for that.

    What it prints goes to standard error, and no run of it is logged.

    Parameters
    ----------
    name : str
        A file that ends in .py, or the name of a module that is found from the working folder.

    Raises
    ------
    NotEvaluatedError
        If it cannot be imported.
    """
    known = set(sys.modules)
    module = _import_unlogged(name)
    others = [sys.modules[one] for one in sorted(set(sys.modules) - known)]
    found: dict[int, Component] = {}
    for one in (module, *others):
        found.update((id(component), component) for component in _components_of(vars(one)))
    return list(found.values())


def _import_unlogged(name: str) -> ModuleType:
    with _unlogged(), contextlib.redirect_stdout(sys.stderr):
        try:
            return _import(name)
        except (Exception, SystemExit) as error:
            said = f"{type(error).__name__}: {error}".rstrip(": ")
            raise NotEvaluatedError(f"The module {name!r} cannot be imported: {said}") from error


def _import(name: str) -> ModuleType:
    if not name.endswith(".py"):
        sys.path.insert(0, os.getcwd())
        return importlib.import_module(name)
    path = Path(name).resolve()
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise FileNotFoundError(f"there is no file {name}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def _components_of(variables: dict[str, Any]) -> Iterator[Component]:
    """List the components among variables and, of classes, among their methods."""
    for value in list(variables.values()):
        component = value if isinstance(value, Component) else _component_around(value)
        if component is not None:
            yield component
        elif isinstance(value, type) and value.__module__ == variables.get("__name__"):
            methods = (getattr(one, "__func__", one) for one in vars(value).values())
            yield from (one for one in map(_component_around, methods) if one is not None)


def _component_around(value: object) -> Component | None:
    """Tell which component a function is a run of; only functions are asked."""
    component = value.__dict__.get("component") if hasattr(value, "__wrapped__") else None
    return component if isinstance(component, Component) else None


@contextlib.contextmanager
def _unlogged() -> Iterator[None]:
    before = os.environ.get("MLTRACE_DISABLED")
    os.environ["MLTRACE_DISABLED"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["MLTRACE_DISABLED"]
        else:
            os.environ["MLTRACE_DISABLED"] = before
