"""Finds the checks of a component: those of the file of checks, and those of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.capture.declaring import Component
    from mltrace.checks.gating import GateCheck


def declared_in(module: str | None) -> list[Component]:
    """List the components that a module declares, which runs its code; none without a module."""
    if module is None:
        return []
    from mltrace.cli.component_modules import import_components

    return import_components(module)


def checks_of_component(
    component: str, declared: Iterable[Component], *, with_retired: bool = False
) -> list[GateCheck]:
    """List the checks of a component: those of the file, then those declared in code.

    Raises
    ------
    NotEvaluatedError
        If there are none.
    """
    from mltrace.checks.check_file import BOUNDARIES, load_check_file
    from mltrace.checks.gating import GateCheck, filed_checks, refuse_none

    file, components = load_check_file(), list(declared)
    checks = filed_checks(file, component, with_retired=with_retired)
    checks += [
        GateCheck(check, when)
        for one in components
        if one.name == component
        for when in BOUNDARIES
        for check in getattr(one, when)
    ]
    known = [one.component for one in file.checks]
    known += [one.name for one in components if one.before or one.after]
    refuse_none(checks, component, known)
    return checks
