"""What daily metrics of a task cost, from cold and after new labels, beside joining all anew.

    python -m benchmarks.task_metrics [--predictions 10000000]

A binary task with ids of 16 characters and scores, made over 60 days; four in five get a label,
late. Everything is asked for in a process of its own, F1 and ROC AUC with intervals for each day:
with nothing kept, again, after 10,000 new labels each time, over other windows, and as it was known
before. The peers read the same Parquet files and compute the same numbers without intervals: DuckDB
joins the ids and computes F1, pandas merges and scikit-learn computes both.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import mltrace as mt

DAYS = 60
BATCH = 100_000
DAY_US = 86_400_000_000
START_US = 20_605 * DAY_US
NUM_NEW = 10_000
PROTOTYPE = "22.5 s for 1,000,000 pairs, 42.5 s for a feedback row with a view"

MEASURED = """
import json, sys, time

def measured(function):
    began, cpu = time.perf_counter(), time.process_time()
    result = function()
    return result, [time.perf_counter() - began, time.process_time() - cpu]

def tell(**told):
    with open("/proc/self/status") as file:
        (peak,) = [int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM")]
    print(json.dumps({**told, "peak": peak}))
"""

ASKED = (
    MEASURED
    + """
import numpy as np
import mltrace as mt

task = mt.Task("late", kind="binary")
ask = lambda **options: task.metrics(["f1", "roc_auc"], **{"window": "1d", **options})
mt.Task("other", kind="binary").log_predictions("a", 1)
mt.Task("other", kind="binary").metrics("f1")  # whatever is imported is by now
rows, first = measured(ask)
told = {"first": first, "again": measured(ask)[1], "rows": len(rows)}
tell(**told)
for ids in np.load(sys.argv[1]).reshape(-1, int(sys.argv[2])) if len(sys.argv) > 1 else []:
    task.log_feedback(ids, np.ones(len(ids), int))
    told = {"refresh": measured(ask)[1]}
    tell(**told)
if len(sys.argv) > 1:
    tell(
        weeks=measured(lambda: ask(window="7d", every="1d"))[1],
        whole=measured(lambda: ask(window=None))[1],
        then=measured(lambda: ask(as_of="2026-07-01"))[1],
    )
"""
)

DUCKDB = (
    MEASURED
    + """
import duckdb

query = '''
select time_bucket(interval 1 day, p.at) as day,
       2 * count(*) filter (p.value = '1' and f.value = '1')
         / (count(*) filter (p.value = '1') + count(*) filter (f.value = '1')) as f1
from read_parquet($1) p join read_parquet($2) f using (id) group by day order by day
'''
files = [json.loads(one) for one in sys.argv[1:]]
duckdb.execute("set enable_progress_bar = false")
rows, cost = measured(lambda: duckdb.execute(query, files).fetchall())
tell(duckdb=cost, rows=len(rows))
"""
)

PANDAS = (
    MEASURED
    + """
import pandas as pd
from pyarrow import parquet
from sklearn.metrics import f1_score, roc_auc_score

def both():
    sides = [
        pd.concat([parquet.ParquetFile(name).read(columns=columns).to_pandas() for name in names])
        for names, columns in zip(files, (["id", "value", "score", "at"], ["id", "value"]))
    ]
    pairs = sides[0].merge(sides[1], on="id", suffixes=("", "_label"))
    return [
        (f1_score(day["value_label"] == "1", day["value"] == "1"),
         roc_auc_score(day["value_label"] == "1", day["score"]))
        for _, day in pairs.groupby(pairs["at"].dt.floor("D"))
    ]

files = [json.loads(one) for one in sys.argv[1:]]
rows, cost = measured(both)
tell(pandas=cost, rows=len(rows))
"""
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--predictions", type=int, default=10_000_000)
    num = parser.parse_args().predictions
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLTRACE_URI"] = f"{folder}/store"
        new = _log(num, Path(folder))
        print(f"{num:,} predictions, {num * 4 // 5:,} labels")
        _run(ASKED, says="cold: nothing is kept")
        kept = Path(folder, "store", "matched")
        size = sum(path.stat().st_size for path in kept.rglob("*") if path.is_file())
        print(f"  kept: {size / num:.1f} bytes for each prediction")
        shutil.rmtree(kept)
        _run(ASKED, says="cold, once more")
        _run(ASKED, str(new), str(NUM_NEW), says=f"another process, {NUM_NEW:,} labels each time")
        files = _files(Path(folder, "store", "lake", "segments"))
        _run(DUCKDB, *files, says="DuckDB, join of the texts, F1 alone")
        _run(PANDAS, *files, says="pandas and scikit-learn")
    print(f"The prototype, by the clock, published: {PROTOTYPE}")


def _log(num: int, folder: Path) -> Path:
    """Log the task and compact it; give the file of ids that have no label yet."""
    random = np.random.default_rng(0)
    task = mt.Task("late", kind="binary")
    at = START_US + np.sort(random.integers(0, DAYS * DAY_US, num))
    labels = random.integers(0, 2, num)
    scores = np.clip(random.normal(0.4 + 0.2 * labels, 0.2), 0, 1)
    ids = 10**15 + random.permutation(num) * (9 * 10**15 // num)
    known = at + random.exponential(DAY_US, num).astype(np.int64)
    order = random.permutation(num)
    late = order[: num * 4 // 5]
    late = late[np.argsort(known[late])]
    for start in range(0, num, BATCH):
        rows = slice(start, start + BATCH)
        task.log_predictions(
            ids[rows].astype("U16"),
            (scores[rows] > 0.5).astype(int),
            scores=scores[rows],
            at=at[rows].view("datetime64[us]"),
            model="late.joblib@1",
        )
    for start in range(0, len(late), BATCH):
        some = late[start : start + BATCH]
        task.log_feedback(
            ids[some].astype("U16"), labels[some], at=known[some].view("datetime64[us]")
        )
    mt.sync()
    rest = order[num * 4 // 5 :]
    np.save(folder / "new.npy", ids[rest[: 5 * NUM_NEW]].astype("U16"))
    return folder / "new.npy"


def _files(folder: Path) -> list[str]:
    """List the Parquet files of predictions and of feedback, as JSON."""
    from pyarrow import parquet

    sides: list[list[str]] = [[], []]
    for path in sorted(folder.iterdir()):
        sides["score" not in parquet.read_schema(path).names].append(str(path))
    return [json.dumps(side) for side in sides]


def _run(source: str, *arguments: str, says: str) -> None:
    print(says)
    done = subprocess.run(
        [sys.executable, "-c", source, *arguments], check=True, capture_output=True, text=True
    )
    for line in done.stdout.splitlines():
        told = json.loads(line)
        peak = told.pop("peak")
        for name, cost in told.items():
            if isinstance(cost, list):
                wall, cpu = cost
                print(f"  {name:8} {cpu:7.3f} s of CPU, {wall:7.3f} s wall, peak {peak:,.0f} MB")


if __name__ == "__main__":
    main()
