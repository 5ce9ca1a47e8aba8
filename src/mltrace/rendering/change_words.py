"""Says in words what changed, and what follows from it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from mltrace.rendering.fitting import cut_middle
from mltrace.rendering.lines import Span, printable
from mltrace.rendering.wording import STATUS_GLYPHS, count, short_digest, took, value_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mltrace.records import Change, Diff

_ABSENT: Final = {
    "check": "not run",
    "code": "not known",
    "git": "not known",
    "host": "not known",
    "input": "not read",
    "metric": "not logged",
    "output": "not written",
    "package": "not installed",
    "stale": "fresh",
}
_WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "code": short_digest,
    "columns": ", ".join,
    "duration": took,
    "git": lambda text: text[:12],
    "metric": lambda number: f"{number:.6g}" if math.isfinite(number) else "not finite",
    "rows": lambda number: f"{number:,}",
    "stale": "; ".join,
}
_PLURALS: Final = {
    "check": "checks",
    "input": "inputs",
    "metric": "metrics",
    "output": "outputs",
    "package": "packages",
    "parameter": "parameters",
}
WIDEST_LABEL: Final = 40
"""Cells of a label, unless nothing is cut."""

_NAMED: Final = 3
"""So many of one aspect are named, more are counted."""


def label_of(change: Change, width: int = WIDEST_LABEL) -> str:
    """Name what changed; a long name is cut.

    Examples
    --------
    >>> from mltrace.records import Change
    >>> label_of(Change(component="train", aspect="parameter", name="depth"))
    'parameter depth'
    """
    if change.aspect == "run":
        return change.name
    if not change.name:
        return "packages" if change.aspect == "package" else change.aspect
    return f"{change.aspect} {cut_middle(change.name, width - len(change.aspect) - 1)}"


def values_of(change: Change, *, is_complete: bool = False) -> tuple[Span, Span]:
    """Say what was before, and what is after."""
    before, after = (
        _value(change, value, is_complete=is_complete) for value in (change.before, change.after)
    )
    if before.text == after.text:  # shortened or rounded to the same words
        before, after = (Span(value_text(value)) for value in (change.before, change.after))
    return Span(printable(before.text), before.style), Span(printable(after.text), after.style)


def _value(change: Change, value: Any, *, is_complete: bool) -> Span:
    if value is None:
        return Span(_ABSENT.get(change.aspect, "none"), "dim")
    if change.aspect in {"status", "check"}:
        return _result(value)
    if change.aspect in {"input", "output"}:
        return Span(_version(value, has_name=is_complete or _is_renamed(change)))
    if change.aspect == "package" and not change.name:
        return Span(short_digest(value))
    return Span(_WORDS.get(change.aspect, value_text)(value))


def _result(value: Any) -> Span:
    """Say the status of a run, or what a check found."""
    result = {"status": value} if isinstance(value, str) else value
    glyph, style = STATUS_GLYPHS.get(result["status"], ("·", ""))
    text = f"{glyph} {result['status']}"
    if result.get("severity") == "block":
        text += ", blocking"
    if result.get("value") is not None:
        text += f", {value_text(result['value'])}"
    return Span(f"{text}: {result['message']}" if result.get("message") else text, style)


def _is_renamed(change: Change) -> bool:
    names = {value.rpartition("@")[0] for value in (change.before, change.after) if value}
    return len(names) > 1


def _version(text: str, *, has_name: bool) -> str:
    """Say `name@digest` briefly."""
    name, at, digest = text.rpartition("@")
    if not at:
        return text
    return f"{name}@{short_digest(digest)}" if has_name else short_digest(digest)


def causes_text(changes: Iterable[Change]) -> str:
    """List what changed by itself in a few words.

    Examples
    --------
    >>> from mltrace.records import Change
    >>> some = [Change(component="train", aspect="parameter", name=name) for name in "ab"]
    >>> causes_text([Change(component="train", aspect="code"), *some])
    'code, parameters a and b'
    """
    changes = list(changes)
    refs = {change.name for change in changes if change.aspect in {"input", "output"}}
    names: defaultdict[str, list[str]] = defaultdict(list)
    for change in changes:
        if change.aspect in {"rows", "columns"} and change.name in refs:
            continue  # that the artifact differs says it
        said = str(change.after) if change.aspect == "status" else change.name
        names[change.aspect].append(said)
    return ", ".join(_aspect_text(aspect, some) for aspect, some in names.items())


def _aspect_text(aspect: str, names: Sequence[str]) -> str:
    named = [name for name in dict.fromkeys(names) if name]
    if aspect in {"run", "git"}:
        return " and ".join(named)
    if not named:
        return "packages" if aspect == "package" else aspect
    if len(named) > _NAMED:
        return f"{len(named):,} {_PLURALS.get(aspect, f'times {aspect}')}"
    noun = _PLURALS.get(aspect, aspect) if len(named) > 1 else aspect
    return f"{noun} {', '.join(named[:-1])}{' and ' if len(named) > 1 else ''}{named[-1]}"


def consequences_text(changes: Sequence[Change]) -> str:
    """Sum up what follows from other changes.

    Examples
    --------
    >>> from mltrace.records import Change
    >>> output = Change(component="clean", aspect="output", before="c@1", after="c@2")
    >>> rows = Change(component="clean", aspect="rows", name="c", before=8012, after=7650)
    >>> consequences_text([rows, output])
    '1 output, rows of c 8,012 → 7,650'
    """
    by_aspect: defaultdict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_aspect[change.aspect].append(change)
    counted = ("input", "output", "check")
    parts = [count(len(by_aspect[noun]), noun) for noun in counted if by_aspect[noun]]
    parts += _columns_parts(by_aspect["columns"])
    parts += _value_parts("rows of", by_aspect["rows"])
    parts += _value_parts("metric", by_aspect["metric"])
    for change in by_aspect["duration"]:
        parts.append(f"took {_arrow(change)}")
    return ", ".join(parts)


def _columns_parts(changes: Sequence[Change]) -> list[str]:
    """Say which columns changed: by name and type if it is one, else how many."""
    columns = {
        name: (change.before.get(name, "none"), change.after.get(name, "none"))
        for change in changes
        if isinstance(change.before, Mapping)
        for name in (*change.before, *change.after)
    }
    if len(columns) == 1:
        ((name, (before, after)),) = columns.items()
        return [f"column {name} {before} → {after}"]
    return [count(len(columns), "column")] if columns else ["order of columns"] * bool(changes)


def _value_parts(label: str, changes: Sequence[Change]) -> list[str]:
    """Say values before and after by name if they are few, once for all that changed alike."""
    if len(changes) > _NAMED:
        number = f"{len(changes):,}"
        return [f"{number} metrics" if label == "metric" else f"{label} {number} artifacts"]
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for change in changes:
        alike[_arrow(change)].append(change.name)
    return [f"{label} {' and '.join(names)} {arrow}" for arrow, names in alike.items()]


def _arrow(change: Change) -> str:
    before, after = values_of(change)
    return f"{before.text} → {after.text}"


def nothing_text(diff: Diff) -> str:
    """Say that nothing differs, and of what that is said."""
    pairs = diff.pairs
    if not pairs:
        return f"Nothing differs: the same {count(diff.num_shared, 'run')} made both."
    if all(pair.run_a is None for pair in pairs):
        return f"Nothing differs: no run made either, and both have the same content.{_aside(diff)}"
    runs = [(pair.run_a, pair.run_b) for pair in pairs]
    if all(a is not None and b is not None and a.id == b.id for a, b in runs):
        return "Nothing differs: both are one run."
    took_text = ""
    seconds = [change for pair in pairs for change in pair.leeway if change.aspect == "duration"]
    if len(pairs) == 1 and seconds:
        took_text = f": {took(seconds[0].before)} and {took(seconds[0].after)}"
    when = "when they ran" if len(pairs) == 1 else "when the runs happened"
    return f"Nothing differs but {when} and how long they took{took_text}.{_aside(diff)}"


def _aside(diff: Diff) -> str:
    """Say what counts as no difference, and what nobody can compare."""
    leeway = [change for pair in diff.pairs for change in pair.leeway]
    renamed = [change for change in leeway if change.aspect != "duration" and change.before]
    said = ""
    if renamed:
        more = f", and {count(len(renamed) - 1, 'other')}" if len(renamed) > 1 else ""
        said = f" One content has two names: {renamed[0].before} and {renamed[0].after}{more}."
    unknown = unknown_text(leeway)
    return f"{said} Not known, so not compared: {unknown}." if unknown else said


def unknown_text(leeway: Iterable[Change]) -> str:
    """List what was not known of either run.

    Examples
    --------
    >>> from mltrace.records import Change
    >>> unknown_text([Change(component="load", aspect="input", name="db"),
    ...               Change(component="load", aspect="code")])
    'input db, code'
    """
    labels = dict.fromkeys(label_of(change) for change in leeway if change.before is None)
    named = list(labels)[: _NAMED + 1]
    more = f" and {len(labels) - len(named):,} more" if len(labels) > len(named) else ""
    return f"{', '.join(named)}{more}"
