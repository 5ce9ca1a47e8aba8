"""Damaged files: what is whole is used, what is not is counted or refused in words."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
from typing import TYPE_CHECKING, Any

import numpy
import pandas
import pytest

import mltrace as mt
from mltrace.store.spool import SkipReason, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WRITE = """
    import sys
    import mltrace as mt

    @mt.component
    def work(number):
        return number

    for number in range(int(sys.argv[1])):
        work(number)
"""


def _spool_file(store: Path) -> Path:
    (path,) = (store / "spool").glob("*.jsonl")
    return path


def _num_marked(store: Path) -> int:
    with sqlite3.connect(store / "catalog.db") as database:
        (count,) = database.execute("SELECT sum(num) FROM skipped").fetchone()
    database.close()
    return int(count)


def _whole_lines(content: bytes) -> tuple[int, int]:
    lines = [line for line in content.split(b"\n") if line]
    whole = sum(not isinstance(parse(line), SkipReason) for line in lines)
    return whole, len(lines) - whole


@pytest.mark.parametrize("seed", range(3))
def test_flipped_bytes_cost_only_the_lines_that_they_are_in(
    store: Path, script: Callable[..., str], seed: int
) -> None:
    script(WRITE, "150")
    path = _spool_file(store)
    content = bytearray(path.read_bytes())
    whole_before, _ = _whole_lines(bytes(content))
    draw = random.Random(seed)
    for _ in range(25):
        place = draw.randrange(len(content))
        content[place] ^= 1 << draw.randrange(8)
    path.write_bytes(content)
    whole, damaged = _whole_lines(bytes(content))
    assert whole >= whole_before - 50
    synced = mt.sync()
    assert (synced.num_facts, synced.num_skipped) == (whole, damaged)
    assert _num_marked(store) == damaged > 0
    runs = mt.recent(limit=None)
    assert {run.status for run in runs} <= {"succeeded", "aborted"}
    assert len(runs) >= 145
    assert not path.exists()


def test_spool_file_cut_in_the_middle_keeps_what_stands_before(
    store: Path, script: Callable[..., str]
) -> None:
    script(WRITE, "100")
    path = _spool_file(store)
    content = path.read_bytes()
    cut = content[: content.index(b'{"f":', len(content) // 2) + 20]
    path.write_bytes(cut)
    whole, damaged = _whole_lines(cut)
    assert damaged == 1
    synced = mt.sync()
    assert (synced.num_facts, synced.num_skipped) == (whole, 1)
    assert _num_marked(store) == 1
    numbers = [run.params["number"] for run in reversed(mt.recent(limit=None))]
    assert numbers == list(range(len(numbers)))


def _flip_bits(content: bytearray, draw: random.Random) -> None:
    for _ in range(draw.randrange(1, 30)):
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)


def _cut_off(content: bytearray, draw: random.Random) -> None:
    del content[draw.randrange(len(content)) :]


def _cut_out(content: bytearray, draw: random.Random) -> None:
    start = draw.randrange(len(content))
    del content[start : start + draw.randrange(1, 3000)]


def _zero_out(content: bytearray, draw: random.Random) -> None:
    """As a file system may, after a power cut."""
    start = draw.randrange(len(content))
    length = min(draw.randrange(1, 5000), len(content) - start)
    content[start : start + length] = bytes(length)


def _put_in(content: bytearray, draw: random.Random) -> None:
    start = draw.randrange(len(content))
    content[start:start] = draw.randbytes(draw.randrange(1, 2000))


def test_damage_of_any_kind_costs_only_the_runs_that_it_is_in(
    store: Path, script: Callable[..., str]
) -> None:
    script(WRITE, "60")
    path = _spool_file(store)
    whole = path.read_bytes()
    undisturbed = {run.id: run for run in mt.recent(limit=None)}
    assert len(undisturbed) == 60
    lines = whole.split(b"\n")
    told = {uid: sum(uid.encode() in line for line in lines) for uid in undisturbed}
    damages = (_flip_bits, _cut_off, _cut_out, _zero_out, _put_in)
    for seed in range(25):
        draw = random.Random(seed)
        content = bytearray(whole)
        for damage in draw.sample(damages, draw.randrange(1, 3)):
            damage(content, draw)
        other = store.with_name(f"other{seed}")
        (other / "spool").mkdir(parents=True)
        (other / "spool" / path.name).write_bytes(content)
        workspace = mt.Workspace(other)
        synced = workspace.sync()
        found = [line for line in bytes(content).split(b"\n") if line]
        intact = [line for line in found if line in lines]
        assert (synced.num_facts, synced.num_skipped) == _whole_lines(bytes(content))
        assert len(intact) <= synced.num_facts <= len(intact) + 2  # 'a' and 'A' are one in a sum
        assert set(synced.skipped) <= {"damaged", "unfinished"}
        assert sum(synced.skipped.values()) == synced.num_skipped == _num_marked(other)
        runs = {run.id: run for run in workspace.recent(limit=None)}
        for uid, num_lines in told.items():
            if sum(uid.encode() in line for line in intact) == num_lines:
                assert (runs[uid].params, runs[uid].status, runs[uid].started_at) == (
                    undisturbed[uid].params,
                    "succeeded",
                    undisturbed[uid].started_at,
                )
        workspace.close()


def test_spool_file_that_is_cut_under_its_writer_takes_what_follows(store: Path) -> None:
    @mt.component
    def work(number: int) -> int:
        return number

    for number in range(20):
        work(number)
    assert len(mt.recent(limit=None)) == 20
    path = _spool_file(store)
    os.truncate(path, path.stat().st_size // 3)
    for number in range(20, 25):
        work(number)
    assert [run.params["number"] for run in mt.recent(limit=5)] == [24, 23, 22, 21, 20]
    assert len(mt.recent(limit=None)) == 25
    os.truncate(path, 0)
    work(25)
    assert len(mt.recent(limit=None)) == 26


def test_spool_file_of_garbage_neither_blocks_nor_raises(
    store: Path, script: Callable[..., str]
) -> None:
    script(WRITE, "3")
    garbage = random.Random(1).randbytes(100_000)
    (store / "spool" / "nobody-000001.jsonl").write_bytes(garbage)
    (store / "spool" / "nobody-000002.jsonl").write_bytes(b"x" * 100_000)
    (store / "spool" / "nobody-000003.jsonl").write_bytes(b"\n" * 100_000)
    (store / "spool" / "nobody-000004.jsonl").write_bytes(b"")
    assert mt.sync().num_skipped == len([x for x in garbage.split(b"\n") if x]) + 1
    assert len(mt.recent()) == 3
    assert list((store / "spool").glob("*.jsonl")) == []


def _keep(value: Any) -> None:
    @mt.component
    def make() -> Any:
        return value

    make()
    assert mt.artifact("make").load() is not None


VALUES: dict[str, Callable[[], Any]] = {
    "frame": lambda: pandas.DataFrame({"x": range(1000), "y": [str(n) for n in range(1000)]}),
    "array": lambda: numpy.arange(1000.0),
}


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def _remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("damage", [_cut, _empty, _flip, _remove])
def test_damaged_pack_is_refused_with_the_remedy(
    store: Path, kind: str, damage: Callable[[Path], None]
) -> None:
    _keep(VALUES[kind]())
    (pack,) = [path for path in (store / "blobs" / "packs").rglob("*") if path.is_file()]
    damage(pack)
    with pytest.raises(mt.StoreCorruptError, match=r"(damaged|missing).* run the component again"):
        mt.artifact("make").load()


@pytest.mark.parametrize("damage", [_cut, _empty, _flip])
def test_damaged_manifest_is_refused(store: Path, damage: Callable[[Path], None]) -> None:
    _keep(VALUES["array"]())
    (manifest,) = [path for path in (store / "blobs" / "values").rglob("*") if path.is_file()]
    damage(manifest)
    with pytest.raises(mt.StoreCorruptError, match="damaged"):
        mt.artifact("make").load()


KEEP = """
    import numpy
    import mltrace as mt

    @mt.component
    def make():
        return numpy.arange(1000.0)

    make()
