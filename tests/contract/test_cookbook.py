"""Every question of the cookbook is answered as it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.cookbook_store import build

import mltrace as mt

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cookbook.md"
_QUESTION = re.compile(r"^### ([^\n]+)\n\n```sql\n(.*?)\n```\n\n```text\n(.*?)\n```\n", re.M | re.S)


class Question(NamedTuple):
    """What is asked, how, and what comes of it."""

    title: str
    query: str
    answer: str


QUESTIONS = [Question(*found) for found in _QUESTION.findall(PAGE.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Fill one store for all questions."""
    folder = tmp_path_factory.mktemp("cookbook")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MLTRACE_URI", str(folder / "store"))
        build()
    return str(folder / "store")


def test_there_are_questions_enough() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert len(QUESTIONS) == len(re.findall("^### ", page, re.M)) >= 30


@pytest.mark.parametrize("question", QUESTIONS, ids=[one.title for one in QUESTIONS])
def test_it_is_answered_as_the_page_says(
    question: Question, uri: str, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLTRACE_URI", uri)
    monkeypatch.setenv("COLUMNS", "80")
    params = {}
    if "$old" in question.query:
        new, old = (one.digest for one in mt.versions("bookings"))
        params = {"old": old, "new": new}
    assert str(mt.sql(question.query, **params)) == question.answer
