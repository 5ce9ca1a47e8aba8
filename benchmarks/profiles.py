"""What a profile costs, beside the same statistics by pandas, polars, DuckDB and DataSketches.

    python -m benchmarks.profiles

A million rows of twenty mixed columns (`mixed_table`), CPU seconds of all threads, the best of
three passes that take turns; then a thousand rows, merging, many columns, bytes, and the memory
of ten million rows of Parquet. Peers that are not installed are left out.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.frames import hash_buffers
from benchmarks.mixed_table import NUM_ROWS, make_table, make_wide_table
from benchmarks.same_statistics import by_datasketches, by_duckdb, by_pandas, by_polars
from benchmarks.timing import Case, measure

from mltrace.profiles.profiling import profile_table
from mltrace.profiles.reading import profile_data
from mltrace.profiles.tables import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

_LARGE_ROWS = 10 * NUM_ROWS


def main() -> None:
    if sys.argv[1:2] == ["--memory"]:
        _print_memory(Path(sys.argv[2]))
        return
    table = make_table()
    _print_peers(table)
    _print_columns(table)
    _print_sizes()
    _print_wide()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.parquet"
        _write_large(file)
        for what in ("nothing", str(file)):
            subprocess.run([sys.executable, "-m", __spec__.name, "--memory", what], check=True)


def _print_peers(table: pa.Table) -> None:
    cases = [_case("mltrace", profile_table, table)]
    cases.append(_case("one pass over the bytes (blake3)", hash_buffers, table))
    for name, peer in (
        ("pandas", by_pandas),
        ("polars", by_polars),
        ("duckdb", by_duckdb),
        ("datasketches", by_datasketches),
    ):
        if importlib.util.find_spec(name):
            cases.append(_case(name, peer(table)))
    timings = measure(cases, num_passes=3, clock=time.process_time)
    own = timings["mltrace"].best
    print(f"{table.num_rows:,} rows of {table.num_columns} mixed columns, {table.nbytes >> 20} MiB")
    for name, timing in timings.items():
        print(f"  {name:<34} {timing.best:8.3f} s {timing.best / own:8.2f} times")


def _case(name: str, function: Callable[..., object], *arguments: Any, num_calls: int = 1) -> Case:
    return Case(name, lambda _: function(*arguments), num_calls)


def _print_columns(table: pa.Table) -> None:
    cases = [_case(name, profile_table, table.select([name])) for name in table.column_names]
    print("nanoseconds for each value, a column by itself")
    for name, timing in measure(cases, num_passes=3, clock=time.process_time).items():
        print(f"  {name:<34} {timing.best * 1e9 / table.num_rows:8.1f} ns")


def _print_sizes() -> None:
    for num_rows in (1_000, NUM_ROWS):
        table = make_table(num_rows)
        one, other = profile_table(table), profile_table(make_table(num_rows, seed=1))
        stored = one.to_bytes()
        cases = [
            _case("merge", one.merge, other, num_calls=20),
            _case("scan the sums of all columns", _scan, stored, num_calls=20),
            _case("write as bytes", one.to_bytes, num_calls=5),
        ]
        frame = table.to_pandas()
        calls = 20 if num_rows == 1_000 else 1
        cases.append(_case("profile of the pandas frame", profile_data, frame, num_calls=calls))
        if num_rows == 1_000:
            cases.append(_case("profile", profile_table, table, num_calls=20))
            cases.append(_case("profile and write it", _profile_and_write, table, num_calls=20))
        print(f"{num_rows:,} rows: {len(stored):,} bytes")
        for name, timing in measure(cases, num_passes=5, clock=time.process_time).items():
            print(f"  {name:<34} {timing.best * 1e3:8.2f} ms")


def _profile_and_write(table: pa.Table) -> bytes:
    """Do what a boundary of a run does; the columns are summed up when they are written."""
    return profile_table(table).to_bytes()


def _scan(stored: bytes) -> list[float | None]:
    return [column.mean for column in Profile.from_bytes(stored).summaries.values()]


def _print_wide() -> None:
    print("1,000 rows of many columns")
    for num_columns in (10, 100, 1_000):
        table = make_wide_table(num_columns, 1_000)
        cases = [_case("", profile_table, table)]
        best = measure(cases, num_passes=3, clock=time.process_time)[""].best
        print(f"  {num_columns:>5} columns {best * 1e3 / num_columns:8.3f} ms a column")


def _write_large(file: Path) -> None:
    import pyarrow.parquet

    schema = make_table(1).schema
    with pyarrow.parquet.ParquetWriter(file, schema) as writer:
        for seed in range(_LARGE_ROWS // NUM_ROWS):
            writer.write_table(make_table(seed=seed), row_group_size=NUM_ROWS // 8)
    print(f"{_LARGE_ROWS:,} rows as a Parquet file of {file.stat().st_size >> 20} MiB")


def _print_memory(file: Path) -> None:
    """Profile a file in a process of its own, and print its peak of memory."""
    began = time.process_time()
    num_rows = profile_data(file).num_rows if file.exists() else 0
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(status.partition("VmHWM:")[2].split()[0]) >> 10  # ru_maxrss is that of the parent
    print(f"  {num_rows:>12,} rows: {time.process_time() - began:6.1f} s, {peak:,} MiB at most")


if __name__ == "__main__":
    main()
