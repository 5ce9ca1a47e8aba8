"""`mltrace alerts` as a user types it."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known

    Cli = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.sqlite_only("what databases are asked is in test_alerts.py")
CHANGES: tuple[tuple[str, ...], ...] = (
    ("ack",),
    ("snooze", "--until", "2h"),
    ("resolve", "--real"),
    ("reopen",),
)


class Wrong(mt.Monitor):
    """Finds subjects wrong, where they come from no run."""

    def __init__(self, *subjects: str) -> None:
        super().__init__()
        self.subjects = subjects

    def measure(self, workspace: Workspace, known: Known) -> Iterable[mt.Observation]:
        for one in self.subjects:
            at = datetime(2026, 7, 1, tzinfo=UTC)
            yield self.observation(one, "only", at=at, state="bad", message=f"{one} is wrong")


@pytest.fixture
def incident(store: Path) -> mt.Incident:
    """Open an alert of the weather, and one of the features that were made from it."""

    @mt.component(owner="data-eng")
    def weather(number: int) -> pd.DataFrame:
        return pd.DataFrame({"temp": range(number)})

    @mt.component(owner="ml")
    def features(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(warm=table.temp > 1)

    features(weather(3))
    found = mt.evaluate_monitors(
        mt.VolumeMonitor("weather", min_rows=24, severity="critical"),
        mt.VolumeMonitor("features", min_rows=24),
    )
    (made,) = found.incidents
    return made


def test_a_list_names_the_cause_and_what_follows_and_exits_with_1(
    incident: mt.Incident, cli: Cli
) -> None:
    answer = cli("alerts")
    assert (answer.returncode, answer.stderr) == (1, "")
    head, message, follows, _, hint = answer.stdout.splitlines()
    assert head.startswith(f"✗ critical  {incident.id}  weather  data-eng  ")
    assert "3 rows" in message
    assert follows == "    → 1 consequence: features"
    assert hint == f"All about one: mltrace alerts show {incident.id}"


def test_incidents_are_chosen_by_what_is_said_of_them(incident: mt.Incident, cli: Cli) -> None:
    for words in (
        ("--owner", "data-eng"),
        ("--severity", "warning", "--since", "1h"),
        ("list", "--component", "weather"),
        ("--state", "open", "--state", "resolved"),
    ):
        assert cli("alerts", *words).returncode == 1, words
    other = cli("alerts", "--owner", "nobody", "--all")
    assert (other.returncode, other.stdout) == (0, "No incident matches.\n")


def test_what_somebody_looks_at_is_counted_and_exits_with_0(
    incident: mt.Incident, cli: Cli
) -> None:
    answer = cli("alerts", "ack", incident.id[:6], "--reason", "asked the supplier")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.splitlines() == [
        f"{one.id} ({one.component}) is acknowledged."
        for one in (incident.cause, *incident.consequences)
    ]
    listed = cli("alerts")
    assert listed.returncode == 0
    assert listed.stdout == "No incident is open.\n1 acknowledged: mltrace alerts --all\n"
    assert "weather  data-eng  acknowledged, " in cli("alerts", "--all").stdout


def test_one_alert_or_several_are_changed_by_their_ids(incident: mt.Incident, cli: Cli) -> None:
    (consequence,) = incident.consequences
    answer = cli("alerts", "snooze", consequence.id, "--until", "2h", "-m", "later")
    assert answer.stdout == f"{consequence.id} (features) is snoozed.\n"
    assert mt.alert(consequence.id).snoozed_until is not None
    woken = cli("alerts", "reopen", consequence.id)
    assert woken.stdout == f"{consequence.id} (features) is open again.\n"
    settled = cli("alerts", "resolve", incident.id, consequence.id, "--false-alarm")
    assert settled.stdout.count("is resolved.") == 2
    assert {one.verdict for one in mt.alerts()} == {"false alarm"}


def test_all_about_one_is_shown_by_its_id_or_that_of_a_consequence(
    incident: mt.Incident, cli: Cli
) -> None:
    answer = cli("alerts", "show", incident.id)
    assert (answer.returncode, answer.stderr) == (0, "")
    for said in ("owner    data-eng", "Measured  1 bad point", "Chain  1 consequence", "features"):
        assert said in answer.stdout
    assert f'  mltrace alerts ack {incident.id} --reason "…"' in answer.stdout
    (consequence,) = incident.consequences
    assert cli("alerts", "show", consequence.id).stdout.splitlines()[0].endswith(incident.title)


def test_a_history_tells_who_changed_what_and_why(incident: mt.Incident, cli: Cli) -> None:
    cli("alerts", "ack", incident.id, "--reason", "asked the supplier", LOGNAME="kim")
    for words in (("history",), ("history", incident.id), ("history", incident.id, "--all")):
        answer = cli("alerts", *words)
        assert answer.returncode == 0
        assert "acknowledged" in answer.stdout
        assert "kim" in answer.stdout
        assert ("downstream of" in answer.stdout) == ("--all" in words)


def test_json_and_csv_are_the_records(incident: mt.Incident, cli: Cli) -> None:
    listed = cli("alerts", "--format", "json")
    assert listed.returncode == 1
    assert json.loads(listed.stdout) == [json.loads(json.dumps(incident.to_dict()))]
    shown = cli("alerts", "show", incident.id, "--format", "json")
    assert json.loads(shown.stdout) == json.loads(json.dumps(incident.to_dict()))
    table = cli("--format", "csv", "alerts", "list")
    assert table.returncode == 1
    (row,) = csv.DictReader(table.stdout.splitlines())
    assert (row["id"], row["title"], row["owner"]) == (incident.id, incident.title, "data-eng")
    history = cli("alerts", "history", incident.id, "--format", "json")
    assert [one["role"] for one in json.loads(history.stdout)] == ["cause", "consequence"]
    changed = cli("alerts", "ack", incident.id, "--format", "csv")
    assert {one["state"] for one in csv.DictReader(changed.stdout.splitlines())} == {"acknowledged"}


def test_an_unknown_id_is_told_with_the_nearest(incident: mt.Incident, cli: Cli) -> None:
    typed = f"{incident.id[:-2]}zz"
    for words in (*CHANGES, ("show",), ("history",)):
        answer = cli("alerts", words[0], typed, *words[1:])
        assert (answer.returncode, answer.stdout) == (2, ""), words
        assert f"No alert or incident '{typed}'. Did you mean '{incident.id}'?" in answer.stderr
    assert {one.state for one in mt.alerts()} == {"open"}


def test_an_ambiguous_beginning_of_an_id_is_told_with_the_ids(store: Path, cli: Cli) -> None:
    mt.evaluate_monitors(Wrong(*(f"subject {number}" for number in range(17))))
    letters = [one.id[0] for one in mt.alerts()]
    twice = next(one for one in letters if letters.count(one) > 1)
    meant = sorted(one.id for one in mt.alerts() if one.id.startswith(twice))
    for word in ("show", "ack"):
        answer = cli("alerts", word, twice)
        assert answer.returncode == 2
        assert f"'{twice}' fits several incidents: {meant[0]}, {meant[1]}" in answer.stderr
        assert "Say more of it." in answer.stderr


def test_a_list_that_is_cut_says_so(store: Path, cli: Cli) -> None:
    mt.evaluate_monitors(Wrong("a", "b", "c"))
    cut = cli("alerts", "--limit", "2")
    assert cut.stdout.count("is wrong") == 2
    assert cut.stdout.endswith("These are the newest 2; there are more: --limit 4\n")
    assert len(json.loads(cli("alerts", "--limit", "2", "--format", "json").stdout)) == 2
    assert "there are more" not in cli("alerts", "--limit", "3").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--state", "closed"), "'closed' is not one of 'open', 'acknowledged', 'snoozed'"),
        (("--severity", "high"), "'high' is not one of 'info', 'warning', 'critical'"),
        (("--since", "yesterdai"), "'yesterdai' is not a time"),
        (("ack",), "Missing argument 'ID...'"),
        (("snooze", "abc"), "Missing option '--until'"),
        (("snooze", "abc", "--until", "2020-01-01"), "A snooze must end later than now"),
        (("shwo", "abc"), "No command 'shwo'. Did you mean 'show'?"),
    ],
)
def test_what_cannot_be_meant_exits_with_2(
    store: Path, cli: Cli, words: tuple[str, ...], said: str
) -> None:
    answer = cli("alerts", *words)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert said in answer.stderr


def test_what_is_settled_is_not_settled_again(incident: mt.Incident, cli: Cli) -> None:
    assert cli("alerts", "resolve", incident.id).returncode == 0
    again = cli("alerts", "resolve", incident.id)
    assert again.returncode == 2
    assert "only what is open or acknowledged or snoozed can be resolved" in again.stderr
    assert cli("alerts", "resolve", incident.id, "--real").returncode == 0


def test_without_a_store_nothing_is_open_and_none_is_made(store: Path, cli: Cli) -> None:
    assert cli("alerts").returncode == cli("alerts", "history").returncode == 0
    for words in (*CHANGES, ("show",)):
        answer = cli("alerts", words[0], "4af65a661fad", *words[1:])
        assert answer.returncode == 2, words
        assert "No alert or incident '4af65a661fad'" in answer.stderr
    assert not store.exists()


def test_a_store_without_alerts_says_that_none_is_open(store: Path, cli: Cli) -> None:
    @mt.component
    def work() -> None: ...

    work()
    answer = cli("alerts")
    assert (answer.returncode, answer.stdout) == (0, "No incident is open.\n")
    assert cli("alerts", "history").stdout == "No alert was opened yet.\n"
    assert cli("alerts", "--format", "json").stdout == "[]\n"


def test_answers_fit_the_terminal(store: Path, cli: Cli) -> None:
    mt.evaluate_monitors(Wrong("a subject of a long name " * 6, "予測" * 60, "\x1b[2J" * 40))
    (first, *_) = mt.incidents()
    for words in ((), ("history",), ("show", first.id), ("show", first.id, "--all")):
        for width in (80, 120):
            answer = cli("alerts", *words, COLUMNS=str(width))
            assert answer.stdout
            assert max(map(len, answer.stdout.splitlines())) <= width
            assert "\x1b" not in answer.stdout
