"""What was done to files decides whether they are inputs, outputs, both or neither."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from mltrace.capture.command import accesses as module
from mltrace.capture.command.accesses import REMOVED, REPLACED, Accesses

READ = frozenset({b"O_RDONLY"})
WRITE = frozenset({b"O_WRONLY", b"O_CREAT", b"O_TRUNC"})
APPEND = frozenset({b"O_WRONLY", b"O_CREAT", b"O_APPEND"})
UPDATE = frozenset({b"O_RDWR"})
FUTURE_NS = time.time_ns() + 10**15


@pytest.fixture
def accesses() -> Accesses:
    return Accesses(lambda path: True)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "file"
    path.write_text("content")
    return str(path)


def _inputs(accesses: Accesses, started_ns: int) -> list[tuple[str, str | None]]:
    return [(used.path, used.reason) for used in accesses.inputs(started_ns)]


def _outputs(accesses: Accesses, started_ns: int) -> list[str]:
    return [used.path for used in accesses.outputs(started_ns)]


def test_file_that_was_only_read_is_an_input(accesses: Accesses, file: str) -> None:
    accesses.opened(file, READ)
    assert _inputs(accesses, FUTURE_NS) == [(file, None)]
    assert _outputs(accesses, 0) == []


def test_input_that_changed_since_has_no_known_content(accesses: Accesses, file: str) -> None:
    accesses.opened(file, READ)
    assert _inputs(accesses, 0) == [(file, REPLACED)]


def test_input_that_is_gone_has_no_known_content(accesses: Accesses, file: str) -> None:
    accesses.opened(file, READ)
    os.unlink(file)
    assert _inputs(accesses, 0) == [(file, REMOVED)]


def test_first_open_decides_whether_a_file_is_an_input(accesses: Accesses, file: str) -> None:
    accesses.opened(file, WRITE)
    accesses.opened(file, READ)
    assert (_inputs(accesses, 0), _outputs(accesses, 0)) == ([], [file])


def test_file_opened_for_change_and_left_alone_is_no_output(accesses: Accesses, file: str) -> None:
    accesses.opened(file, UPDATE)
    assert _outputs(accesses, FUTURE_NS) == []
    assert _outputs(accesses, 0) == [file]


def test_emptied_file_is_an_output_whatever_the_clock_of_its_disk(
    accesses: Accesses, file: str
) -> None:
    accesses.opened(file, WRITE)
    assert _outputs(accesses, FUTURE_NS) == [file]


def test_file_born_by_appending_is_no_input(accesses: Accesses, file: str) -> None:
    accesses.opened(file, APPEND)
    before = os.stat(file).st_ctime_ns
    assert _inputs(accesses, before - 10**9) == []
    assert _outputs(accesses, before - 10**9) == [file]


def test_two_names_of_a_file_are_one(accesses: Accesses, file: str, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(file)
    accesses.opened(file, READ)
    accesses.opened(str(tmp_path / "link"), READ)
    assert _inputs(accesses, FUTURE_NS) == [(file, None)]


def test_backup_and_replace_is_a_change_in_place(
    accesses: Accesses, file: str, tmp_path: Path
) -> None:
    backup, new = f"{file}~", str(tmp_path / "new")
    accesses.opened(file, READ)
    os.rename(file, backup)
    accesses.moved(file, backup)
    Path(new).write_text("new")
    accesses.opened(new, WRITE)
    os.rename(new, file)
    accesses.moved(new, file)
    assert _inputs(accesses, 0) == [(file, REPLACED)]
    assert sorted(_outputs(accesses, 0)) == [file, backup]


def test_folder_that_is_moved_takes_its_files_along(accesses: Accesses, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    accesses.opened(f"{tmp_path}/tmp/part", WRITE)
    (tmp_path / "out" / "part").write_text("x")
    accesses.moved(f"{tmp_path}/tmp", f"{tmp_path}/out")
    assert _outputs(accesses, 0) == [f"{tmp_path}/out/part"]


def test_program_is_no_data(accesses: Accesses, file: str) -> None:
    accesses.executed(file)
    accesses.opened(file, READ)
    assert _inputs(accesses, FUTURE_NS) == []


def test_opens_of_our_own_do_not_count(accesses: Accesses, file: str) -> None:
    accesses.opened(file, {b"O_RDONLY", b"O_NOCTTY", b"O_NONBLOCK", b"O_CLOEXEC"})
    assert accesses.files == {}


def test_folders_and_devices_are_no_files(accesses: Accesses, tmp_path: Path) -> None:
    accesses.opened(str(tmp_path), READ)
    accesses.opened(os.devnull, READ)
    assert _inputs(accesses, FUTURE_NS) == []


def test_number_of_files_is_bounded(
    accesses: Accesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_FILES", 3)
    for number in range(5):
        accesses.opened(f"{tmp_path}/{number}", WRITE)
    assert len(accesses.files) == 3
    assert accesses.num_left_out == 2
