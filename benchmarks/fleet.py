"""A fleet of pipelines: stores of up to a million runs, as a company would fill them.

    python -m benchmarks.fleet FOLDER 10000 100000 1000000

Twelve teams run a pipeline every hour: ingest, clean, enrich, two branches of features and their
join, predict, evaluate, and once a day train. All read a reference table and an embedding that are
renewed every week. Beside them, one job updates its own state every hour, thirty diamonds are
stacked every day, and one merge reads what 10,000 shards wrote. One run in 50 fails and is tried
again. Each pipeline has a process a day, on one of three hosts, with an environment and a commit;
sources and packages change by the month. 500 of the last predictions are flagged, by output id.

The facts are written as spool files and drained some days at a time, so that it is measured how
the drain goes as the catalog grows. A store that is there already is not built again.
"""

from __future__ import annotations

import sys
import time
import uuid
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from benchmarks.generated import SECOND, digest_of

import mltrace as mt
from mltrace.store.facts import (
    AnyFact,
    BeginFact,
    CheckFact,
    ComponentFact,
    EndFact,
    EnvironmentFact,
    FlagFact,
    GitFact,
    IdsFact,
    MoreFact,
    ProcessFact,
    SourceFact,
    VersionFact,
)
from mltrace.store.spool import frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mltrace.records import ArtifactKind

    Spools = dict[str, list[AnyFact]]
    """Facts by the process that writes them."""

MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
START: Final = 1_735_689_600 * SECOND  # 2025-01-01
NUM_FLAGGED: Final = 500
MOST_SHARDS: Final = 10_000
NUM_DIAMONDS: Final = 30
FAILING: Final = 50
"""One run in so many fails."""
RUNS_A_DRAIN: Final = 20_000
TEAMS: Final = (
    *("fraud", "churn", "credit", "pricing", "demand", "ranking"),
    *("search", "support", "routing", "arrivals", "returns", "stock"),
)
REFERENCE, EMBEDDING = "/lake/reference/places.parquet", "/lake/models/embedding.npz"
STATE, MERGED = "/lake/state.json", "/lake/merged.parquet"
_COLUMNS: Final = tuple(f"column_{number}" for number in range(12))
_CHECKS: Final = tuple(
    CheckFact(check=name, test="test_values", when="after", status="passed", seconds=0.001)
    for name in ("NoNulls", "RowCount")
)
_ERROR: Final = ("TimeoutError", "no answer after 30 s", "  File 'step.py', line 7, in run\n" * 12)


class Output(NamedTuple):
    """What a run writes, a new version each time."""

    name: str
    kind: ArtifactKind = "file"


class Work(NamedTuple):
    """What a run of a component does: the names it reads, what it writes, what it tells of it."""

    component: str
    reads: Sequence[str] = ()
    writes: Sequence[Output] = ()
    params: dict[str, Any] = {}  # noqa: RUF012
    num_checks: int = 0
    num_metrics: int = 0
    num_ids: int = 0


