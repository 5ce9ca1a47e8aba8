"""Pipelines with one seeded fault: random components, run over many batches on several hosts.

What depends on what is kept beside the facts, so that the truth does not come from mltrace itself.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from random import Random
from typing import Final, NamedTuple

from benchmarks.generated import SECOND, Log, digest_of

KINDS: Final = (
    "run", "code", "parameter", "host", "package", "input", "day", "partition",
)  # fmt: skip
LEAST_BAD: Final = 20
"""A fault must spoil so many outputs, and leave a tenth of all outputs good."""

_MOST_SOURCES: Final = 3
_HOUR: Final = 3_600 * SECOND
_START: Final = 1_767_225_600 * SECOND  # 2026-01-01
_HOSTS: Final = {"cpu": ("cpu-1", "cpu-2", "cpu-3", "cpu-4"), "gpu": ("gpu-1", "gpu-2")}


class Cause(NamedTuple):
    """What a fault is in: a run, or what runs have in common, as a review says it."""

    kind: str
    scope: str | None
    text: str


class Fault(NamedTuple):
    """A fault: causes that spoil the same outputs by the same runs; bad and good outputs."""

    causes: frozenset[Cause]
    bearers: frozenset[int]
    bad: list[str]
    good: list[str]


@dataclass
class Step:
    """A component: what it reads, how often it runs and on which hosts."""

    name: str
    parents: list[int]
    sources: list[str]
    every: int
    pool: str
    params: dict[str, int]
    is_serving: bool = False
    code: int = 0


@dataclass
class Made:
    """A run, the runs it depends on (itself among them), what it bears, and its outputs."""

    id: str
    step: str
    writes: str
    upstream: frozenset[int]
    bears: list[Cause]
    outputs: list[str]

    def has(self, text: str) -> bool:
        """Tell whether the run bears an attribute, whatever its scope."""
        return any(cause.text == text for cause in self.bears)


@dataclass
class Pipeline:
    """A generated history, and what is in force as it goes on."""

    random: Random
    steps: list[Step]
    is_hive: bool
    log: Log = field(default_factory=Log)
    runs: list[Made] = field(default_factory=list)
    latest: dict[int, int] = field(default_factory=dict)
    packages: dict[str, dict[str, str]] = field(
        default_factory=lambda: {pool: {f"pkg{n}": "1.0" for n in range(20)} for pool in _HOSTS}
    )
    versions: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    commit: int = 0

    def causes(self) -> dict[Cause, frozenset[int]]:
        """List the runs that an output depends on, and what some but not all of a step share."""
        used = frozenset[int]().union(*(run.upstream for run in self.runs if run.outputs))
        bearers: defaultdict[Cause, set[int]] = defaultdict(set)
        members: defaultdict[str, set[int]] = defaultdict(set)
        for number in used:
            run = self.runs[number]
            members[run.step].add(number)
            for cause in (Cause("run", None, run.id), *run.bears):
                bearers[cause].add(number)
        whole = {frozenset(runs) for runs in members.values()}
        return {
            cause: frozenset(runs)
            for cause, runs in bearers.items()
            if cause.kind == "run" or (len(runs) > 1 and frozenset(runs) not in whole)
        }

    def spoiled(self, bearers: frozenset[int]) -> tuple[list[str], list[str]]:
        """Part the outputs into those that depend on any of the runs, and the others."""
        bad: list[str] = []
        good: list[str] = []
        for run in self.runs:
            (good if bearers.isdisjoint(run.upstream) else bad).extend(run.outputs)
        return bad, good


def generate(seed: int) -> Pipeline:
    """Generate a pipeline of 5 to 40 components and its history of 40 to 80 batches."""
    random = Random(seed)
    steps = _steps(random, random.randint(5, 40))
    pipeline = Pipeline(random, steps, is_hive=random.random() < 0.5)
    pace = {f"source{number}": random.randint(2, 12) for number in range(_MOST_SOURCES)}
    for batch in range(random.randint(40, 80)):
        _change(pipeline)
        for source, every in pace.items():
            pipeline.versions[source] += batch % every == 0
        _run_batch(pipeline, batch)
    return pipeline


def seed_fault(pipeline: Pipeline, kind: str) -> Fault | None:
    """Choose a fault of a kind; None if none spoils enough outputs and leaves enough good."""
    causes = pipeline.causes()
    of_kind = sorted(cause for cause in causes if cause.kind == kind)
    pipeline.random.shuffle(of_kind)
    for cause in of_kind:
        bad, good = pipeline.spoiled(causes[cause])
        if len(bad) >= LEAST_BAD and len(good) >= 0.1 * (len(bad) + len(good)):
            same = {other for other, bearers in causes.items() if bearers == causes[cause]}
            wide = frozenset(one for one, run in enumerate(pipeline.runs) if run.has(cause.text))
            if pipeline.spoiled(wide) == (bad, good):
                same.add(cause._replace(scope=None))
            return Fault(frozenset(same), causes[cause], bad, good)
    return None


def _steps(random: Random, count: int) -> list[Step]:
    sources = [f"source{number}" for number in range(random.randint(1, _MOST_SOURCES))]
    steps = [_step(random, number, sources) for number in range(count)]
    steps[-1].every = 1
    read = {parent for step in steps for parent in step.parents}
    for step in [step for number, step in enumerate(steps) if number not in read][-3:]:
        step.is_serving = step.every == 1
    return steps


def _step(random: Random, number: int, sources: list[str]) -> Step:
    """Make a step that reads a source, or 1 to 3 of the 8 steps before it; some run rarely."""
    is_root = number < 2 or random.random() < 0.1
    near = range(max(0, number - 8), number)
    num_parents = 0 if is_root else min(len(near), random.randint(1, 3))
    is_rare = not is_root and random.random() < 0.1
    names = [f"{random.choice('abc')}{one}" for one in range(random.randint(0, 3))]
    return Step(
        name=f"step{number}",
        parents=random.sample(near, num_parents),
        sources=[random.choice(sources)] if is_root else [],
        every=random.randint(8, 20) if is_rare else 1,
        pool=random.choice(("cpu", "cpu", "gpu")),
        params={
            f"{name}_{random.choice(('fixed', 'varied', 'stepped'))}": random.randint(2, 3)
            for name in names
        },
    )


def _change(pipeline: Pipeline) -> None:
    """Commit new code of up to 3 steps, or upgrade packages of one or both pools, now and then."""
    random = pipeline.random
    if random.random() < 0.15:
        pipeline.commit += 1
        for step in random.sample(pipeline.steps, 3):
            step.code += 1
    if random.random() < 0.1:
        names = random.sample(sorted(pipeline.packages["cpu"]), random.randint(1, 3))
        for pool in random.choice((["cpu"], ["gpu"], ["cpu", "gpu"])):
            pipeline.packages[pool].update(dict.fromkeys(names, f"1.{len(pipeline.runs)}"))


def _run_batch(pipeline: Pipeline, batch: int) -> None:
    """Run the steps that are due, all of a pool on one host."""
    random = pipeline.random
    region = random.choice(("amer", "apac", "emea", "nord"))
    commit = digest_of(f"commit {pipeline.commit}")
    shared: dict[str, list[Cause]] = {}
    for pool, hosts in _HOSTS.items():
        host, packages = random.choice(hosts), dict(pipeline.packages[pool])
        pipeline.log.process(f"{batch}-{pool}", host=host, packages=packages, commit=commit)
        shared[pool] = [
            Cause("host", None, f"host={host}"),
            Cause("day", None, f"day=2026-01-{1 + batch // 4:02d}"),
            *(Cause("package", None, f"package {name}={packages[name]}") for name in packages),
        ]
    for number, step in enumerate(pipeline.steps):
        if batch % step.every == 0 and pipeline.latest.keys() >= {*step.parents}:
            _run_step(pipeline, number, batch, region=region, shared=shared[step.pool])


def _run_step(
    pipeline: Pipeline, number: int, batch: int, *, region: str, shared: list[Cause]
) -> None:
    random, step = pipeline.random, pipeline.steps[number]
    parents = [pipeline.runs[pipeline.latest[parent]] for parent in step.parents]
    sources = [f"{source}@{pipeline.versions[source]}" for source in step.sources]
    params = {name: _value(random, name, count, batch) for name, count in step.params.items()}
    bears = [
        *shared,
        Cause("code", step.name, f"code={digest_of(f'{step.name} {step.code}')[:8]}"),
        *(Cause("parameter", step.name, f"parameter {key}={params[key]}") for key in params),
        *(_input(source) for source in sources),
    ]
    writes = f"out{len(pipeline.runs)}"
    if pipeline.is_hive:
        writes = f"region={region}/{writes}"
        bears.append(Cause("partition", None, f"partition region={region}"))
    else:
        params["region"] = region
        bears.append(Cause("partition", None, f"parameter region={region}"))
    num_ids = random.randint(20, 40) if step.is_serving else 0
    run = pipeline.log.run(
        step.name,
        " ".join([*sources, *(parent.writes for parent in parents)]),
        writes,
        num_ids,
        process=f"{batch}-{step.pool}",
        at=_START + batch * 6 * _HOUR + number * 60 * SECOND,
        code=digest_of(f"{step.name} {step.code}"),
        git=0,
        params={**params, "batch": batch},
    )
    upstream = frozenset((len(pipeline.runs),)).union(*(parent.upstream for parent in parents))
    outputs = [f"{pipeline.log.num_runs}-{one}" for one in range(num_ids)]
    pipeline.latest[number] = len(pipeline.runs)
    pipeline.runs.append(Made(run, step.name, writes, upstream, bears, outputs))


def _input(source: str) -> Cause:
    return Cause("input", None, f"input {source.partition('@')[0]}@{digest_of(source)[:8]}")


def _value(random: Random, name: str, count: int, batch: int) -> str:
    """Choose one of a number of values: always the first, any, or the next every 25 batches."""
    if name.endswith("varied"):
        return f"v{random.randrange(count)}"
    return f"v{batch // 25 % count if name.endswith('stepped') else 0}"
