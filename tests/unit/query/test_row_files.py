"""Rows as files in memory: written anew under the same path, or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pyarrow
import pytest
from pyarrow import parquet

from mltrace.query.row_files import RowFiles

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    not hasattr(os, "memfd_create"), reason="this system has no files in memory"
)


def _rows(number: int) -> pyarrow.Table:
    return pyarrow.table({"a": [str(one) for one in range(number)]})


def test_a_table_keeps_its_path_whatever_its_rows() -> None:
    files = RowFiles()
    path = files.write("runs", _rows(10_000))
    other = files.write("reads", _rows(2))
    assert files.write("runs", _rows(3)) == path != other
    assert path is not None
    assert parquet.read_table(path) == _rows(3)
    files.empty()
    assert os.path.getsize(path) == 0
    files.forget()


def test_what_a_forked_child_forgets_stays_with_its_parent() -> None:
    files = RowFiles()
    path = files.write("runs", _rows(3))
    child = os.fork()
    if child == 0:
        files.forget()
        files.write("runs", _rows(5))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert path is not None
    assert parquet.read_table(path) == _rows(3)
    files.forget()


def test_a_descriptor_that_is_a_file_of_the_user_by_now_is_left(tmp_path: Path) -> None:
    files = RowFiles()
    path = files.write("runs", _rows(3))
    assert path is not None
    descriptor = int(path.rpartition("/")[2])
    users = tmp_path / "mine"
    with users.open("w") as file:
        file.write("mine")
        file.flush()
        os.dup2(file.fileno(), descriptor)
    files.empty()
    files.write("runs", _rows(3))
    files.forget()
    os.close(descriptor)
    assert users.read_text() == "mine"


def test_a_system_without_them_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create")
    assert RowFiles().write("runs", _rows(3)) is None
