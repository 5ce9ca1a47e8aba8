"""Judges whether an output agrees with its inputs as it did in earlier runs, and says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from mltrace.monitors.joins.usual import largest_usual, least_share
from mltrace.monitors.joins.wording import say_usual, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mltrace.monitors.joins.agreement import Agreement, Part

MIN_HISTORY: Final = 5
"""How many earlier runs there are to be before one is judged."""
_NEARLY_NONE: Final = 0.05


class Aspect(NamedTuple):
    """Something of an agreement that is judged.

    `tolerance` is how much more than usual nobody needs to hear of. What `is_kept` is only judged
    if next to no rows are usual: other shares of it change with what is in the tables.
    """

    name: str
    tolerance: float
    is_kept: bool = False


_ROWS: Final = (
    Aspect("repeated", 0.01, is_kept=True),
    Aspect("lost", 0.05, is_kept=True),
    Aspect("unmatched", 0.1),
)
_BY_KEY: Final = Aspect("unkeyed", 0.1, is_kept=True)
_BY_OTHERS: Final = Aspect("absent", 0.01, is_kept=True)
_VALUES: Final = Aspect("differing", 0.01)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in which an output does not agree with an input as it did.

    Attributes
    ----------
    agreement : Agreement
        What was measured.
    aspect : str
        The attribute of it.
    column : str
        The column whose values differ; '' if it is about rows.
    part : Part
        How many rows.
    threshold : float
        The largest share that would be no finding.
    before : tuple of Part
        What earlier runs had.
    """

    agreement: Agreement
    aspect: str
    column: str
    part: Part
    threshold: float
    before: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class _Suspect:
    """So many rows that they are a finding unless that is usual."""

    agreement: Agreement
    aspect: Aspect
    column: str
    part: Part

    def is_usual(self, run: Iterable[Agreement]) -> bool:
        """Tell whether an earlier run alone shows that it is no finding."""
        for one in run:
            if one.columns == self.agreement.columns:
                for part in self.in_run([one]):
                    is_as_many = part.share + self.aspect.tolerance >= least_share(self.part)
                    if is_as_many or (self.aspect.is_kept and part.share > _NEARLY_NONE):
                        return True
        return False

    def in_run(self, run: Iterable[Agreement]) -> list[Part]:
        """Tell what a run had with the same input, matched by the same keys."""
        parts = [
            one.differing.get(self.column) if self.column else getattr(one, self.aspect.name)
            for one in run
            if (one.table, one.keys) == (self.agreement.table, self.agreement.keys)
        ]
        return [part for part in parts if part is not None and part.of]

    def before(self, runs: Sequence[Sequence[Agreement]], min_history: int) -> tuple[Part, ...]:
        """List what earlier runs had.

        If enough of them had the same columns, the others are left out: a component that prepares
        tables for training as well as for serving has runs of two sorts.
        """
        mine = self.agreement.columns
        alike = [self.in_run([one for one in run if one.columns == mine]) for run in runs]
        if sum(map(bool, alike)) < min_history:
            alike = [self.in_run(run) for run in runs]
        return tuple(part for parts in alike for part in parts)

    def finding(self, before: tuple[Part, ...]) -> Finding | None:
        """Judge it by what earlier runs had."""
        usual = largest_usual(before)
        threshold = usual + self.aspect.tolerance
        is_left_out = self.aspect.is_kept and usual > _NEARLY_NONE
        if is_left_out or least_share(self.part) <= threshold:
            return None
        return Finding(self.agreement, self.aspect.name, self.column, self.part, threshold, before)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether an output agrees with its inputs as it did in earlier runs.

    Attributes
    ----------
    state : {'ok', 'bad', 'learning'}
        It is learning while there are too few runs to compare with.
    message : str
        Why, in words.
    value, threshold : float or None
        The largest share of rows at fault, and that which it may have at most.
    columns : tuple of str
        The columns at fault, the most suspect first.
    """

    state: Literal["ok", "bad", "learning"]
    message: str
    value: float | None = None
    threshold: float | None = None
    columns: tuple[str, ...] = ()


def judge_agreement(
    current: Sequence[Agreement],
    earlier: Sequence[Sequence[Agreement]],
    *,
    min_history: int = MIN_HISTORY,
) -> Judgement:
    """Judge how an output agrees with its inputs by how it did in earlier runs.

    Parameters
    ----------
    current : sequence of Agreement
        With each input.
    earlier : sequence of sequences of Agreement
        The same of earlier runs that were as they should be, the latest last. It may make them
        when it is asked: the latest is asked for first, and mostly no other.
    min_history : int, default 5
        How many runs there are to be before one is judged.

    Returns
    -------
    Judgement

    Notes
    -----
    Something is bad if surely, but for one in a million, more rows are at fault than was ever
    usual, and more by so much: 1 % where values differ or rows are repeated, 5 % where rows of
    the input are lost, 10 % where rows of the output find none in it. What a component changes as
    a matter of course is usual.

    Examples
    --------
    >>> from mltrace.monitors.joins.agreement import Agreement, Part
    >>> def joined(num):
    ...     return [Agreement("weather", ("hour",), 500, 24, differing={"temp": Part(num, 500)})]
    >>> judge_agreement(joined(0), [joined(0)] * 2).state
    'learning'
    >>> judge_agreement(joined(480), [joined(0)] * 8).message
    'temp: 4 % of the rows agree with weather by hour; in 8 runs before, all did'
    """
    if len(earlier) < min_history:
        return Judgement("learning", f"{len(earlier)} of {min_history} runs before it are known")
    suspects = [one for agreement in current for one in _suspects(agreement)]
    runs: list[Sequence[Agreement]] = []
    while suspects and len(runs) < len(earlier):
        runs.append(earlier[-1 - len(runs)])
        suspects = [one for one in suspects if not one.is_usual(runs[-1])]
    known = [(one, one.before(runs, min_history)) for one in suspects]
    judged = [one.finding(before) for one, before in known if len(before) >= min_history]
    findings = [one for one in judged if one is not None]
    if findings:
        return _judgement(findings)
    if known and not judged:
        most = max(len(before) for _, before in known)
        return Judgement("learning", f"{most} of {min_history} runs before it are comparable")
    return Judgement("ok", say_usual(current))


def _suspects(agreement: Agreement) -> list[_Suspect]:
    return [
        _Suspect(agreement, aspect, column, part)
        for aspect, column, part in _parts(agreement)
        if least_share(part) > aspect.tolerance
    ]


def _parts(agreement: Agreement) -> Iterator[tuple[Aspect, str, Part]]:
    for column, part in agreement.differing.items():
        yield _VALUES, column, part
    for aspect in (_BY_KEY if agreement.keys else _BY_OTHERS, *_ROWS):
        yield aspect, "", getattr(agreement, aspect.name)


def _judgement(findings: Sequence[Finding]) -> Judgement:
    """Put findings into words: of each input, the values that differ, or else its rows."""
    told_of = [one for one in findings if not _is_explained(one, findings)]
    worst = max(told_of, key=lambda one: one.part.share - one.threshold)
    ordered = sorted(told_of, key=lambda one: one.agreement.table != worst.agreement.table)
    columns = dict.fromkeys(name for one in ordered for name in _columns(one))
    return Judgement("bad", told(ordered), worst.part.share, worst.threshold, tuple(columns))


def _is_explained(finding: Finding, findings: Sequence[Finding]) -> bool:
    """Tell whether rows are absent because of values that are told of."""
    return finding.aspect == "absent" and any(
        one.aspect == "differing" and one.agreement is finding.agreement for one in findings
    )


def _columns(finding: Finding) -> tuple[str, ...]:
    if finding.column:
        return (finding.column,)
    if finding.aspect == "lost":
        return (finding.agreement.vanished,) if finding.agreement.vanished else ()
    return finding.agreement.keys if finding.aspect == "unkeyed" else ()