class Fleet:
    """Makes the facts of about `num_runs` runs, in the order in which they happen."""

    def __init__(self, num_runs: int) -> None:
        self._num_wanted = num_runs
        self.num_runs = 0
        self._random = Random(7)
        self._latest: dict[str, VersionFact] = {}
        self._outputs: list[str] = []
        self._facts: list[AnyFact] = []
        self._process = ""
        self._month = 0

    def days(self) -> Iterator[Spools]:
        """Yield the facts of one day after the other."""
        shards = self._begin_process("batch", 0, ["shard", "merge"])
        self._merge_shards(min(MOST_SHARDS, self._num_wanted // 10))
        yield {self._process: shards}
        day = 0
        while self.num_runs < self._num_wanted:
            spools: Spools = {}
            for team in ("platform", *TEAMS):
                facts = self._begin_process(team, day, _components(team))
                spools[self._process] = facts
                if team == "platform":
                    self._run_platform(day)
                else:
                    self._run_team(team, day)
            day += 1
            yield spools
        flags = self._begin_process("people", day, [])
        flags += [
            FlagFact(kind="id", subject=output, at=START + day * DAY, is_flagged=True, reason="bad")
            for output in self._outputs[-4 * NUM_FLAGGED :: 4]
        ]
        yield {self._process: flags}

    def _merge_shards(self, number: int) -> None:
        names = [f"/lake/shards/{shard:05d}.parquet" for shard in range(number)]
        for shard, name in enumerate(names):
            work = Work("shard", writes=[Output(name)], params={"shard": shard})
            self._run(work, START + shard * SECOND // 100)
        self._run(Work("merge", names, [Output(MERGED)]), START + HOUR)

    def _run_platform(self, day: int) -> None:
        at = START + day * DAY
        if day % 7 == 0:
            self._run(Work("reference", writes=[Output(REFERENCE)]), at)
            self._run(Work("embedding", [REFERENCE], [Output(EMBEDDING, "model")]), at + MINUTE)
        self._run(Work("stack_top", writes=[Output("stack0", "data")]), at + 2 * MINUTE)
        for number in range(NUM_DIAMONDS):
            top, left, right = f"stack{number}", f"left{number}", f"right{number}"
            below = f"stack{number + 1}"
            for component, reads, writes in (
                ("stack_left", [top], left),
                ("stack_right", [top], right),
                ("stack_join", [left, right], below),
            ):
                at += MINUTE
                self._run(Work(component, reads, [Output(writes, "data")]), at + 2 * MINUTE)
        for hour in range(24):
            work = Work("accumulate", [STATE], [Output(STATE)], {"hour": hour})
            self._run(work, START + day * DAY + hour * HOUR + 30 * SECOND)

    def _run_team(self, team: str, day: int) -> None:
        """Run a pipeline every hour of a day, and train on what it made."""
        begin = START + day * DAY + TEAMS.index(team) * MINUTE
        partitions = [f"{day:05d}-{hour:02d}" for hour in range(24)]
        for hour, partition in enumerate(partitions):
            for place, work in enumerate(_hourly(team, partition)):
                self._run_until_it_succeeds(work, begin + hour * HOUR + place * 3 * MINUTE)
        features = [_features(team, partition) for partition in partitions]
        params = {"rate": 0.05, "depth": 6 + day // 60, "seed": 42, "solver": "lbfgs"}
        model = Output(_model(team), "model")
        work = Work(f"{team}_train", features, [model], params, num_metrics=3)
        self._run_until_it_succeeds(work, begin + 23 * HOUR + 30 * MINUTE)

    def _begin_process(self, name: str, day: int, components: Sequence[str]) -> list[AnyFact]:
        """Start the facts of a process: who it is, what it declares, the code that it runs."""
        self._process, self._month = f"{day:05d}-{name}", day // 30
        at = START + day * DAY
        packages = {f"package-{one}": f"1.{self._month // (1 + one % 5)}" for one in range(40)}
        commit = digest_of(f"{name} {day // 5}")
        process, python = self._process, "3.12.4"
        self._facts = [
            ProcessFact(id=process, host=f"{name}-{day % 3}", pid=day + 2, at=at, python=python),
            GitFact(process=process, key=0, commit=commit, is_dirty=False),
            EnvironmentFact(
                process=process, digest=digest_of(str(packages)), python=python, packages=packages
            ),
        ]
        for component in components:
            owner, tags = f"{name}-team", (name, "hourly")
            self._facts.append(ComponentFact(name=component, at=at, owner=owner, tags=tags))
            text = f"def {component}(frame):\n" + "    frame = frame.step(1)\n" * 30
            self._facts.append(SourceFact(digest=self._code(component), text=text))
        return self._facts

    def _code(self, component: str) -> str:
        return digest_of(f"{component} {self._month}")

    def _run_until_it_succeeds(self, work: Work, begin: int) -> None:
        while self._random.randrange(FAILING) == 0:
            self._run(work._replace(writes=(), num_ids=0), begin, error=_ERROR)
            begin += MINUTE
        self._run(work, begin)

    def _run(self, work: Work, begin: int, *, error: tuple[str, str, str] | None = None) -> None:
        self.num_runs += 1
        milliseconds = begin // 1_000_000
        run = str(uuid.UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | self.num_runs))
        end = begin + 20 * SECOND
        reads = [self._read(name, begin, at) for at, name in enumerate(work.reads)]
        writes = [self._write(output, end, at) for at, output in enumerate(work.writes)]
        if work.num_ids:
            writes.append(self._write_ids(run, end, number=work.num_ids, position=len(writes)))
        self._facts.append(
            BeginFact(
                run=run,
                component=work.component,
                at=begin,
                process=self._process,
                params=work.params,
                reads=tuple(reads),
                code=self._code(work.component),
                git=0,
            )
        )
        if work.num_metrics:
            names = [f"metric_{one}" for one in range(work.num_metrics)]
            self._facts.append(
                MoreFact(run=run, metrics={name: self._random.random() for name in names})
            )
        self._facts.append(
            EndFact(
                run=run,
                at=end,
                status="failed" if error else "succeeded",
                nanoseconds=end - begin,
                writes=tuple(writes),
                checks=_CHECKS[: work.num_checks],
                error=error,
            )
        )

    def _read(self, name: str, at: int, position: int) -> VersionFact:
        """Read the latest version of a name; a file that no run wrote was always there."""
        known = self._latest.get(name)
        if known is None:
            return _version(Output(name), at, position, digest_of(name))
        return _version(Output(name, known.kind), at, position, known.digest)

    def _write(self, output: Output, at: int, position: int) -> VersionFact:
        fact = _version(output, at, position, digest_of(f"{output.name} {self.num_runs}"))
        self._latest[output.name] = fact
        return fact

    def _write_ids(self, run: str, at: int, *, number: int, position: int) -> VersionFact:
        outputs = [f"{self.num_runs:x}-{one}" for one in range(number)]
        self._outputs = [*self._outputs[-5 * NUM_FLAGGED :], *outputs]
        digest = digest_of(run)
        self._facts.append(IdsFact(run=run, name="ids", digest=digest, at=at, ids=outputs))
        return VersionFact(name="ids", at=at, position=position, digest=digest, kind="ids")


def _components(team: str) -> list[str]:
    if team == "platform":
        stack = ["stack_top", "stack_left", "stack_right", "stack_join"]
        return ["reference", "embedding", "accumulate", *stack]
    return [work.component for work in _hourly(team, "")] + [f"{team}_train"]


def _hourly(team: str, partition: str) -> list[Work]:
    """List what a pipeline does for an hour; its steps hand on frames, and files at the end."""
    raw, clean, enriched, users, items = (
        Output(f"{team}.{name}", "data") for name in ("raw", "clean", "enriched", "users", "items")
    )
    features, scored = _features(team, partition), f"/lake/{team}/scored/{partition}.parquet"
    params = {"partition": partition, "limit": 0.99, "window": "7d"}
    return [
        Work(f"{team}_ingest", [f"/lake/{team}/raw/{partition}.csv"], [raw], params),
        Work(f"{team}_clean", [raw.name], [clean], params, num_checks=2),
        Work(f"{team}_enrich", [clean.name, REFERENCE], [enriched], params),
        Work(f"{team}_users", [enriched.name], [users], params),
        Work(f"{team}_items", [enriched.name, EMBEDDING], [items], params),
        Work(f"{team}_join", [users.name, items.name], [Output(features)], params, num_checks=1),
        Work(f"{team}_predict", [features, _model(team)], [Output(scored)], params, num_ids=5),
        Work(f"{team}_evaluate", [scored], (), params, num_checks=1, num_metrics=4),
    ]


def _features(team: str, partition: str) -> str:
    return f"/lake/{team}/features/{partition}.parquet"


def _model(team: str) -> str:
    return f"/lake/{team}/model.joblib"


def _version(output: Output, at: int, position: int, digest: str) -> VersionFact:
    is_frame = output.kind == "data"
    return VersionFact(
        name=output.name,
        at=at,
        position=position,
        digest=digest,
        kind=output.kind,
        size=40_000,
        rows=5_000 if is_frame else None,
        columns=_COLUMNS if is_frame else None,
        dtypes=("float64",) * len(_COLUMNS) if is_frame else None,
    )


class Built(NamedTuple):
    """What was measured when a store was built.

    Attributes
    ----------
    rates : list of float
        Runs drained per second of CPU, of each drain.
    num_spooled_bytes : int
        The bytes of all spool files.
    """

    num_runs: int
    rates: list[float]
    num_spooled_bytes: int


def build(uri: str, num_runs: int) -> Built:
    """Fill a store with runs; spool files are written as by processes that are gone since."""
    workspace = mt.Workspace(uri)
    spool = workspace.store.location.spool
    spool.mkdir(parents=True, exist_ok=True)
    fleet = Fleet(num_runs)
    rates, num_bytes, num_drained = [], 0, 0
    for spools in fleet.days():
        for process, facts in spools.items():
            data = b"".join(map(frame, facts))
            num_bytes += len(data)
            (spool / f"{process}-000001.jsonl").write_bytes(data)
        if fleet.num_runs - num_drained >= RUNS_A_DRAIN or fleet.num_runs >= num_runs:
            began = time.process_time()
            workspace.sync()
            seconds = time.process_time() - began
            if fleet.num_runs > num_drained:
                rates.append((fleet.num_runs - num_drained) / seconds)
            num_drained = fleet.num_runs
    workspace.close()
    return Built(fleet.num_runs, rates, num_bytes)


def ensure(folder: Path, num_runs: int) -> Path:
    """Build the store of so many runs in a folder, unless it is there, and say how that went."""
    store, partial = folder / f"runs-{num_runs}", folder / f"building-{num_runs}"
    if not store.exists():
        built = build(str(partial), num_runs)
        partial.rename(store)
        print(summary(built, (store / "catalog.db").stat().st_size))
    return store


def summary(built: Built, num_catalog_bytes: int) -> str:
    """Say how building a store went."""
    return (
        f"{built.num_runs:,} runs: drained at {built.rates[0]:,.0f} runs/s of CPU at first, at "
        f"{built.rates[-1]:,.0f} in the end; {built.num_spooled_bytes / built.num_runs:,.0f} bytes "
        f"a run in the spool, {num_catalog_bytes / built.num_runs:,.0f} in the catalog"
    )


def main() -> None:
    folder, *sizes = sys.argv[1:]
    for size in sizes:
        ensure(Path(folder), int(size))


if __name__ == "__main__":
    main()
