"""Who ships: one process at a time waits for its turn, and a forked child holds up nobody."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.forked import end_of, fork

from mltrace.capture.shipping import shipper
from mltrace.config import ShipRule, load_settings
from mltrace.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from mltrace.capture.companions import Companion


def _shipper(folder: Path) -> Companion:
    return shipper(folder, ShipRule(), {})


def test_one_at_a_time_is_handed_the_lock(tmp_path: Path) -> None:
    one, other = _shipper(tmp_path), _shipper(tmp_path)
    with one._turn() as mine:
        assert mine is not None
        with other._turn() as theirs:
            assert theirs is None
    with other._turn() as theirs:
        assert theirs is not None


def test_whoever_the_lock_was_handed_to_keeps_it(tmp_path: Path) -> None:
    with _shipper(tmp_path)._turn() as mine:
        assert mine is not None
        handed = os.dup(mine)
    with _shipper(tmp_path)._turn() as theirs:
        assert theirs is None
    os.close(handed)
    with _shipper(tmp_path)._turn() as theirs:
        assert theirs is not None


def test_child_that_is_forked_meanwhile_does_not(tmp_path: Path) -> None:
    (until, end), (started, is_there) = os.pipe(), os.pipe()

    def stay() -> None:
        os.close(end)
        os.write(is_there, b"!")
        os.read(until, 1)

    with _shipper(tmp_path)._turn() as mine:
        assert mine is not None
        child = fork(stay)
    try:
        os.read(started, 1)
        with _shipper(tmp_path)._turn() as theirs:
            assert theirs is not None
    finally:
        for descriptor in (end, until, started, is_there):
            os.close(descriptor)
        assert end_of(child) == 0


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("1", ShipRule()),
        ("wait", ShipRule(waits=True)),
        ("0", ShipRule(None)),
        ("never", ShipRule(None)),
        ("5s", ShipRule(5.0)),
    ],
)
def test_setting_is_a_switch_or_an_age(
    said: str, meant: ShipRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLTRACE_SHIP", said)
    assert load_settings().ship == meant


def test_setting_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACE_SHIP", "often")
    with pytest.raises(ConfigurationError, match="MLTRACE_SHIP = 'often'"):
        load_settings()
