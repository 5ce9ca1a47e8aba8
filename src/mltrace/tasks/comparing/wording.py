"""What a comparison says in words, and how final that is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.records.tasks import LabelState
    from mltrace.tasks.comparing.difference import Difference

_TO_COME: Final[Mapping[LabelState, str]] = {
    "open": "predictions of {} may still come",
    "unknown": "nobody knows yet how late labels of {} come",
    "late": "labels of {} are later than usual",
    "arriving": "labels of {} are still to come",
}
"""Why a side is provisional."""


def conclude(
    found: Difference,
    metric: str,
    names: tuple[str, str],
    *,
    winner: str | None,
    outlooks: tuple[LabelState, LabelState] = ("final", "final"),
) -> str:
    r"""Say what follows from a difference; if labels are still to come, that it may change.

    Examples
    --------
    >>> from mltrace.tasks.comparing.difference import Difference
    >>> found = Difference(0.8, 0.9, 0.07, 0.13, 0.01, "McNemar, mid-p")
    >>> print(conclude(found, "accuracy", ("old", "new"), winner="new"))
    new has the higher accuracy: 0.9 against 0.8, a difference of 0.1 (0.07 to 0.13).
    >>> said = conclude(
    ...     found, "accuracy", ("old", "new"), winner="new", outlooks=("final", "arriving")
    ... )
    >>> print(said.replace(". ", ".\n"))
    So far, new has the higher accuracy: 0.9 against 0.8, a difference of 0.1 (0.07 to 0.13).
    This may change: labels of new are still to come.
    """
    of: dict[LabelState, list[str]] = {}
    for name, outlook in zip(names, outlooks, strict=True):
        of.setdefault(outlook, []).append(name)
    reasons = [_TO_COME[one].format(" and ".join(of[one])) for one in of if one in _TO_COME]
    said = _verdict(found, metric, names, winner)
    return f"So far, {said} This may change: {'; '.join(reasons)}." if reasons else said


def _verdict(found: Difference, metric: str, names: tuple[str, str], winner: str | None) -> str:
    name_a, name_b = names
    difference = found.value_b - found.value_a
    if math.isnan(difference):
        lacking = " and ".join(
            name for name, value in zip(names, found[:2], strict=True) if math.isnan(value)
        )
        return f"{metric} is not defined for {lacking}, so nothing can be said of it."
    if winner is None:
        between = _bounded(difference, found.low, found.high)
        return (
            f"{name_a} and {name_b} are not told apart by {metric}: {found.value_a:.4g} and "
            f"{found.value_b:.4g}, {between}."
        )
    best, worst = found.value_b, found.value_a
    if winner == name_a:
        best, worst = worst, best
    word = "higher" if best > worst else "lower"
    ends = sorted((found.low, found.high) if difference > 0 else (-found.low, -found.high))
    between = _bounded(abs(difference), ends[0], ends[1])
    return f"{winner} has the {word} {metric}: {best:.4g} against {worst:.4g}, {between}."


def _bounded(difference: float, low: float, high: float) -> str:
    interval = f" ({low:.4g} to {high:.4g})" if math.isfinite(low + high) else ""
    return f"a difference of {difference:.4g}{interval}"
