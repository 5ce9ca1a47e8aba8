"""Lines of spool files that are drained are blanked; all others stay, and so does the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.lake_stores import LakeStore

from mltrace.store import spool
from mltrace.store.blanking import blank_lines
from mltrace.store.task_facts import PredictionFact

if TYPE_CHECKING:
    from pathlib import Path

    from mltrace.store.facts import AnyFact


@pytest.fixture
def lake(tmp_path: Path) -> LakeStore:
    return LakeStore(str(tmp_path / "store"))


def _path(lake: LakeStore) -> Path:
    (found,) = spool.list_files(lake.store.location.spool)
    return lake.store.location.spool / found.name


def _ids(lake: LakeStore) -> list[str]:
    facts = map(spool.parse, spool.lines_of(str(_path(lake)), 0))
    return [fact.id for fact in facts if isinstance(fact, PredictionFact)]


def _blank(lake: LakeStore, *ids: str) -> list[str]:
    def is_going(fact: AnyFact) -> bool:
        return isinstance(fact, PredictionFact) and fact.id in ids

    with lake.store.catalog.read() as connection:
        return blank_lines(connection, lake.store.location.spool, is_going)


def test_only_lines_that_are_drained_go(lake: LakeStore) -> None:
    lake.append(lake.prediction("a"), lake.prediction("b"), lake.prediction("a"))
    lake.store.drain()
    lake.append(lake.prediction("a", at=1), lake.prediction("c"))
    size = _path(lake).stat().st_size
    assert _blank(lake, "a") == []
    assert _ids(lake) == ["b", "a", "c"]
    assert _path(lake).stat().st_size == size
    assert lake.ids() == ["a", "a", "a", "b", "c"]  # the writer goes on, and its reader


def test_what_is_damaged_goes_as_nobody_can_tell_what_it_was(lake: LakeStore) -> None:
    lake.append(lake.prediction("a"))
    with _path(lake).open("ab") as file:
        file.write(b'\n00000000 {"f":"prediction","id":"a"\n')
    lake.append(lake.prediction("b"))
    lake.store.drain()
    _blank(lake, "a")
    assert b'"a"' not in _path(lake).read_bytes()
    assert _ids(lake) == ["b"]


def test_file_of_another_user_is_named(lake: LakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.append(lake.prediction("a"))
    lake.store.drain()

    def refuse(path: str, *_: object, **__: object) -> None:
        raise PermissionError(path)

    monkeypatch.setattr("mltrace.store.blanking.open", refuse, raising=False)
    assert _blank(lake, "a") == [_path(lake).name]
    assert _ids(lake) == ["a"]
