"""Builds small catalogs of runs, through the same door as the drain."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Literal

import pytest

from mltrace.config import Settings
from mltrace.lineage.flags import find_flagged_subjects, find_subjects, flag_facts, list_flags
from mltrace.lineage.listing import latest_succeeded
from mltrace.lineage.loading import load_runs
from mltrace.lineage.pins import pin_facts
from mltrace.lineage.retention.staying import plan_runs
from mltrace.lineage.retention.values import plan_values
from mltrace.lineage.staleness.spreading import find_reasons
from mltrace.lineage.suspects.ranking import rank_suspects
from mltrace.lineage.targets import resolve, resolve_run
from mltrace.lineage.walking import walk_downstream, walk_upstream
from mltrace.retention import RetentionPolicy
from mltrace.store.database.sqlite import SqliteCatalog
from mltrace.store.facts import (
    AnyFact,
    BeginFact,
    CheckFact,
    ComponentFact,
    EndFact,
    EnvironmentFact,
    GitFact,
    IdsFact,
    NoteFact,
    ProcessFact,
    SourceFact,
    VersionFact,
)
from mltrace.store.retention import forget_details, forget_parameters
from mltrace.store.rows.applying import apply_facts
from mltrace.store.rows.deriving import derive_producers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mltrace.lineage.retention.staying import RunPlan
    from mltrace.lineage.staleness.reasons import Reason
    from mltrace.records import Flag, Impact, Review, Run, Trace

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
START = 1_367_366_400 * SECOND  # 2013-05-01
PROCESS = "p1"


class Graph:
    """A catalog under construction; each run takes one second unless told otherwise.

    `reads` and `writes` are texts such as "raw.csv" or "raw.csv@v1"; without a version, the digest
    is made from the name and the time, so that each write makes a new version and reads take it.
    """

    day = DAY

    def __init__(self, folder: Path) -> None:
        self.catalog = SqliteCatalog(folder / "catalog.db")
        self.settings = Settings(uri=str(folder))
        self.now = START
        self.latest: dict[str, str] = {}
        self._sizes: dict[str, dict[str, Any]] = {}
        self._count = 0
        self._facts: list[AnyFact] = [ProcessFact(id=PROCESS, host="h", pid=1, at=START)]

    def run(
        self,
        component: str,
        reads: tuple[str, ...] = (),
        writes: tuple[str, ...] = (),
        *,
        ids: tuple[str, ...] = (),
        at: int | None = None,
        seconds: float = 1.0,
        status: Literal["succeeded", "failed"] = "succeeded",
        parent: str | None = None,
        params: dict[str, Any] | None = None,
        code: str = "",
        host: str = "",
        git: int | None = None,
        checks: tuple[CheckFact, ...] = (),
        **sizes: Any,
    ) -> str:
        """Add a run and return its id; `rows`, `columns`, `dtypes` describe what it writes."""
        begin = self.now if at is None else at
        end = begin + int(seconds * SECOND)
        self.now = max(self.now, end + SECOND)
        self._count += 1
        run = str(uuid.UUID(int=(begin // 1_000_000 << 80) | (7 << 76) | (2 << 62) | self._count))
        written = [
            self._version(text, end, position, is_write=True, **sizes)
            for position, text in enumerate(writes)
        ]
        if ids:
            digest = f"{self._count:032x}"
            written.append(
                VersionFact(
                    name="ids",
                    at=end,
                    position=len(writes),
                    digest=digest,
                    kind="ids",
                    rows=len(ids),
                )
            )
            self._facts.append(IdsFact(run=run, name="ids", digest=digest, at=end, ids=list(ids)))
        if host:
            self._facts.append(ProcessFact(id=f"p-{host}", host=host, pid=2, at=START))
        if code:
            self._facts.append(SourceFact(digest=_digest(code), text=code))
        self._facts += [
            BeginFact(
                run=run,
                component=component,
                at=begin,
                process=f"p-{host}" if host else PROCESS,
                parent=parent,
                params=params or {},
                reads=tuple(
                    self._version(text, begin, position) for position, text in enumerate(reads)
                ),
                code=_digest(code) if code else None,
                git=git,
            ),
            EndFact(
                run=run,
                at=end,
                status=status,
                nanoseconds=end - begin,
                writes=tuple(written),
                checks=checks,
                error=("ValueError", "bad", "trace") if status == "failed" else None,
            ),
        ]
        return run

    def add(self, *facts: AnyFact) -> None:
        """Add other facts."""
        self._facts += facts

    def declare(self, name: str, **more: Any) -> None:
        """Declare a component."""
        self.add(ComponentFact(name=name, at=self.now, **more))

    def note(self, run: str, text: str) -> None:
        """Add a note on a run."""
        self.add(NoteFact(id=uuid.uuid4().hex, run=run, at=self.now, text=text))

    def git(self, commit: str) -> None:
        """Add a repository state."""
        self.add(GitFact(process=PROCESS, key=1, commit=commit, is_dirty=False))

    def machine(self, host: str, *, commit: str, **packages: str) -> None:
        """Say what the processes of a host run: a commit, number 0 of theirs, and packages."""
        process, digest = f"p-{host}", _digest(str(packages))
        self.add(
            GitFact(process=process, key=0, commit=commit, is_dirty=False),
            EnvironmentFact(process=process, digest=digest, python="3.12.1", packages=packages),
        )

    def save(self) -> Graph:
        """Move the facts into the catalog."""
        with self.catalog.write() as connection:
            derive_producers(connection, apply_facts(connection, self._facts))
        self._facts = []
        return self

    def chain(self, length: int) -> list[str]:
        """Add a chain of runs, each reading what the one before wrote."""
        return [
            self.run(f"step{number % 7}", (f"v{number - 1}",) if number else (), (f"v{number}",))
            for number in range(length)
        ]

    def diamonds(self, count: int) -> list[str]:
        """Add stacked diamonds: each splits into two runs that the next joins."""
        runs = [self.run("top", (), ("j0",))]
        for number in range(count):
            runs.append(self.run("left", (f"j{number}",), (f"l{number}",)))
            runs.append(self.run("right", (f"j{number}",), (f"r{number}",)))
            runs.append(self.run("join", (f"l{number}", f"r{number}"), (f"j{number + 1}",)))
        return runs

    def make_file(self, label: str) -> None:
        """Let the version `name@label` be the content of a file."""
        self._sizes[_digest(label)] = {"kind": "file"}

    def digest(self, label: str) -> str:
        """Tell the digest of the version `name@label`."""
        return _digest(label)

    def trace(self, what: object) -> Trace:
        """Save, and trace a target."""
        with self.save().catalog.read() as connection:
            return walk_upstream(connection, resolve(connection, what), self.settings)

    def impact(self, what: object) -> Impact:
        """Save, and walk downstream of a target."""
        with self.save().catalog.read() as connection:
            return walk_downstream(connection, resolve(connection, what), self.settings)

    def load(self, *runs: str) -> list[Run]:
        """Save, and load runs by their ids."""
        with self.save().catalog.read() as connection:
            keys = [resolve_run(connection, run) for run in runs]
            return list(load_runs(connection, keys, self.settings).values())

    def reasons(self, run: str) -> list[Reason]:
        """Save, and find why a run is stale now."""
        with self.save().catalog.read() as connection:
            key = resolve_run(connection, run)
            return find_reasons(connection, [key], self.settings.stale_after).get(key, [])

    def stale(self) -> dict[str, list[str]]:
        """Save, and say by component why its latest run is stale."""
        with self.save().catalog.read() as connection:
            keys = latest_succeeded(connection)
            found = find_reasons(connection, keys, self.settings.stale_after)
            runs = load_runs(connection, list(found), self.settings)
        return {run.component: [one.said() for one in found[key]] for key, run in runs.items()}

    def review(self, *, method: str = "ochiai", good: tuple[str, ...] = ()) -> Review:
        """Save, and rank suspects."""
        with self.save().catalog.read() as connection:
            known = [one for name in good for one in find_subjects(connection, name)]
            return rank_suspects(connection, self.settings, method=method, good=known or None)

    def forget(self, before: int, **limits: Any) -> RunPlan:
        """Save, and forget the details of the runs that started before a moment."""
        policy = RetentionPolicy().replaced(**{"older_than": "0s", **limits})
        with self.save().catalog.write() as connection:
            plan = plan_runs(connection, policy, before)
            forget_details(connection, plan.going, at=self.now)
            forget_parameters(connection, plan.parameters)
        return plan

    def values_going(self, before: int, *labels: str, **limits: Any) -> set[str]:
        """Save, and tell which of the values of versions `name@label` may go at a moment."""
        policy = RetentionPolicy().replaced(**{"older_than": "0s", **limits})
        labelled = {_digest(label): label for label in labels}
        with self.save().catalog.read() as connection:
            states = plan_runs(connection, policy, before).states
            plan = plan_values(connection, labelled, policy, states=states, now=before)
        return {labelled[digest] for digest in plan.going}

    def pin(self, *runs: str) -> None:
        """Save, and pin runs."""
        with self.save().catalog.read() as connection:
            facts = pin_facts(connection, runs, is_pinned=True)
        self.add(*facts)
        self.save()

    def flag(self, *outputs: object, reason: str = "bad") -> None:
        """Save, and flag outputs."""
        with self.save().catalog.read() as connection:
            subjects = [one for output in outputs for one in find_subjects(connection, output)]
            facts = flag_facts(connection, subjects, is_flagged=True, reason=reason, by="me")
        self.add(*facts)
        self.save()

    def unflag(self, output: object) -> None:
        """Save, and take the flag of an output back."""
        with self.save().catalog.read() as connection:
            subjects = find_flagged_subjects(connection, output)
            facts = flag_facts(connection, subjects, is_flagged=False)
        self.add(*facts)
        self.save()

    def flagged(self) -> list[Flag]:
        """Save, and list what is flagged."""
        with self.save().catalog.read() as connection:
            return list(list_flags(connection))

    def _version(
        self, text: str, at: int, position: int, *, is_write: bool = False, **sizes: Any
    ) -> VersionFact:
        name, _, label = text.partition("@")
        if label:
            digest = _digest(label)
        elif is_write or name not in self.latest:
            digest = _digest(f"{name} {at} {self._count}")
        else:
            digest = self.latest[name]
        if is_write or not label:
            self.latest[name] = digest
        identity = f"/data/{name}" if "." in name else ""
        more = self._sizes.setdefault(digest, sizes)
        return VersionFact(
            name=name, at=at, position=position, identity=identity, digest=digest, **more
        )


def _digest(text: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, text).hex


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[Graph]:
    """Provide an empty catalog to fill with runs."""
    made = Graph(tmp_path / "store")
    yield made
    made.catalog.close()
