"""What questions cost as a store grows: milliseconds until the answer, and of CPU.

    python -m benchmarks.questions
    python -m benchmarks.questions --folder /tmp/stores 10000 100000 1000000
    python -m benchmarks.questions --postgresql 10000 100000

The stores are those of `benchmarks.fleet`; in a folder that is given they stay for the next time.
With `--postgresql` they are in a server that is started for it. A question is asked about many
things in turn by one process, as a server would, which has asked once before; those named as
commands are whole processes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks import fleet
from benchmarks.timing import Percentiles, time_each
from tests.private_postgresql import PrivatePostgresql

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SIZES = (10_000, 100_000)
NUM_ASKED = 40
NUM_HEAVY = 5
NUM_COMMANDS = 3


class Question(NamedTuple):
    """A verb, asked in turn about each of some things."""

    name: str
    ask: Callable[..., object]
    about: Sequence[Any]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--postgresql", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["PYTHONPYCACHEPREFIX"] = f"{temporary}/compiled"  # as where it is installed
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        if given.postgresql:
            answers = _ask_postgresql(Path(temporary), given.sizes)
        else:
            folder = given.folder or Path(temporary)
            folder.mkdir(parents=True, exist_ok=True)
            answers = {size: _ask(str(fleet.ensure(folder, size))) for size in given.sizes}
    print(f"{'ms: CPU p50, p95, wall p95':<36}" + "".join(f"{size:>26,}" for size in answers))
    for name in next(iter(answers.values())):
        print(f"{name:<36}" + "".join(f"{row[name]!s:>26}" for row in answers.values()))


def _ask_postgresql(folder: Path, sizes: Sequence[int]) -> dict[int, dict[str, Percentiles]]:
    """Build the stores in a server of our own and ask there; CPU is that of the client."""
    os.environ["MLTRACE_SPOOL"] = str(folder)
    server = PrivatePostgresql()
    answers = {}
    try:
        for size in sizes:
            uri = f"{server.uri}?schema=runs_{size}"
            built = fleet.build(uri, size)
            print(fleet.summary(built, server.execute("SELECT pg_database_size('team')")[0][0]))
            server.execute("VACUUM ANALYZE")
            answers[size] = _ask(uri)
            server.execute(f"DROP SCHEMA runs_{size} CASCADE")
    finally:
        server.remove()
    return answers


def _ask(uri: str) -> dict[str, Percentiles]:
    workspace = mt.Workspace(uri)
    measured = {}
    for question in (*_questions(workspace), *_commands(uri)):
        calls = [partial(question.ask, *one) for one in question.about]
        measured[question.name] = time_each(calls)
    workspace.close()
    return measured


def _questions(workspace: mt.Workspace) -> list[Question]:
    random = Random(7)
    always = [()] * NUM_ASKED
    components = [(component.name,) for component in workspace.components()]
    recent = [(run.id,) for run in workspace.recent(NUM_ASKED, status="succeeded")]
    flagged = workspace.flagged()
    outputs = [(flag.output,) for flag in random.sample(flagged, NUM_ASKED)]
    pairs = list(zip(outputs, reversed(outputs), strict=True))
    partitions = [(team, f"00000-{hour:02d}") for team in fleet.TEAMS[:4] for hour in range(10)]
    files = [(f"/lake/{team}/features/{hour}.parquet",) for team, hour in partitions]
    raw = [(f"/lake/{team}/raw/{hour}.csv",) for team, hour in partitions]
    shards = [(f"/lake/shards/{number:05d}.parquet",) for number in range(NUM_ASKED)]
    embedding = workspace.versions(fleet.EMBEDDING)[-1]
    oldest = f"{fleet.EMBEDDING}@{(embedding.digest or '')[:12]}"
    return [
        Question("recent", workspace.recent, always),
        Question("recent, failed", partial(workspace.recent, status="failed"), always),
        Question("history", workspace.history, components[:NUM_ASKED]),
        Question("inspect", workspace.run, recent),
        Question("components", workspace.components, always),
        Question("flagged, 500 outputs", workspace.flagged, always),
        Question("trace of an output id", workspace.trace, outputs),
        Question("trace of a file", workspace.trace, files),
        Question("trace of 30 stacked diamonds", workspace.trace, [("stack30",)] * NUM_ASKED),
        Question("trace of the fan-in", workspace.trace, [(fleet.MERGED,)] * NUM_HEAVY),
        Question("trace of the chain", workspace.trace, [(fleet.STATE,)] * NUM_HEAVY),
        Question("impact of a raw file", workspace.impact, raw),
        Question("impact of one of the fan-in", workspace.impact, shards),
        Question("impact of a shared model", workspace.impact, [(oldest,)] * NUM_HEAVY),
        Question("diff of two output ids", workspace.diff, [(*a, *b) for a, b in pairs]),
        Question("stale, all components", workspace.stale, [()] * NUM_HEAVY),
        Question("stale, an output id", workspace.stale, outputs),
        Question("review of 500 flags", workspace.review, [()] * NUM_HEAVY),
        Question("gc, dry run", partial(workspace.gc, "1d"), [()] * 2),
    ]


def _commands(uri: str) -> list[Question]:
    def command(verb: str) -> None:
        line = [sys.executable, "-m", "mltrace", verb, "--store", uri]
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL)

    verbs = ("recent", "stale", "review")
    return [Question(f"`mltrace {one}`", command, [(one,)] * NUM_COMMANDS) for one in verbs]


if __name__ == "__main__":
    main()
