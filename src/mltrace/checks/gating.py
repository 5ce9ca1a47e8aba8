"""Runs the checks of a component on data outside of a run, as a gate does."""

from __future__ import annotations

import contextlib
import copy
import inspect
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.check import FunctionCheck
from mltrace.checks.engine import names_required, run_checks
from mltrace.checks.specs import NAME, write_check
from mltrace.errors import ArgumentError, NotEvaluatedError, nearest
from mltrace.records.check_reports import CheckReport, GateResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mltrace.checks.check import Check
    from mltrace.checks.check_file import CheckFile, FiledCheck
    from mltrace.records import CheckWhen

RESULT: Final = "result"
"""The variable that is the return value."""


@dataclass(frozen=True, slots=True)
class GateCheck:
    """A check of a component, with where it stands.

    Attributes
    ----------
    check : Check
        The check.
    when : {'before', 'after'}
        The boundary that it is for.
    file : str, optional
        The file of checks that it is in.
    line : int, optional
        The line of the file.
    filed : FiledCheck, optional
        What else the file says of it.
    """

    check: Check
    when: CheckWhen
    file: str | None = None
    line: int | None = None
    filed: FiledCheck | None = None


@dataclass(frozen=True, slots=True)
class GateData:
    """The data that checks look at.

    Attributes
    ----------
    named : mapping of str to object
        Variables by name.
    other : object, optional
        What stands for the return value and for every variable that is not among these.
    other_name : str
        What messages call that before the run, where a check asks for no variable by name.
    file_names : mapping of str to str
        The names of the files that variables are from, by which `on=` may call them.
    """

    named: Mapping[str, Any]
    other: Any = None
    other_name: str = "data"
    file_names: Mapping[str, str] = field(default_factory=dict)

    def variables(self, check: Check, when: CheckWhen) -> dict[str, Any]:
        """Give a check the variables that it may ask for."""
        variables = dict(self.named)
        for name, file in self.file_names.items():
            if check.on is not None and check.on not in variables and fnmatchcase(file, check.on):
                variables[check.on] = self.named[name]
        if self.other is not None:
            if when == "after":
                variables.setdefault(RESULT, self.other)
            wanted = [name for name in names_required(check) if name not in variables]
            variables.update(dict.fromkeys(wanted, self.other))
            if not variables:
                variables[self.other_name] = self.other
        if when == "before":
            variables.pop(RESULT, None)
        return variables


def filed_checks(file: CheckFile, component: str, *, with_retired: bool = False) -> list[GateCheck]:
    """List the checks that a file has of a component, without those that are retired.

    Raises
    ------
    ConfigurationError
        If one of them cannot be made.
    """
    path = file.path
    with contextlib.suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return [
        GateCheck(one.check(), one.when, str(path), one.line or None, one)
        for one in file.checks
        if one.component == component and (with_retired or not one.is_retired)
    ]


def refuse_none(checks: Sequence[GateCheck], component: str, known: Iterable[str]) -> None:
    """Refuse a component that has no checks.

    Raises
    ------
    NotEvaluatedError
        If there are none; the message has the nearest of the components that are known.
    """
    if checks:
        return
    names = sorted(set(known) - {component})
    matches = nearest(component, names, limit=1)
    hint = f" Did you mean {matches[0]!r}?" if matches else ""
    listed = f" Components with checks: {', '.join(names)}." if names else ""
    raise NotEvaluatedError(f"There are no checks of {component!r} to run.{hint}{listed}")


def compare_with(checks: Iterable[GateCheck], reference: object) -> list[GateCheck]:
    """Let checks that compare with a reference compare with another one; leave others alone.

    Raises
    ------
    ArgumentError
        If none of them compares with a reference.
    """
    changed, num_comparing = [], 0
    for one in checks:
        check: Any = copy.copy(one.check)
        if hasattr(check, "reference"):
            check.reference = reference
            num_comparing += 1
        changed.append(replace(one, check=check))
    if not num_comparing:
        raise ArgumentError("None of these checks compares with a reference; leave it out.")
    return changed


def run_gate(
    component: str,
    checks: Sequence[GateCheck],
    data: GateData,
    *,
    files: Mapping[str, str],
) -> CheckReport:
    """Run checks on data.

    Parameters
    ----------
    files : mapping of str to str
        For the report, which file each variable was.
    """
    results = tuple(result for one in checks for result in run_gate_check(one, data))
    return CheckReport(component=component, data=files, results=results)


def run_gate_check(one: GateCheck, data: GateData) -> list[GateResult]:
    """Run one check on data."""
    variables = data.variables(one.check, one.when)
    rule, arguments = describe_check(one.check)
    return [
        GateResult(
            check=result.check,
            test=result.test,
            when=result.when,
            status=result.status,
            severity=result.severity,
            message=result.message,
            value=result.value,
            seconds=result.seconds,
            rule=rule,
            summary=_summary(one.check),
            arguments=arguments,
            seen=tuple(variables),
            file=one.file,
            line=one.line,
        )
        for result in run_checks([one.check], one.when, variables)
    ]


def describe_check(check: Check) -> tuple[str, dict[str, Any]]:
    """Tell the name of a check in the library, else of its class or function; and arguments."""
    try:
        table = write_check(check)
    except ArgumentError:
        is_function = isinstance(check, FunctionCheck)
        return check.tests()[0][0] if is_function else type(check).__name__, {}
    rule = str(table.pop(NAME))
    return rule, {key: value for key, value in table.items() if key != "severity"}


def _summary(check: Check) -> str:
    return (inspect.getdoc(check) or "").partition("\n")[0]
