"""Unified diffs of source texts, however long they are."""

from __future__ import annotations

import difflib
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_COMPARISONS: Final = 1_000_000
_POPULAR: Final = 200  # of so many lines on, difflib takes no notice of those in each hundredth


def unified_diff(before: str, after: str, *, labels: tuple[str, str]) -> str:
    r"""Write what changed between two source texts as a unified diff; empty if no line differs.

    Notes
    -----
    Texts that would take difflib seconds, as they repeat many lines thousands of times, are only
    compared from both ends; what lies between counts as replaced.

    Examples
    --------
    >>> print(unified_diff("a = 1\nb = 2\n", "a = 1\nb = 3\n", labels=("A", "B")))
    --- A
    +++ B
    @@ -1,2 +1,2 @@
     a = 1
    -b = 2
    +b = 3
    """
    old, new = before.splitlines(), after.splitlines()
    if _num_comparisons(old, new) > _MOST_COMPARISONS:
        return "\n".join(_ends_compared(old, new, labels))
    return "\n".join(difflib.unified_diff(old, new, *labels, lineterm=""))


def _num_comparisons(old: Sequence[str], new: Sequence[str]) -> int:
    """Count the pairs of equal lines, each of which difflib looks at, for each stretch it finds."""
    numbers = Counter(new)
    most = len(new) // 100 + 1 if len(new) >= _POPULAR else len(new)
    return sum(numbers[line] for line in old if numbers[line] <= most)


def _ends_compared(
    old: Sequence[str], new: Sequence[str], labels: tuple[str, str]
) -> Iterator[str]:
    least = min(len(old), len(new))
    head = next((at for at in range(least) if old[at] != new[at]), least)
    rest = least - head
    tail = next((at for at in range(rest) if old[-1 - at] != new[-1 - at]), rest)
    gone, come = old[head : len(old) - tail], new[head : len(new) - tail]
    if not gone and not come:
        return
    yield f"--- {labels[0]}"
    yield f"+++ {labels[1]}"
    yield f"@@ -{head + 1},{len(gone)} +{head + 1},{len(come)} @@"
    yield from (f"-{line}" for line in gone)
    yield from (f"+{line}" for line in come)
