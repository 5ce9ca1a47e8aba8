"""Proposes checks of a component from the history of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.specs import read_check
from mltrace.checks.suggesting.budget import Candidate, Chosen, divide
from mltrace.checks.suggesting.candidates import Rule
from mltrace.checks.suggesting.categories import closed_sets, standing_values, varied_columns
from mltrace.checks.suggesting.duplicates import duplicate_rows
from mltrace.checks.suggesting.keys import unique_columns
from mltrace.checks.suggesting.levels import levels
from mltrace.checks.suggesting.nulls import complete_columns
from mltrace.checks.suggesting.ranges import natural_ranges, usual_ranges
from mltrace.checks.suggesting.rows import never_empty, row_counts
from mltrace.checks.suggesting.schema import schema
from mltrace.checks.suggesting.texts import fixed_lengths, longest_texts, text_patterns
from mltrace.checks.suggesting.wording import bound_words, percent, runs
from mltrace.errors import ArgumentError
from mltrace.records import RecordList, Suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mltrace.checks.suggesting.candidates import Bound
    from mltrace.checks.suggesting.history import TableHistory

FALSE_ALARMS: Final = 0.01
"""The share of runs on which some check may fail although nothing is wrong."""
MIN_PARTITIONS: Final = 3
"""Fewer do not say what is usual."""
FAMILIES: Final[tuple[Callable[[TableHistory], Sequence[Rule | Bound]], ...]] = (
    schema,
    never_empty,
    unique_columns,
    closed_sets,
    complete_columns,
    natural_ranges,
    varied_columns,
    standing_values,
    text_patterns,
    fixed_lengths,
    duplicate_rows,
    row_counts,
    levels,
    usual_ranges,
    longest_texts,
)
"""What finds candidates, the most valuable first."""


def propose_checks(
    component: str, tables: Iterable[TableHistory], *, false_alarms: float = FALSE_ALARMS
) -> RecordList[Suggestion]:
    """Propose checks that history speaks for, with the false alarms to expect of them.

    Parameters
    ----------
    component : str
        Whose checks they will be.
    tables : iterable of TableHistory
        The tables that pass its boundaries.
    false_alarms : float, default 0.01
        On which share of runs some check may fail although nothing is wrong.

    Raises
    ------
    ArgumentError
        If the share is none between 0 and 1.

    Examples
    --------
    >>> import pyarrow
    >>> from mltrace.checks.suggesting.history import TableHistory
    >>> from mltrace.profiles.profiling import profile_table
    >>> months = [pyarrow.table({"month": [month] * 100}) for month in range(40)]
    >>> found = propose_checks("clean", [TableHistory([profile_table(one) for one in months])])
    >>> found[0].check, found[0].bound
    ('Schema', 'month integer')
    """
    if isinstance(false_alarms, bool) or not 0 < false_alarms < 1:
        raise ArgumentError(
            f"false_alarms={false_alarms!r} is no share of runs; give 0.01 for 1 % of them."
        )
    histories = [table for table in tables if len(table.profiles) >= MIN_PARTITIONS]
    found = [(table, one) for family in FAMILIES for table in histories for one in family(table)]
    candidates = [
        Candidate(place, table, _of_rows_seen(one, table))
        for place, (table, one) in enumerate(found)
    ]
    division = divide(candidates, false_alarms)
    proposed = [_suggestion(component, one) for one in _joined(division.chosen)]
    notes = _notes(proposed, division.num_left_out, histories, false_alarms)
    return RecordList(proposed, of=Suggestion, notes=notes)


def _of_rows_seen(one: Rule | Bound, table: TableHistory) -> Rule | Bound:
    """Trust a rule the less, the fewer of the rows were looked at."""
    if isinstance(one, Rule) and table.looked_at < 1:
        return replace(one, looked_at=one.looked_at * table.looked_at)
    return one


def _joined(chosen: Sequence[Chosen]) -> list[Chosen]:
    """Make one check of those of one kind that look at the same."""
    found: dict[tuple[int, str, str], Chosen] = {}
    for one in chosen:
        key = (id(one.candidate.table), one.draft.check, one.draft.subject)
        found[key] = _both(found[key], one) if key in found else one
    return list(found.values())


def _both(first: Chosen, second: Chosen) -> Chosen:
    arguments = dict(first.draft.arguments)
    for name, value in second.draft.arguments.items():
        arguments[name] = _united(arguments.get(name), value)
    words = first.draft.evidence
    if second.draft.evidence not in words:
        words = f"{words}, {second.draft.evidence}"
    draft = replace(first.draft, arguments=arguments, evidence=words)
    return Chosen(first.candidate, draft, first.false_alarms + second.false_alarms)


def _united(first: Any, second: Any) -> Any:
    if isinstance(first, list) and first != second:
        return [*first, *second]
    if isinstance(first, Mapping):
        return {**first, **second}
    return second


def _suggestion(component: str, chosen: Chosen) -> Suggestion:
    draft, table = chosen.draft, chosen.candidate.table
    arguments = dict(draft.arguments)
    if table.on is not None:
        arguments["on"] = table.on
    return Suggestion(
        name=read_check({"check": draft.check, **arguments}).name,
        component=component,
        when=table.when,
        check=draft.check,
        arguments=arguments,
        bound=bound_words(draft.check, draft.arguments),
        evidence=f"{draft.evidence} in {runs(len(table.profiles))}",
        false_alarms=chosen.false_alarms,
        num_partitions=len(table.profiles),
    )


def _notes(
    proposed: Sequence[Suggestion],
    num_left_out: int,
    histories: Sequence[TableHistory],
    budget: float,
) -> list[str]:
    if not histories:
        return [f"No table of it was seen in {MIN_PARTITIONS} partitions yet."]
    expected = sum(one.false_alarms for one in proposed)
    notes = [f"False alarms of all: {percent(expected)} of runs, of {percent(budget)} allowed."]
    if num_left_out:
        longest = max(len(table.profiles) for table in histories)
        notes.append(f"Left out: {num_left_out} that {runs(longest)} speak for too weakly.")
    return notes
