"""Compares a table with a reference, column by column: beyond noise, and by enough to matter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy

from mltrace.errors import ArgumentError, unknown
from mltrace.monitors.drift.comparing.scoring import check_limits, drift_score, worst_first
from mltrace.monitors.drift.comparing.two_sample_words import (
    kind_reason,
    nulls_reason,
    table_notes,
    table_reason,
    values_reason,
)
from mltrace.monitors.drift.methods.chi_square import chi_square
from mltrace.monitors.drift.methods.false_discovery import adjusted
from mltrace.monitors.drift.methods.method import methods
from mltrace.monitors.drift.samples.pairs import pair_columns
from mltrace.records.drift import ColumnDrift, DriftResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mltrace.monitors.drift.methods.false_discovery import Correction
    from mltrace.monitors.drift.methods.method import Comparison, DriftMethod
    from mltrace.monitors.drift.samples.pairs import Pair
    from mltrace.profiles.columns import Column
    from mltrace.profiles.tables import Profile

TWO_SAMPLE: Final = "two-sample"
"""Names the methods that are chosen by the kind of each column."""
ORDERED_DEFAULT: Final = "cramer-von-mises"
LABELS_DEFAULT: Final = "chi-square"
NULLS: Final = "nulls"
LOST: Final = "columns"
KIND: Final = "kind"
MIN_NULLS_EFFECT: Final = 0.2
CERTAIN: Final = 20.0
"""The score of what no test need tell: a column that is lost, or of another kind."""


@dataclass(frozen=True, slots=True)
class _Test:
    """What one method tells of one column."""

    name: str
    method: str
    told: Comparison
    min_effect: float


def compare(
    current: Profile,
    reference: Profile,
    *,
    method: str | None = None,
    columns: Iterable[str] | None = None,
    false_alarm_rate: float = 0.01,
    correction: Correction = "benjamini-hochberg",
    min_effect: float | None = None,
    partition: str | None = None,
) -> DriftResult:
    """Test which columns of a table differ from a reference, for sure and by enough to matter.

    Parameters
    ----------
    current, reference : Profile
        Of tables; nothing is assumed of their numbers of rows.
    method : str, optional
        The name of a drift method that compares columns. The default, 'two-sample', is Cramér-von
        Mises for numbers and chi-square for values without an order.
    columns : iterable of str, optional
        Those to compare; all that both have by default, but for times, which move on by nature: of
        those only nulls are compared.
    false_alarm_rate : float, default 0.01
        How often two tables of one distribution may be told to differ.
    correction : str, default 'benjamini-hochberg'
        How p-values are corrected for the number of tests; see `adjusted`.
    min_effect : float, optional
        The effect size below which a difference is no drift, of values and of shares of nulls; by
        default those of the method, and 0.2.
    partition : str, optional
        The name of the current table.

    Returns
    -------
    DriftResult
        Its score is the largest of all tests, each the lesser of two ratios: the logarithm of the
        corrected p-value to that of the rate, and the effect size to the least one. So a score
        above 1 is drift, and twice as much is twice as far. `p_value` is the least corrected one.

    Raises
    ------
    ArgumentError
        If the tables share no column, the reference has no rows, or an argument cannot be.
    UnknownNameError
        If there is no such column or method; the message lists the nearest matches.
    OptionError
        If there is no such correction.

    Notes
    -----
    Nulls, NaN, infinities and values of another kind are compared apart from values, by a
    chi-square test with Cohen's h as the effect size, unless the method has bins for them. A column
    that is lost or of another kind, and a table without rows, are drift whatever the tests say;
    columns that were added are told. Columns of which a stored profile holds a summary only are not
    compared. Rows are assumed to be independent: neighbouring days of one
    source mostly differ more than that, which is what a history is for. Cost: 1 ms a column.

    References
    ----------
    Cohen (1988), "Statistical power analysis for the behavioral sciences", on effect sizes.

    Examples
    --------
    >>> from mltrace.profiles.reading import profile_data
    >>> reference = profile_data({"delay": list(range(200)), "carrier": ["AA", "UA"] * 100})
    >>> current = profile_data({"delay": list(range(90, 290)), "carrier": ["UA", "AA"] * 100})
    >>> told = compare(current, reference)
    >>> told.is_drift, told.columns["delay"].reason
    (True, 'mean 190, was 99.5 (1.56 sd); null share as usual')
    >>> told.columns["carrier"].is_drift
    False
    """
    check_limits(false_alarm_rate, min_effect)
    chosen = None if method in (None, TWO_SAMPLE) else column_method(str(method))
    wanted = None if columns is None else list(columns)
    names = _names(current, reference, wanted)
    told = _certain(current, reference, names)
    pairs = {
        name: pair_columns(current.states[name], reference.states[name])
        for name in names
        if name in current.states and name not in told
    }
    tests = [
        test if min_effect is None else replace(test, min_effect=min_effect)
        for name, pair in pairs.items()
        for test in _column_tests(name, pair, chosen, is_named=wanted is not None)
    ]
    p_values = adjusted([test.told.p_value for test in tests], correction).tolist()
    scored: dict[str, list[tuple[float, _Test]]] = {name: [] for name in pairs}
    for test, p_value in zip(tests, p_values, strict=True):
        size, least = test.told.effect_size, test.min_effect
        score = drift_score(p_value, size, rate=false_alarm_rate, least=least)
        scored[test.name].append((score, test))
    told |= {name: _told_of(name, pair, scored[name]) for name, pair in pairs.items()}
    is_empty = not current.num_profiled_rows
    is_certain = is_empty or any(one.method in (LOST, KIND) for one in told.values())
    scores = [score for found in scored.values() for score, _ in found]
    worst = max([*scores, CERTAIN if is_certain else 0.0])
    ordered = worst_first({name: told[name] for name in names if name in told})
    return DriftResult(
        partition=partition,
        score=worst,
        threshold=1.0,
        p_value=min(p_values, default=None),
        is_drift=worst > 1,
        columns=ordered,
        method=method or TWO_SAMPLE,
        reason=table_reason(ordered, is_empty=is_empty),
        notes=tuple(table_notes(current, reference, is_whole=wanted is None)),
    )


def column_method(name: str) -> DriftMethod:
    """Find a method that compares columns.

    Raises
    ------
    UnknownNameError
        If there is no such method.
    ArgumentError
        If it compares something else.
    """
    found = methods.get(name)
    if found.scope != "column":
        needs = "the rows of both tables" if found.scope == "table" else "a history"
        others = ", ".join(sorted(one.name for one in methods if one.scope == "column"))
        raise ArgumentError(
            f"The drift method {name!r} needs {needs}, and cannot compare two profiles; methods "
            f"that can: {others}."
        )
    return found


def _names(current: Profile, reference: Profile, wanted: list[str] | None) -> list[str]:
    """List the columns to look at: those of the reference, in its order."""
    if not reference.num_profiled_rows:
        raise ArgumentError("The reference has no rows; give a table with rows to compare with.")
    known = list(reference.states)
    for name in wanted or ():
        if name not in reference.states:
            raise unknown("column", name, known, hint=f"The reference has {_few(known)}.")
    if current.num_profiled_rows and not current.states.keys() & reference.states.keys():
        raise ArgumentError(
            f"The tables share no column: one has {_few(list(current.states))}, the reference "
            f"{_few(known)}. Give tables with columns of the same names."
        )
    return known if wanted is None else [name for name in known if name in set(wanted)]


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "") if names else "none"


def _certain(current: Profile, reference: Profile, names: list[str]) -> dict[str, ColumnDrift]:
    """Tell of the columns of which no test is needed, or for which the values are not known."""
    told = {}
    for name in names:
        if name not in current.states:
            if current.num_profiled_rows:
                told[name] = ColumnDrift(
                    name=name, method=LOST, is_drift=True, reason="the column is lost"
                )
            continue
        if not all(_is_whole(one.states[name]) for one in (current, reference)):
            reason = "not compared: its profile was cut to a summary"
            told[name] = ColumnDrift(name=name, method="none", reason=reason)
            continue
        changed = kind_reason(current.states[name], reference.states[name])
        if changed:
            told[name] = ColumnDrift(name=name, method=KIND, is_drift=True, reason=changed)
    return told


def _is_whole(column: Column) -> bool:
    """Tell whether all values of a column are counted, which large profiles are stored without."""
    num_counted = sum(state.num_values for state in column.states.values())
    return num_counted >= column.num_rows - column.num_nulls


def _column_tests(
    name: str, pair: Pair, chosen: DriftMethod | None, *, is_named: bool
) -> Iterator[_Test]:
    """Test the values of a column, and apart from them which rows have none."""
    default = methods.get(ORDERED_DEFAULT if pair.is_ordered else LABELS_DEFAULT)
    is_fitting = chosen is not None and (pair.is_ordered or not chosen.is_ordered_only)
    method = chosen if chosen is not None and is_fitting else default
    if pair.kind == "time" and not is_named:
        if pair.without and all(pair.num_rows):
            yield _Test(name, NULLS, nulls_apart(pair), MIN_NULLS_EFFECT)
        return
    is_whole = method.has_nulls and chosen is not None
    values = pair if is_whole else pair.without_nulls()
    if all(values.num_rows):
        yield _Test(name, method.name, method.compare(values), method.min_effect)
    if pair.without and not is_whole and all(pair.num_rows):
        yield _Test(name, NULLS, nulls_apart(pair), MIN_NULLS_EFFECT)


def nulls_apart(pair: Pair) -> Comparison:
    """Compare which shares of the rows have a value, are null, NaN or the like.

    Returns
    -------
    Comparison
        Of a chi-square test; the effect size is the largest Cohen's h of the shares.
    """
    ours, theirs = pair.told_apart()
    told = chi_square(ours, theirs)
    angles = [numpy.arcsin(numpy.sqrt(one / one.sum())) for one in (ours, theirs)]
    return replace(told, effect_size=float(2 * numpy.abs(angles[0] - angles[1]).max()))


def _told_of(name: str, pair: Pair, tests: list[tuple[float, _Test]]) -> ColumnDrift:
    """Tell of a column what its worst test says."""
    if not tests:
        return ColumnDrift(name=name, method="none", reason=_untested(pair))
    score, worst = max(tests, key=lambda one: one[0])
    drifts = {test.method for at, test in tests if at > 1}
    are_values_usual = all(pair.num_values) and drifts <= {NULLS}
    values = "values as usual" if are_values_usual else values_reason(pair)
    are_nulls_usual = not drifts or (NULLS not in drifts and len(tests) > 1)
    nulls = "null share as usual" if are_nulls_usual else nulls_reason(pair)
    return ColumnDrift(
        name=name,
        method=worst.method,
        statistic=worst.told.statistic,
        p_value=worst.told.p_value,
        effect_size=worst.told.effect_size,
        is_drift=score > 1,
        reason=f"{values}; {nulls}",
    )


def _untested(pair: Pair) -> str:
    if not all(pair.num_rows):
        return "no rows"
    return "times move on, and are not compared" if pair.kind == "time" else "no values to compare"
