"""Of which patterns texts are, and how long."""

from __future__ import annotations

import re
from collections import Counter
from statistics import fmean
from typing import TYPE_CHECKING, Final

from mltrace.checks.suggesting.candidates import Bound, Draft, Rule
from mltrace.checks.suggesting.categories import is_list, values_by_partition
from mltrace.checks.suggesting.history import num_values, share_seen
from mltrace.checks.suggesting.scales import CountScale
from mltrace.profiles.text_counts import NUM_SAMPLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.checks.suggesting.history import ColumnHistory, TableHistory
    from mltrace.checks.suggesting.prediction import Interval
    from mltrace.records import ColumnProfile

_MOST_PATTERNS: Final = 3
_WIDEST: Final = 10
"""A length that may be so many times what was seen says nothing."""
_CLASSES: Final = {"A": r"[^\W\d_]", "a": r"[^\W\d_]", "9": r"\d"}
_UNCLEAR: Final = frozenset("x*… ")
"""What stands for characters of several kinds."""
_TOKEN: Final = re.compile(r"(.)(?:\{(\d+)\}|(\1*))")


def text_patterns(history: TableHistory) -> list[Rule]:
    """Find the columns whose texts are all of a few patterns."""
    return [rule for one in _columns(history) if (rule := _patterns(one)) is not None]


def fixed_lengths(history: TableHistory) -> list[Rule]:
    """Find the columns whose texts are never empty, or all of one length."""
    return [
        rule for one in _columns(history) if not _has_fixed_pattern(one) for rule in _fixed(one)
    ]


def longest_texts(history: TableHistory) -> list[Bound]:
    """Find the columns whose longest texts may be bounded."""
    return [bound for one in _columns(history.whole) if (bound := _longest(one)) is not None]


def regex_of(pattern: str, *, has_lengths: bool = True) -> str:
    r"""Write a pattern of texts as a regular expression.

    Examples
    --------
    >>> regex_of("99-A{5}"), regex_of("99-A{5}", has_lengths=False)
    ('\\d{2}\\-[^\\W\\d_]{5}', '\\d+\\-[^\\W\\d_]+')
    """
    written = []
    for kind, count, more in _TOKEN.findall(pattern):
        length = int(count) if count else 1 + len(more)
        often = ("" if length == 1 else f"{{{length}}}") if has_lengths else "+"
        is_class = kind in _CLASSES
        written.append(_CLASSES[kind] + often if is_class else re.escape(kind) * length)
    return "".join(written)


def _columns(history: TableHistory) -> list[ColumnHistory]:
    """List the columns of texts that are no categories."""
    found = []
    for column in history.columns.values():
        if column.is_of("text") and column.is_always_there:
            sets = values_by_partition(column.filled)
            if sets is None or not is_list(column, set().union(*sets)):
                found.append(column.filled)
    return found


def _patterns(column: ColumnHistory) -> Rule | None:
    detailed = [{one.value for one in profile.patterns} for profile in column.profiles]
    if any(not one or _UNCLEAR & set("".join(one)) for one in detailed):
        return None
    for has_lengths in (True, False):
        sets = [{regex_of(one, has_lengths=has_lengths) for one in each} for each in detailed]
        if len(set().union(*sets)) <= _MOST_PATTERNS:
            return _pattern_rule(column, sets)
    return None


def _has_fixed_pattern(column: ColumnHistory) -> bool:
    """Tell whether a pattern says the lengths as well."""
    rule = _patterns(column)
    return (
        rule is not None and rule.draft is not None and "+" not in rule.draft.arguments["pattern"]
    )


def _pattern_rule(column: ColumnHistory, sets: Sequence[set[str]]) -> Rule:
    seen = Counter(pattern for one in sets for pattern in one)
    known = set(sets[0])
    kept = [True]
    for one in sets[1:]:
        kept.append(one <= known)
        known |= one
    draft = Draft(
        check="MatchesRegex",
        arguments={"columns": [column.name], "pattern": "|".join(sorted(seen))},
        subject=column.name,
        evidence="all match",
    )
    once = sum(count == 1 for count in seen.values())
    looked_at = fmean(_looked_at(one) for one in column.profiles)
    return Rule("pattern", kept, draft, once / len(sets), looked_at=looked_at)


def _looked_at(profile: ColumnProfile) -> float:
    distinct = profile.num_distinct or 1.0
    return 1.0 if profile.is_distinct_exact else share_seen(NUM_SAMPLED, distinct)


def _fixed(column: ColumnHistory) -> list[Rule]:
    lengths = [one.lengths for one in column.profiles if one.lengths is not None]
    if len(lengths) < len(column.profiles) or not all(num_values(one) for one in column.profiles):
        return []
    length = lengths[0].min
    kept = [one.min == one.max == length for one in lengths]
    if all(kept):
        return [_length_rule(column, kept, {"min": length, "max": length}, "one length")]
    filled = [one.min > 0 for one in lengths]
    rules = [Rule("length", kept), _length_rule(column, filled, {"min": 1}, "no text empty")]
    most = lengths[0].max
    if all(one.max == most for one in lengths):
        rules.append(_length_rule(column, [True] * len(lengths), {"max": most}, "none longer"))
    return rules


def _length_rule(
    column: ColumnHistory, kept: list[bool], bounds: dict[str, int], evidence: str
) -> Rule:
    draft = Draft("TextLength", {"columns": [column.name], **bounds}, column.name, evidence)
    return Rule("length", kept, draft if all(kept) else None)


def _longest(column: ColumnHistory) -> Bound | None:
    if any(one.lengths is None for one in column.profiles):
        return None
    longest = column.array(lambda one: one.lengths.max if one.lengths else 0)

    def draft(found: Interval) -> Draft | None:
        high = int(found.high) + 1 if found.high < _WIDEST * longest.max() else None
        seen = f"longest of {longest.min():,.0f} to {longest.max():,.0f} characters"
        ends = {"columns": [column.name], "max": high}
        return None if high is None else Draft("TextLength", ends, column.name, seen)

    return Bound(longest, CountScale(), draft, has_low=False)
