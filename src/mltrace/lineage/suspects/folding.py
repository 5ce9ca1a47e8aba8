"""Folds attributes that no output tells apart into one candidate: 'host=gpu-7, always with …'."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args

from mltrace.lineage.suspects.attributes import ANY, Attribute, count_runs
from mltrace.records import SuspectKind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mltrace.lineage.suspects.attributes import Bearers
    from mltrace.lineage.suspects.spectrum import Dependents

_TELLING: Final = {kind: place for place, kind in enumerate(get_args(SuspectKind))}


class Candidate(NamedTuple):
    """A run, or an attribute of runs, that may be the cause.

    `run` is the run, or the first bearer of the attribute that a flagged output depends on;
    `always_with` are other attributes with the very same dependents.
    """

    run: int
    dependents: Dependents
    attribute: Attribute | None = None
    num_runs: int = 1
    always_with: tuple[Attribute, ...] = ()


def fold(bearers: Bearers, found: Mapping[Any, Dependents]) -> list[Candidate]:
    """Fold attributes with equal dependents under the most telling of them.

    Parameters
    ----------
    bearers : dict of Attribute to list of Group
        The runs that bear each attribute.
    found : mapping of Attribute to Dependents
        The outputs that depend on any of them.

    Notes
    -----
    What somebody changed is more telling than where and when it ran, and any component more than
    one.
    """
    alike: defaultdict[tuple[int, ...], list[Attribute]] = defaultdict(list)
    for attribute in bearers:
        alike[found[attribute].producing].append(attribute)
    return [
        Candidate(
            run=min(group.first for group in bearers[first] if group.first)[1],
            dependents=found[first],
            attribute=first,
            num_runs=count_runs(bearers[first]),
            always_with=tuple(others),
        )
        for first, *others in (_in_order(group, bearers) for group in alike.values())
    ]


def order_of(attribute: Attribute) -> tuple[int, bool, str, str, int]:
    """Tell where an attribute stands among others: the most telling kind and widest scope first."""
    is_narrow = attribute.scope != ANY
    place = _TELLING[attribute.kind]
    return place, is_narrow, attribute.name, attribute.value, attribute.scope


def _in_order(attributes: Collection[Attribute], bearers: Bearers) -> list[Attribute]:
    """Order attributes; one of any component stands for the same one of each component.

    What all runs of a component share comes last: it says no more than that they are all its runs.
    """
    wide = {one for one in attributes if one.scope == ANY}
    sizes = {one.scope: count_runs(bearers[one]) for one in attributes if one.kind == "component"}

    def order(one: Attribute) -> tuple[bool, tuple[Any, ...]]:
        is_constant = one.kind != "component" and count_runs(bearers[one]) == sizes.get(one.scope)
        return is_constant, order_of(one)

    kept = [one for one in attributes if one in wide or one._replace(scope=ANY) not in wide]
    return sorted(kept, key=order)