"""


def test_damaged_value_is_kept_anew_by_the_next_process_once_it_is_deleted(
    store: Path, script: Callable[..., str]
) -> None:
    script(KEEP)
    for section in ("packs", "values"):
        (path,) = [path for path in (store / "blobs" / section).rglob("*") if path.is_file()]
        _flip(path)
        with pytest.raises(mt.StoreCorruptError, match=f"{path} is damaged"):
            mt.artifact("make").load()
        path.unlink()
        script(KEEP)
        assert mt.artifact("make").load().sum() == 499_500.0


@pytest.mark.parametrize(
    "content", [b"no database at all " * 500, b"SQLite format 3\0" + b"z" * 9000]
)
def test_garbage_for_a_catalog_is_refused_with_the_remedy(
    store: Path, script: Callable[..., str], content: bytes
) -> None:
    script(WRITE, "3")
    (store / "catalog.db").write_bytes(content)
    with pytest.raises(mt.StoreCorruptError, match="move it away"):
        mt.recent()
    (store / "catalog.db").unlink()
    assert len(mt.recent()) == 3


def _is_sound(catalog: Path) -> bool:
    with contextlib.closing(sqlite3.connect(catalog)) as connection:
        return connection.execute("PRAGMA integrity_check(1)").fetchall() == [("ok",)]


def test_catalog_that_is_damaged_anywhere_answers_or_is_refused(
    store: Path, script: Callable[..., str]
) -> None:
    script(WRITE, "60")
    script("import mltrace as mt\nmt.sync()")
    script(WRITE, "1")
    whole = (store / "catalog.db").read_bytes()
    (pending,) = (store / "spool").glob("*.jsonl")
    num_refused = 0
    for seed in range(24):
        draw = random.Random(seed)
        content = bytearray(whole)
        for _ in range(3):
            (_flip_bits, _zero_out, _cut_off)[seed % 3](content, draw)
        other = store.with_name(f"other{seed}")
        (other / "spool").mkdir(parents=True)
        (other / "spool" / pending.name).write_bytes(pending.read_bytes())
        (other / "catalog.db").write_bytes(content)
        workspace = mt.Workspace(other)
        try:
            for run in workspace.recent(limit=None):
                try:
                    workspace.trace(run.id)
                except mt.UnknownNameError:  # of an index that has lost an entry
                    assert not _is_sound(other / "catalog.db")
            workspace.components()
        except mt.StoreCorruptError as error:
            num_refused += 1
            assert "move it away" in str(error)  # noqa: PT017 (most seeds raise, not all)
            workspace.close()
            for path in other.glob("catalog.db*"):
                path.unlink()
            is_kept = (other / "spool" / pending.name).exists()
            assert len(mt.Workspace(other).recent()) == is_kept
        workspace.close()
    assert num_refused > 5


def test_catalog_cut_short_is_refused_with_the_remedy(
    store: Path, script: Callable[..., str]
) -> None:
    script(WRITE, "200")
    script("import mltrace as mt\nmt.sync()")
    path = store / "catalog.db"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(mt.StoreCorruptError, match="move it away"):
        [mt.trace(run.id) for run in mt.recent(limit=None)]
