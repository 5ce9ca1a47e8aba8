"""A watch sees how files are opened, and who opened them."""

# ruff: noqa: SIM115 (the opens that fail are what is tested)

import asyncio
import contextvars
import os
import threading
from pathlib import Path

import pytest

from mltrace.capture import opens
from mltrace.capture.opens import Opened, watch


@pytest.fixture
def path(tmp_path: Path) -> str:
    file = tmp_path / "data.csv"
    file.write_text("1,2\n")
    return str(file)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("r", Opened(read=True)),
        ("rb", Opened(read=True)),
        ("r+", Opened(read=True, written=True, kept=True)),
        ("w", Opened(written=True)),
        ("w+b", Opened(written=True)),
        ("a", Opened(written=True, kept=True)),
        ("a+", Opened(read=True, written=True, kept=True)),
    ],
)
def test_modes_of_open(path: str, mode: str, expected: Opened) -> None:
    with watch([path]) as watched:
        open(path, mode).close()
    assert watched.modes(path) == expected


@pytest.mark.parametrize("mode", ["x", "x+"])
def test_a_new_file_is_written_only(tmp_path: Path, mode: str) -> None:
    fresh = str(tmp_path / "fresh")
    with watch([fresh]) as watched:
        open(fresh, mode).close()
    assert watched.modes(fresh) == Opened(written=True)


def test_flags_of_os_open(path: str) -> None:
    seen = {}
    for flags in (os.O_RDONLY, os.O_RDWR, os.O_WRONLY, os.O_WRONLY | os.O_TRUNC):
        with watch([path]) as watched:
            os.close(os.open(path, flags))
        seen[flags] = watched.modes(path)
    assert list(seen.values()) == [
        Opened(read=True),
        Opened(read=True, written=True, kept=True),
        Opened(written=True, kept=True),
        Opened(written=True),
    ]


def test_any_way_to_write_a_path_is_the_same_file(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(os.path.dirname(path))
    for other in (Path(path), path.encode(), "data.csv", "./data.csv", f"/.{path}", f"/{path}"):
        with watch([path]) as watched:
            open(other).close()
        assert watched.modes("data.csv").read, other


def test_reading_then_writing_is_both(path: str) -> None:
    with watch([path]) as watched:
        text = Path(path).read_text()
        Path(path).write_text(text * 2)
    assert watched.modes(path) == Opened(read=True, written=True)


def test_what_is_not_watched_or_not_a_path_is_ignored(path: str, tmp_path: Path) -> None:
    with watch([path]) as watched:
        (tmp_path / "other").write_text("x")
        with open(os.open(os.devnull, os.O_RDONLY)) as file:
            assert file.read() == ""
    assert watched.modes(path) == Opened()
    assert watched.modes("nowhere") == Opened()


def test_opens_outside_the_watch_do_not_count(path: str) -> None:
    watched = watch([path])
    open(path).close()
    watched.start()
    watched.stop()
    open(path).close()
    assert watched.modes(path) == Opened()
    with watched:
        open(path, "a").close()
    assert watched.modes(path) == Opened(written=True, kept=True)


def test_the_outer_of_nested_watches_sees_what_the_inner_sees(path: str) -> None:
    with watch([path]) as outer:
        with watch([path]) as inner:
            open(path).close()
        open(path, "a").close()
    assert inner.modes(path) == Opened(read=True)
    assert outer.modes(path) == Opened(read=True, written=True, kept=True)


def test_runs_in_several_threads_see_their_own_opens(path: str) -> None:
    barrier = threading.Barrier(2)
    seen: dict[str, Opened] = {}

    def run(mode: str) -> None:
        with watch([path]) as watched:
            barrier.wait(10)
            open(path, mode).close()
            barrier.wait(10)
        seen[mode] = watched.modes(path)

    threads = [threading.Thread(target=run, args=(mode,)) for mode in ("r", "a")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {"r": Opened(read=True), "a": Opened(written=True, kept=True)}


def test_a_thread_without_context_counts_for_every_watch(path: str) -> None:
    with watch([path]) as watched:
        thread = threading.Thread(
            target=contextvars.Context().run, args=(lambda: open(path).close(),)
        )
        thread.start()
        thread.join()
    assert watched.modes(path) == Opened(read=True)


def test_tasks_see_their_own_opens(path: str) -> None:
    async def run(mode: str) -> Opened:
        with watch([path]) as watched:
            await asyncio.sleep(0)
            open(path, mode).close()
            await asyncio.sleep(0)
        return watched.modes(path)

    async def both() -> tuple[Opened, Opened]:
        first, second = await asyncio.gather(run("r"), run("a"))
        return first, second

    assert asyncio.run(both()) == (Opened(read=True), Opened(written=True, kept=True))


def test_a_watch_stopped_in_another_context_is_off(path: str) -> None:
    watched = watch([path])
    contextvars.copy_context().run(watched.start)
    watched.stop()
    open(path).close()
    assert watched.modes(path) == Opened()
    assert not opens._watches


def test_nothing_done_to_open_can_break_it(path: str) -> None:
    class Odd:
        def __fspath__(self) -> str:
            raise RuntimeError("odd")

    with watch([path]):
        with pytest.raises(RuntimeError, match="odd"):
            open(Odd())
        with pytest.raises(FileNotFoundError):
            open("\udcff-is-not-there")
        with pytest.raises(ValueError, match="null"):
            open("a\0b")
        with pytest.raises(FileNotFoundError):
            open("")


def test_pandas_and_pathlib_are_seen(path: str) -> None:
    pandas = pytest.importorskip("pandas")
    with watch([path]) as watched:
        frame = pandas.read_csv(path, header=None)
    assert len(frame) == 1
    assert watched.modes(path) == Opened(read=True)
