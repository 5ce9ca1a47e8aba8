"""Says what a replay found, as a record."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from mltrace.monitors.backtests.proposing import Candidate, Search
from mltrace.monitors.backtests.replaying import JUDGED, largest_quiet
from mltrace.monitors.rules.poisson import rate_interval
from mltrace.records.backtests import (
    Backtest,
    BacktestAlert,
    BacktestCandidate,
    BacktestIncident,
    BacktestPoint,
    BacktestProposal,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mltrace.monitors.alerts.life_cycle import Rule
    from mltrace.monitors.backtests.history import History
    from mltrace.monitors.backtests.replaying import Outcome

    Tune = Callable[[float | None, Rule], tuple[str | None, Mapping[str, Any], str]]

CONFIDENCE: Final = 0.95
_RULE_OF_THREE: Final = 2.995732273553991
"""Where so many events are expected, none happens in one of 20 cases: -log(0.05)."""
_FEW_INCIDENTS: Final = 10
_DAY: Final = timedelta(days=1)


class Reporting:
    """What is told of a replay.

    Parameters
    ----------
    history : History
    rule : Rule
        The present hysteresis.
    tune : callable
        Turns a threshold and a hysteresis into the option, the settings and the TOML that set it.
    budget : float, optional
        How many false alarms a month are allowed.
    """

    def __init__(
        self, history: History, rule: Rule, *, tune: Tune, budget: float | None = None
    ) -> None:
        self._history, self._tune, self._budget = history, tune, budget
        self._tracks = list(history.tracks.values())
        whole = history.whole
        is_long = whole is not None and whole.end - whole.begin >= _DAY
        self._months = history.num_months if is_long else 0.0
        self._search = Search(self._tracks, rule, num_months=self._months)

    def report(self, monitor: str, kind: str, settings: Mapping[str, Any]) -> Backtest:
        """Tell everything."""
        history, outcome = self._history, self._search.present.outcome
        whole, scale, months = history.whole, history.scale, self._months
        incidents = self._incidents()
        proposal = self._proposal()
        told: dict[str, Any] = {}
        if months > 0:
            low, high = rate_interval(outcome.num_false_alarms, months, confidence=CONFIDENCE)
            rate = outcome.num_false_alarms / months
            told = {"false_alarms_per_month": rate, "ci_low": low, "ci_high": high}
        return Backtest(
            monitor=monitor,
            kind=kind,
            settings=settings,
            begin=None if whole is None else whole.begin,
            end=None if whole is None else whole.end,
            num_points=len(history.observations),
            num_learning=sum(one.state == "learning" for one in history.observations),
            num_unknown=sum(one.state == "unknown" for one in history.observations),
            num_quiet=sum(track.incidents.count(None) for track in self._tracks),
            num_months=history.num_months,
            num_alerts=len(outcome.alarms),
            num_false_alarms=outcome.num_false_alarms,
            num_found=sum(one.is_found for one in incidents),
            direction=None if scale is None else scale.direction,
            is_relative=scale is not None and scale.is_relative,
            incidents=incidents,
            alerts=tuple(self._alerts(outcome)),
            candidates=self._candidates(proposal),
            proposal=proposal,
            points=tuple(self._points(outcome)),
            notes=tuple(self._notes(outcome)),
            **told,
        )

    def _incidents(self) -> tuple[BacktestIncident, ...]:
        delays = self._search.present.outcome.delays
        found = []
        for place, span in enumerate(self._history.incidents):
            delay = delays.get(place)
            told: dict[str, Any] = {}
            if delay is not None:
                late = max((delay.at - span.begin).total_seconds(), 0.0)
                told = {"delay_points": delay.points, "delay_seconds": late}
            found.append(
                BacktestIncident(
                    begin=span.begin,
                    end=span.end,
                    source=span.source,
                    num_points=sum(track.incidents.count(place) for track in self._tracks),
                    is_found=delay is not None,
                    **told,
                )
            )
        return tuple(found)

    def _alerts(self, outcome: Outcome) -> Iterator[BacktestAlert]:
        for place, alarm, is_false in outcome.alarms:
            track = self._tracks[place]
            first = track.points[alarm.begin]
            bad = track.points[alarm.begin : alarm.end]
            yield BacktestAlert(
                subject=first.subject,
                point=first.point,
                began_at=track.times[alarm.begin],
                opened_at=track.times[alarm.openings[0]],
                value=first.value,
                message=first.message,
                num_bad=sum(one.state == "bad" for one in bad),
                is_false_alarm=is_false,
            )

    def _points(self, outcome: Outcome) -> Iterator[BacktestPoint]:
        history = self._history
        raised = {
            (track.points[opening].subject, track.points[opening].point)
            for place, alarm, _ in outcome.alarms
            for track in (self._tracks[place],)
            for opening in alarm.openings[:1]
        }
        marked = zip(history.observations, history.periods, history.places, strict=True)
        for one, period, incident in marked:
            yield BacktestPoint(
                subject=one.subject,
                point=one.point,
                at=period.begin,
                state=one.state,
                value=one.value,
                threshold=one.threshold,
                incident=incident,
                raised=(one.subject, one.point) in raised,
            )

    def _candidates(self, proposal: BacktestProposal | None) -> tuple[BacktestCandidate, ...]:
        """List what was tried, from the strictest threshold, with the present and the proposal."""
        found = [self._candidate(one) for one in [self._search.present, *self._search.curve()]]
        if proposal is not None:
            same = [one for one in found if one == proposal.candidate]
            found += [] if same else [proposal.candidate]
        scale = self._history.scale
        turn = 1.0 if scale is None or scale.direction == "above" else -1.0
        return tuple(
            sorted(found, key=lambda one: (-turn * (one.threshold or 0.0), one.open_after))
        )

    def _candidate(self, one: Candidate) -> BacktestCandidate:
        outcome, months = one.outcome, self._months
        late = [
            max((delay.at - self._history.incidents[place].begin).total_seconds(), 0.0)
            for place, delay in outcome.delays.items()
        ]
        return BacktestCandidate(
            threshold=self._threshold(one.threshold),
            open_after=one.rule.open_after,
            resolve_after=one.rule.resolve_after,
            num_false_alarms=outcome.num_false_alarms,
            false_alarms_per_month=outcome.num_false_alarms / months if months > 0 else None,
            num_bad_quiet=outcome.num_bad_quiet,
            num_found=len(outcome.delays),
            delay_points=outcome.delay_points,
            delay_seconds=sum(late) / len(late) if late else None,
            is_present=one is self._search.present,
        )

    def _threshold(self, badness: float | None) -> float | None:
        scale = self._history.scale
        if scale is None:
            return None
        return scale.threshold if badness is None else scale.turn(badness)

    def _proposal(self) -> BacktestProposal | None:
        if self._budget is not None:
            chosen = self._search.within(self._budget)
            reason = f"the most sensitive with at most {self._budget:.3g} a month of false alarms"
        else:
            chosen = self._search.best()
            reason = "the fewest false alarms with which every incident is found"
            if chosen is not None and len(chosen.outcome.delays) < self._search.num_incidents:
                reason = "the fewest false alarms with which most incidents are found"
        if chosen is None:
            return None
        threshold = None if chosen.threshold is None else self._threshold(chosen.threshold)
        option, settings, toml = self._tune(threshold, chosen.rule)
        sides = chosen.separation
        return BacktestProposal(
            candidate=self._candidate(chosen),
            option=option,
            reason=reason,
            largest_quiet=None if sides is None else self._threshold(sides.quiet),
            smallest_incident=None if sides is None else self._threshold(sides.incident),
            settings=settings,
            toml=toml,
        )

    def _notes(self, outcome: Outcome) -> Iterator[str]:
        history, months = self._history, self._months
        if not any(one.state in JUDGED for one in history.observations):
            yield "No point could be judged: there is too little history."
            return
        if history.told_by_names():
            yield "The times of points are those that their names tell."
        if history.scale is None:
            yield "No one number and threshold tell what is bad, so no other threshold is tried."
        if not months and not history.incidents:
            yield "All points are of less than a day, so no rate by the month is told."
        if not outcome.num_false_alarms and months > 0:
            yield (
                f"No false alarm in {months:.1f} quiet months: with 95 % confidence the rate is "
                f"below {_RULE_OF_THREE / months:.2g} a month."
            )
        yield from self._incident_notes(outcome)
        if self._budget is not None and self._budget > 0 and months < _RULE_OF_THREE / self._budget:
            yield (
                f"History is too short to show a rate below {self._budget:g} a month: that takes "
                f"{_RULE_OF_THREE / self._budget:.1f} quiet months without a false alarm."
            )

    def _incident_notes(self, outcome: Outcome) -> Iterator[str]:
        history = self._history
        num = len(history.incidents)
        for place, span in enumerate(history.incidents):
            if not any(place in track.firsts for track in self._tracks):
                yield f"No point is of the time of the incident from {span.begin:%Y-%m-%d}."
        if not num:
            worst = largest_quiet(self._tracks)
            said = (
                ""
                if worst is None
                else f" The worst value of quiet time is {self._threshold(worst):.4g}."
            )
            yield (
                "No incident is accepted, so nothing says what must be found: acknowledge alerts "
                f"or resolve them as real, or give incidents or a budget.{said}"
            )
        elif len(outcome.delays) == num < _FEW_INCIDENTS:
            share = (1 - CONFIDENCE) ** (1 / num)
            yield (
                f"{num} of {num} found is little evidence: with 95 % confidence, at least "
                f"{100 * share:.0f} % of such incidents would be found."
            )
