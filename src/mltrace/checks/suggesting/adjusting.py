"""Compares what history suggests with the checks that are in force: new, tighter or looser ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mltrace.checks.specs import NAME, read_check
from mltrace.checks.suggesting.wording import bound_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mltrace.checks.check_file import FiledCheck
    from mltrace.records import Suggestion, SuggestionKind

_LEAST_CHANGE: Final = 0.1
"""A bound that would move by less of itself stays as it is."""
_SUBJECTS: Final = ("columns", "label")
_LOW: Final = frozenset({"min", "min_share"})
_HIGH: Final = frozenset({"max", "max_share"})
_ALLOWED: Final = frozenset({"allowed"})
_DEMANDED: Final = frozenset({"classes"})
"""Lists that demand the less, or the more, the longer they are."""


def adjustments(
    suggestions: Iterable[Suggestion], filed: Sequence[FiledCheck], kind: SuggestionKind
) -> list[Suggestion]:
    """Leave of suggestions those that are new, or would make a check in force tighter or looser.

    Parameters
    ----------
    suggestions : iterable of Suggestion
        What history suggests.
    filed : sequence of FiledCheck
        The checks of the component in the file, retired ones too: these are not suggested again.
    kind : {'new', 'tighten', 'loosen'}
        Which of them.
    """
    if kind == "new":
        return [new for one in suggestions if (new := _uncovered(one, filed)) is not None]
    return [
        changed
        for one in suggestions
        for held in filed
        if not held.is_retired and is_same_check(one, held)
        if (changed := _changed(one, held, kind)) is not None
    ]


def is_same_check(suggestion: Suggestion, filed: FiledCheck) -> bool:
    """Tell whether a check in a file looks at what a suggestion does, with whatever bounds."""
    table = filed.table
    where = (suggestion.when, suggestion.check, suggestion.arguments.get("on"))
    if where != (filed.when, table.get(NAME), table.get("on")):
        return False
    subjects, held = _subjects(suggestion.arguments), _subjects(table)
    return bool(subjects & held) or not (subjects or held)


def _subjects(arguments: Mapping[str, Any]) -> set[str]:
    """List the columns that a check looks at; none where it looks at the table."""
    for name in _SUBJECTS:
        value = arguments.get(name)
        if isinstance(value, str):
            return {value}
        if isinstance(value, list):
            return set(value)
    return set()


def _uncovered(suggestion: Suggestion, filed: Sequence[FiledCheck]) -> Suggestion | None:
    """Leave out what is in the file already; of a list of columns, those that are."""
    held = [one for one in filed if is_same_check(suggestion, one)]
    if not held:
        return suggestion
    columns = suggestion.arguments.get("columns")
    covered = set().union(*(_subjects(one.table) for one in held))
    left = [one for one in columns if one not in covered] if isinstance(columns, list) else []
    if not left:
        return None
    share = len(left) / len(_subjects(suggestion.arguments))
    return _with_arguments(
        suggestion,
        {**suggestion.arguments, "columns": left},
        false_alarms=share * suggestion.false_alarms,
    )


def _changed(suggestion: Suggestion, filed: FiledCheck, kind: SuggestionKind) -> Suggestion | None:
    old = {name: value for name, value in filed.table.items() if name != NAME}
    choose = _tighter if kind == "tighten" else _looser
    new = dict(old)
    for name, value in suggestion.arguments.items():
        if name in old and not (name in _SUBJECTS and not isinstance(value, Mapping)):
            new[name] = choose(name, old[name], value)
    if new == old:
        return None
    return _with_arguments(suggestion, new, kind=kind, was=bound_words(suggestion.check, old))


def _with_arguments(
    suggestion: Suggestion, arguments: Mapping[str, Any], **more: Any
) -> Suggestion:
    return msgspec.structs.replace(
        suggestion,
        name=read_check({NAME: suggestion.check, **arguments}).name,
        arguments=arguments,
        bound=bound_words(suggestion.check, arguments),
        **more,
    )


def _tighter(name: str, old: Any, new: Any) -> Any:
    """Choose the bound that demands more, if it does so by much; a set of values never shrinks."""
    if name in _LOW or name in _HIGH:
        is_much = abs(new - old) >= _LEAST_CHANGE * abs(old)
        return (max if name in _LOW else min)(old, new) if is_much else old
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {**new, **old}
    if name in _DEMANDED:
        return [*old, *(one for one in new if one not in old)]
    return old


def _looser(name: str, old: Any, new: Any) -> Any:
    """Choose the bound that demands less."""
    if name in _LOW or name in _HIGH:
        return (min if name in _LOW else max)(old, new)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {column: dtype for column, dtype in old.items() if new.get(column) == dtype}
    if name in _DEMANDED:
        return [one for one in old if one in new]
    if name in _ALLOWED:
        return [*old, *(one for one in new if one not in old)]
    return new
