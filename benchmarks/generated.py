"""Generated pipelines: facts of runs as their processes would have written them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from mltrace.store.facts import (
    BeginFact,
    EndFact,
    EnvironmentFact,
    GitFact,
    IdsFact,
    ProcessFact,
    VersionFact,
)
from mltrace.store.spool import frame

if TYPE_CHECKING:
    from pathlib import Path

    from mltrace.store.facts import AnyFact

SECOND = 1_000_000_000


class Log:
    """Facts of runs that follow each other, one a second unless told otherwise."""

    def __init__(self) -> None:
        self.facts: list[AnyFact] = [ProcessFact(id="p", host="h", pid=1, at=0)]
        self.num_runs = 0

    def process(self, name: str, *, host: str, packages: dict[str, str], commit: str) -> None:
        """Add a process: where it runs, and with which packages and commit."""
        environment = digest_of(str(packages))
        self.facts += [
            ProcessFact(id=name, host=host, pid=1, at=0, python="3.12.1"),
            EnvironmentFact(process=name, digest=environment, python="3.12.1", packages=packages),
            GitFact(process=name, key=0, commit=commit, is_dirty=False),
        ]

    def run(
        self,
        component: str,
        reads: str = "",
        writes: str = "",
        num_ids: int = 0,
        **more: Any,
    ) -> str:
        """Add a run and return its id; `reads` and `writes` are names with spaces between them.

        A name `raw@2` is version 2 of `raw`. The rest are fields of its start.
        """
        self.num_runs += 1
        begin = more.pop("at", self.num_runs * SECOND)
        end = begin + SECOND // 2
        run = str(uuid.UUID(int=(begin // 1_000_000 << 80) | (7 << 76) | self.num_runs))
        inputs = tuple([_version(name, begin, at) for at, name in enumerate(reads.split())])
        outputs = [_version(name, end, at) for at, name in enumerate(writes.split())]
        if num_ids:
            digest = digest_of(run)
            ids = [f"{self.num_runs}-{number}" for number in range(num_ids)]
            fact = VersionFact(name="ids", at=end, position=len(outputs), digest=digest, kind="ids")
            outputs.append(fact)
            self.facts.append(IdsFact(run=run, name="ids", digest=digest, at=end, ids=ids))
        start = {"process": "p", **more}
        took = end - begin
        self.facts += [
            BeginFact(run=run, component=component, at=begin, reads=inputs, **start),
            EndFact(run=run, at=end, status="succeeded", nanoseconds=took, writes=tuple(outputs)),
        ]
        return run

    def spool(self, store: Path, *, process: str = "p") -> None:
        """Write the facts into the spool of a store, where a reader finds them."""
        folder = store / "spool"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{process}-000001.jsonl").write_bytes(
            b"".join([frame(fact) for fact in self.facts])
        )


def chain(length: int) -> Log:
    """Make runs of which each reads what the one before wrote."""
    log = Log()
    for number in range(length):
        log.run(f"step{number % 7}", f"v{number - 1}" if number else "", f"v{number}")
    return log


def digest_of(text: str) -> str:
    """Make a digest of a name, as content of that name would have."""
    return uuid.uuid5(uuid.NAMESPACE_URL, text).hex


def _version(text: str, at: int, position: int) -> VersionFact:
    name = text.partition("@")[0]
    return VersionFact(name=name, at=at, position=position, digest=digest_of(text))
