"""Generated pipelines: facts of runs as their processes would have written them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from mltrace.store.facts import BeginFact, EndFact, IdsFact, ProcessFact, VersionFact
from mltrace.store.spool import frame

if TYPE_CHECKING:
    from pathlib import Path

    from mltrace.store.facts import AnyFact

SECOND = 1_000_000_000


class Log:
    """Facts of runs that follow each other, one a second."""

    def __init__(self) -> None:
        self.facts: list[AnyFact] = [ProcessFact(id="p", host="h", pid=1, at=0)]
        self.num_runs = 0

    def run(self, component: str, reads: str = "", writes: str = "", num_ids: int = 0) -> None:
        """Add a run; `reads` and `writes` are names with spaces between them."""
        self.num_runs += 1
        begin = self.num_runs * SECOND
        end = begin + SECOND // 2
        run = str(uuid.UUID(int=(begin // 1_000_000 << 80) | self.num_runs))
        inputs = tuple([_version(name, begin, at) for at, name in enumerate(reads.split())])
        outputs = [_version(name, end, at) for at, name in enumerate(writes.split())]
        if num_ids:
            digest = _digest(run)
            ids = [f"{self.num_runs}-{number}" for number in range(num_ids)]
            fact = VersionFact(name="ids", at=end, position=len(outputs), digest=digest, kind="ids")
            outputs.append(fact)
            self.facts.append(IdsFact(run=run, name="ids", digest=digest, at=end, ids=ids))
        took = end - begin
        self.facts += [
            BeginFact(run=run, component=component, at=begin, process="p", reads=inputs),
            EndFact(run=run, at=end, status="succeeded", nanoseconds=took, writes=tuple(outputs)),
        ]

    def spool(self, store: Path) -> None:
        """Write the facts into the spool of a store, where a reader finds them."""
        folder = store / "spool"
        folder.mkdir(parents=True)
        (folder / "p-000001.jsonl").write_bytes(b"".join([frame(fact) for fact in self.facts]))


def chain(length: int, names: str = "v") -> Log:
    """Make runs of which each reads what the one before wrote; a chain for each letter."""
    log = Log()
    for name in names:
        for number in range(length):
            before = f"{name}{number - 1}" if number else ""
            log.run(f"step{number % 7}", before, f"{name}{number}")
    return log


def diamonds(count: int) -> Log:
    """Stack diamonds: two runs read one output, a third joins theirs; 2 to the count of paths."""
    log = Log()
    log.run("top", "", "j0")
    for number in range(count):
        log.run("left", f"j{number}", f"l{number}")
        log.run("right", f"j{number}", f"r{number}")
        log.run("join", f"l{number} r{number}", f"j{number + 1}")
    return log


def weeks(count: int) -> Log:
    """Run five steps a week, from ingest to ten predictions, all with one model."""
    log = Log()
    log.run("train", "", "model")
    for week in range(count):
        log.run("ingest", "", f"raw{week}")
        log.run("clean", f"raw{week}", f"clean{week}")
        log.run("join", f"clean{week}", f"join{week}")
        log.run("features", f"join{week}", f"features{week}")
        log.run("predict", f"features{week} model", num_ids=10)
    return log


def _version(name: str, at: int, position: int) -> VersionFact:
    return VersionFact(name=name, at=at, position=position, digest=_digest(name))


def _digest(text: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, text).hex
