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
        The same of earlier runs that were as they should be.
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
    judged, findings = 0, list[Finding]()
    for agreement in current:
        known = _comparable(agreement, earlier, min_history)
        for aspect, column, part in _parts(agreement):
            before = [one for run in known for one in _before(run, aspect, column) if one.of]
            if len(before) < min_history or not part.of:
                continue
            judged += 1
            usual = largest_usual(before)
            if aspect.is_kept and usual > _NEARLY_NONE:
                continue
            threshold = usual + aspect.tolerance
            if least_share(part) > threshold:
                findings.append(
                    Finding(agreement, aspect.name, column, part, threshold, tuple(before))
                )
    if not judged:
        return Judgement("learning", f"{len(earlier)} of {min_history} runs before it are known")
    return _judgement(findings) if findings else Judgement("ok", say_usual(current))


def _comparable(
    agreement: Agreement, earlier: Iterable[Iterable[Agreement]], min_history: int
) -> list[Agreement]:
    """List what earlier runs had with the same input, matched by the same keys.

    If enough of them had the same columns, the others are left out: a component that prepares
    tables for training as well as for serving has runs of two sorts.
    """
    known = [
        one
        for run in earlier
        for one in run
        if one.table == agreement.table and one.keys == agreement.keys and one.num_rows
    ]
    alike = [one for one in known if one.columns == agreement.columns]
    return alike if len(alike) >= min_history else known


def _parts(agreement: Agreement) -> Iterator[tuple[Aspect, str, Part]]:
    for column, part in agreement.differing.items():
        yield _VALUES, column, part
    for aspect in (_BY_KEY if agreement.keys else _BY_OTHERS, *_ROWS):
        yield aspect, "", getattr(agreement, aspect.name)


def _before(agreement: Agreement, aspect: Aspect, column: str) -> list[Part]:
    if aspect is _VALUES:
        return [agreement.differing[column]] if column in agreement.differing else []
    return [getattr(agreement, aspect.name)]


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
