"""Ranks what may have caused the flagged outputs, by contrast with the unflagged ones.

Candidates are the runs upstream of flagged outputs, and what such runs have in common.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from sqlalchemy import select

from mltrace.errors import ArgumentError
from mltrace.lineage.edges import find_edges
from mltrace.lineage.flags import all_subjects, list_flags
from mltrace.lineage.loading import load_runs
from mltrace.lineage.suspects.attributes import ANY, find_attributes
from mltrace.lineage.suspects.evidence import find_evidence
from mltrace.lineage.suspects.folding import Candidate, fold, order_of
from mltrace.lineage.suspects.population import bound_upstream, find_population
from mltrace.lineage.suspects.spectrum import Group, find_dependents, find_upstream
from mltrace.lineage.suspects.suspicion import Counts, find_intervals, methods
from mltrace.records import Review, Suspect
from mltrace.store.collector import collector_paused
from mltrace.store.database import schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from mltrace.config import Settings
    from mltrace.lineage.flags import Subject
    from mltrace.lineage.suspects.attributes import Attribute
    from mltrace.lineage.suspects.evidence import Evidence
    from mltrace.lineage.suspects.population import Population
    from mltrace.lineage.suspects.suspicion import Formula
    from mltrace.records import Run

MOST_SUSPECTS: Final = 100
"""Suspects are listed up to here, except that a group of ties that began is finished."""

_MOST_TIES: Final = 1_000
_COMPONENTS: Final = select(schema.component.c.id, schema.component.c.name)


class _Ranked(NamedTuple):
    """A candidate with what makes it a suspect."""

    candidate: Candidate
    rank: int
    score: float
    ci_low: float
    ci_high: float


@collector_paused()
def rank_suspects(
    connection: Connection,
    settings: Settings,
    *,
    method: str = "ochiai",
    good: Sequence[Subject] | None = None,
) -> Review:
    """Rank the runs behind the flagged outputs and their attributes, the most suspect first.

    The unflagged outputs are those of the same components, or the `good` ones. Suspects are ranked
    by the lower end of their score's interval; equal ones are a tie. Inside it come first the runs,
    of these the ones that more sets apart from unaffected runs of their component, then those
    further upstream; then attributes, the most telling first.

    Raises
    ------
    UnknownNameError
        If no method has that name.
    ArgumentError
        If the method is no text, or a good output is flagged or made by no run.

    Notes
    -----
    Cost: a number of queries that does not grow, and bit sets over the producing runs; 500 flags
    among 100,000 runs take about a second of CPU, among 1,000,000 hardly more. At most
    `MOST_SUSPECTS` suspects, and the ties of the last.
    """
    if not isinstance(method, str):
        raise ArgumentError(f"method={method!r} is no text; give its name, such as 'ochiai'.")
    formula = methods.get(method)
    flags = list_flags(connection)
    if not flags:
        return Review(method=method)
    population = find_population(connection, all_subjects(connection), good)
    if good is None:
        population = bound_upstream(connection, population)
    candidates, affected = _find_candidates(connection, population)
    ranked = _rank(candidates, population, formula)
    suspects = _describe(connection, settings, ranked, population=population, affected=affected)
    return Review(
        flagged=tuple(flags),
        suspects=tuple(suspects),
        num_unflagged=population.unflagged.total(),
        method=method,
        num_candidates=len(candidates),
        num_compared=len(population.unflagged),
        num_passed_over=population.num_passed_over,
    )


def _find_candidates(
    connection: Connection, population: Population
) -> tuple[list[Candidate], frozenset[int]]:
    """Find all candidates, and the runs that a flagged output depends on."""
    flagged, unflagged = population.flagged, population.unflagged
    neighbours = find_edges(connection, [*flagged, *unflagged], is_upstream=True)
    affected = find_upstream(neighbours, flagged)
    attributes = find_attributes(connection, neighbours.keys(), affected)
    alone: dict[int | Attribute, Sequence[Group]] = {run: [Group([run])] for run in affected}
    found = find_dependents(neighbours, flagged, unflagged, {**alone, **attributes})
    everything = flagged.total(), unflagged.total()
    bearers = {
        attribute: groups
        for attribute, groups in attributes.items()
        if (found[attribute].num_flagged, found[attribute].num_unflagged) != everything
    }
    candidates = [Candidate(run, found[run]) for run in affected]
    return candidates + fold(bearers, found), frozenset(affected)


def _rank(
    candidates: Sequence[Candidate], population: Population, formula: Formula
) -> list[_Ranked]:
    """Rank the most suspect candidates; ties share a rank, and ranks have no gaps.

    The lower end of the score's interval decides: a score that few outputs gave by luck is not
    above one of many. It is rounded, for what is equal may differ in the last digit.
    """
    if not candidates:
        return []
    flagged = np.array([one.dependents.num_flagged for one in candidates])
    unflagged = np.array([one.dependents.num_unflagged for one in candidates])
    num_flagged, num_unflagged = population.flagged.total(), population.unflagged.total()
    counts = Counts(flagged, unflagged, num_flagged - flagged, num_unflagged - unflagged)
    low, high = find_intervals(formula, counts)
    scores = formula(counts)
    falling = -np.round(low, 12)
    order = np.argsort(falling, kind="stable")
    last = falling[order[:MOST_SUSPECTS][-1]]
    best = order[: min(np.count_nonzero(falling <= last), _MOST_TIES)]
    ranks = 1 + np.unique(falling[best], return_inverse=True)[1]
    return [
        _Ranked(
            candidates[place],
            rank=int(rank),
            score=float(scores[place]),
            ci_low=float(low[place]),
            ci_high=float(high[place]),
        )
        for place, rank in zip(best, ranks, strict=True)
    ]


def _describe(
    connection: Connection,
    settings: Settings,
    ranked: Sequence[_Ranked],
    *,
    population: Population,
    affected: frozenset[int],
) -> list[Suspect]:
    """Load the runs of suspects and their evidence, and put ties in order."""
    runs = load_runs(connection, list({one.candidate.run for one in ranked}), settings)
    alone = {
        one.candidate.run: runs[one.candidate.run] for one in ranked if not one.candidate.attribute
    }
    evidence = find_evidence(connection, settings, alone, affected=affected)
    components = dict(connection.execute(_COMPONENTS).all())
    num_flagged, num_unflagged = population.flagged.total(), population.unflagged.total()
    suspects = []
    for one in sorted(ranked, key=lambda one: _place(one, runs, evidence)):
        candidate, attribute = one.candidate, one.candidate.attribute
        dependents = candidate.dependents
        said = () if attribute else tuple(item.text for item in evidence[candidate.run])
        suspects.append(
            Suspect(
                run=runs[candidate.run],
                score=one.score,
                ci_low=one.ci_low,
                ci_high=one.ci_high,
                num_flagged=dependents.num_flagged,
                num_unflagged=dependents.num_unflagged,
                num_flagged_without=num_flagged - dependents.num_flagged,
                num_unflagged_without=num_unflagged - dependents.num_unflagged,
                coverage=dependents.num_flagged / num_flagged,
                rank=one.rank,
                evidence=said,
                kind=attribute.kind if attribute else "run",
                attribute=attribute.text if attribute else None,
                scope=components.get(attribute.scope) if attribute else None,
                num_runs=candidate.num_runs,
                always_with=tuple(_say_beside(candidate, components)),
            )
        )
    return suspects


def _say_beside(candidate: Candidate, components: Mapping[int, str]) -> Iterator[str]:
    """Say the attributes beside the first, with their component where it is not the same."""
    for other in candidate.always_with:
        is_same = candidate.attribute is not None and other.scope == candidate.attribute.scope
        scope = "any component" if other.scope == ANY else components[other.scope]
        yield other.text if is_same else f"{scope}: {other.text}"


def _place(
    one: _Ranked, runs: Mapping[int, Run], evidence: Mapping[int, Sequence[Evidence]]
) -> tuple[Any, ...]:
    """Order by rank; then runs, the most evidence and upstream first; then attributes."""
    candidate = one.candidate
    if candidate.attribute is not None:
        return one.rank, True, order_of(candidate.attribute)
    weight = sum(item.weight for item in evidence[candidate.run])
    started_at = runs[candidate.run].started_at
    return one.rank, False, -round(weight, 6), started_at, candidate.run
