"""Values are kept in chunks: what is kept already costs nothing more, and all is read as it was."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

import pytest

import mltrace as mt
from mltrace.store.kept.keeping import keep
from mltrace.values.described import Buffer, Content, Part
from mltrace.values.digests import digest_of_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.store.conftest import Kept

SOME = random.Random(0).randbytes(1_000_000)
OTHER = random.Random(1).randbytes(300_000)


def test_small_values_are_one_file(kept: Kept) -> None:
    digest = kept.keep(b"a" * 100, b"", b"b" * 4096)
    assert kept.read(digest) == [b"a" * 100, b"", b"b" * 4096]
    files = [path for path in kept.blobs.folder.rglob("*") if path.stat().st_size]
    assert [path for path in files if path.is_file()] == [kept.blobs.manifest_path(digest)]


def test_an_equal_part_is_kept_once(kept: Kept) -> None:
    first = kept.keep(SOME)
    before = kept.num_bytes()
    second = kept.keep(SOME, OTHER)
    assert kept.read(first) == [SOME]
    assert kept.read(second) == [SOME, OTHER]
    assert kept.num_bytes() - before < 1.01 * len(OTHER)


@pytest.mark.parametrize(
    "edited",
    [
        SOME + OTHER[:100],
        SOME[:500_000] + SOME[500_100:],
        SOME[:500_000] + b"inserted" + SOME[500_000:],
        OTHER[:100] + SOME,
    ],
    ids=["appended", "deleted", "inserted", "put before"],
)
def test_an_edit_costs_the_chunks_that_it_is_in(kept: Kept, edited: bytes) -> None:
    first = kept.keep(SOME)
    before = kept.num_bytes()
    second = kept.keep(edited)
    assert kept.num_bytes() - before < 500_000
    assert kept.read(first) == [SOME]
    assert kept.read(second) == [edited]


def test_keeping_what_is_kept_writes_nothing(kept: Kept) -> None:
    digest = kept.keep(SOME)
    before = {path: path.stat().st_ino for path in kept.packs()}
    assert kept.keep(SOME) == digest
    assert {path: path.stat().st_ino for path in kept.packs()} == before


def test_values_are_read_without_the_hints(kept: Kept) -> None:
    digest = kept.keep(SOME)
    shutil.rmtree(kept.blobs.hints.folder)
    assert kept.read(digest) == [SOME]
    assert kept.read(kept.keep(SOME, OTHER)) == [SOME, OTHER]


def test_wrong_hints_are_not_followed(kept: Kept) -> None:
    kept.keep(SOME)
    for path in kept.blobs.hints.folder.iterdir():
        content = path.read_bytes()
        damaged = [content[at : at + 16] + bytes(16) for at in range(0, len(content), 32)]
        path.write_bytes(b"torn" + b"".join(damaged))
    assert kept.read(kept.keep(SOME, OTHER)) == [SOME, OTHER]


def test_a_pack_that_is_gone_is_written_again(kept: Kept) -> None:
    digest = kept.keep(SOME)
    assert kept.blobs.renew(digest)
    for path in kept.packs():
        path.unlink()
    assert not kept.blobs.renew(digest)
    with pytest.raises(mt.StoreCorruptError, match="is missing; run the component again"):
        kept.read(digest)
    kept.keep(SOME)
    assert kept.read(digest) == [SOME]


def test_a_value_that_changed_meanwhile_leaves_nothing(kept: Kept, tmp_path: Path) -> None:
    def changing() -> Content:
        def buffers() -> object:
            yield Buffer(memoryview(SOME))
            raise OSError("it changed")

        return Content({}, buffers())  # type: ignore[arg-type]

    digest = digest_of_bytes(SOME)
    with pytest.raises(OSError, match="it changed"):
        keep(kept.blobs, digest, {"format": "x"}, [Part(digest, len(SOME), changing)])
    assert kept.blobs.value(digest) is None
    assert [path for path in kept.blobs.folder.rglob("*") if path.is_file()] == []
