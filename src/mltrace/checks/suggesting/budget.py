"""Divides the false alarms that are allowed over the checks of a component."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from mltrace.checks.suggesting.candidates import Bound, Draft, Rule
from mltrace.checks.suggesting.late_breaks import break_rates
from mltrace.checks.suggesting.prediction import MIN_VALUES, Interval, prediction_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.checks.suggesting.history import TableHistory

_RULES_SHARE: Final = 0.5
"""Of the budget, what rules may take where there are bounds as well."""
_AHEAD: Final = 4
"""Bounds of what has a trend hold for a quarter as many runs as history has."""
_ROUNDS: Final = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule or bound of a table, and its place among all, the most valuable first."""

    place: int
    table: TableHistory
    what: Rule | Bound


@dataclass(frozen=True, slots=True)
class Chosen:
    """A check that fits into the budget, and how often it will raise a false alarm."""

    candidate: Candidate
    draft: Draft
    false_alarms: float


@dataclass(frozen=True, slots=True)
class Division:
    """The checks that fit, and how many do not, or would say nothing, for want of history."""

    chosen: Sequence[Chosen]
    num_left_out: int


def divide(candidates: Sequence[Candidate], false_alarms: float) -> Division:
    """Choose checks that together raise so many false alarms per run at most.

    Rules cost what they cost: the cheapest are taken as long as there is budget, half of it where
    there are bounds. What they leave is divided evenly among the bounds (Bonferroni), which are the
    wider the less each of them gets.

    Parameters
    ----------
    candidates : sequence of Candidate
        What history speaks for.
    false_alarms : float
        The budget, per run.
    """
    bounds = [one for one in candidates if isinstance(one.what, Bound)]
    chosen: list[Chosen] = []
    room = false_alarms * (_RULES_SHARE if bounds else 1.0)
    num_left_out = 0
    for cost, candidate, rule in _by_cost(candidates):
        if rule.draft is not None and cost <= room:
            room -= cost
            chosen.append(Chosen(candidate, rule.draft, cost))
        elif rule.instead is not None:
            bounds.append(replace(candidate, what=rule.instead))
        else:
            num_left_out += rule.draft is not None
    spent = sum(one.false_alarms for one in chosen)
    bounded = _bounded(bounds, false_alarms - spent)
    num_left_out += len(bounds) - len(bounded)
    return Division(sorted([*chosen, *bounded], key=lambda one: one.candidate.place), num_left_out)


def _by_cost(candidates: Sequence[Candidate]) -> list[tuple[float, Candidate, Rule]]:
    """List the rules with the false alarms that each costs, the cheapest first."""
    rules = [(one, one.what) for one in candidates if isinstance(one.what, Rule)]
    rates = break_rates([rule for _, rule in rules])
    costs = [
        (max(rate, rule.least_false_alarms), candidate, rule)
        for rate, (candidate, rule) in zip(rates, rules, strict=True)
    ]
    return sorted(costs, key=lambda one: one[0])


def _bounded(candidates: Sequence[Candidate], budget: float) -> list[Chosen]:
    """Draw the bounds; those that are too wide to be of use leave their part to the others."""
    bounds = [
        (one, one.what)
        for one in candidates
        if isinstance(one.what, Bound) and _has_spread(one.what)
    ]
    worth: list[Chosen] = []
    for _ in range(_ROUNDS):
        if not bounds:
            return []
        share = budget / len(bounds)
        drawn = [(one, bound, _draft(bound, share)) for one, bound in bounds]
        worth = [Chosen(one, draft, share) for one, _, draft in drawn if draft is not None]
        bounds = [(one, bound) for one, bound, draft in drawn if draft is not None]
    return worth


def _has_spread(bound: Bound) -> bool:
    """Tell whether it is known how a statistic varies; one that never did may be a rule."""
    if len(bound.values) < MIN_VALUES:
        return False
    return bound.noise is not None or bool((bound.values != bound.values[0]).any())


def _draft(bound: Bound, share: float) -> Draft | None:
    found = _interval(bound, share)
    draft = bound.draft(found)
    if draft is not None and found.has_trend:
        return replace(draft, evidence=f"{draft.evidence}, with a trend,")
    return draft


def _interval(bound: Bound, share: float) -> Interval:
    """Draw the bounds of a statistic, as values of it; one side may have all the false alarms."""
    noise = bound.noise
    found = prediction_interval(
        bound.scale.to(bound.values),
        share if bound.has_low and bound.has_high else 2 * share,
        noise=noise,
        least_noise=0.0 if noise is None else float(noise.max()),
        ahead=max(1, len(bound.values) // _AHEAD),
    )
    return Interval(bound.scale.back(found.low), bound.scale.back(found.high), found.has_trend)
