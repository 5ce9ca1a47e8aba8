"""Finds, for every candidate cause, the flagged and the unflagged outputs that depend on it.

Such counts are called a program spectrum where the parts of a program take the place of runs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Weights = Mapping[int, int]

Key = TypeVar("Key")

BLOCK: Final = 8_192
"""How many producing runs share one bit set."""


class Dependents(NamedTuple):
    """The outputs that depend on a candidate.

    `producing` is the set of producing runs that made them, as bits; two candidates with equal sets
    cannot be told apart.
    """

    num_flagged: int
    num_unflagged: int
    producing: tuple[int, ...]


@dataclass(eq=False, slots=True)
class Group:
    """Runs that share something.

    Attributes
    ----------
    first : tuple of int or None
        The start and the row id of the first suspect one.
    """

    runs: Sequence[int]
    first: tuple[int, int] | None = None


def find_dependents(
    neighbours: Mapping[int, Sequence[int]],
    flagged: Weights,
    unflagged: Weights,
    candidates: Mapping[Key, Sequence[Group]],
) -> dict[Key, Dependents]:
    """Find the outputs that depend on any of the runs of each candidate.

    Parameters
    ----------
    neighbours : mapping of int to sequence of int
        The producers of what each run read.
    flagged, unflagged : mapping of int to int
        How many such outputs each producing run made.
    candidates : mapping to sequence of Group
        The runs that each candidate stands for: one, or all that have something in common, in
        groups that candidates may share.

    Notes
    -----
    Which producing runs reach a run is a bit set, handed along the edges in topological order;
    cycles are passed over until nothing changes. Outputs are weights of bits and never visited one
    by one. Cost: O((edges + runs of groups) * producing runs / 64) machine words.

    Examples
    --------
    >>> neighbours = {1: [0], 2: [0], 0: []}
    >>> candidates = {"run 1": [Group([1])], "host": [Group([0, 1])]}
    >>> found = find_dependents(neighbours, {1: 3}, {2: 5}, candidates)
    >>> [(one.num_flagged, one.num_unflagged) for one in found.values()]
    [(3, 0), (3, 5)]
    """
    order, has_cycle = _topological(neighbours)
    producing = [run for run in order if flagged.get(run) or unflagged.get(run)]
    sums: dict[Key, list[int]] = {key: [0, 0] for key in candidates}
    sets: dict[Key, list[int]] = {key: [] for key in candidates}
    for block in _blocks(producing):
        reach = _spread(neighbours, order, block, has_cycle=has_cycle)
        masks = _masks(block, flagged), _masks(block, unflagged)
        of_groups: dict[Group, int] = {}
        for key, groups in candidates.items():
            bits = 0
            for group in groups:
                if group not in of_groups:
                    of_groups[group] = _reached_from(group.runs, reach, len(block))
                bits |= of_groups[group]
            sets[key].append(bits)
            if bits:
                sums[key][0] += _weigh(bits, masks[0])
                sums[key][1] += _weigh(bits, masks[1])
    return {key: Dependents(sums[key][0], sums[key][1], tuple(sets[key])) for key in candidates}


def find_upstream(neighbours: Mapping[int, Sequence[int]], start: Iterable[int]) -> list[int]:
    """List the runs that any of `start` depends on, and `start` itself.

    Examples
    --------
    >>> find_upstream({1: [0], 2: [0], 0: []}, [2])
    [2, 0]
    """
    found = dict.fromkeys(start)
    waiting = list(found)
    while waiting:
        for far in neighbours.get(waiting.pop(), ()):
            if far not in found:
                found[far] = None
                waiting.append(far)
    return list(found)


def _topological(neighbours: Mapping[int, Sequence[int]]) -> tuple[list[int], bool]:
    """Order runs before what they depend on; tell whether some, now last, are on a cycle."""
    num_pending = Counter(far for fars in neighbours.values() for far in fars)
    order = [node for node in neighbours if not num_pending[node]]
    for node in order:
        for far in neighbours[node]:
            num_pending[far] -= 1
            if not num_pending[far]:
                order.append(far)
    placed = set(order)
    cyclic = [node for node in neighbours if node not in placed]
    return order + cyclic, bool(cyclic)


def _blocks(producing: Sequence[int]) -> Iterator[dict[int, int]]:
    """Yield the bit of each producing run, one set of bits after the other."""
    for start in range(0, len(producing), BLOCK):
        yield {run: bit for bit, run in enumerate(producing[start : start + BLOCK])}


def _spread(
    neighbours: Mapping[int, Sequence[int]],
    order: Sequence[int],
    block: Mapping[int, int],
    *,
    has_cycle: bool,
) -> dict[int, int]:
    reach = {run: 1 << bit for run, bit in block.items()}
    is_changed = True
    while is_changed:
        is_changed = False
        for node in order:
            bits = reach.get(node)
            if bits is None:
                continue
            for far in neighbours[node]:
                before = reach.get(far, 0)
                after = before | bits
                if after != before:
                    reach[far] = after
                    is_changed = has_cycle
    return reach


def _reached_from(runs: Sequence[int], reach: Mapping[int, int], num_bits: int) -> int:
    bits, full = 0, (1 << num_bits) - 1
    for run in runs:
        bits |= reach.get(run, 0)
        if bits == full:
            break
    return bits


def _masks(block: Mapping[int, int], weights: Weights) -> list[int]:
    """Slice weights into binary digits: mask k holds the bits of the runs whose weight has 2^k."""
    masks: list[int] = []
    for run, bit in block.items():
        weight = weights.get(run, 0)
        masks.extend([0] * (weight.bit_length() - len(masks)))
        for digit in range(weight.bit_length()):
            if weight >> digit & 1:
                masks[digit] |= 1 << bit
    return masks


def _weigh(bits: int, masks: Sequence[int]) -> int:
    return sum((bits & mask).bit_count() << digit for digit, mask in enumerate(masks))
