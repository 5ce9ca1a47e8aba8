"""A store with rows in its lake, as tests of every kind make and read it."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.config import Settings
from mltrace.store.facts import ProcessFact
from mltrace.store.lake import layout
from mltrace.store.lake.columns import Same
from mltrace.store.lake.compacting import Compactor
from mltrace.store.lake.reading import ALWAYS, LakeReader
from mltrace.store.lake.segments import live_segments
from mltrace.store.lake.writing import write_batch
from mltrace.store.opening import Store
from mltrace.store.spool import SpoolWriter
from mltrace.store.task_facts import BatchFact, FeedbackFact, PredictionFact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow

    from mltrace.store.fact import Fact
    from mltrace.store.lake.compacting import Compacted
    from mltrace.store.lake.reading import Span
    from mltrace.store.lake.segments import Segment
    from mltrace.store.task_facts import RowKind

DAY_SECONDS: Final = 86_400
BEGUN: Final = 1_700_006_400
"""Midnight in UTC, from which seconds of tests are counted."""
NANOSECONDS: Final = 1_000_000_000
_numbers = itertools.count(1)


class LakeStore:
    """Logs predictions and feedback of a store by its facts, and reads them again."""

    def __init__(self, uri: str, *, artifacts: str | None = None, spool: str | None = None) -> None:
        self.store = Store(Settings(uri=uri, artifacts=artifacts, spool=spool))
        self.process = f"process-{next(_numbers)}"
        self._spool = SpoolWriter(self.store.location.spool, self._introduce)

    def _introduce(self) -> tuple[str, list[Fact]]:
        who = ProcessFact(id=self.process, host="h", pid=1, user="u", python="3", at=1)
        return self.process, [who]

    def append(self, *facts: Fact) -> None:
        self._spool.append(*facts)

    def batch(
        self,
        ids: Sequence[Any],
        *,
        values: Any = None,
        at: float = 0.0,
        task: str = "late",
        uid: str | None = None,
        **columns: Any,
    ) -> BatchFact:
        """Make a batch of predictions: each a second after the one before, from `at` on."""
        seconds = BEGUN + at + numpy.arange(len(ids))
        made = (seconds * 1e6).astype(numpy.int64)
        about = BatchFact(
            uid=f"0-{self.process}-{next(_numbers)}" if uid is None else uid,
            task=task,
            kind="predictions",
            rows=len(ids),
            logged=int(made[-1]) * 1_000,
            first=int(made[0]) * 1_000,
            last=int(made[-1]) * 1_000,
        )
        given = {
            layout.ID: ids,
            layout.VALUE: Same("1") if values is None else values,
            layout.AT: made.view("M8[us]"),
            layout.LOGGED_AT: Same(int(made[-1])),
            **columns,
        }
        return write_batch(self.store.location, about, given)

    def log(self, ids: Sequence[Any], **options: Any) -> BatchFact:
        """Log a batch of predictions, and drain it."""
        fact = self.batch(ids, **options)
        self.append(fact)
        self.store.drain()
        return fact

    def prediction(self, one: str, *, at: float = 0.0, **options: Any) -> PredictionFact:
        now = int((BEGUN + at) * NANOSECONDS)
        given = {"task": "late", "value": "1", "at": now, "logged": now, **options}
        return PredictionFact(id=one, **given)

    def feedback(self, one: str, *, known: float = 0.0, **options: Any) -> FeedbackFact:
        now = int((BEGUN + known) * NANOSECONDS)
        given = {"task": "late", "value": "1", "known": now, "logged": now, **options}
        return FeedbackFact(id=one, **given)

    def close_spool(self) -> None:
        """End the process that logs."""
        self._spool.close()

    def compact(self, **options: Any) -> Compacted:
        """Drain what is pending, and compact all."""
        self.store.drain()
        return Compactor(self.store.catalog, self.store.location).run(**options)

    @contextmanager
    def reader(self) -> Iterator[LakeReader]:
        with self.store.reading() as connection:
            yield LakeReader(connection, self.store.location.lake)

    def read(
        self,
        columns: Sequence[str] | None = None,
        *,
        kind: RowKind = "predictions",
        task: str = "late",
        span: Span = ALWAYS,
    ) -> pyarrow.Table:
        with self.reader() as reader:
            return reader.read(task, kind, columns=columns, span=span)

    def ids(self, **options: Any) -> list[str]:
        """Read the ids of all rows, in order."""
        return sorted(self.read(["id"], **options).column("id").to_pylist())

    def segments(self) -> list[Segment]:
        with self.store.reading() as connection:
            return live_segments(connection)

    def files(self) -> list[str]:
        """List the files of rows in the lake."""
        lake = self.store.location.lake
        return sorted(str(path.relative_to(lake)) for path in lake.glob("*/*"))


def many(num: int, prefix: str = "id") -> list[str]:
    """Make ids."""
    return [f"{prefix}-{number:08d}" for number in range(num)]
