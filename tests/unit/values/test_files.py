from __future__ import annotations

import os
import random
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mltrace.values import directories, file_digests
from mltrace.values.described import Described, ValueChangedError
from mltrace.values.digests import digest_of_bytes
from mltrace.values.kinds import recognise

Describe = Callable[..., Described]
Reload = Callable[..., Any]
LIMIT = 1 << 30


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(name: str, content: bytes) -> Path:
    path = Path(name)
    path.write_bytes(content)
    return path


def test_a_file_is_its_bytes_under_its_spelling(describe: Describe, reload: Reload) -> None:
    path = written("raw.csv", b"a,b\n1,2\n")
    found = describe(path, LIMIT)
    assert (found.kind, found.name, found.size_bytes) == ("file", "raw.csv", 8)
    assert found.identity == os.path.abspath("raw.csv")
    assert found.digest == digest_of_bytes(b"a,b\n1,2\n")
    assert reload(found) == b"a,b\n1,2\n"
    assert describe("raw.csv").digest == found.digest
    assert describe("./raw.csv").name == "./raw.csv"
    assert describe(str(path.absolute())).identity == found.identity


def test_texts_are_files_only_if_they_exist() -> None:
    Path("folder").mkdir()
    written("data", b"x")
    for text in ("", "missing.csv", "folder", "two\nlines", "nul\0", "x" * 5000, "/dev/null"):
        assert recognise(text) is None, text
    assert recognise("data") is not None
    assert recognise("./folder") is not None


def test_a_path_that_names_nothing_says_so(describe: Describe) -> None:
    assert describe(Path("missing")).reason == "no such file"
    os.symlink("nowhere", "link")
    assert describe(Path("link")).reason == "broken symbolic link"
    os.symlink("loop", "loop")
    assert "OSError" in (describe(Path("loop")).reason or "")
    assert describe(Path("nul\0")).digest is None


def test_special_files_are_never_opened(describe: Describe) -> None:
    os.mkfifo("pipe")
    assert describe(Path("pipe")).reason == "not read: it is a named pipe"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("sock")
        assert describe(Path("sock")).reason == "not read: it is a socket"
    assert describe(Path("/dev/zero")).reason == "not read: it is a character device"
    Path("folder").mkdir()
    os.mkfifo("folder/pipe")
    assert describe(Path("folder")).digest is not None


def test_names_outside_of_utf8_are_escaped(describe: Describe) -> None:
    with open(b"caf\xe9.csv", "wb") as stream:
        stream.write(b"x")
    (path,) = Path(".").iterdir()
    found = describe(path)
    assert found.name == "caf\\xe9.csv"
    assert found.digest == digest_of_bytes(b"x")
    assert describe(Path(".")).digest is not None


