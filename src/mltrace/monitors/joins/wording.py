"""What is told of how an output agrees with its inputs."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.monitors.joins.agreement import Agreement
    from mltrace.monitors.joins.judging import Finding

_MOST_COLUMNS: Final = 4


def told(findings: Sequence[Finding]) -> str:
    """Say what is no longer as it was, one input after the other."""
    groups = groupby(findings, key=lambda one: (one.agreement.table, one.aspect))
    return "; ".join(_said(list(group)) for _, group in groups)


def say_usual(agreements: Sequence[Agreement]) -> str:
    """Say with what an output agrees."""
    said = [f"{one.table} by {_by(one)}" for one in agreements]
    return f"agrees as usual with {listed(said)}"


def listed(names: Sequence[str]) -> str:
    """Put names in a row, with 'and' before the last."""
    return " and ".join([*([", ".join(names[:-1])] if names[:-1] else []), *names[-1:]])


def percent(share: float) -> str:
    """Tell a share so that only none is 0 % and only all is 100 %.

    Examples
    --------
    >>> percent(0.04), percent(0.9999), percent(0.0001), percent(1)
    ('4 %', '99.99 %', '0.01 %', '100 %')
    """
    for digits in range(5):
        shown = f"{100 * share:.{digits}f}"
        if float(shown) not in {0.0, 100.0} or share in {0.0, 1.0}:
            return f"{shown} %"
    return "nearly all" if share > 0.5 else "hardly any"


def _said(findings: Sequence[Finding]) -> str:
    one = findings[0]
    before = f"in {len(one.before)} runs before"
    most = max(part.share for finding in findings for part in finding.before)
    if one.aspect == "differing":
        shares = [1 - finding.part.share for finding in findings]
        usual = "all did" if not most else f"at least {percent(1 - most)} did"
        return (
            f"{_columns(findings)}: {_span(shares)} of the rows agree with "
            f"{one.agreement.table} by {_by(one.agreement)}; {before}, {usual}"
        )
    usual = f"at most {percent(most)}" if most else "none"
    return f"{_rows(one)}; {before}, {usual}"


def _rows(finding: Finding) -> str:
    table, by = finding.agreement.table, _by(finding.agreement)
    share = percent(finding.part.share)
    return {
        "unkeyed": f"{by}: {share} of the rows have a key that is not in {table}",
        "absent": f"{share} of the rows are not in {table}",
        "repeated": f"{share} of the rows repeat rows of {table} by {by}",
        "lost": f"{share} of the rows of {table} are lost{_lost_by(finding.agreement)}",
        "unmatched": f"{share} of the rows found nothing in {table} by {by}",
    }[finding.aspect]


def _lost_by(agreement: Agreement) -> str:
    if agreement.vanished:
        return f": some values of {agreement.vanished} are gone"
    return f", by {_by(agreement)}"


def _by(agreement: Agreement) -> str:
    return listed(agreement.keys) or "all other columns"


def _columns(findings: Sequence[Finding]) -> str:
    names = [finding.column for finding in findings]
    num_more = len(names) - _MOST_COLUMNS
    if num_more > 1:
        names = [*names[:_MOST_COLUMNS], f"{num_more} more"]
    return listed(names)


def _span(shares: Sequence[float]) -> str:
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{low} to {high}"
