"""Kept values under faults: damage is found and stays where it is, who dies leaves nothing half."""

from __future__ import annotations

import os
import random
import signal
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Any

import numpy
import pytest
from tests.forked import end_of, fork

import mltrace as mt
from mltrace.store.kept import sweeping
from mltrace.store.kept.blobs import Blobs
from mltrace.store.kept.keeping import keep
from mltrace.store.kept.reading import ValueReader
from mltrace.store.kept.sweeping import sweep
from mltrace.values.kinds import load, recognise

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.conftest import Disk

NUM_VALUES = 6
PREAMBLE = """
    import sys
    from pathlib import Path
    import numpy
    from mltrace.store.kept.blobs import Blobs
    from mltrace.store.kept.keeping import keep
    from mltrace.values.kinds import recognise

    def value(number):
        shared = numpy.random.default_rng(0).normal(size=20_000)
        own = numpy.random.default_rng(number).normal(size=5_000)
        return numpy.concatenate([shared, own])

    def put(blobs, number):
        array = value(number)
        found = recognise(array).describe(array, 1 << 40)
        keep(blobs, found.digest, found.manifest, found.parts)
        return found.digest
"""


def value(number: int) -> Any:
    shared = numpy.random.default_rng(0).normal(size=20_000)
    return numpy.concatenate([shared, numpy.random.default_rng(number).normal(size=5_000)])


def put(blobs: Blobs, number: int) -> str:
    array = value(number)
    kind = recognise(array)
    assert kind is not None
    found = kind.describe(array, 1 << 40)
    assert found.manifest is not None
    keep(blobs, found.digest or "", found.manifest, found.parts)
    return found.digest or ""


def get(blobs: Blobs, digest: str) -> Any:
    kept = blobs.value(digest)
    if kept is None:
        return None
    with ValueReader(blobs, kept) as reader:
        return load(kept.manifest, reader.open_part)


def is_right(blobs: Blobs, digest: str, number: int) -> bool | None:
    """Tell whether a value is read as it was; None if it is refused as damaged."""
    try:
        found = get(blobs, digest)
    except mt.StoreCorruptError as error:
        return None if "run the component again" in str(error) else False
    return found is not None and bool((found == value(number)).all())


def files(blobs: Blobs, section: str) -> list[Path]:
    found = (blobs.folder / section).rglob("*")
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("section", ["packs", "values"])
def test_any_flipped_bit_is_found_and_other_values_stay_whole(
    tmp_path: Path, section: str, seed: int
) -> None:
    blobs, draw = Blobs(tmp_path), random.Random(seed)
    digests = [put(blobs, number) for number in range(NUM_VALUES)]
    path = draw.choice(files(blobs, section))
    content = bytearray(path.read_bytes())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)
    read = [is_right(blobs, digest, number) for number, digest in enumerate(digests)]
    assert False not in read
    assert None in read
    if path != files(blobs, "packs")[0] and section == "values":
        assert read.count(None) == 1
    path.unlink()
    for number in range(NUM_VALUES):
        if not blobs.renew(digests[number]):
            put(blobs, number)
    assert all(is_right(blobs, digest, number) for number, digest in enumerate(digests))


@pytest.mark.parametrize("seed", range(10))
def test_any_cut_is_found_and_other_values_stay_whole(tmp_path: Path, seed: int) -> None:
    blobs, draw = Blobs(tmp_path), random.Random(seed)
    digests = [put(blobs, number) for number in range(NUM_VALUES)]
    path = draw.choice([*files(blobs, "packs"), *files(blobs, "values")])
    os.truncate(path, draw.randrange(path.stat().st_size))
    read = [is_right(blobs, digest, number) for number, digest in enumerate(digests)]
    assert False not in read
    assert None in read


