"""How often a rule that never broke will break: learned from those that broke late.

A column that was complete in 39 partitions may have nulls in the next. One column alone can tell no
better than 1 in 40, so the rules of a component are judged together: how many of those that held
for a while broke later on?
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.checks.suggesting.candidates import Rule

_ESTABLISHING: Final = 2
"""What did not even hold for so many partitions was never a rule."""
_PRIOR_BREAKS: Final = 0.5
"""Breaks that are taken to have been seen before the history, over all rules (Jeffreys)."""


@dataclass
class _Seen:
    breaks: int = 0
    exposure: float = 0.0
    late_breaks: int = 0
    late_runs: int = 0


def break_rates(rules: Sequence[Rule]) -> list[float]:
    """Tell of each rule, should it always have held, how likely it breaks in the next partition.

    Parameters
    ----------
    rules : sequence of Rule
        All rules, those that broke as well.

    Notes
    -----
    If rules break at rates that are spread evenly over the orders of magnitude, one that held in
    t - 1 partitions breaks in the t-th with probability c / t. The estimate of c is the number of
    breaks seen, and half a break for all families together, over the sum of 1 / t of all rules and
    the partitions in which they might have broken. The rate is c / (n + 1), or the share of rules
    that broke per partition in the last half of the history, if that is more. Where a sample of the
    values was looked at, n counts only the partitions in which it would have shown a break. The
    first two partitions only tell which rules there are.

    Examples
    --------
    >>> from mltrace.checks.suggesting.candidates import Rule
    >>> rules = [Rule("never null", [True] * 40) for _ in range(10)]
    >>> round(sum(break_rates(rules)), 4)
    0.0044
    """
    seen: dict[str, _Seen] = {}
    for rule in rules:
        _count(seen.setdefault(rule.family, _Seen()), rule.was_kept)
    exposure = sum(one.exposure for one in seen.values())
    prior = _PRIOR_BREAKS / exposure if exposure else 1.0
    return [_rate(seen[rule.family], prior, rule.looked_at * len(rule.was_kept)) for rule in rules]


def _count(seen: _Seen, was_kept: Sequence[bool]) -> None:
    """Count where a rule might have broken, and whether it did, up to its first break."""
    half = len(was_kept) // 2
    if not all(was_kept[:_ESTABLISHING]):
        return
    for at, is_kept in enumerate(was_kept[_ESTABLISHING:], _ESTABLISHING):
        seen.exposure += 1 / (at + 1)
        seen.late_runs += at >= half
        if not is_kept:
            seen.breaks += 1
            seen.late_breaks += at >= half
            return


def _rate(seen: _Seen, prior: float, num_partitions: float) -> float:
    ever = seen.breaks / seen.exposure if seen.exposure else 0.0
    lately = seen.late_breaks / seen.late_runs if seen.late_runs else 0.0
    return min(max((ever + prior) / (num_partitions + 1), lately), 1.0)
