"""Incidents and alerts through the front door, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import mltrace as mt
from mltrace.times import now_ns
from mltrace.verbs import default_workspace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known

pytestmark = pytest.mark.usefixtures("store")


@mt.component(owner="data-eng")
def weather(number: int) -> pd.DataFrame:
    return pd.DataFrame({"temp": range(number), "hour": range(number)})


@mt.component(owner="platform")
def joined(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(joined=1)


@mt.component(owner="ml")
def features(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(warm=table.temp > 1)


@mt.component
def pipeline(number: int) -> pd.DataFrame:
    return features(joined(weather(number)))


class Rows(mt.Monitor):
    """Tables of a component must have rows; what it names as columns is given."""

    def __init__(self, component: str, *columns: str, severity: str = "warning") -> None:
        super().__init__(name=f"rows of {component}", severity=severity)  # type: ignore[arg-type]
        self.component, self.columns = component, columns

    def measure(self, workspace: Workspace, known: Known) -> Iterable[mt.Observation]:
        for run in reversed(workspace.history(self.component, limit=100)):
            number = run.outputs[0].num_rows or 0
            yield self.observation(
                self.component,
                run.id,
                at=run.started_at,
                state="ok" if number >= 10 else "bad",
                value=number,
                threshold=10,
                message=f"{number} rows",
                component=self.component,
                artifact=run.outputs[0].name,
                digest=run.outputs[0].digest,
                columns=self.columns,
                run_id=run.id,
            )


def evaluate(*components: str) -> mt.Evaluation:
    return mt.evaluate_monitors(*map(Rows, components))


def consequences(incident: mt.Incident) -> list[str | None]:
    return [one.component for one in incident.consequences]


def test_alerts_along_lineage_are_one_incident_at_the_most_upstream_cause() -> None:
    features(joined(weather(3)))
    found = evaluate("features", "weather", "joined")
    [incident] = mt.incidents()
    assert found.incidents == (incident,)
    assert (incident.component, incident.owner) == ("weather", "data-eng")
    assert incident.id == incident.cause.id
    assert consequences(incident) == ["joined", "features"]
    assert [one.changes[-1].reason for one in incident.consequences] == [
        "downstream of weather",
        "downstream of joined",
    ]


def test_an_alert_further_upstream_becomes_the_cause_of_an_incident_that_keeps_its_id() -> None:
    features(joined(weather(3)))
    evaluate("joined", "features")
    [before] = mt.incidents()
    evaluate("weather")
    [after] = mt.incidents()
    assert after.id == before.id == before.cause.id
    assert (after.component, consequences(after)) == ("weather", ["joined", "features"])
    assert mt.incident(after.cause.id) == after


def test_a_second_cause_upstream_of_one_alert_stays_an_incident_of_its_own() -> None:
    @mt.component
    def plan(number: int) -> pd.DataFrame:
        return pd.DataFrame({"plan": range(number)})

    @mt.component
    def merged(table: pd.DataFrame, plans: pd.DataFrame) -> pd.DataFrame:
        return table.assign(plans=len(plans))

    merged(joined(weather(3)), plan(4))
    evaluate("merged", "weather", "plan")
    of_plan, of_weather = sorted(mt.incidents(), key=lambda one: one.component or "")
    assert (consequences(of_plan), consequences(of_weather)) == (["merged"], [])
    assert "downstream of plan; also of weather" in str(
        [one.reason for one in of_plan.consequences[0].changes]
    )


def test_what_a_model_of_bad_data_predicts_later_is_of_the_same_incident() -> None:
    @mt.component
    def train(table: pd.DataFrame) -> pd.DataFrame:
        return table.describe()

    @mt.component
    def predict(model: pd.DataFrame, week: int) -> pd.DataFrame:
        return pd.DataFrame({"week": [week] * len(model)})

    model = train(weather(3))
    evaluate("weather")
    mt.resolve(mt.incidents()[0], verdict="real")
    for week in range(4):
        predict(model, week)
    evaluate("predict")
    [incident] = mt.incidents()
    assert (incident.state, incident.component) == ("open", "weather")
    [consequence] = incident.consequences
    assert consequence.num_bad == 4


def test_the_alert_of_an_outer_run_is_a_consequence_of_that_of_its_inner_run() -> None:
    pipeline(3)
    evaluate("pipeline")
    evaluate("features")
    [incident] = mt.incidents()
    assert (incident.component, consequences(incident)) == ("features", ["pipeline"])


def test_the_column_that_most_alerts_name_comes_first() -> None:
    features(joined(weather(3)))
    mt.evaluate_monitors(Rows("weather", "hour", "temp"), Rows("joined", "temp"))
    [incident] = mt.incidents()
    assert incident.columns == ("temp", "hour")
    assert incident.title == "Rows in temp, hour of weather"


def test_an_incident_is_as_severe_as_its_worst_alert_and_as_settled_as_the_least() -> None:
    features(joined(weather(3)))
    mt.evaluate_monitors(Rows("weather"), Rows("joined", severity="critical"))
    [incident] = mt.incidents(severity="critical")
    mt.resolve(incident.cause)
    mt.acknowledge(incident.consequences[0])
    [incident] = mt.incidents()
    assert (incident.severity, incident.state) == ("critical", "acknowledged")
    mt.resolve(incident)
    [incident] = mt.incidents(states="resolved")
    assert incident.resolved_at == max(
        one.resolved_at for one in (incident.cause, *incident.consequences) if one.resolved_at
    )


def test_incidents_and_alerts_are_chosen_by_what_is_said_of_them() -> None:
    features(joined(weather(3)))
    evaluate("weather", "joined")
    assert len(mt.incidents(owner="data-eng", component="weather", since="1h")) == 1
    assert mt.incidents(owner="platform") == mt.incidents(component="joined") == []
    assert len(mt.alerts(owner="platform", component="joined", severity="info")) == 1
    assert mt.alerts(since=datetime.now(UTC) + timedelta(hours=1)) == []
    assert len(mt.alerts(limit=1)) == 1
    assert mt.alerts(states=["snoozed", "resolved"]) == []
    with pytest.raises(mt.ArgumentError, match="states='closed': accepted: open, ack"):
        mt.incidents(states="closed")  # type: ignore[arg-type]
    with pytest.raises(mt.ArgumentError, match="severity='high': accepted: info, warning"):
        mt.alerts(severity="high")  # type: ignore[arg-type]


def test_every_change_is_kept_with_who_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "kim")
    weather(3)
    [name] = evaluate("weather").opened
    mt.acknowledge(name[:6], reason="asked the supplier")
    mt.snooze(name, "2h", reason="waits for them")
    mt.reopen(name, reason="no answer")
    mt.resolve([mt.alert(name)], reason="reloaded", verdict="real")
    alert = mt.alert(name)
    assert [(one.what, one.by, one.reason) for one in alert.changes[1:]] == [
        ("acknowledged", "kim", "asked the supplier"),
        ("snoozed", "kim", "waits for them"),
        ("woken", "kim", "no answer"),
        ("resolved", "kim", "reloaded"),
    ]
    assert (alert.state, alert.verdict, alert.changed_by) == ("resolved", "real", "kim")


def test_changes_that_cannot_be_are_told() -> None:
    weather(3)
    [name] = evaluate("weather").opened
    with pytest.raises(mt.ArgumentError, match="A snooze must end later than now"):
        mt.snooze(name, "2020-01-01")
    with pytest.raises(mt.ArgumentError, match=f"The alert {name} is open; only what is"):
        mt.reopen(name)
    mt.resolve(name)
    with pytest.raises(mt.ArgumentError, match="is resolved; only what is open or ack"):
        mt.resolve(name)
    with pytest.raises(mt.ArgumentError, match="verdict='maybe': accepted: real, false alarm"):
        mt.resolve(name, verdict="maybe")  # type: ignore[arg-type]
    with pytest.raises(mt.UnknownNameError, match="No alert or incident 'zebra'"):
        mt.acknowledge("zebra")
    with pytest.raises(mt.ArgumentError, match="A int names no alert"):
        mt.acknowledge([7])  # type: ignore[list-item]
    with pytest.raises(mt.ArgumentError, match="There is no alert to acknowledge"):
        mt.acknowledge([])


def test_what_is_resolved_can_still_be_given_a_verdict() -> None:
    weather(3)
    [name] = evaluate("weather").opened
    mt.resolve(name)
    [alert] = mt.resolve(name, reason="a holiday", verdict="false alarm")
    assert (alert.verdict, alert.changes[-1].what) == ("false alarm", "noted")


def test_a_snooze_that_is_over_leaves_the_alert_open() -> None:
    weather(3)
    [name] = evaluate("weather").opened
    mt.snooze(name, timedelta(milliseconds=1))
    while (
        mt.alert(name).snoozed_until
        and now_ns() < (mt.alert(name).snoozed_until or datetime.now(UTC)).timestamp() * 1e9
    ):
        pass
    assert mt.alert(name).state == "open"
    assert [one.id for one in mt.alerts(states="open")] == [name]
    assert [one.state for one in mt.incidents(states="open")] == ["open"]


def test_what_is_acknowledged_is_resolved_by_good_points_and_opened_again_by_bad_ones() -> None:
    weather(3)
    [name] = evaluate("weather").opened
    mt.acknowledge(name)
    weather(20)
    assert evaluate("weather").resolved == (name,)
    weather(4)
    assert evaluate("weather").reopened == (name,)


def test_what_a_person_resolved_is_not_opened_again_but_another_alert_is() -> None:
    weather(3)
    [first] = evaluate("weather").opened
    mt.resolve(first)
    weather(4)
    [second] = evaluate("weather").opened
    assert second != first
    assert [(one.state, one.num_bad) for one in mt.alerts()] == [("open", 1), ("resolved", 1)]


def test_a_clock_that_is_behind_changes_alerts_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weather(3)
    [name] = evaluate("weather").opened
    weather(20)
    behind = now_ns() - 3_600 * 10**9
    with monkeypatch.context() as patched:
        for module in ("monitoring", "alerting"):
            patched.setattr(f"mltrace.workspace.{module}.now_ns", lambda: behind)
        mt.acknowledge(name)
        assert mt.alert(name).state == "acknowledged"
        evaluate("weather")
    assert mt.alert(name).state == "resolved"


def test_an_ambiguous_beginning_of_an_id_is_told() -> None:
    for component in ("weather", "joined", "features", "pipeline"):
        pipeline(3)
        evaluate(component)
    letters = [one.id[0] for one in mt.alerts()]
    twice = next((one for one in letters if letters.count(one) > 1), None)
    if twice is not None:
        with pytest.raises(mt.AmbiguousNameError, match="Say more of it"):
            mt.alert(twice)


def test_alerts_without_runs_are_incidents_of_their_own() -> None:
    class Nowhere(mt.Monitor):
        def measure(self, workspace: Workspace, known: Known) -> Iterable[mt.Observation]:
            for subject in ("one", "two"):
                yield self.observation(subject, "now", at=datetime.now(UTC), state="bad")

    mt.evaluate_monitors(Nowhere())
    assert [one.title for one in mt.incidents()] == ["Nowhere of two", "Nowhere of one"]


def test_grouped_again_nothing_is_logged() -> None:
    features(joined(weather(3)))
    evaluate("features", "joined", "weather")
    before = [one.changes for one in mt.alerts()]
    evaluate("weather")
    default_workspace()._group_alerts(())
    assert [one.changes for one in mt.alerts()] == before


def test_a_check_blocks_a_run_whose_inputs_come_from_what_is_known_to_be_wrong() -> None:
    @mt.component(before=[mt.checks.NoOpenAlerts("warning", severity="block")])
    def publish(table: pd.DataFrame) -> int:
        return len(table)

    bad = features(joined(weather(3)))
    assert publish(bad) == 3
    [name] = evaluate("weather").opened
    with pytest.raises(mt.CheckFailed, match=rf"open upstream: {name} \(weather\)"):
        publish(bad)
    assert publish(features(joined(weather(20)))) == 20
    mt.acknowledge(name)
    assert publish(bad) == 3


def test_another_column_soon_after_is_another_alert() -> None:
    weather(3)
    weather(20)
    first = mt.evaluate_monitors(Rows("weather", "temp", "hour"))
    assert len(first.opened) == len(first.resolved) == 1
    weather(4)
    other = mt.evaluate_monitors(Rows("weather", "hour"))
    assert len(other.opened) == 1
    assert not other.reopened
    assert mt.alert(other.opened[0]).columns == ("hour",)
