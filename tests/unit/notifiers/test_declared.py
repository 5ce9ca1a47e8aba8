"""Notifiers of `mltrace.toml`: each option is understood or refused, and no secret is told."""

from __future__ import annotations

import pickle
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.incidents import make_notice

import mltrace as mt
from mltrace.config.file import read_file
from mltrace.notifiers.callback import Callback
from mltrace.notifiers.declared import make_notifier
from mltrace.notifiers.notifier import Notifier, notifiers
from mltrace.notifiers.secret import Secret, read_secret

if TYPE_CHECKING:
    from pathlib import Path


def _make(name: str, table: dict[str, Any]) -> mt.Notifier:
    return make_notifier(f"notifiers.{name}", {"name": name, **table})


HOOK = "https://hooks.example.org/T0/s3cretpath"


def test_all_kinds_are_registered() -> None:
    kinds = "alertmanager callback email log slack stdout teams webhook"
    assert set(kinds.split()) <= set(notifiers.keys())


def test_the_file_declares_notifiers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_URL", HOOK)
    path = tmp_path / "mltrace.toml"
    path.write_text(
        """
        [notifiers.console]
        kind = "stdout"

        [notifiers.team]
        kind = "slack"
        url = "$SLACK_URL"
        min_severity = "critical"
        on = ["opened", "resolved"]
        owners = ["data-*"]
        remind_after = "1d"
        timeout = "5s"
        """
    )
    console, team = (make_notifier(*placed) for placed in read_file(path)["notifiers"])
    assert (console.name, team.name, team.target) == (
        "console",
        "team",
        "https://hooks.example.org",
    )
    assert (team.min_severity, team.owners, team.timeout_seconds) == ("critical", ("data-*",), 5)
    assert team.on == {"opened", "resolved"}
    assert team.remind_after_seconds == 86_400


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "notifiers.x names no kind"),
        ({"kind": ["slack"]}, "notifiers.x names no kind"),
        ({"kind": "slak"}, "No notifier 'slak'. Did you mean 'slack'"),
        ({"kind": "slack"}, "slack needs 'url'"),
        ({"kind": "slack", "ur": HOOK}, "No option of slack 'ur'. Did you mean 'url'"),
        ({"kind": "stdout", "min_severity": "high"}, "min_severity = 'high' is unknown"),
        ({"kind": "stdout", "on": ["opend"]}, "'opend' is unknown. Did you mean 'opened'"),
        ({"kind": "stdout", "on": 5}, "on = 5 is no text"),
        ({"kind": "stdout", "components": [""]}, "components = '' is no text"),
        ({"kind": "stdout", "timeout": "0s"}, "timeout = '0s' cannot be"),
        ({"kind": "stdout", "timeout": "soon"}, "'soon' is not an age"),
        ({"kind": "stdout", "max_per_hour": 0}, "max_per_hour = 0 cannot be"),
        ({"kind": "slack", "url": 5}, "url must be a text"),
        ({"kind": "callback", "function": "train"}, "function = 'train' can be neither"),
    ],
)
def test_what_cannot_be_is_refused_with_the_name_of_the_notifier(
    table: dict[str, Any], message: str
) -> None:
    with pytest.raises(mt.ConfigurationError, match=r"^notifiers\.x") as caught:
        _make("x", table)
    assert message in str(caught.value)


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_URL", raising=False)
    for given in ("$NO_URL", "${NO_URL}"):
        with pytest.raises(
            mt.ConfigurationError, match="the environment variable NO_URL is not set"
        ):
            _make("x", {"kind": "teams", "url": given})


@pytest.mark.parametrize(
    "table",
    [
        {"kind": "slack", "url": "htps://s3cretpath"},
        {"kind": "slack", "url": HOOK, "timeout": "never"},
        {"kind": "webhook", "url": HOOK, "secret": "s3cretpath", "on": "x"},
        {"kind": "webhook", "url": HOOK, "ca_file": "gone.pem", "token": "s3cretpath"},
    ],
)
def test_errors_tell_no_secret(table: dict[str, Any]) -> None:
    with pytest.raises(mt.ConfigurationError) as caught:
        _make("x", table)
    error: BaseException | None = caught.value
    while error is not None:
        assert "s3cretpath" not in repr(error)
        error = error.__cause__


def test_a_secret_is_not_shown_nor_pickled() -> None:
    secret = read_secret("url", " s3cret ")
    assert secret.reveal() == "s3cret"
    assert secret == read_secret("url", secret)
    assert len({secret, Secret("s3cret")}) == 1
    for shown in (str(secret), repr(secret), f"{secret}", repr([secret])):
        assert "s3cret" not in shown
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret)


def test_a_notifier_of_ones_own_takes_the_shared_options() -> None:
    class Pager(mt.Notifier):
        def __init__(self, *, number: str, **options: Any) -> None:
            super().__init__(**options)
            self.number = number

    try:
        notifiers.add("pager-of-a-test", Pager)
        table = {"kind": "pager-of-a-test", "number": "1", "min_severity": "critical"}
        pager = _make("night", table)
        assert isinstance(pager, Pager)
        assert (pager.number, pager.min_severity) == ("1", "critical")
        with pytest.raises(mt.ConfigurationError, match="needs 'number'"):
            _make("night", {"kind": "pager-of-a-test"})
    finally:
        del notifiers._items["pager-of-a-test"]


def test_a_notifier_without_send_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r"Notifier has no method send\(notice\)"):
        Notifier().send(make_notice())


def test_a_callback_is_called_with_the_notice() -> None:
    received: list[mt.Notice] = []
    notice = make_notice()
    Callback(function=received.append).send(notice)
    assert received == [notice]


def test_a_callback_is_found_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "retraining_of_a_test.py").write_text(
        "class Model:\n    @staticmethod\n    def retrain(notice): print(notice.kind)\n"
    )
    Callback(function="retraining_of_a_test:Model.retrain").send(make_notice())
    assert capsys.readouterr().out == "opened\n"
    for name, why in (("no_such_module:f", "No module named"), ("json:no_such", "no attribute")):
        with pytest.raises(mt.NotDeliveredError, match=f"{name} cannot be imported: .*{why}"):
            Callback(function=name).send(make_notice())
