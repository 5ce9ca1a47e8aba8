"""Verbs that suggest checks, and put them into the file of checks or retire them there."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from mltrace.errors import ArgumentError
from mltrace.lineage.component_tables import component_tables
from mltrace.records import RecordList, Suggestion, SuggestionKind
from mltrace.workspace.opened import OpenStore, who

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mltrace.checks.suggesting.history import TableHistory
    from mltrace.lineage.component_tables import ComponentTable
    from mltrace.records.check_lists import ComponentCheck


class SuggestionVerbs(OpenStore):
    """What there might be checked."""

    def suggest_checks(
        self, component: str, *, false_alarms: float = 0.01, kind: SuggestionKind = "new"
    ) -> RecordList[Suggestion]:
        """Propose checks of a component from what its tables were; see `mltrace.suggest_checks`."""
        from mltrace.checks.check_file import load_check_file
        from mltrace.checks.suggesting.adjusting import adjustments
        from mltrace.checks.suggesting.proposing import propose_checks

        if kind not in get_args(SuggestionKind):
            accepted = ", ".join(get_args(SuggestionKind))
            raise ArgumentError(f"kind={kind!r} is no kind of suggestion; accepted: {accepted}.")
        with self._reading() as connection:
            tables = component_tables(connection, component)
        proposed = propose_checks(
            component, _histories(component, tables), false_alarms=false_alarms
        )
        filed = [one for one in load_check_file().checks if one.component == component]
        found = adjustments(proposed, filed, kind)
        return RecordList(found, of=Suggestion, notes=proposed.notes)

    def accept_checks(
        self, suggestions: Suggestion | Iterable[Suggestion], *, reason: str = ""
    ) -> RecordList[Suggestion]:
        """Write suggestions into the file of checks; see `mltrace.accept_checks`."""
        from mltrace.checks.check_file import load_check_file
        from mltrace.checks.filing import save_check_file
        from mltrace.checks.suggesting.accepting import accept

        chosen = [suggestions] if isinstance(suggestions, Suggestion) else list(suggestions)
        if chosen:
            save_check_file(accept(load_check_file(), chosen, by=who(), reason=reason))
        return RecordList(chosen, of=Suggestion)

    def retire_checks(
        self, component: str, checks: str | Sequence[str], *, reason: str
    ) -> RecordList[ComponentCheck]:
        """Let checks of the file run no more; see `mltrace.retire_checks`."""
        from mltrace.checks.check_file import load_check_file
        from mltrace.checks.filing import save_check_file
        from mltrace.checks.gating import filed_checks
        from mltrace.checks.listing import list_of_component
        from mltrace.checks.suggesting.accepting import retire

        file = load_check_file()
        names = [checks] if isinstance(checks, str) else list(checks)
        for name in names:
            file = retire(file, component, name, reason=reason)
        if names:
            save_check_file(file)
        found = filed_checks(file, component, with_retired=True)
        return list_of_component(component, [one for one in found if one.check.name in names])


def _histories(component: str, tables: Sequence[ComponentTable]) -> Iterator[TableHistory]:
    """Name the variable of each table where a check would not find it by itself."""
    from mltrace.checks.suggesting.history import TableHistory

    num_results = sum(table.when == "after" for table in tables)
    for table in tables:
        on = _variable(component, table, is_only=num_results == 1)
        yield TableHistory(table.profiles, table.when, on)


def _variable(component: str, table: ComponentTable, *, is_only: bool) -> str | None:
    """Name a variable, a part of the result, as 'split.0' is, or a file; None is the result."""
    if table.when == "before":
        return table.name
    name, dot, place = table.name.partition(".")
    if is_only and (table.is_file or name == component):
        return None
    if table.is_file or name != component:
        return table.name
    return f"result.{place}" if dot else None
