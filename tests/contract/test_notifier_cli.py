"""`mltrace monitor` and notifiers, as a user types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from tests.receivers import Answer, HttpReceiver

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Cli = Callable[..., subprocess.CompletedProcess[str]]

MONITOR = '[[monitors]]\nkind = "volume"\ntable = "orders"\nmax_rows = 50\n'


@pytest.fixture
def orders(store: Path) -> None:
    @mt.component
    def orders(number: int) -> pd.DataFrame:
        return pd.DataFrame({"order": range(number)})

    orders(60)


def test_a_test_says_how_it_went_and_exits_with_1_if_one_could_not(store: Path, cli: Cli) -> None:
    with HttpReceiver() as good, HttpReceiver(Answer(404, body=b"no_team")) as bad:
        Path("mltrace.toml").write_text(
            '[notifiers.team]\nkind = "slack"\nurl = "$SLACK_URL"\n'
            '[notifiers.console]\nkind = "stdout"\n'
            f'[notifiers.hook]\nkind = "webhook"\nurl = "{good.url}"\n'
        )
        answer = cli("monitor", "test", SLACK_URL=f"{bad.url}/T0/s3cret")
        assert answer.returncode == 1
        assert answer.stdout.splitlines() == [
            "✓ console  test sent to standard output",
            f"✓ hook     test sent to {good.url}",
            f"✗ team     test failed to {bad.url}",
            f"  {bad.url} answered 404 Not Found: no_team",
        ]
        assert "TEST: this is a test of mltrace, nothing is wrong" in answer.stderr
        one = cli("monitor", "test", "hook", "--format", "json")
        assert one.returncode == 0
        assert [told["status"] for told in json.loads(one.stdout)] == ["sent"]
        unknown = cli("monitor", "test", "tema", SLACK_URL=bad.url)
        assert unknown.returncode == 2
        assert "No notifier 'tema'. Did you mean 'team'?" in unknown.stderr


def test_without_notifiers_it_says_how_to_declare_one(store: Path, cli: Cli) -> None:
    answer = cli("monitor", "test")
    assert answer.returncode == 0
    assert "Declare some in mltrace.toml as [notifiers.NAME]" in answer.stdout


def test_an_evaluation_tells_by_notifiers_and_its_json_stays_json(orders: None, cli: Cli) -> None:
    with HttpReceiver() as server:
        hook = f'[notifiers.hook]\nkind = "webhook"\nurl = "{server.url}"\n'
        console = '[notifiers.console]\nkind = "stdout"\n'
        Path("mltrace.toml").write_text(MONITOR + hook + console)
        first = cli("monitor", "run", "--format", "json")
        again = cli("monitor", "run", "--format", "json")
    assert len(json.loads(first.stdout)["opened"]) == 1
    assert "of orders" in first.stderr
    assert again.stderr == ""
    assert [got.json["kind"] for got in server.received] == ["opened"]


def test_a_receiver_that_is_away_does_not_fail_the_evaluation(orders: None, cli: Cli) -> None:
    Path("mltrace.toml").write_text(
        f'{MONITOR}[notifiers.hook]\nkind = "webhook"\nurl = "http://127.0.0.1:9/"\n'
        '[notifiers.team]\nkind = "slack"\nurl = "$NO_SUCH_VARIABLE"\n'
    )
    answer = cli("monitor", "run")
    assert answer.returncode == 1, "for the alert is open"
    assert "the environment variable NO_SUCH_VARIABLE is not set" in answer.stderr
    assert "Traceback" not in answer.stderr
