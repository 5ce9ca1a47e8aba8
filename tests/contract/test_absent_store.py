"""A store that is not there: asking makes none, and a misspelt name is told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

ASKING = [
    ["recent"],
    ["history", "x"],
    ["inspect", "01a2"],
    ["trace", "x"],
    ["impact", "x"],
    ["components"],
    ["tags"],
    ["flagged"],
    ["review"],
    ["stale"],
    ["retracted"],
    ["sync"],
    ["gc"],
    ["export", "exported"],
]


@pytest.mark.parametrize("verb", ASKING, ids=lambda words: words[0])
def test_a_named_store_that_is_not_there_is_refused_and_not_made(
    workdir: Path, cli: Callable[..., subprocess.CompletedProcess[str]], verb: list[str]
) -> None:
    (workdir / "store" / "spool").mkdir(parents=True)
    answer = cli(*verb, "--store", "sotre")
    assert answer.returncode == 3
    assert "There is no store at" in answer.stderr
    assert f"Did you mean '{workdir / 'store'}'" in answer.stderr
    assert [path.name for path in workdir.iterdir()] == ["store"]


def test_a_new_name_with_no_store_near_is_an_empty_store(
    workdir: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    answer = cli("recent", "--store", "fresh")
    assert answer.returncode == 0, answer.stderr
    assert f"the first run makes {workdir / 'fresh'}" in " ".join(answer.stdout.split())
    answer = cli("recent", "--store", "no/such/folder")
    assert answer.returncode == 3
    assert list(workdir.iterdir()) == []


@pytest.mark.parametrize("verb", ["recent", "components", "flagged", "retracted"])
def test_a_folder_without_a_store_stays_so(
    workdir: Path, cli: Callable[..., subprocess.CompletedProcess[str]], verb: str
) -> None:
    answer = cli(verb)
    assert answer.returncode == 0, answer.stderr
    assert "There is no store yet" in answer.stdout
    assert list(workdir.iterdir()) == []


def test_the_folder_of_a_project_is_taken_for_its_store(
    workdir: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    (workdir / "project" / ".mltrace" / "spool").mkdir(parents=True)
    answer = cli("recent", "--store", "project")
    assert f"Did you mean '{workdir / 'project' / '.mltrace'}'?" in answer.stderr


def test_a_database_file_is_named_when_it_is_near(
    workdir: Path, script: Callable[..., str], cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    script(
        "import mltrace as mt\n@mt.component\ndef f(): ...\nf()\nmt.sync()",
        MLTRACE_URI="sqlite:///runs.db",
    )
    answer = cli("recent", "--store", "sqlite:///rusn.db")
    assert answer.returncode == 3
    assert f"Did you mean '{workdir / 'runs.db'}'?" in answer.stderr


def test_asking_from_python_makes_no_store_either(workdir: Path) -> None:
    assert list(mt.Workspace("other").recent()) == []
    with pytest.raises(mt.StoreNotFoundError, match="There is no store at"):
        mt.merge("other", "new")
    with pytest.raises(mt.StoreNotFoundError, match="There is no store at"):
        mt.Workspace("other").gc()
    assert list(workdir.iterdir()) == []


def test_the_first_run_makes_the_store_that_was_empty(workdir: Path) -> None:
    assert list(mt.recent()) == []
    assert not Path(".mltrace").exists()

    @mt.component
    def work() -> None: ...

    work()
    assert len(mt.recent()) == 1
    assert Path(".mltrace").is_dir()


def test_a_file_in_the_place_of_a_store_is_told(
    workdir: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    (workdir / "p.txt").touch()
    (workdir / "a").mkdir()
    for verb in (["merge", "p.txt", "y"], ["recent", "--store", "a/../p.txt"]):
        answer = cli(*verb)
        assert answer.returncode == 3
        assert f"no store at {workdir}/p.txt: a file is in the way there" in answer.stderr
    assert "a file is in the way" in " ".join(cli("doctor", "--store", "p.txt").stdout.split())


def test_no_monitor_makes_no_store(workdir: Path) -> None:
    assert mt.evaluate_monitors().monitors == ()
    with pytest.raises(mt.UnknownNameError, match="No monitor 'volume'"):
        mt.evaluate_monitors("volume")
    assert list(workdir.iterdir()) == []
