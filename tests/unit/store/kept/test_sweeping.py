"""Values are removed while others may be keeping values."""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING

import pytest

import mltrace as mt
from mltrace.store.kept import placing, sweeping
from mltrace.store.kept.inventory import Inventory, total_bytes
from mltrace.store.kept.placing import put_checked
from mltrace.store.kept.sweeping import GRACE_SECONDS, Swept, sweep

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.store.conftest import Kept

SHARED = random.Random(0).randbytes(200_000)
OWN = random.Random(1).randbytes(300_000)


def age(folder: Path, seconds: float = 2 * GRACE_SECONDS) -> None:
    """Set the times of all kept files back."""
    then = time.time() - seconds
    for path in folder.rglob("*"):
        os.utime(path, (then, then))


class Two:
    """Two values of which the first has a part of its own, in one pack with the shared part."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.one, self.two = kept.keep(SHARED, OWN), kept.keep(SHARED)
        age(kept.blobs.folder)

    def files(self) -> dict[Path, bytes]:
        folder = self.kept.blobs.folder
        return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def values(kept: Kept) -> Two:
    return Two(kept)


def test_a_value_goes_with_the_chunks_that_no_other_has(values: Two, kept: Kept) -> None:
    before = total_bytes(kept.blobs)
    swept = sweep(kept.blobs, {values.one}, is_dry=False)
    assert swept.num_values == 1
    assert kept.blobs.value(values.one) is None
    assert kept.read(values.two) == [SHARED]
    assert len(OWN) < swept.num_bytes < 1.01 * len(OWN)
    assert before - swept.num_bytes >= total_bytes(kept.blobs)
    assert kept.num_bytes() < 1.01 * len(SHARED)


def test_a_dry_sweep_tells_the_same_and_removes_nothing(values: Two, kept: Kept) -> None:
    before = values.files()
    told = sweep(kept.blobs, {values.one}, is_dry=True)
    assert values.files() == before
    assert sweep(kept.blobs, {values.one}, is_dry=False) == told
    assert sweep(kept.blobs, {values.one}, is_dry=False) == Swept()


def test_a_chunk_goes_with_the_last_value_that_has_it(values: Two, kept: Kept) -> None:
    assert sweep(kept.blobs, {values.one, values.two}, is_dry=False).num_values == 2
    assert kept.packs() == []


def test_a_pack_with_few_dead_chunks_stays_unless_all_must_go(values: Two, kept: Kept) -> None:
    size = kept.num_bytes()
    sweep(kept.blobs, {values.one}, is_dry=False, dead_share=0.9)
    assert kept.num_bytes() == size
    assert sweep(kept.blobs, {values.two}, is_dry=True, dead_share=0.0).num_bytes > size


def test_a_value_that_was_renewed_stays_whole(values: Two, kept: Kept) -> None:
    assert kept.blobs.renew(values.one)
    assert sweep(kept.blobs, {values.one, values.two}, is_dry=False).num_values == 1
    assert kept.read(values.one) == [SHARED, OWN]


def test_a_chunk_that_a_writer_relies_on_stays_for_the_value_to_come(
    values: Two, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept = []

    def put_value(*_: object) -> None:
        swept.append(sweep(kept.blobs, {values.one}, is_dry=False))

    with monkeypatch.context() as patch:
        patch.setattr(type(kept.blobs), "put_value", put_value)
        kept.keep(OWN)
    assert swept[0].num_values == 1
    assert kept.read(kept.keep(OWN)) == [OWN]
    assert kept.num_bytes() < 1.01 * (len(SHARED) + len(OWN))


@pytest.mark.parametrize("name", ["_remove", "_write_anew"])
def test_a_file_renewed_at_the_last_moment_stays(
    values: Two, kept: Kept, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    replace = placing.replace_unless_renewed

    def renewing(folder: Path, path: Path, *rest: object, **more: object) -> bool:
        if name == "_remove" or "packs" in path.parts:
            os.utime(path)
        return replace(folder, path, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(sweeping, "replace_unless_renewed", renewing)
    size = kept.num_bytes()
    swept = sweep(kept.blobs, {values.one}, is_dry=False)
    assert swept.num_values == (name == "_write_anew")
    assert kept.num_bytes() == size
    assert kept.read(values.two) == [SHARED]


def test_what_was_removed_can_be_kept_anew(values: Two, kept: Kept) -> None:
    sweep(kept.blobs, {values.one}, is_dry=False)
    assert not kept.blobs.renew(values.one)
    assert kept.read(kept.keep(SHARED, OWN)) == [SHARED, OWN]
    assert kept.num_bytes() < 1.01 * (len(SHARED) + len(OWN))


def test_what_killed_writers_left_goes(values: Two, kept: Kept) -> None:
    pack = kept.blobs.packs_folder / ".pack-0"
    pack.write_bytes(b"half")
    orphan = kept.keep(OWN + b"!")
    kept.blobs.manifest_path(orphan).unlink()
    age(kept.blobs.folder)
    sweep(kept.blobs, {values.two}, is_dry=False)
    assert not pack.exists()
    assert kept.num_bytes() < 1.01 * (len(SHARED) + len(OWN))


def test_nothing_is_removed_where_a_value_that_stays_is_damaged(values: Two, kept: Kept) -> None:
    kept.blobs.manifest_path(values.two).write_bytes(b"?" * 64)
    before = values.files()
    with pytest.raises(mt.MltraceError, match="is damaged"):
        sweep(kept.blobs, {values.one}, is_dry=False)
    assert values.files() == before


def test_a_value_of_an_earlier_version_goes_with_the_parts_that_no_other_has(kept: Kept) -> None:
    one, two, shared, own = (digit * 32 for digit in "abcd")
    blobs = kept.blobs
    for part in (shared, own):
        blobs.put(part, part.encode())
    for value, manifest in (
        (one, b'{"format": "x", "columns": [{"digest": "%s"}, {"digest": "%s"}]}'),
        (two, b'{"format": "x", "files": {"a": "%s"}}'),
    ):
        names = (shared.encode(), own.encode())[: manifest.count(b"%s")]
        put_checked(blobs.folder, blobs.manifest_path(value), manifest % names)
    age(blobs.folder)
    assert sweep(blobs, {one}, is_dry=False).num_values == 1
    assert blobs.open(shared).read() == shared.encode()
    with pytest.raises(mt.MltraceError, match="is missing"):
        blobs.open(own)
    sweep(blobs, {two}, is_dry=False)
    assert not blobs.part_path(shared).exists()


def test_bytes_that_belong_to_no_value_stay(values: Two, kept: Kept) -> None:
    kept.blobs.put("e" * 32, b"labels")
    age(kept.blobs.folder)
    sweep(kept.blobs, {values.one, values.two}, is_dry=False)
    assert kept.blobs.open("e" * 32).read() == b"labels"


def test_an_inventory_tells_what_each_value_frees_after_those_before(
    values: Two, kept: Kept
) -> None:
    inventory = Inventory(kept.blobs)
    freed = []
    for digest in (values.two, values.one):
        value = kept.blobs.value(digest)
        assert value is not None
        freed.append(inventory.forget(value))
    assert freed[0] == 0
    assert len(SHARED) + len(OWN) <= freed[1] <= kept.num_bytes()
