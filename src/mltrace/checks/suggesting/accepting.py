"""Writes suggestions into a file of checks, and retires checks there, each with its reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mltrace.checks.filing import add_check, change_check, file_check
from mltrace.checks.specs import NAME, read_check
from mltrace.checks.suggesting.adjusting import is_same_check
from mltrace.checks.suggesting.wording import percent
from mltrace.errors import ArgumentError, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.checks.check_file import CheckFile, FiledCheck
    from mltrace.records import Suggestion


def accept(
    file: CheckFile, suggestions: Iterable[Suggestion], *, by: str = "", reason: str = ""
) -> CheckFile:
    """Put suggestions into a file of checks; those that tighten or loosen a check change it there.

    Parameters
    ----------
    file : CheckFile
        The file, which is not written.
    suggestions : iterable of Suggestion
        What to accept.
    by : str
        Who accepts it.
    reason : str
        Why a check is changed; what it was is said as well.

    Raises
    ------
    ArgumentError
        If a check that would be changed is not in the file.
    """
    today = datetime.now(UTC).date()
    for one in suggestions:
        evidence = f"{one.evidence}; false alarms: {percent(one.false_alarms)} of runs"
        table = {NAME: one.check, **one.arguments}
        if one.kind == "new":
            added = file_check(
                one.component,
                one.when,
                read_check(table),
                evidence=evidence,
                accepted_at=today,
                accepted_by=by,
            )
            file = add_check(file, added)
            continue
        change = {"tighten": "tightened", "loosen": "loosened"}[one.kind]
        why = f"{change} from: {one.was}" + (f"; {reason}" if reason else "")
        fields = {**table, "evidence": evidence, "reason": why, "accepted_at": today}
        file = change_check(file, _held(file, one), **fields, accepted_by=by or None)
    return file


def retire(file: CheckFile, component: str, name: str, *, reason: str) -> CheckFile:
    """Retire a check of a component: it stays in the file, but no longer runs.

    Raises
    ------
    ArgumentError
        If there is no reason.
    UnknownNameError
        If the component has no such check in the file that runs.
    """
    if not reason.strip():
        raise ArgumentError(
            f"say why {name} is retired: reason='…', or --reason on the command line."
        )
    held = {one.check().name: one for one in file.of(component)}
    if name not in held:
        listed = f"In {file.path.name}: {', '.join(held) or 'none'}."
        raise unknown(f"check of {component}", name, held, hint=listed)
    return change_check(file, held[name], retired_at=datetime.now(UTC).date(), reason=reason)


def _held(file: CheckFile, suggestion: Suggestion) -> FiledCheck:
    for one in file.of(suggestion.component):
        if is_same_check(suggestion, one):
            return one
    raise ArgumentError(f"{suggestion.name} is not in {file.path}, so it cannot be changed there.")
