"""Where facts wait for a remote store: a folder that can be written and is this user's alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mltrace.errors import ConfigurationError
from mltrace.store.waiting_room import waiting_room


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "home").mkdir()
    (tmp_path / "tmp").mkdir()
    return tmp_path / "home"


def _nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no home be writable: a file stands where it should be."""
    Path(os.environ["HOME"]).rmdir()
    Path(os.environ["HOME"]).write_text("")


def test_state_folder_of_the_user_is_the_default(home: Path) -> None:
    assert waiting_room("db") == home / ".local" / "state" / "mltrace" / "db"
    assert not (home / ".local").exists()


def test_named_folders_come_first(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert waiting_room("db") == tmp_path / "state" / "mltrace" / "db"
    assert waiting_room("db", str(tmp_path / "given")) == tmp_path / "given" / "db"


def test_without_a_home_it_is_a_private_temporary_folder(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _nowhere(monkeypatch)
    root = tmp_path / "tmp" / f"mltrace-{os.getuid()}"
    assert waiting_room("db") == root / "db"
    assert root.stat().st_mode & 0o777 == 0o700
    assert waiting_room("db") == root / "db"


@pytest.mark.parametrize("trap", ["open", "link", "file"])
def test_temporary_folder_that_others_can_reach_is_refused(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trap: str
) -> None:
    _nowhere(monkeypatch)
    root = tmp_path / "tmp" / f"mltrace-{os.getuid()}"
    if trap == "open":
        root.mkdir()
        root.chmod(0o777)
    elif trap == "link":
        (tmp_path / "mine").mkdir(mode=0o700)
        root.symlink_to(tmp_path / "mine")
    else:
        root.write_text("")
    with pytest.raises(ConfigurationError, match="not a folder of this user alone"):
        waiting_room("db")
