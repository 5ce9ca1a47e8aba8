from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pyarrow
import pytest

from mltrace.profiles.sources.counted import CountedFile

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("name", "pack"), [("a.csv", bytes), ("a.csv.gz", gzip.compress)])
def test_the_share_that_was_read_is_told_also_when_closed(
    tmp_path: Path, name: str, pack: type[bytes]
) -> None:
    path = tmp_path / name
    path.write_bytes(pack(b"a\n1\n" * 1000))
    file = CountedFile(str(path))
    assert file.share() == 0
    with file.open() as stream:
        assert stream.read() == b"a\n1\n" * 1000
        assert file.share() == 1
    assert file.share() == 1


def test_no_file_of_python_is_left_to_the_threads_of_arrow(tmp_path: Path) -> None:
    (path := tmp_path / "a.csv").write_bytes(b"a\n")
    with CountedFile(str(path)).open() as stream:
        assert isinstance(stream, pyarrow.OSFile)


def test_a_name_that_is_no_text_is_opened(tmp_path: Path) -> None:
    (path := tmp_path / "a\udcff.csv").write_bytes(b"a\n")
    with CountedFile(str(path)).open() as stream:
        assert stream.read() == b"a\n"
