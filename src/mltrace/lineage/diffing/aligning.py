"""Finds which run of one trace answers to which run of another, and what is most upstream."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mltrace.lineage.diffing.matching import last_part, match, without_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from mltrace.lineage.diffing.outlines import Outline, Supply

    Pair = tuple[int | None, int | None]
    Keys = Sequence[Callable[[Supply], Hashable]]

_BY_NAME: Final[Keys] = (
    lambda supply: supply.name,
    lambda supply: last_part(supply.name),
    lambda supply: without_digits(supply.name),
)
_BY_NAME_OR_ORDER: Final[Keys] = (*_BY_NAME, lambda _: True)


def align(a: Outline, b: Outline) -> list[Pair]:
    """Pair the runs of two traces, from the two roots upstream.

    Returns
    -------
    list of pairs
        Each run that only one of the traces has, with its counterpart or None. A counterpart may
        be a run that both traces have, as where B was made from A.

    Notes
    -----
    The roots answer to each other if they are of one component. Of two paired runs, the suppliers
    of one component do, by the name of what they supplied, then in order; a run is paired once.
    Then runs of one component that are left over do, the nearest and latest first, and again their
    suppliers. Then, though of another component, the roots, and runs that supplied paired runs
    with something of the same name.
    The result does not depend on which trace comes first. Cost: linear in the runs and their reads.
    """
    alignment = _Alignment(a, b)
    alignment.pair_roots(is_any_component=False)
    alignment.follow_components()
    alignment.pair_left_over()
    alignment.pair_roots(is_any_component=True)
    alignment.follow_names()
    return [*alignment.pairs, *alignment.alone()]


def find_distances(pairs: Sequence[Pair], a: Outline, b: Outline) -> list[int]:
    """Find the greatest distance of each pair from the pairs that nothing read from.

    Notes
    -----
    Where pairs read from each other in a circle, the first of them in the list counts as nearest.
    """
    upstream = _find_upstream(pairs, a, b)
    num_readers = [0] * len(pairs)
    for suppliers in upstream:
        for supplier in suppliers:
            num_readers[supplier] += 1
    distances = [0] * len(pairs)
    ready = deque(at for at, number in enumerate(num_readers) if not number)
    unmet = dict.fromkeys(range(len(pairs)))
    while unmet:
        at = ready.popleft() if ready else next(iter(unmet))
        del unmet[at]
        for supplier in upstream[at]:
            if supplier not in unmet:
                continue
            distances[supplier] = max(distances[supplier], distances[at] + 1)
            num_readers[supplier] -= 1
            if not num_readers[supplier]:
                ready.append(supplier)
    return distances


@dataclass(slots=True)
class _Alignment:
    a: Outline
    b: Outline
    pairs: list[tuple[int, int]] = field(default_factory=list)
    paired_a: set[int] = field(default_factory=set)
    paired_b: set[int] = field(default_factory=set)
    num_followed: int = 0

    def pair(self, ours: int, theirs: int) -> None:
        self.pairs.append((ours, theirs))
        self.paired_a.add(ours)
        self.paired_b.add(theirs)

    def is_shared(self, run: int) -> bool:
        return run in self.a.depths and run in self.b.depths

    def pair_roots(self, *, is_any_component: bool) -> None:
        ours, theirs = self.a.root, self.b.root
        if ours is None or theirs is None or ours == theirs:
            return
        if ours in self.paired_a or theirs in self.paired_b:
            return
        is_alike = (
            self.is_shared(ours) == self.is_shared(theirs)
            if is_any_component
            else (self.a.components[ours] == self.b.components[theirs])
        )
        if is_alike:
            self.pair(ours, theirs)

    def follow_components(self) -> None:
        """Pair the suppliers of paired runs, component by component, level by level."""
        while self.num_followed < len(self.pairs):
            mine, others = self.suppliers(*self.pairs[self.num_followed])
            self.num_followed += 1
            by_a, by_b = _by_component(self.a, mine), _by_component(self.b, others)
            for component in sorted(by_a.keys() & by_b.keys()):
                self.pair_suppliers(by_a[component], by_b[component], _BY_NAME_OR_ORDER)

    def pair_left_over(self) -> None:
        """Pair what is left over of each component, the nearest and latest first."""
        left_a, left_b = _left_over(self.a, self.b), _left_over(self.b, self.a)
        nearest = {
            component: min(self.a.depths[left_a[component][0]], self.b.depths[left_b[component][0]])
            for component in left_a.keys() & left_b.keys()
        }
        for component in sorted(nearest, key=lambda one: (nearest[one], one)):
            ours = (run for run in left_a[component] if run not in self.paired_a)
            theirs = (run for run in left_b[component] if run not in self.paired_b)
            for mine, other in zip(ours, theirs, strict=False):
                self.pair(mine, other)
                self.follow_components()

    def follow_names(self) -> None:
        """Pair suppliers of different components that supplied something of the same name."""
        self.follow_components()
        for ours, theirs in self.pairs:  # which grow meanwhile
            self.pair_suppliers(*self.suppliers(ours, theirs), _BY_NAME)
            self.follow_components()

    def suppliers(self, ours: int, theirs: int) -> tuple[list[Supply], list[Supply]]:
        """List what supplied two runs and may still be paired."""
        mine = _by_run(self.a.supplies.get(ours, ()))
        others = _by_run(self.b.supplies.get(theirs, ()))
        common = mine.keys() & others.keys()
        return (
            [one for run, one in mine.items() if run not in common and run not in self.paired_a],
            [one for run, one in others.items() if run not in common and run not in self.paired_b],
        )

    def pair_suppliers(self, ours: Sequence[Supply], theirs: Sequence[Supply], keys: Keys) -> None:
        found = [
            (mine.run, other.run)
            for mine, other in match(ours, theirs, keys)
            if mine is not None and other is not None
        ]
        for mine_run, other_run in sorted(found, key=sorted):
            if not (self.is_shared(mine_run) and self.is_shared(other_run)):
                self.pair(mine_run, other_run)

    def alone(self) -> Iterator[Pair]:
        """Yield the runs of one trace that nothing in the other answers to."""
        for run in sorted(self.a.depths.keys() ^ self.b.depths.keys()):
            if run in self.a.depths and run not in self.paired_a:
                yield run, None
            if run in self.b.depths and run not in self.paired_b:
                yield None, run


def _by_run(supplies: Iterable[Supply]) -> dict[int, Supply]:
    """Keep the first that each run supplied."""
    first: dict[int, Supply] = {}
    for supply in supplies:
        first.setdefault(supply.run, supply)
    return first


def _by_component(outline: Outline, supplies: Iterable[Supply]) -> dict[int, list[Supply]]:
    grouped: defaultdict[int, list[Supply]] = defaultdict(list)
    for supply in supplies:
        grouped[outline.components[supply.run]].append(supply)
    return grouped


def _left_over(mine: Outline, other: Outline) -> dict[int, list[int]]:
    """List by component the runs that only one trace has, the nearest and latest first."""
    grouped: defaultdict[int, list[int]] = defaultdict(list)
    own = [run for run in mine.depths if run not in other.depths]
    for run in sorted(own, key=lambda run: (mine.depths[run], -mine.starts[run], -run)):
        grouped[mine.components[run]].append(run)
    return grouped


def _find_upstream(pairs: Sequence[Pair], a: Outline, b: Outline) -> list[set[int]]:
    """Find for each pair the others that supplied it."""
    places_a = {run: at for at, (run, _) in enumerate(pairs) if run is not None}
    places_b = {run: at for at, (_, run) in enumerate(pairs) if run is not None}
    found = []
    for at, (ours, theirs) in enumerate(pairs):
        mine = a.supplies.get(ours, ()) if ours is not None else ()
        others = b.supplies.get(theirs, ()) if theirs is not None else ()
        suppliers = {places_a.get(supply.run) for supply in mine}
        suppliers |= {places_b.get(supply.run) for supply in others}
        found.append({place for place in suppliers if place is not None and place != at})
    return found
