"""Pairs the members of two lists that play the same part, though they may be called otherwise."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

T = TypeVar("T")
_DIGITS: Final = re.compile(r"\d+")


def match(
    ours: Sequence[T], theirs: Sequence[T], keys: Iterable[Callable[[T], Hashable]]
) -> list[tuple[T | None, T | None]]:
    """Pair members with equal keys, by the first key that pairs them; of several, in their order.

    Returns
    -------
    list of pairs
        In the order of `ours`, then what only `theirs` has. None stands for no counterpart.

    Notes
    -----
    Cost: linear in the members for each key. Members whose key is None are left to the next keys.

    Examples
    --------
    >>> match(["a1", "b1"], ["b2", "c1"], [str, lambda text: text[0]])
    [('a1', None), ('b1', 'b2'), (None, 'c1')]
    """
    if len(ours) == len(theirs) == 1:  # nearly always, so it has a short way
        mine, other = ours[0], theirs[0]
        is_pair = any(key(mine) == key(other) is not None for key in keys)
        return [(mine, other)] if is_pair else [(mine, None), (None, other)]
    partner: dict[int, int] = {}
    left, right = list(range(len(ours))), list(range(len(theirs)))
    for key in keys:
        if not left or not right:
            break
        waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
        for at in right:
            waiting[key(theirs[at])].append(at)
        waiting.pop(None, None)
        for at in left:
            if found := waiting.get(key(ours[at])):
                partner[at] = found.popleft()
        taken = set(partner.values())
        left = [at for at in left if at not in partner]
        right = [at for at in right if at not in taken]
    pairs: list[tuple[T | None, T | None]] = [
        (one, theirs[partner[at]] if at in partner else None) for at, one in enumerate(ours)
    ]
    return [*pairs, *((None, theirs[at]) for at in right)]


def last_part(name: str) -> str:
    """Tell the last part of a path, which stays where the folder is named after the batch.

    Examples
    --------
    >>> last_part("batches/2013-W15/clean.parquet")
    'clean.parquet'
    """
    return name.rstrip("/").rpartition("/")[2] or name


def without_digits(name: str) -> str:
    """Write the last part of a path without the numbers that tell it from its like.

    Examples
    --------
    >>> without_digits("models/late-2013-W15.joblib")
    'late-#-W#.joblib'
    """
    return _DIGITS.sub("#", last_part(name))


def is_same(one: Any, other: Any) -> bool:
    """Tell whether two plain values are equal, of one type, at every depth; NaN equals NaN.

    `1`, `1.0` and `True` are three values: a parameter of each means something else.

    Examples
    --------
    >>> is_same([1, float("nan")], [1, float("nan")]), is_same(1, True), is_same(1, 1.0)
    (True, False, False)
    """
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other or (one != one and other != other))  # noqa: PLR0124 (NaN)
