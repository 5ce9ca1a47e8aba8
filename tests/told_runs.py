"""Runs that ended when and as a test says, told to the store in force as their process would."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from mltrace.durations import bucket_of
from mltrace.monitors.alerts.stored import list_observations
from mltrace.store.facts import (
    BeginFact,
    CheckCountFact,
    CheckFact,
    EndFact,
    IntervalFact,
    MoreFact,
    ProcessFact,
    VersionFact,
)
from mltrace.times import NANOSECONDS, now_ns
from mltrace.verbs import default_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.records.alerts import Observation
    from mltrace.store.fact import Fact

MINUTE = 60 * NANOSECONDS


class ToldRuns:
    """Facts of runs; they reach the store when they are told.

    Times are minutes from the start, which is `ago` minutes before now.
    """

    def __init__(self, ago: float = 10_000) -> None:
        self.start = now_ns() - int(ago * MINUTE)
        self.start -= self.start % MINUTE
        self._facts: list[Fact] = [ProcessFact(id="told", host="h", pid=1, at=self.start)]
        self._count = 0

    def at(self, minute: float) -> int:
        """Tell the time of a minute, in nanoseconds."""
        return self.start + int(minute * MINUTE)

    def run(
        self,
        component: str,
        minute: float,
        *,
        seconds: float = 1.0,
        error: str = "",
        checks: Mapping[str, str] | None = None,
        writes: Mapping[str, str] | None = None,
        rows: int | None = None,
        metrics: Mapping[str, float] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> str:
        """Add a run that ended at a minute; `writes` are digests by names."""
        self._count += 1
        end = self.at(minute)
        begin = end - int(seconds * NANOSECONDS)
        number = (begin // 1_000_000 << 80) | (7 << 76) | (2 << 62) | self._count
        run = str(uuid.UUID(int=number))
        self._facts.append(
            BeginFact(
                run=run, component=component, at=begin, process="told", params=dict(params or {})
            )
        )
        if metrics:
            self._facts.append(MoreFact(run=run, metrics=dict(metrics)))
        self._facts.append(
            EndFact(
                run=run,
                at=end,
                status="failed" if error else "succeeded",
                nanoseconds=end - begin,
                error=(error, "it failed", "") if error else None,
                checks=tuple(
                    CheckFact(
                        check=name.partition(".")[0],
                        test=name.partition(".")[2] or "test",
                        when="after",
                        status=status,  # type: ignore[arg-type]
                    )
                    for name, status in (checks or {}).items()
                ),
                writes=tuple(
                    VersionFact(name=name, at=end, position=place, digest=digest, rows=rows)
                    for place, (name, digest) in enumerate((writes or {}).items())
                ),
            )
        )
        return run

    def left_out(
        self,
        component: str,
        minute: int,
        num: int,
        *,
        failed: int = 0,
        seconds: float = 1.0,
        process: str = "told",
        checks: Mapping[str, tuple[int, int]] | None = None,
    ) -> None:
        """Add runs of a minute that sampling left out; `checks` are passed and failed results."""
        took = int(seconds * NANOSECONDS)
        self._facts.append(
            IntervalFact(
                process=process,
                component=component,
                at=self.at(minute),
                seconds=60,
                runs=num,
                failed=failed,
                total=num * took,
                least=took,
                most=took,
                durations={bucket_of(took): num},
                errors={"TimeoutError": failed} if failed else {},
                checks=tuple(
                    CheckCountFact(check=name, test="test", passed=passed, failed=failed)
                    for name, (passed, failed) in (checks or {}).items()
                ),
            )
        )

    def take(self) -> list[Fact]:
        """Take what was not told yet."""
        facts, self._facts = self._facts, []
        return facts

    def tell(self) -> None:
        """Tell the store what was not told yet."""
        tell(self.take())


def tell(facts: list[Fact]) -> None:
    """Append facts to the spool of the store in force."""
    default_workspace()._append(facts)


def observed(monitor: str) -> list[Observation]:
    """List all that is stored of a monitor."""
    with default_workspace().store.reading() as connection:
        return list_observations(connection, monitor=monitor)
