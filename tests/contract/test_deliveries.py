"""Incidents of real monitors are told by notifiers, each news once, whoever evaluates."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from tests.receivers import Answer, HttpReceiver, free_port

import mltrace as mt
from mltrace.notifiers.callback import bound
from mltrace.notifiers.webhook import Webhook
from mltrace.times import NANOSECONDS, now_ns
from mltrace.workspace import delivering
from mltrace.workspace.watching import Ending

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Listener(mt.Notifier):
    """Keeps what it is told."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"name": "listener", **options})
        self.told: list[mt.Notice] = []

    def send(self, notice: mt.Notice) -> None:
        self.told.append(notice)


@pytest.fixture
def workspace(store: Path) -> Iterator[mt.Workspace]:
    opened = mt.Workspace()
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _nobody_bound(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(delivering, "_warned", set())
    bound.clear()
    yield
    bound.clear()


@mt.component(owner="data-eng")
def quotes(number: int) -> pd.DataFrame:
    return pd.DataFrame({"price": range(number)})


def _evaluate(workspace: mt.Workspace, num_rows: int) -> None:
    """Log a table of so many rows, of which five are enough."""
    quotes(num_rows)
    workspace.evaluate_monitors(mt.VolumeMonitor("quotes", min_rows=5))


def test_an_incident_is_told_once_and_its_end_once(workspace: mt.Workspace) -> None:
    listener = Listener()
    for num_rows in (2, 3, 9, 10):
        _evaluate(workspace, num_rows)
        workspace.deliver_due([listener])
        workspace.deliver_due([listener])
    assert [notice.kind for notice in listener.told] == ["opened", "resolved"]
    opened = listener.told[0].incident
    assert (opened.component, opened.owner) == ("quotes", "data-eng")
    assert listener.told[1].incident.id == opened.id
    assert listener.told[1].incident.resolved_at is not None


def test_each_notifier_is_told_and_another_process_knows(workspace: mt.Workspace) -> None:
    _evaluate(workspace, 2)
    first, second = Listener(name="a"), Listener(name="b")
    assert [one.status for one in workspace.deliver_due([first])] == ["sent"]
    again = mt.Workspace()
    assert [one.notifier for one in again.deliver_due([first, second])] == ["b"]
    again.close()
    assert [len(one.told) for one in (first, second)] == [1, 1]


def test_a_receiver_that_was_away_is_told_later_by_whoever_comes(workspace: mt.Workspace) -> None:
    _evaluate(workspace, 2)
    away = Webhook(name="hook", url=f"http://127.0.0.1:{free_port()}/")
    assert workspace.deliver_due([away])[0].status == "failed"
    with HttpReceiver() as server:
        back = Webhook(name="hook", url=server.url)
        assert list(workspace.deliver_due([back])) == [], "it rests for a minute"
        assert server.received == []


def test_nothing_is_told_where_nothing_is_wrong(workspace: mt.Workspace) -> None:
    listener = Listener()
    assert list(workspace.deliver_due([listener])) == []
    _evaluate(workspace, 9)
    assert list(workspace.deliver_due([listener])) == []


def test_the_doctor_names_receivers_that_fail(workspace: mt.Workspace) -> None:
    _evaluate(workspace, 2)
    with HttpReceiver(404) as server:
        away = Webhook(name="hook", url=f"http://127.0.0.1:{free_port()}/")
        workspace.deliver_due([away, Webhook(name="old", url=server.url)])
    workspace.sync()
    found = [one.message for one in workspace.doctor().findings if one.about == "notifiers"]
    assert len(found) == 2
    assert "'hook' could not tell, 1 time: http://127.0.0.1" in found[0]
    assert "'old' gave up on 1 notice within a week: http://127.0.0.1" in found[1]


def test_notifiers_need_names_of_their_own(workspace: mt.Workspace) -> None:
    for names in ([""], ["a", "a"]):
        with pytest.raises(mt.ArgumentError, match="give each its own name="):
            workspace.deliver_due([Listener(name=name) for name in names])


def test_a_function_is_called_where_monitors_are_evaluated(workspace: mt.Workspace) -> None:
    told: list[str] = []

    @mt.on_alert(on="opened", name="retrain")
    def retrain(notice: mt.Notice) -> None:
        told.append(notice.kind)

    mt.on_alert(lambda notice: told.append(f"plain {notice.kind}"))
    _evaluate(workspace, 2)
    _evaluate(workspace, 3)
    assert sorted(told) == ["opened", "plain opened"]


def test_a_function_may_evaluate_monitors_itself(workspace: mt.Workspace) -> None:
    told: list[str] = []

    def retrain(notice: mt.Notice) -> None:
        told.append(notice.kind)
        _evaluate(mt.Workspace(), 7 if len(told) == 1 else 8)

    mt.on_alert(retrain)
    for num_rows in (2, 9, 10):
        _evaluate(workspace, num_rows)
    assert told == ["opened", "resolved"]


def test_one_that_cannot_be_made_keeps_up_no_other(
    workdir: Path, store: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_URL", raising=False)
    with HttpReceiver() as server:
        (workdir / "mltrace.toml").write_text(
            f'[notifiers.bad]\nkind = "slack"\nurl = "$NO_URL"\n'
            f'[notifiers.good]\nkind = "webhook"\nurl = "{server.url}"\n'
        )
        workspace = mt.Workspace()
        _evaluate(workspace, 2)
        workspace.close()
    assert len(server.received) == 1
    assert "the environment variable NO_URL is not set" in caplog.text


def test_a_test_tells_how_it_went_by_each(
    workdir: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", f"http://127.0.0.1:{free_port()}/s3cret")
    with HttpReceiver(200, Answer(404)) as server:
        (workdir / "mltrace.toml").write_text(
            f'[notifiers.a]\nkind = "slack"\nurl = "{server.url}/s3cret"\n'
            '[notifiers.b]\nkind = "webhook"\nurl = "$HOOK"\n'
            '[notifiers.c]\nkind = "slack"\nurl = "$NO_SUCH_VARIABLE"\n'
        )
        workspace = mt.Workspace()
        done = workspace.test_notifiers()
        assert [(one.notifier, one.status) for one in done] == [
            ("a", "sent"), ("b", "failed"), ("c", "failed"),
        ]  # fmt: skip
        assert done[0].to == server.url
        assert "Connection refused" in done[1].error
        assert "NO_SUCH_VARIABLE is not set" in done[2].error
        assert [one.status for one in workspace.test_notifiers("a")] == ["failed"]
        with pytest.raises(mt.UnknownNameError, match="No notifier 'd'"):
            workspace.test_notifiers("d")
        workspace.close()
    assert "this is a test of mltrace" in server.received[0].body.decode()
    assert "s3cret" not in json.dumps(done.to_dict())


DELIVER = """
import sys
import mltrace as mt
from mltrace.notifiers.webhook import Webhook
mt.Workspace().deliver_due([Webhook(name="hook", url=sys.argv[1])])
"""


def test_processes_that_deliver_at_once_tell_it_once(
    workspace: mt.Workspace, spawn: Callable[..., subprocess.Popen[str]]
) -> None:
    _evaluate(workspace, 2)
    with HttpReceiver() as server:

        def slow(handler: Any) -> None:
            server.released.wait(1)
            handler.send_response(200)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        server.answers = [Answer(how=slow)]
        processes = [spawn([sys.executable, "-c", DELIVER, server.url]) for _ in range(3)]
        for process in processes:
            _, errors = process.communicate(timeout=120)
            assert process.returncode == 0, errors
    assert len(server.received) == 1


def test_what_comes_again_is_told_again(workspace: mt.Workspace) -> None:
    listener = Listener()
    for num_rows in (2, 8, 9, 3):
        _evaluate(workspace, num_rows)
        workspace.deliver_due([listener])
    assert [notice.kind for notice in listener.told] == ["opened", "resolved", "opened"]
    assert len({notice.key for notice in listener.told}) == 3


KILLED = """
import os, sys
import mltrace as mt
from mltrace.notifiers.webhook import Webhook
class Killed(Webhook):
    def send(self, notice):
        super().send(notice)
        os.kill(os.getpid(), 9)
mt.Workspace().deliver_due([Killed(name="hook", url=sys.argv[1])])
"""


def test_a_message_after_which_the_process_was_killed_comes_again_with_its_key(
    workspace: mt.Workspace,
    spawn: Callable[..., subprocess.Popen[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _evaluate(workspace, 2)
    with HttpReceiver() as server:
        process = spawn([sys.executable, "-c", KILLED, server.url])
        process.communicate(timeout=120)
        assert process.returncode == -9
        hook = Webhook(name="hook", url=server.url)
        assert list(workspace.deliver_due([hook])) == [], "not before a minute has passed"
        later = now_ns() + 120 * NANOSECONDS
        monkeypatch.setattr(delivering, "now_ns", lambda: later)
        assert [one.status for one in workspace.deliver_due([hook])] == ["sent"]
    first, second = (got.headers["idempotency-key"] for got in server.received)
    assert first == second


class Soon(Ending):
    """Does something while a watch waits, which ends after the second time."""

    def __init__(self, then: Callable[[], object]) -> None:
        self.then = then
        self.num_waits = 0

    def wait(self, seconds: float) -> None:
        self.num_waits += 1
        if self.num_waits == 1:
            self.then()
        self.is_set = self.num_waits == 2


def test_a_watch_tells_what_people_make_of_incidents(workspace: mt.Workspace) -> None:
    told: list[str] = []
    mt.on_alert(lambda notice: told.append(notice.kind), on=["opened", "acknowledged"])
    quotes(2)
    other = mt.Workspace()
    ending = Soon(lambda: other.acknowledge(other.incidents()[0]))
    monitor = mt.VolumeMonitor("quotes", min_rows=5, every="1h")
    workspace.watch(monitor, ending=ending)
    assert told == ["opened", "acknowledged"]


def test_incidents_that_become_one_go_on_as_one(workspace: mt.Workspace) -> None:
    @mt.component
    def load() -> pd.DataFrame:
        return pd.DataFrame({"price": range(2)})

    @mt.component
    def clean(prices: pd.DataFrame) -> pd.DataFrame:
        return prices.assign(year=2026)

    @mt.component
    def rank(prices: pd.DataFrame) -> pd.DataFrame:
        return prices.assign(rank=1)

    prices = load()
    clean(prices)
    rank(prices)
    listener = Listener(on=["opened", "cause changed", "resolved"])
    for table in ("clean", "rank", "load"):
        workspace.evaluate_monitors(mt.VolumeMonitor(table, min_rows=5))
        workspace.deliver_due([listener])
    first, second = (notice.incident.id for notice in listener.told[:2])
    assert [(one.kind, one.incident.id) for one in listener.told] == [
        ("opened", first),
        ("opened", second),
        ("cause changed", first),
        ("resolved", second),
    ]
    over = listener.told[-1].incident
    assert over.title.endswith(", now part of another incident")
    assert over.cause.reason == f"it is part of the incident {first} now"
    assert list(workspace.deliver_due([listener])) == []


def test_what_came_and_went_unheard_is_not_told(workspace: mt.Workspace) -> None:
    for num_rows in (2, 8, 9):
        _evaluate(workspace, num_rows)
    listener, for_ends = Listener(), Listener(name="ends", on="resolved")
    workspace.deliver_due([listener, for_ends])
    assert [notice.kind for notice in listener.told] == []
    assert [notice.kind for notice in for_ends.told] == ["resolved"]
