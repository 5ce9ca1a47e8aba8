"""What people read: in words, for Slack, for Teams, on a console and in a log."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs
from tests.incidents import T0, make_alert, make_incident, make_notice, resolved

from mltrace.notifiers import slack, teams
from mltrace.notifiers.log import Log
from mltrace.notifiers.slack import Slack
from mltrace.notifiers.stdout import Stdout
from mltrace.notifiers.teams import Teams
from mltrace.notifiers.wording import plain_text, say
from mltrace.records.notices import ToldBefore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.receivers import HttpReceiver

EVIL = "<!channel> *now* [x](http://evil) & <b>\r\nBcc: x\u202e\x1b[31m `rm` \udce9"


def _evil() -> Any:
    cause = make_alert(
        message=EVIL, component=EVIL, owner=EVIL, artifact=EVIL, columns=(EVIL,), monitor=EVIL
    )
    consequence = make_alert(id="a2", component=EVIL, message=EVIL)
    return make_notice(
        incident=make_incident(id="e", cause=cause, title=EVIL, consequences=(consequence,))
    )


def test_somebody_on_call_reads_what_to_know_and_what_to_type() -> None:
    consequences = tuple(
        make_alert(id=f"c{n}", component=f"train{n}", message=f"f1 is 0.{n}, below 0.8")
        for n in range(8)
    )
    incident = make_incident(consequences=consequences, severity="critical")
    before = ToldBefore(severity="warning", cause_id="x")
    said = plain_text(say(make_notice("worsened", incident=incident, before=before)))
    assert said.splitlines() == [
        "WORSE, NOW CRITICAL: dep_delay of clean.csv has drifted",
        "  Severity   critical, was warning",
        "  Since      2026-07-01 12:00:00 UTC, data of 2026-06-30 12:00:00 UTC",
        "  Component  clean (owner data-eng)",
        "  Artifact   clean.csv",
        "  Columns    dep_delay, arr_delay",
        "  Monitor    drift",
        "  What       the mean of dep_delay is 12 standard deviations above that of 30 weeks",
        "  Value      0.42, threshold 0.1",
        "  Consequences:",
        *(f"    - train{n}: f1 is 0.{n}, below 0.8" for n in range(5)),
        "    - and 3 more",
        "  Next:",
        "    mltrace alerts show i1",
        "    mltrace trace clean.csv@abcdef01",
    ]


def test_an_end_says_when_after_how_long_and_by_whom() -> None:
    cause = make_alert(changed_by="ann", reason="fixed the join")
    incident = resolved(make_incident(cause=cause), T0 + timedelta(hours=3))
    said = plain_text(say(make_notice("resolved", incident=incident)))
    assert said.startswith("RESOLVED: ")
    told = "2026-07-01 15:00:00 UTC, after 3 hours, by ann: fixed the join"
    assert f"  Resolved   {told}" in said.splitlines()


def test_what_is_not_known_is_left_out() -> None:
    cause = make_alert(
        value=None, component=None, owner=None, artifact=None, columns=(), run_id=None, message=""
    )
    said = plain_text(say(make_notice(incident=make_incident(cause=cause))))
    assert [line.split()[0] for line in said.splitlines()[1:]] == [
        "Severity", "Since", "Monitor", "Next:", "mltrace",
    ]  # fmt: skip


def test_names_are_quoted_in_commands() -> None:
    cause = make_alert(artifact="my data; rm -rf ~.csv", digest=None)
    said = say(make_notice(incident=make_incident(cause=cause)))
    assert said.commands[1] == "mltrace trace 'my data; rm -rf ~.csv'"


def test_no_line_is_broken_nor_turned_around() -> None:
    said = plain_text(say(_evil()))
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert said.encode()
    assert not any(line.startswith("Bcc") for line in said.splitlines())


def test_slack_reads_no_markup_of_users() -> None:
    sent = slack.message(say(_evil()))
    assert "<!channel>" not in sent["text"]
    assert "&lt;!channel&gt;" in sent["text"]
    for block in sent["blocks"]:
        assert '"mrkdwn"' not in json.dumps(block)


def test_blocks_of_slack_keep_to_its_limits() -> None:
    cause = make_alert(message="m" * 9000, columns=tuple("c" * 500 for _ in range(50)))
    consequences = tuple(make_alert(id=str(n), message="x" * 5000) for n in range(500))
    incident = make_incident(cause=cause, title="t" * 5000, consequences=consequences)
    sent = slack.message(say(make_notice(incident=incident)))
    assert len(sent["blocks"]) <= 50
    assert len(sent["blocks"][0]["text"]["text"]) <= 150
    assert len(sent["blocks"][1]["fields"]) <= 10
    assert all(len(field["text"]) <= 2000 for field in sent["blocks"][1]["fields"])
    assert len(json.dumps(sent)) < 10_000


def test_cards_of_teams_have_no_markdown_and_keep_to_28_kb() -> None:
    (attachment,) = teams.message(say(_evil()))["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    for block in attachment["content"]["body"]:  # Markdown is read in blocks of the type TextBlock
        assert block["type"] == "RichTextBlock"
        assert {run["type"] for run in block["inlines"]} == {"TextRun"}
    parts = tuple(make_notice(incident=make_incident(title="t" * 999)) for _ in range(9000))
    assert len(json.dumps(teams.message(say(make_notice("digest", parts=parts))))) < 28_000


@pytest.mark.parametrize("cls", [Slack, Teams])
def test_chats_get_one_message(receiver: Callable[..., HttpReceiver], cls: type[Slack]) -> None:
    server = receiver()
    notifier = cls(url=f"{server.url}/services/T0/s3cret", name="chat")
    notifier.send(make_notice())
    (got,) = server.received
    assert got.path == "/services/T0/s3cret"
    assert "dep_delay" in got.body.decode()
    assert "s3cret" not in repr(vars(notifier)) + notifier.target


def test_stdout_prints(capsys: pytest.CaptureFixture[str]) -> None:
    Stdout().send(make_notice())
    assert capsys.readouterr().out.startswith("WARNING: dep_delay of clean.csv has drifted\n")


@pytest.mark.parametrize(
    ("kind", "severity", "level"),
    [
        ("opened", "critical", "CRITICAL"),
        ("opened", "info", "INFO"),
        ("resolved", "critical", "INFO"),
    ],
)
def test_a_log_has_the_level_of_the_severity(
    kind: Any, severity: Any, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    Log(logger="ops").send(make_notice(kind, incident=make_incident(severity=severity)))
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("ops", level)
    assert vars(record)["mltrace_incident"] == "i1"


def test_a_digest_names_the_first_and_counts_all() -> None:
    parts = tuple(make_notice(incident=make_incident(id=f"i{n}")) for n in range(33))
    over = structs.replace(parts[0], kind="resolved")
    said = plain_text(say(make_notice("digest", parts=(*parts, over)))).splitlines()
    assert said[0] == "WARNING: 33 incidents and 1 resolved at once, put together into one message"
    assert said[2] == "    - i0  warning: dep_delay of clean.csv has drifted"
    assert "    - and 24 more" in said