def test_damaged_hints_cost_nothing_but_room(tmp_path: Path) -> None:
    blobs, draw = Blobs(tmp_path), random.Random(0)
    digests = [put(blobs, number) for number in range(3)]
    for path in files(blobs, "hints"):
        path.write_bytes(draw.randbytes(path.stat().st_size))
    digests += [put(blobs, number) for number in range(3, NUM_VALUES)]
    assert all(is_right(blobs, digest, number) for number, digest in enumerate(digests))


def keep_until_killed(blobs: Blobs, first: int, seconds: float) -> str:
    """Keep values in a child that is killed after a while; return what it said it had kept."""
    reading, writing = os.pipe()

    def keep_on() -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds)  # the kernel ends it, wherever it is
        for number in range(first, first + 10_000):
            os.write(writing, f"{number} {put(blobs, number)}\n".encode())

    child = fork(keep_on)
    os.close(writing)
    with os.fdopen(reading) as said:
        content = said.read()
    assert end_of(child) == -signal.SIGALRM
    return content


def test_who_is_killed_while_keeping_leaves_whole_values_or_none(tmp_path: Path) -> None:
    blobs, draw = Blobs(tmp_path), random.Random(0)
    put(Blobs(tmp_path / "other"), 0)  # loads what each child would have to load
    acknowledged: dict[int, str] = {}
    for _ in range(100):
        said = keep_until_killed(blobs, len(acknowledged), draw.uniform(0.001, 0.03))
        acknowledged.update((int(number), key) for number, key in map(str.split, said.splitlines()))
    assert len(acknowledged) >= 25
    assert all(is_right(blobs, digest, number) for number, digest in acknowledged.items())
    for digest in blobs.kept():
        assert get(blobs, digest) is not None
    before = len(list(blobs.packs()))
    later = time.time() - 2 * sweeping.GRACE_SECONDS
    for path in blobs.folder.rglob("*"):
        os.utime(path, (later, later))
    sweep(blobs, {acknowledged[0]}, is_dry=False)
    assert list(blobs.packs_folder.glob(".pack-*")) == []
    assert len(list(blobs.packs())) <= before
    rest = {number: digest for number, digest in acknowledged.items() if number}
    assert all(is_right(blobs, digest, number) for number, digest in rest.items())


KEEP_IN_TURN = """
    import random
    blobs, draw = Blobs(Path(sys.argv[1])), random.Random(int(sys.argv[2]))
    for _ in range(60):
        number = draw.randrange(8)
        digest = put(blobs, number)
        print(number, digest, flush=True)
"""


def test_writers_and_a_sweeper_at_once_lose_nothing_that_was_kept_last(
    tmp_path: Path,
    spawn: Callable[..., subprocess.Popen[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweeping, "GRACE_SECONDS", 1.0)  # a writer takes far less to keep a value
    blobs = Blobs(tmp_path)
    program = [sys.executable, "-c", textwrap.dedent(PREAMBLE + KEEP_IN_TURN), str(tmp_path)]
    writers = [spawn([*program, str(seed)]) for seed in range(3)]
    num_swept = 0
    while any(writer.poll() is None for writer in writers):
        num_swept += sweep(blobs, set(blobs.kept()), is_dry=False).num_values
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    lines = [line for writer in writers for line in (writer.stdout or [])]
    digests = {int(number): digest for number, digest in map(str.split, lines)}
    assert len(digests) == 8
    for number, digest in digests.items():
        assert is_right(blobs, digest, number) or blobs.value(digest) is None
    assert all(is_right(blobs, put(blobs, number), number) for number in range(8))


def test_a_full_disk_leaves_no_half_value_and_there_is_room_again(disk: Disk) -> None:
    blobs = Blobs(disk.path / "blobs")
    digests = [put(blobs, 0)]
    disk.fill()
    for number in range(1, 4):
        with pytest.raises(OSError, match="No space left"):
            put(blobs, number)
    assert list(blobs.kept()) == digests
    disk.free()
    digests += [put(blobs, number) for number in range(1, 4)]
    assert all(is_right(blobs, digest, number) for number, digest in enumerate(digests))
