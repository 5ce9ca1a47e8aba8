"""Storms of alerts, of one cause or of as many: bounded in time, and few are told."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from tests.receivers import HttpReceiver

import mltrace as mt
from mltrace.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known

NUM_STORM = 10_000
MAX_PER_HOUR = 3
EVALUATE_SECONDS = 120.0
ASK_SECONDS = 20.0
"""CPU time, ten times what was measured: what took minutes would be found, a busy machine not."""
NOW = datetime(2026, 7, 1, tzinfo=UTC)


class Storm(mt.Monitor):
    """Finds everything bad: where runs of a table and of its consequence are, or nowhere."""

    def __init__(self, cause: mt.Run | None = None, consequence: mt.Run | None = None) -> None:
        super().__init__()
        self.cause, self.consequence = cause, consequence

    def measure(self, workspace: Workspace, known: Known) -> Iterable[mt.Observation]:
        for number in range(NUM_STORM):
            run = self.consequence if number else self.cause
            yield self.observation(
                f"subject {number}",
                "only",
                at=NOW,
                state="bad",
                message=f"{number} is wrong",
                component=run.component if run else None,
                run_id=run.id if run else None,
            )


@pytest.fixture
def receiver(workdir: Path, store: Path) -> Iterator[HttpReceiver]:
    """Declare a receiver in the settings."""
    with HttpReceiver() as server:
        (workdir / "mltrace.toml").write_text(
            f'[notifiers.hook]\nkind = "webhook"\nurl = "{server.url}"\n'
            f"max_per_hour = {MAX_PER_HOUR}\n"
        )
        yield server


@contextmanager
def within(cpu_seconds: float) -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < cpu_seconds


def one_cause() -> Storm:
    """Make runs of a table and of another one made from it, and a storm on these."""

    @mt.component
    def weather() -> pd.DataFrame:
        return pd.DataFrame({"temp": [1, 2, 3]})

    @mt.component
    def features(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(warm=True)

    features(weather())
    return Storm(mt.history("weather")[0], mt.history("features")[0])


def ask_everything(capsys: pytest.CaptureFixture[str]) -> str:
    """List, show and tell the history of the storm, and give back what was printed."""
    with within(ASK_SECONDS):
        assert main(["alerts"]) == 1
        assert main(["alerts", "show", mt.incidents(1)[0].id]) == 0
        assert main(["alerts", "history"]) == 0
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) < 400
    return printed


def test_ten_thousand_alerts_of_one_cause_are_one_incident_and_one_message(
    receiver: HttpReceiver, capsys: pytest.CaptureFixture[str]
) -> None:
    storm = one_cause()
    with within(EVALUATE_SECONDS):
        found = mt.evaluate_monitors(storm)
    assert len(found.opened) == NUM_STORM
    (incident,) = found.incidents
    assert incident.component == "weather"
    assert len(incident.consequences) == NUM_STORM - 1
    printed = ask_everything(capsys)
    assert "→ 9,999 consequences: features" in printed
    assert "Chain  9,999 consequences along lineage" in printed
    assert "0 is wrong" in printed.partition("History")[2]
    (told,) = receiver.received
    assert len(told.body) < 500_000
    assert told.json["incidents"][0]["num_consequences"] == NUM_STORM - 1
    with within(EVALUATE_SECONDS):
        changed = mt.acknowledge(incident.id, reason="known")
    assert len(changed) == NUM_STORM
    assert main(["alerts"]) == 0


def test_ten_thousand_unrelated_alerts_are_told_in_few_messages(
    receiver: HttpReceiver, capsys: pytest.CaptureFixture[str]
) -> None:
    with within(EVALUATE_SECONDS):
        found = mt.evaluate_monitors(Storm())
    assert len(found.incidents) == NUM_STORM
    assert "These are the newest 50; there are more: --limit 100" in ask_everything(capsys)
    with within(EVALUATE_SECONDS):
        assert mt.evaluate_monitors(Storm()).incidents == ()
    assert 1 <= len(receiver.received) <= MAX_PER_HOUR
    assert sum(len(got.body) for got in receiver.received) < 1_000_000
    assert receiver.received[0].json["num_incidents"] == NUM_STORM
