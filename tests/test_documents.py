"""What documents show is what happens: their Python runs, their commands print what stands there.

A Python or TOML block with a title is a file; Python without one runs in the namespace of its page.
Of a console block the commands `mltrace` and `python` are run and their output compared, but for
ids, times, durations and the width of columns.
"""

from __future__ import annotations

import os
import re
import runpy
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from mltrace.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(
    r"^```(python|console|toml(?= title))(?: title=\"([^\"\n]+)\")?\n(.*?)^```$", re.M | re.S
)
_RUN_ID = r"[0-9a-f]{8}-[0-9a-f]{4}(?:-[0-9a-f]{1,12})*"
_VOLATILE = (
    (re.compile(rf"\b{_RUN_ID}\b…?"), "RUN"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "ALERT"),
    (re.compile(r"\b(?:\d+ \w+ ago|just now)"), "AGE"),
    (re.compile(r"\b\d+(?:\.\d+)? (?:µs|ms|s|seconds?)\b"), "TIME"),
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?)?(?: UTC)?"), "DATE"),
)
_SPACE = re.compile(r"\s+")


class Command(NamedTuple):
    """A command of a console block, and what the page says that it prints."""

    words: list[str]
    shown: str


def _blocks(page: Path) -> list[tuple[str, str, str]]:
    return _BLOCK.findall(page.read_text(encoding="utf-8"))


def _commands(block: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        line, _, shown = part.partition("\n")
        yield Command(shlex.split(line, comments=True), shown)


def _fixed(text: str) -> str:
    for pattern, name in _VOLATILE:
        text = pattern.sub(name, text)
    return _SPACE.sub(" ", text).strip()


def _run(command: Command, capsys: pytest.CaptureFixture[str]) -> str | None:
    """Run a command and return what it prints; None if it is none of ours."""
    program, *arguments = command.words
    capsys.readouterr()
    if program == "python":
        runpy.run_path(arguments[0], run_name="__main__")
    elif program == "mltrace":
        main(arguments)
    else:
        return None
    captured = capsys.readouterr()
    return captured.out + captured.err


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_shows_what_happens(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name in [name for name in os.environ if name.startswith("MLTRACE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOGNAME", "ada")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for number, (language, title, body) in enumerate(_blocks(page)):
        if language == "console":
            for command in _commands(body):
                printed = _run(command, capsys)
                if printed is not None:
                    assert _fixed(printed) == _fixed(command.shown), shlex.join(command.words)
            continue
        path = tmp_path / (title or f"block{number}.py")
        path.write_text(body, encoding="utf-8")
        if not title:
            exec(compile(body, str(path), "exec"), namespace)
    said = [record.message for record in caplog.records if record.name == "mltrace"]
    assert [one for one in said if not re.search(r" failed (before|after) the run: ", one)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_readme_is_short() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 150
