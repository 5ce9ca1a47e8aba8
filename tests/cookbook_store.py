"""The store that the cookbook asks: eight weeks of a small pipeline, seeded, and kept tables.

In March the host changes, and with it a package; from then on `clean` loses a fifth of its rows on
Sundays, `features` is slower, and the labels of one carrier are missed more often.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pandas as pd
from msgspec import structs

import mltrace as mt
from mltrace.store.facts import (
    BeginFact,
    CheckFact,
    ComponentFact,
    EndFact,
    EnvironmentFact,
    FlagFact,
    GitFact,
    IdsFact,
    IntervalFact,
    MoreFact,
    NoteFact,
    ProcessFact,
    SourceFact,
    VersionFact,
)
from mltrace.times import NANOSECONDS, to_nanoseconds
from mltrace.verbs import default_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltrace.store.facts import AnyFact

START = datetime(2026, 2, 2, 6, tzinfo=UTC)
"""A Monday."""
NUM_DAYS = 56
CHANGED_AFTER = 28
_OWNERS = {
    "ingest": "data-eng",
    "clean": "data-eng",
    "features": "ml",
    "train": "ml",
    "predict": "serving",
}
_SECONDS = {"ingest": 40.0, "clean": 12.0, "features": 20.0, "train": 300.0, "predict": 6.0}


class _Pipeline:
    def __init__(self) -> None:
        self.facts: list[AnyFact] = []
        self._random = Random(11)
        self._count = 0
        self._latest: dict[str, VersionFact] = {}

    def day(self, day: int) -> None:
        """Run the pipeline once."""
        at = START + timedelta(days=day)
        process = self._process(day, at)
        is_new, is_sunday = day >= CHANGED_AFTER, day % 7 == 6
        rows = 1000 + 10 * day
        self.run("ingest", at, process, reads=["s3://raw/flights.csv"], writes={"raw": rows})
        lost = rows // 5 if is_new and is_sunday else 0
        checks = {
            "RowCount": "failed" if lost else "passed",
            "NoNulls": "failed" if day % 10 == 3 else "passed",
        }
        self.run("clean", at, process, reads=["raw"], writes={"clean": rows - lost}, checks=checks)
        self.run("features", at, process, reads=["clean", "airports"], writes={"features": rows})
        if day % 7 == 0:
            self._train(day, at, process)
        error = ("TimeoutError", "no answer after 30 s") if day % 9 == 5 else None
        if is_new and day % 13 == 4:
            error = ("KeyError", "'carrier'")
        run = self.run(
            "predict", at, process, reads=["features", "model"], writes={"scores": 100}, error=error
        )
        if day == 48:
            self._flag(run, at)

    def _train(self, day: int, at: datetime, process: str) -> None:
        depth = 4 if day % 14 else 8
        accuracy = round(0.9 - 0.001 * day - (0.02 if depth == 8 else 0.0), 3)
        self.run(
            "train",
            at,
            process,
            reads=["features"],
            writes={"model": None},
            params={"depth": depth, "seed": day},
            metrics={"accuracy": accuracy},
        )

    def _flag(self, run: str, at: datetime) -> None:
        moment = to_nanoseconds(at)
        self.facts += [
            IdsFact(run=run, name="ids", digest="1d" * 16, at=moment, ids=["UA-48", "B6-48"]),
            FlagFact(
                kind="id", subject="UA-48", at=moment, is_flagged=True, reason="three hours off"
            ),
            NoteFact(id="note-1", run=run, at=moment, text="customers called"),
        ]

    def _process(self, day: int, at: datetime) -> str:
        name, moment = f"process-{day}", to_nanoseconds(at)
        is_new = day >= CHANGED_AFTER
        packages = {"pandas": "3.1.1" if is_new else "3.0.4", "numpy": "2.4.0"}
        self.facts += [
            ProcessFact(id=name, host="blue" if is_new else "red", pid=100 + day, at=moment),
            EnvironmentFact(
                process=name,
                digest="e1" * 16 if is_new else "e0" * 16,
                python="3.13.1" if is_new else "3.11.7",
                packages=packages,
            ),
            GitFact(
                process=name,
                key=0,
                commit=f"{day // 14:x}" * 40,
                is_dirty=day == 40,
            ),
        ]
        return name

    def run(
        self,
        component: str,
        at: datetime,
        process: str,
        *,
        reads: Sequence[str],
        writes: Mapping[str, int | None],
        checks: Mapping[str, str] | None = None,
        error: tuple[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> str:
        """Add a run; one that failed wrote nothing."""
        self._count += 1
        order = list(_OWNERS).index(component)
        begin = to_nanoseconds(at + timedelta(minutes=10 * order))
        is_slow = component == "features" and at >= START + timedelta(days=CHANGED_AFTER)
        seconds = round(
            _SECONDS[component] * self._random.uniform(0.9, 1.1) * (2 if is_slow else 1), 3
        )
        end = begin + int(seconds * NANOSECONDS)
        uid = str(uuid.UUID(int=(begin // 1_000_000 << 80) | (7 << 76) | (2 << 62) | self._count))
        read = [self._read(name, begin, place) for place, name in enumerate(reads)]
        self.facts.append(
            BeginFact(
                run=uid,
                component=component,
                at=begin,
                process=process,
                git=0,
                code=f"{order}{int(component == 'features' and is_slow)}" * 16,
                params=dict(params or {}),
                reads=tuple(read),
            )
        )
        if metrics:
            self.facts.append(MoreFact(run=uid, metrics=dict(metrics)))
        written = (
            []
            if error
            else [self._written(*one, end, place) for place, one in enumerate(writes.items())]
        )
        results = [
            CheckFact(check=name, test="test", when="after", status=status)  # type: ignore[arg-type]
            for name, status in (checks or {}).items()
        ]
        self.facts.append(
            EndFact(
                run=uid,
                at=end,
                status="failed" if error else "succeeded",
                nanoseconds=end - begin,
                error=(*error, "") if error else None,
                checks=tuple(results),
                writes=tuple(written),
            )
        )
        return uid

    def _read(self, name: str, at: int, place: int) -> VersionFact:
        if name in self._latest:
            return structs.replace(self._latest[name], at=at, position=place)
        digest = f"{len(name):x}".rjust(2, "a") * 16
        return VersionFact(name=name, at=at, position=place, digest=digest, kind=_kind(name))

    def _written(self, name: str, rows: int | None, at: int, place: int) -> VersionFact:
        columns = (
            ("id", "carrier", "delay")
            if rows and rows < 1400
            else ("id", "carrier", "delay", "gate")
        )
        digest = f"{self._count:04x}" * 8
        fact = VersionFact(
            name=name,
            at=at,
            position=place,
            digest=digest,
            kind=_kind(name),
            rows=rows,
            size=None if rows is None else rows * 24,
            columns=columns if rows else (),
        )
        self._latest[name] = fact
        return fact


def _kind(name: str) -> Any:
    return "model" if name == "model" else "file" if "/" in name else "data"


def build() -> None:
    """Fill the store in force."""
    pipeline = _Pipeline()
    moment = to_nanoseconds(START)
    for name, owner in _OWNERS.items():
        pipeline.facts.append(ComponentFact(name=name, at=moment, owner=owner, tags=("flights",)))
    for name, digest, text in (
        ("features", "20" * 16, "def features(clean): ..."),
        ("features", "21" * 16, "def features(clean, airports): ..."),
    ):
        pipeline.facts.append(SourceFact(digest=digest, text=f"# {name}\n{text}"))
    for day in range(NUM_DAYS):
        pipeline.day(day)
    pipeline.facts.append(
        IntervalFact(
            process="process-50",
            component="score_one",
            at=moment,
            seconds=60,
            runs=5000,
            failed=12,
            total=10 * NANOSECONDS,
            least=1,
            most=NANOSECONDS,
            durations={},
            errors={"ValueError": 12},
        )
    )
    default_workspace()._append(pipeline.facts)
    _predict()
    _keep()
    mt.sync()


def _predict() -> None:
    task = mt.Task("late", kind="binary")
    for day in range(NUM_DAYS - 7, NUM_DAYS):
        at = START + timedelta(days=day, hours=2)
        ids = [f"{carrier}-{day}-{n}" for carrier in ("UA", "B6") for n in range(10)]
        late = [n % 2 for _ in ("UA", "B6") for n in range(10)]
        said = [
            1 - one if name.startswith("B6") and n % 3 == 0 else one
            for n, (name, one) in enumerate(zip(ids, late, strict=True))
        ]
        carriers = [name[:2] for name in ids]
        scores = [0.8 if one else 0.3 for one in said]
        task.log_predictions(ids, said, scores=scores, features={"carrier": carriers}, at=at)
        num = 20 if day < NUM_DAYS - 2 else 5
        task.log_feedback(ids[:num], late[:num], at=at + timedelta(hours=30))


def _keep() -> None:
    @mt.component
    def bookings(day: int) -> pd.DataFrame:
        rows = range(8 + day)
        fares = [100.0 + 10 * n if n != 3 or not day else None for n in rows]
        return pd.DataFrame({"booking": rows, "fare": fares, "seat": [f"{n}A" for n in rows]})

    bookings(0)
    bookings(1)
