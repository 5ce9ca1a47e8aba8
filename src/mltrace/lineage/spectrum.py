"""Counts, for every run, the flagged and the unflagged outputs that depend on it.

Such counts are called a program spectrum where the parts of a program take the place of runs.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Weights = Mapping[int, int]

BLOCK: Final = 4_096
"""How many producing runs share one bit set."""


class Counts(NamedTuple):
    """How many flagged and unflagged outputs depend on a run."""

    num_flagged: int
    num_unflagged: int


def ochiai(num_flagged: int, num_unflagged: int, total_flagged: int) -> float:
    """Score how well a run tells flagged outputs from others: 1 if just the flagged depend on it.

    Notes
    -----
    The cosine between two sets: the outputs that depend on the run, and the flagged ones.

    References
    ----------
    Ochiai (1957), Bulletin of the Japanese Society of Scientific Fisheries 22(9). For finding
    faults: Abreu, Zoeteweij and van Gemund (2007), "On the accuracy of spectrum-based fault
    localization", doi:10.1109/TAIC.PART.2007.13.

    Examples
    --------
    >>> ochiai(10, 0, 10), ochiai(10, 30, 10), ochiai(0, 5, 10)
    (1.0, 0.5, 0.0)
    """
    dependent = total_flagged * (num_flagged + num_unflagged)
    return num_flagged / float(dependent) ** 0.5 if dependent else 0.0


def count_dependents(
    neighbours: Mapping[int, Sequence[int]], flagged: Weights, unflagged: Weights
) -> dict[int, Counts]:
    """Count the outputs that depend on each run that a flagged output depends on.

    Parameters
    ----------
    neighbours : mapping of int to sequence of int
        The producers of what each run read.
    flagged, unflagged : mapping of int to int
        How many such outputs each producing run made.

    Notes
    -----
    Which producing runs reach a run is a bit set, handed along the edges in topological order;
    cycles are passed over until nothing changes. Outputs are weights of bits and never visited one
    by one. Cost: O(edges * producing runs / 64) machine words.

    Examples
    --------
    >>> count_dependents({1: [0], 2: [0], 0: []}, {1: 3}, {2: 5})
    {1: Counts(num_flagged=3, num_unflagged=0), 0: Counts(num_flagged=3, num_unflagged=5)}
    """
    order, has_cycle = _topological(neighbours)
    suspects = _ancestors(neighbours, [run for run in flagged if flagged[run]])
    totals = {run: [0, 0] for run in suspects}
    producing = [run for run in order if flagged.get(run) or unflagged.get(run)]
    for block in _blocks(producing):
        reach = _spread(neighbours, order, block, has_cycle=has_cycle)
        masks = _masks(block, flagged), _masks(block, unflagged)
        for run, total in totals.items():
            if bits := reach.get(run):
                total[0] += _weigh(bits, masks[0])
                total[1] += _weigh(bits, masks[1])
    return {run: Counts(*total) for run, total in totals.items()}


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


def _ancestors(neighbours: Mapping[int, Sequence[int]], start: Iterable[int]) -> list[int]:
    found = dict.fromkeys(start)
    waiting = list(found)
    while waiting:
        for far in neighbours.get(waiting.pop(), ()):
            if far not in found:
                found[far] = None
                waiting.append(far)
    return list(found)


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
