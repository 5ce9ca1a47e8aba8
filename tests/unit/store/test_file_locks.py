"""Locks on files end with their block, whoever was forked in it, and nobody waits for ever."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

import pytest
from tests.forked import end_of, fork, run_forked

from mltrace.store import file_locks
from mltrace.store.file_locks import briefly_locked, locked

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lock"
    path.touch()
    return path


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR)


def _is_free(path: Path) -> bool:
    with locked(_open(path), fcntl.LOCK_EX) as is_ours:
        return is_ours


def test_some_share_a_lock_and_one_has_it_alone(file: Path) -> None:
    with (
        locked(_open(file), fcntl.LOCK_SH) as first,
        locked(_open(file), fcntl.LOCK_SH) as second,
        locked(_open(file), fcntl.LOCK_EX, seconds=0.01) as alone,
    ):
        assert (first, second, alone) == (True, True, False)
    assert _is_free(file)


def test_a_child_forked_meanwhile_does_not_hold_the_lock_on(file: Path) -> None:
    reading, writing = os.pipe()

    def stay() -> None:
        os.close(writing)
        os.read(reading, 1)  # until the parent closes its end

    with locked(_open(file), fcntl.LOCK_EX):
        child = fork(stay)
    assert _is_free(file)
    os.close(writing)
    os.close(reading)
    assert end_of(child) == 0


def test_a_child_that_leaves_the_block_does_not_unlock_it(file: Path) -> None:
    lock = locked(_open(file), fcntl.LOCK_EX)
    with lock:
        assert run_forked(lambda: lock.__exit__(None, None, None)) == 0
        assert not _is_free(file)


def test_what_is_held_for_a_moment_is_not_waited_for_longer(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_locks, "PATIENCE_SECONDS", 0.01)
    with (
        locked(_open(file), fcntl.LOCK_EX),
        pytest.raises(TimeoutError, match=r"held a lock for 0\.01 seconds; is one stopped"),
        briefly_locked(_open(file), fcntl.LOCK_SH),
    ):
        pass
