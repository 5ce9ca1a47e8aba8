"""Settings of profiles: the environment counts before the file, what cannot be is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mltrace as mt
from mltrace.config import ProfileRule, load_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("MLTRACE_PROFILE", "MLTRACE_PROFILE_SECONDS", "MLTRACE_PROFILE_SHARE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_without_settings_all_rows_are_profiled_within_a_share() -> None:
    assert load_settings().profile == ProfileRule("full", 1.0, 0.05)


def test_the_environment_counts_before_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = 'profile = "sample"\nprofile_seconds = 2.5\nprofile_share = 0\n'
    (folder / "mltrace.toml").write_text(file)
    assert load_settings().profile == ProfileRule("sample", 2.5, 0.0)
    monkeypatch.setenv("MLTRACE_PROFILE", "off")
    monkeypatch.setenv("MLTRACE_PROFILE_SHARE", "0.5")
    assert load_settings().profile == ProfileRule("off", 2.5, 0.5)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MLTRACE_PROFILE", "most", "MLTRACE_PROFILE = 'most' is unknown; use 'full', 'sample'"),
        ("MLTRACE_PROFILE_SECONDS", "soon", "MLTRACE_PROFILE_SECONDS = 'soon' is no number"),
        ("MLTRACE_PROFILE_SECONDS", "-1", "'-1' is no number; give one of 0 or more"),
        ("MLTRACE_PROFILE_SHARE", "5", "5 is no share; give a number from 0 to 1"),
        ("MLTRACE_PROFILE_SHARE", "nan", "'nan' is no number"),
    ],
)
def test_what_cannot_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(mt.ConfigurationError, match=said):
        load_settings()