def test_unreadable_files_say_so(describe: Describe, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written("secret", b"x")

    def refuse(*_: Any) -> int:
        raise PermissionError(13, "Permission denied", "secret")

    monkeypatch.setattr(os, "open", refuse)
    found = describe(path)
    assert found.digest is None
    assert found.reason == "PermissionError: Permission denied"


def test_empty_files_are_trivial(describe: Describe) -> None:
    assert describe(written("empty", b"")).trivial
    assert not describe(written("full", b"x")).trivial


def test_a_file_left_alone_is_read_once(
    describe: Describe, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = written("quiet", b"x" * 10)
    reads: list[str] = []
    read = file_digests._read

    def read_and_count(path: str) -> Any:
        reads.append(path)
        return read(path)

    monkeypatch.setattr(file_digests, "_read", read_and_count)
    # Not only the file's own times count, which anyone can set, but when they were set.
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + 3_000_000_000)
    first = describe(quiet)
    assert describe(quiet).digest == first.digest
    assert len(reads) == 1
    quiet.write_bytes(b"y" * 10)
    assert describe(quiet).digest != first.digest


def test_a_file_just_written_is_never_remembered(describe: Describe) -> None:
    path = written("fresh", b"one")
    status = os.stat(path)
    before = describe(path).digest
    path.write_bytes(b"two")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert describe(path).digest != before


def test_a_file_that_changes_while_it_is_read_is_read_again(
    describe: Describe, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written("busy", b"0")
    read = file_digests._read
    num_changes = [1]

    def read_and_change(name: str) -> Any:
        answer = read(name)
        if num_changes[0]:
            num_changes[0] -= 1
            path.write_bytes(b"changed %d" % num_changes[0])
        return answer

    monkeypatch.setattr(file_digests, "_read", read_and_change)
    assert describe(path).digest == digest_of_bytes(b"changed 0")
    num_changes[0] = 99
    found = describe(path)
    assert found.digest is None
    assert "changed while it was read" in (found.reason or "")


def test_large_files_are_streamed_and_checked_when_kept(describe: Describe, reload: Reload) -> None:
    content = random.Random(0).randbytes(1 << 20) * 3
    path = written("large", content)
    found = describe(path, LIMIT)
    assert found.digest == digest_of_bytes(content)
    assert reload(found) == content
    path.write_bytes(content[:-1] + b"!")
    with pytest.raises(ValueChangedError, match="changed before its content"):
        reload(found)
    path.unlink()
    with pytest.raises(ValueChangedError, match="removed"):
        reload(found)


def test_files_over_the_limit_are_not_kept(describe: Describe) -> None:
    found = describe(written("large", b"x" * 100), 10)
    assert (found.parts, found.manifest) == ((), None)
    assert found.reason == "content not kept: 100 bytes are over the limit of 10"


def test_a_directory_is_its_files(describe: Describe, reload: Reload) -> None:
    for part in ("year=2013/a.parquet", "year=2014/b.parquet"):
        path = Path("set", part)
        path.parent.mkdir(parents=True)
        path.write_bytes(part.encode())
    found = describe(Path("set"), LIMIT)
    assert found.size_bytes == 38
    assert reload(found) == {
        "year=2013/a.parquet": b"year=2013/a.parquet",
        "year=2014/b.parquet": b"year=2014/b.parquet",
    }
    os.rename("set", "moved")
    assert describe("./moved").digest == found.digest
    Path("moved/empty").mkdir()
    Path("moved/.mltrace").mkdir()
    Path("moved/.mltrace/spool").write_bytes(b"x")
    assert describe("./moved").digest == found.digest
    os.rename("moved/year=2013/a.parquet", "moved/year=2013/c.parquet")
    assert describe("./moved").digest != found.digest


def test_directories_with_loops_and_crowds_are_bounded(
    describe: Describe, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("set").mkdir()
    assert describe(Path("set")).trivial
    written("set/a", b"x")
    os.symlink("..", "set/up")
    os.symlink("nowhere", "set/broken")
    assert describe(Path("set")).digest is not None
    monkeypatch.setattr(directories, "MAX_ENTRIES", 2)
    found = describe(Path("set"))
    assert found.digest is None
    assert "over 2 entries" in (found.reason or "")


def test_digesting_works_in_threads_and_after_a_fork(describe: Describe) -> None:
    paths = [written(f"f{number}", b"%d" % number) for number in range(20)]
    expected = [digest_of_bytes(b"%d" % number) for number in range(20)]
    seen: list[list[str | None]] = []
    threads = [
        threading.Thread(target=lambda: seen.append([describe(path).digest for path in paths]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [expected] * 4
    with ThreadPoolExecutor(1) as other:
        other.submit(file_digests._cache._lock.acquire).result()
        file_digests._cache._unlock()
        assert describe(paths[0]).digest == expected[0]


def test_a_signal_handler_may_digest_in_the_middle_of_digesting(describe: Describe) -> None:
    path = written("f", b"1")
    with file_digests._cache._lock:
        assert describe(path).digest == digest_of_bytes(b"1")
