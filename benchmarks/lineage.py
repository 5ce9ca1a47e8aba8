"""CPU time of lineage queries on catalogs of growing size.

    python benchmarks/lineage.py

Builds the catalogs through the same door as the drain, in a temporary folder, and prints the CPU
milliseconds of the best of three warm passes and of the first, cold one.
"""

from __future__ import annotations

import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from mltrace.config import Settings
from mltrace.lineage.flags import find_subjects, flag_facts
from mltrace.lineage.suspects import rank_suspects
from mltrace.lineage.targets import resolve
from mltrace.lineage.walking import walk_downstream, walk_upstream
from mltrace.store.applying import apply_facts
from mltrace.store.catalog import Catalog
from mltrace.store.deriving import derive_producers
from mltrace.store.facts import BeginFact, EndFact, IdsFact, ProcessFact, VersionFact

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from mltrace.store.facts import AnyFact

SECOND = 1_000_000_000
SETTINGS = Settings(uri="")


class Log:
    """Facts of runs that follow each other, one a second."""

    def __init__(self) -> None:
        self.facts: list[AnyFact] = [ProcessFact(id="p", host="h", pid=1, at=0)]
        self._num_runs = 0

    def run(self, component: str, reads: str = "", writes: str = "", num_ids: int = 0) -> None:
        self._num_runs += 1
        begin = self._num_runs * SECOND
        end = begin + SECOND // 2
        run = str(uuid.UUID(int=(begin // 1_000_000 << 80) | self._num_runs))
        inputs = tuple(_version(name, begin, at) for at, name in enumerate(reads.split()))
        outputs = [_version(name, end, at) for at, name in enumerate(writes.split())]
        if num_ids:
            digest = _digest(run)
            ids = [f"{self._num_runs}-{number}" for number in range(num_ids)]
            fact = VersionFact(name="ids", at=end, position=len(outputs), digest=digest, kind="ids")
            outputs.append(fact)
            self.facts.append(IdsFact(run=run, name="ids", digest=digest, at=end, ids=ids))
        self.facts += [
            BeginFact(run=run, component=component, at=begin, process="p", reads=inputs),
            EndFact(
                run=run,
                at=end,
                status="succeeded",
                nanoseconds=end - begin,
                writes=tuple(outputs),
            ),
        ]


def chain(length: int) -> Log:
    log = Log()
    for number in range(length):
        log.run(f"step{number % 7}", f"v{number - 1}" if number else "", f"v{number}")
    return log


def diamonds(count: int) -> Log:
    log = Log()
    log.run("top", "", "j0")
    for number in range(count):
        log.run("left", f"j{number}", f"l{number}")
        log.run("right", f"j{number}", f"r{number}")
        log.run("join", f"l{number} r{number}", f"j{number + 1}")
    return log


def weeks(count: int) -> Log:
    """Five runs a week from ingest to ten predictions, all with one model."""
    log = Log()
    log.run("train", "", "model")
    for week in range(count):
        log.run("ingest", "", f"raw{week}")
        log.run("clean", f"raw{week}", f"clean{week}")
        log.run("join", f"clean{week}", f"join{week}")
        log.run("features", f"join{week}", f"features{week}")
        log.run("predict", f"features{week} model", num_ids=10)
    return log


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        catalog = _fill(Path(folder) / "diamonds.db", diamonds(30))
        _measure("trace, 30 stacked diamonds", catalog, lambda c: _trace(c, "j30"))
        catalog = _fill(Path(folder) / "chain.db", chain(10_000))
        _measure("trace, chain of 10,000 runs", catalog, lambda c: _trace(c, "v9999"))
        _measure("impact, chain of 10,000 runs", catalog, _impact)
        for count in (1_000, 5_000, 20_000):
            catalog = _fill(Path(folder) / f"weeks{count}.db", weeks(count))
            _flag(catalog, [f"{5 * (count - k) + 1}-{n}" for k in range(100) for n in range(5)])
            name = f"review, 500 flags, {5 * count:,} runs"
            _measure(name, catalog, lambda c: rank_suspects(c, SETTINGS))


def _trace(connection: Connection, name: str) -> None:
    walk_upstream(connection, resolve(connection, name), SETTINGS)


def _impact(connection: Connection) -> None:
    walk_downstream(connection, resolve(connection, "v0"), SETTINGS)


def _fill(path: Path, log: Log) -> Catalog:
    catalog = Catalog(path)
    for start in range(0, len(log.facts), 30_000):
        with catalog.write() as connection:
            facts = log.facts[start : start + 30_000]
            derive_producers(connection, apply_facts(connection, facts))
    return catalog


def _flag(catalog: Catalog, outputs: list[str]) -> None:
    with catalog.write() as connection:
        subjects = [one for output in outputs for one in find_subjects(connection, output)]
        apply_facts(connection, flag_facts(connection, subjects, is_flagged=True))


def _measure(name: str, catalog: Catalog, query: Callable[[Connection], object]) -> None:
    seconds = []
    for _ in range(4):
        began = time.process_time()
        with catalog.read() as connection:
            query(connection)
        seconds.append(time.process_time() - began)
    print(f"{name:<36}{min(seconds[1:]) * 1e3:8.1f} ms  (cold {seconds[0] * 1e3:.1f} ms)")


def _version(name: str, at: int, position: int) -> VersionFact:
    return VersionFact(name=name, at=at, position=position, digest=_digest(name))


def _digest(text: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, text).hex


if __name__ == "__main__":
    main()
