"""What it costs to look the rows of an output up in its inputs, beside merging them by pandas.

    python -m benchmarks.join_agreement

Flights with the weather of their hour: a million rows and ten million, in another order than they
were read. pandas is told the keys, and merges and compares values, no more. CPU seconds of all
threads, the best of three passes that take turns; the large ones once, from Parquet, with memory.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy
import pandas as pd
import pyarrow.parquet
from benchmarks.timing import Case, measure

from mltrace.monitors.joins.measuring import measure_agreement

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUM_ROWS = 1_000_000
_NUM_HOURS = 26_280
_KEYS = {"flights": "id", "weather": "hour"}


def main() -> None:
    if sys.argv[1:2] == ["--large"]:
        _print_large(Path(sys.argv[2]))
        return
    frames = make_frames(_NUM_ROWS)
    tables = _tables(frames)
    cases = [
        Case("mltrace", lambda _: by_mltrace(tables), 1),
        Case("mltrace, pandas frames", lambda _: by_mltrace(frames), 1),
        Case("pandas, told the keys", lambda _: by_pandas(frames), 1),
    ]
    timings = measure(cases, num_passes=3, clock=time.process_time)
    own = timings["mltrace"].best
    print(f"{_NUM_ROWS:,} rows joined with {_NUM_HOURS:,}, {frames['joined'].shape[1]} columns")
    for name, timing in timings.items():
        print(f"  {name:<28} {timing.best:6.2f} s {timing.best / own:6.2f} times")
    with tempfile.TemporaryDirectory() as folder:
        for name, table in _tables(make_frames(10 * _NUM_ROWS)).items():
            pyarrow.parquet.write_table(table, Path(folder) / f"{name}.parquet")
        subprocess.run([sys.executable, "-m", __spec__.name, "--large", folder], check=True)


def make_frames(num_rows: int) -> dict[str, pd.DataFrame]:
    """Make the flights, the weather, and both joined, shuffled."""
    random = numpy.random.default_rng(3)
    hours = numpy.arange(_NUM_HOURS)
    weather = pd.DataFrame({"hour": hours, "temp": random.normal(50, 9, _NUM_HOURS).round(2)})
    for name in ("dewp", "humid", "wind", "gust", "pressure", "visib"):
        weather[name] = random.normal(50, 9, _NUM_HOURS).round(2)
    flights = pd.DataFrame(
        {
            "id": random.permutation(num_rows),
            "hour": random.integers(0, _NUM_HOURS, num_rows),
            "carrier": random.choice(["9E", "AA", "B6", "DL", "EV", "UA", "US", "WN"], num_rows),
            "distance": random.integers(80, 5000, num_rows),
        }
    )
    joined = flights.merge(weather, on="hour", how="left")
    shuffled = joined.take(random.permutation(num_rows)).reset_index(drop=True)
    return {"joined": shuffled, "flights": flights, "weather": weather}


def by_mltrace(tables: Mapping[str, Any]) -> int:
    """Count values that do not agree, keys looked for."""
    inputs = {name: tables[name] for name in _KEYS}
    measured = measure_agreement(tables["joined"], inputs)
    return sum(part.num for one in measured for part in one.differing.values())


def by_pandas(frames: Mapping[str, pd.DataFrame]) -> int:
    """Count values that do not agree, of rows matched by keys that are given."""
    num = 0
    for name, key in _KEYS.items():
        there = frames[name]
        both = frames["joined"].merge(there, on=key, how="left", suffixes=("", "_there"))
        for column in there.columns.drop(key):
            num += int((both[column] != both[f"{column}_there"]).sum())
    return num


def _tables(frames: Mapping[str, pd.DataFrame]) -> dict[str, pyarrow.Table]:
    return {
        name: pyarrow.Table.from_pandas(frame, preserve_index=False)
        for name, frame in frames.items()
    }


def _print_large(folder: Path) -> None:
    paths = {file.stem: file for file in folder.iterdir()}
    by_mltrace({name: pyarrow.table({name: [1]}) for name in paths})
    before = _peak_mib()
    began = time.process_time()
    by_mltrace(paths)
    seconds = time.process_time() - began
    print(f"{10 * _NUM_ROWS:,} rows of Parquet: {seconds:.2f} s, {_peak_mib() - before:,.0f} MiB")


def _peak_mib() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
