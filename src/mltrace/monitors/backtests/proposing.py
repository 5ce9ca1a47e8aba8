"""Which threshold and hysteresis history speaks for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from mltrace.monitors.alerts.life_cycle import Rule
from mltrace.monitors.backtests.replaying import (
    Outcome,
    Separation,
    Track,
    cuts,
    largest_quiet,
    middle_of,
    replay,
    separate,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROWS: Final = (1, 2, 3)
"""How many points in a row are tried, besides as many as it takes now."""
MOST_THRESHOLDS: Final = 10
_MOST_STEPS: Final = 50


@dataclass(frozen=True)
class Candidate:
    """A rule that was tried.

    Attributes
    ----------
    rule : Rule
    threshold : float or None
        As a badness; None: the monitor's own.
    outcome : Outcome
    separation : Separation or None
        The values on both sides, where the threshold was chosen by these.
    """

    rule: Rule
    threshold: float | None
    outcome: Outcome
    separation: Separation | None = None

    @property
    def is_present(self) -> bool:
        """Whether its threshold is the monitor's own."""
        return self.threshold is None


class Search:
    """Tries rules on the points of a monitor.

    Parameters
    ----------
    tracks : sequence of Track
    rule : Rule
        The present one.
    num_months : float
        The quiet time.
    """

    def __init__(self, tracks: Sequence[Track], rule: Rule, *, num_months: float) -> None:
        self.tracks, self.rule, self.num_months = tracks, rule, num_months
        self.present = self._try(rule, None)
        self.num_incidents = len({one for track in tracks for one in track.firsts})
        self._num_quiet = sum(track.incidents.count(None) for track in tracks)

    def curve(self) -> list[Candidate]:
        """Try thresholds with the present hysteresis, from the strictest."""
        return [self._try(self.rule, one) for one in cuts(self.tracks, MOST_THRESHOLDS)]

    def best(self) -> Candidate | None:
        """Find the rule with the fewest false alarms that finds every incident, if it is better.

        None without incidents, and if the present rule does as well.
        """
        if not self.num_incidents:
            return None
        separated = list(self._separated())
        found = [*separated, *self._lasting()]
        best = min((self.present, *found), key=self._rank)
        resolving = [
            self._try(Rule(best.rule.open_after, after), best.threshold, best.separation)
            for after in ROWS
            if after > best.rule.resolve_after
        ]
        best = min((best, *resolving), key=self._rank)
        return None if best is self.present else best

    def within(self, budget: float) -> Candidate | None:
        """Find the most sensitive threshold with at most so many false alarms a month.

        None if there are no values, or none is within the budget.
        """
        best = None
        for threshold in self._strictest_first():
            tried = self._try(self.rule, threshold)
            if tried.outcome.num_false_alarms > budget * self.num_months:
                break
            best = tried
        return best

    def _separated(self) -> Iterator[Candidate]:
        """Try, for each number of points in a row, the threshold between quiet and incidents."""
        for after in sorted({self.rule.open_after, *ROWS}):
            separation = separate(self.tracks, after)
            if separation is not None:
                rule = Rule(after, self.rule.resolve_after)
                yield self._try(rule, separation.middle, separation)

    def _lasting(self) -> Iterator[Candidate]:
        """Try the present threshold with other numbers of points in a row."""
        for after in ROWS:
            if after != self.rule.open_after:
                yield self._try(Rule(after, self.rule.resolve_after), None)

    def _strictest_first(self) -> Iterator[float]:
        worst = largest_quiet(self.tracks)
        if worst is None:
            return
        values = sorted(
            {one for track in self.tracks for one in track.badness if one is not None},
            reverse=True,
        )
        above = [one for one in values if one > worst]
        yield middle_of(worst, above[-1]) if above else worst
        at_most = values[len(above) : len(above) + _MOST_STEPS]
        for high, low in pairwise(at_most):
            yield middle_of(low, high)

    def _try(
        self, rule: Rule, threshold: float | None, separation: Separation | None = None
    ) -> Candidate:
        return Candidate(rule, threshold, replay(rule, self.tracks, threshold), separation)

    def _rank(self, one: Candidate) -> tuple[float, ...]:
        """Rank a rule: the least is the best, of equals the one that changes the least.

        One that raises alarm most of the quiet time is of no use, however few alerts that makes.
        """
        outcome = one.outcome
        change = abs(one.rule.open_after - self.rule.open_after)
        change += abs(one.rule.resolve_after - self.rule.resolve_after)
        return (
            2 * outcome.num_bad_quiet > self._num_quiet,
            -len(outcome.delays),
            outcome.num_false_alarms,
            outcome.delay_points or 0.0,
            change,
            outcome.num_bad_quiet,
            -self._margin(one),
        )

    def _margin(self, one: Candidate) -> float:
        """Tell whether a threshold lies amid a gap: the present one may be at its edge."""
        return 0.0 if one.separation is None else 1.0
