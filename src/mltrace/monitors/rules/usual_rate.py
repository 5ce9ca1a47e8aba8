"""Whether a share among the latest cases is too large: beside a limit, or beside the usual one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from mltrace.monitors.rules.rates import p_value_above, p_value_of_more

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records.alerts import ObservationState

TIMES_BEFORE: Final = 5
"""So many times the window tells the usual share."""
LEAST_BEFORE: Final = 8
LEAST_ODDS: Final = 2.0
"""How many times as large the odds must be at least: of many cases the least change is certain."""


class Counted(Protocol):
    """Some cases, and how many of them are bad."""

    @property
    def num(self) -> int:
        """All cases."""
        ...

    @property
    def num_bad(self) -> int:
        """Those that are bad."""
        ...


class Share(NamedTuple):
    """How large a share is, and how it stands.

    Attributes
    ----------
    state : ObservationState
    num_bad, num : int
        How many of how many of the latest are bad.
    num_usual, usual_of : int
        How many of how many were before; 0 of 0 beside a limit.
    num_counted : int
        Of how many points the latest ones are.
    """

    state: ObservationState
    num_bad: int
    num: int
    num_usual: int
    usual_of: int
    num_counted: int


def judge_share(
    counted: Sequence[Counted],
    *,
    window: int,
    max_rate: float | None,
    confidence: float,
    false_alarm_rate: float,
) -> Share:
    """Judge the share of the latest cases.

    Parameters
    ----------
    counted : sequence of Counted
        In the order of time, the latest one last.
    window : int
        How many cases are the latest, at least.
    max_rate : float or None
        The limit: bad is a share of which it is sure, with a `confidence`, that it is above. If it
        is None, bad is one that is larger than before at a `false_alarm_rate`, by Fisher's exact
        test, and twice as large by its odds.

    Notes
    -----
    If there are less than twice as many cases as the window, the latest are half of them.
    """
    total = sum(one.num for one in counted)
    wanted = window if max_rate is not None else min(window, (total + 1) // 2)
    start, num, num_bad = len(counted), 0, 0
    while start and num < wanted:
        start -= 1
        num, num_bad = num + counted[start].num, num_bad + counted[start].num_bad
    num_counted = len(counted) - start
    if max_rate is not None:
        is_bad = p_value_above(num_bad, num, max_rate) <= 1 - confidence
        return Share("bad" if is_bad else "ok", num_bad, num, 0, 0, num_counted)
    of = usual = 0
    while start and of < TIMES_BEFORE * window:
        start -= 1
        of, usual = of + counted[start].num, usual + counted[start].num_bad
    if of < LEAST_BEFORE:
        return Share("learning", num_bad, num, usual, of, num_counted)
    is_more = num_bad * (of - usual) > LEAST_ODDS * usual * (num - num_bad)
    is_bad = is_more and p_value_of_more(num_bad, num, usual, of) <= false_alarm_rate
    return Share("bad" if is_bad else "ok", num_bad, num, usual, of, num_counted)
