"""Lists checks: those of the library, and those of a component."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from mltrace.checks.gating import describe_check
from mltrace.checks.registered import library
from mltrace.checks.specs import argument_names
from mltrace.records import RecordList
from mltrace.records.check_lists import ComponentCheck, LibraryCheck

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.checks.gating import GateCheck


def list_library() -> RecordList[LibraryCheck]:
    """List the checks that have a name, in alphabetical order.

    Examples
    --------
    >>> [check.arguments for check in list_library() if check.name == "RowCount"]
    [('min', 'max')]
    """
    return RecordList(
        (_library_check(name) for name in library.keys()),  # noqa: SIM118 (a registry)
        of=LibraryCheck,
    )


def list_of_component(component: str, checks: Iterable[GateCheck]) -> RecordList[ComponentCheck]:
    """List the checks of a component in the order in which they run."""
    listed = sorted(checks, key=lambda one: one.when == "after")
    return RecordList((_component_check(component, one) for one in listed), of=ComponentCheck)


def _library_check(name: str) -> LibraryCheck:
    check = library.get(name)
    summary = (inspect.getdoc(check) or "").partition("\n")[0]
    return LibraryCheck(name=name, summary=summary, arguments=tuple(argument_names(check)))


def _component_check(component: str, one: GateCheck) -> ComponentCheck:
    rule, arguments = describe_check(one.check)
    about = ("evidence", "reason", "accepted_at", "accepted_by", "retired_at")
    return ComponentCheck(
        component=component,
        when=one.when,
        check=one.check.name,
        rule=rule,
        arguments=arguments,
        severity=one.check.severity,
        file=one.file,
        line=one.line,
        **({key: getattr(one.filed, key) for key in about} if one.filed is not None else {}),
    )
