"""The lines of strace, as it writes them, are understood."""

from __future__ import annotations

import re

import pytest

from mltrace.capture.command.accesses import Accesses
from mltrace.capture.command.strace import Parser


def _parsed(*lines: bytes, folder: str = "/jobs") -> Accesses:
    accesses = Accesses(lambda path: True)
    parser = Parser(accesses, folder)
    for line in lines:
        # No process has such a number: of one that lives, the system would be asked.
        parser.take(re.sub(rb"^(\d)(?= )|(?<= = )(8)$", rb"9999999\1\2", line))
    return accesses


def _inputs(accesses: Accesses) -> set[str]:
    return {path for path, access in accesses.files.items() if access.is_input}


def _outputs(accesses: Accesses) -> set[str]:
    return {path for path, access in accesses.files.items() if access.is_output}


@pytest.mark.parametrize(
    "line",
    [
        b'7 openat(AT_FDCWD</jobs>, "raw.csv", O_RDONLY|O_CLOEXEC) = 3</jobs/raw.csv>',
        b'7  open("raw.csv", O_RDONLY)          = 3</jobs/raw.csv>',
        b'7 openat(5</jobs/d>, "../raw.csv", O_RDONLY) = 3</jobs/raw.csv>',
        b'7 openat2(AT_FDCWD</jobs>, "raw.csv", {flags=O_RDONLY, resolve=RESOLVE_BENEATH}, 24) = 3',
        b'7 openat(AT_FDCWD</elsewhere>, "/jobs/raw.csv", O_RDONLY) = 3</jobs/raw.csv>',
    ],
)
def test_read(line: bytes) -> None:
    accesses = _parsed(line)
    assert (_inputs(accesses), _outputs(accesses)) == ({"/jobs/raw.csv"}, set())


@pytest.mark.parametrize(
    "line",
    [
        b'7 openat(AT_FDCWD</jobs>, "out", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3</jobs/out>',
        b'7 openat(AT_FDCWD</jobs>, "out", O_RDWR|O_CREAT|O_EXCL, 0600) = 3</jobs/out>',
        b'7 creat("out", 0666) = 3</jobs/out>',
        b'7 openat2(3</w>, "/jobs/out", {flags=O_WRONLY|O_CREAT|O_TRUNC, mode=0666}, 24) = 4',
    ],
)
def test_write(line: bytes) -> None:
    accesses = _parsed(line)
    assert (_inputs(accesses), _outputs(accesses)) == (set(), {"/jobs/out"})


@pytest.mark.parametrize(
    "line",
    [
        b'7 openat(AT_FDCWD</jobs>, "log", O_WRONLY|O_CREAT|O_APPEND, 0666) = 3</jobs/log>',
        b'7 openat(AT_FDCWD</jobs>, "log", O_RDWR) = 3</jobs/log>',
        b'7 truncate("/jobs/log", 10) = 0',
    ],
)
def test_change_in_place(line: bytes) -> None:
    accesses = _parsed(line)
    assert _inputs(accesses) == _outputs(accesses) == {"/jobs/log"}


@pytest.mark.parametrize(
    "line",
    [
        b'7 openat(AT_FDCWD</jobs>, "d", O_RDONLY|O_DIRECTORY) = 3</jobs/d>',
        b'7 openat(AT_FDCWD</jobs>, "d", O_PATH|O_CLOEXEC) = 3</jobs/d>',
        b'7 openat(AT_FDCWD</jobs>, ".", O_RDWR|O_TMPFILE, 0600) = 3</jobs/#1 (deleted)>',
        b"7 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---",
        b"7 +++ exited with 0 +++",
        b"strace: Process 8 attached",
        b'7 openat(AT_FDCWD</jobs>, "cut',
        b"",
        b"\xff\xfe",
    ],
)
def test_what_says_nothing_of_content_is_passed_over(line: bytes) -> None:
    assert _parsed(line).files == {}


@pytest.mark.parametrize(
    "line",
    [
        b'7 rename("/jobs/tmp", "/jobs/out") = 0',
        b'7 renameat(AT_FDCWD</jobs>, "tmp", AT_FDCWD</jobs>, "out") = 0',
        b'7 renameat2(3</jobs>, "tmp", 3</jobs>, "out", RENAME_NOREPLACE) = 0',
        b'7 rename("tmp", "out") = 0',
    ],
)
def test_rename_moves_what_is_known(line: bytes) -> None:
    made = b'7 openat(AT_FDCWD</jobs>, "tmp", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3</jobs/tmp>'
    accesses = _parsed(made, line)
    assert set(accesses.files) == {"/jobs/out"}
    assert _outputs(accesses) == {"/jobs/out"}


def test_relative_path_follows_the_working_folder_of_its_process() -> None:
    accesses = _parsed(
        b'7 chdir("sub") = 0',
        b"7 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f) = 8",
        b'8 link("one", "two") = 0',
        b"8 fchdir(3</other/place>) = 0",
        b'8 rename("a", "b") = 0',
        b'7 rename("a", "b") = 0',
    )
    assert {"/jobs/sub/two", "/other/place/b", "/jobs/sub/b"} == _outputs(accesses)


def test_escapes_are_undone() -> None:
    line = rb'7 open("a\"b\\c\303\274\t\74\76\7z", O_RDONLY) = 3</x>'
    assert list(_parsed(line).files) == ['/jobs/a"b\\cü\t<>\x07z']


def test_name_that_is_no_utf8_survives() -> None:
    (path,) = _parsed(rb'7 open("caf\351", O_RDONLY) = 3</x>').files
    assert path == "/jobs/caf\udce9"


def test_what_git_looks_at_is_no_input_but_what_it_writes_is_an_output() -> None:
    accesses = _parsed(
        b'7 execve("/usr/bin/git", ["git", "status"], 0x7ff /* 9 vars */) = 0',
        b"7 clone3({flags=CLONE_VM|CLONE_THREAD, stack=0x7f}, 88) = 8",
        b'7 openat(AT_FDCWD</jobs>, "raw.csv", O_RDONLY) = 3</jobs/raw.csv>',
        b'8 openat(AT_FDCWD</jobs>, "more.csv", O_RDONLY) = 3</jobs/more.csv>',
        b'7 openat(AT_FDCWD</jobs>, "new.csv", O_WRONLY|O_CREAT|O_EXCL, 0666) = 3</jobs/new.csv>',
        b'8 execve("/bin/cat", ["cat"], 0x7ff /* 9 vars */) = 0',
        b'8 openat(AT_FDCWD</jobs>, "seen.csv", O_RDONLY) = 3</jobs/seen.csv>',
    )
    assert _inputs(accesses) == {"/jobs/seen.csv"}
    assert _outputs(accesses) == {"/jobs/new.csv"}
