"""What each version of a frame or checkpoint costs in the store, beside whole files by content.

    python -m benchmarks.artifact_store

A frame of 1,000,000 x 12 and edits of it; a state dict of which a tenth of the tensors change.
Beside it a Parquet file (zstd) for each version, as DVC keeps them, and joblib dumps. Every version
is loaded back and compared.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from benchmarks.frames import NUM_ROWS, make_table

from mltrace.store.kept.blobs import Blobs
from mltrace.store.kept.inventory import total_bytes
from mltrace.store.kept.keeping import keep
from mltrace.store.kept.reading import ValueReader
from mltrace.values.explicit import Artifact
from mltrace.values.kinds import load, recognise
from mltrace.values.wanted import ALL, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIMIT_BYTES = 1 << 40
NUM_LAYERS, LAYER_SIZE = 20, 512


class Ours:
    """Values kept in chunks, with what each took."""

    def __init__(self, folder: Path) -> None:
        self.blobs = Blobs(folder)
        self.seconds_writing = self.seconds_reading = 0.0

    def put(self, value: Any) -> str:
        kind = recognise(value)
        assert kind is not None
        found = kind.describe(value, LIMIT_BYTES)
        assert found.digest is not None
        assert found.manifest is not None, found.reason
        began = time.process_time()
        keep(self.blobs, found.digest, found.manifest, found.parts, found.reordering)
        self.seconds_writing = time.process_time() - began
        return found.digest

    def get(self, digest: str, wanted: Wanted = ALL) -> tuple[Any, int]:
        """Load a value; return it with the bytes that were read."""
        value = self.blobs.value(digest)
        assert value is not None
        began = time.process_time()
        with ValueReader(self.blobs, value) as reader:
            loaded = load(value.manifest, reader.open_part, wanted)
            num_bytes = reader.num_bytes_read
        self.seconds_reading = time.process_time() - began
        return loaded, num_bytes + self.blobs.manifest_path(digest).stat().st_size


def main() -> None:
    _compare("frame of 1,000,000 x 12", dict(_edits(make_table())), _peers_of_frames())
    _compare("state dict, a tenth changed each time", dict(_checkpoints()), _peers_of_objects())
    _read_pieces(make_table())


def _edits(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    make = np.random.default_rng(1)
    yield "first", table
    yield "+10 % rows", pa.concat_tables([table, make_table(seed=2).slice(0, NUM_ROWS // 10)])
    yield "1 column changed", table.set_column(0, "x0", pa.array(make.normal(size=NUM_ROWS)))
    middle = NUM_ROWS // 2
    yield "100 rows deleted", pa.concat_tables([table.slice(0, middle), table.slice(middle + 100)])
    values = table["x1"].to_numpy().copy()
    values[make.integers(0, NUM_ROWS, 1000)] = 0.0
    yield "1,000 cells changed", table.set_column(1, "x1", pa.array(values))
    yield "sorted by a number", table.sort_by("x0")
    yield "sorted by a category", table.sort_by([("origin", "ascending"), ("month", "ascending")])
    yield "the same again", table


def _checkpoints() -> Iterator[tuple[str, dict[str, Any]]]:
    make = np.random.default_rng(0)
    state = {
        f"layer{number}.{name}": make.normal(size=shape).astype(np.float32)
        for number in range(NUM_LAYERS)
        for name, shape in (("weight", (LAYER_SIZE, LAYER_SIZE)), ("bias", (LAYER_SIZE,)))
    }
    yield "first", state
    for step in range(3):
        state = dict(state)
        for number in make.choice(NUM_LAYERS, NUM_LAYERS // 10, replace=False):
            state[f"layer{number}.weight"] = state[f"layer{number}.weight"] * np.float32(0.999)
        yield f"step {step + 1}", state


def _peers_of_frames() -> dict[str, Callable[[Any, Path], object]]:
    return {
        "Parquet zstd": lambda table, path: pq.write_table(table, path, compression="zstd"),
        **_peers_of_objects(),
    }


def _peers_of_objects() -> dict[str, Callable[[Any, Path], object]]:
    return {
        "joblib": lambda value, path: joblib.dump(_native(value), path),
        "joblib zlib 3": lambda value, path: joblib.dump(_native(value), path, compress=3),
    }


def _native(value: Any) -> Any:
    return value.to_pandas() if isinstance(value, pa.Table) else value


def _compare(
    title: str, versions: dict[str, Any], peers: dict[str, Callable[[Any, Path], object]]
) -> None:
    names = ["mltrace", *peers]
    print(f"\n{title}: MB stored for each version, and MB/s of CPU to write (and read)")
    print(f"  {'':<22}" + "".join(f"{name:>22}" for name in names))
    with tempfile.TemporaryDirectory() as folder:
        ours, seen = Ours(Path(folder) / "blobs"), dict[str, set[int]]()
        totals, raw, before = dict.fromkeys(names, 0), 0, 0
        for label, version in versions.items():
            size = _num_bytes(version)
            raw += size
            digest = ours.put(version if isinstance(version, pa.Table) else Artifact("x", version))
            _check(ours.get(digest)[0], version)
            stored = total_bytes(ours.blobs)
            cells = [(stored - before, ours.seconds_writing)]
            before = stored
            cells += [_put(name, put, version, Path(folder), seen) for name, put in peers.items()]
            row = [f"{num / 1e6:9.2f} {size / took / 1e6:8.0f}/s" for num, took in cells]
            row[0] += f" ({size / ours.seconds_reading / 1e6:.0f})"
            print(f"  {label:<22}" + "".join(f"{cell:>22}" for cell in row))
            for name, (num, _) in zip(names, cells, strict=True):
                totals[name] += num
        ratios = [f"{raw / total:.1f} times less" for total in totals.values()]
        print(f"  {f'of {raw / 1e6:.0f} MB':<22}" + "".join(f"{ratio:>22}" for ratio in ratios))


def _put(
    name: str,
    write: Callable[[Any, Path], object],
    version: Any,
    folder: Path,
    seen: dict[str, set[int]],
) -> tuple[int, float]:
    """Write a whole file, which costs nothing if one with these bytes was written before."""
    path = folder / "whole"
    began = time.process_time()
    write(version, path)
    took = time.process_time() - began
    content = hash(path.read_bytes())
    known = seen.setdefault(name, set())
    size = 0 if content in known else path.stat().st_size
    known.add(content)
    return size, took


def _read_pieces(table: pa.Table) -> None:
    print("\nbytes read of the frame, of all that is stored of it")
    folder = Path(tempfile.mkdtemp())
    ours = Ours(folder)
    digest = ours.put(table)
    stored = total_bytes(ours.blobs)
    pieces = {
        "all": ALL,
        "1 column": Wanted(columns=("x0",)),
        "1 column of texts": Wanted(columns=("tail",)),
        "100 rows": Wanted(rows=slice(500_000, 500_100)),
        "100 rows of 1 column": Wanted(columns=("x0",), rows=slice(500_000, 500_100)),
    }
    for name, wanted in pieces.items():
        loaded, num_bytes = ours.get(digest, wanted)
        begin, end = wanted.bounds(table.num_rows)
        expected = table.select(list(wanted.columns or table.column_names)).slice(
            begin, end - begin
        )
        assert loaded.equals(expected)
        share, took = 100 * num_bytes / stored, ours.seconds_reading * 1e3
        print(f"  {name:<22} {num_bytes / 1e6:9.3f} MB {share:7.2f} % {took:8.1f} ms")
    shutil.rmtree(folder)


def _num_bytes(version: Any) -> int:
    if isinstance(version, pa.Table):
        return int(version.nbytes)
    return sum(array.nbytes for array in version.values())


def _check(loaded: Any, version: Any) -> None:
    if isinstance(version, pa.Table):
        assert loaded.equals(version)
    else:
        assert all((loaded[name] == array).all() for name, array in version.items())


if __name__ == "__main__":
    main()
