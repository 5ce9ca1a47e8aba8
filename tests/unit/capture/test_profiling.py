"""What is profiled, once, and what is not and why."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import pyarrow
import pytest

from mltrace.capture.background import background
from mltrace.capture.boundary import Found, describe
from mltrace.capture.guard import faults
from mltrace.capture.health import Health
from mltrace.capture.profiling import MAX_BYTES, Profiler
from mltrace.config import ProfileRule
from mltrace.profiles.tables import Profile

if TYPE_CHECKING:
    from pathlib import Path

    from mltrace.capture.boundary import Crossing
    from mltrace.config import ProfileMode
    from mltrace.store.facts import HealthFact, ProfileFact

AMPLE = ProfileRule(max_share=1.0)


class Profiling:
    """A profiler, what it appended, and what its account says."""

    def __init__(self, rule: ProfileRule = AMPLE) -> None:
        self.facts: list[ProfileFact] = []
        self.is_full = False
        self._told: list[HealthFact] = []
        self._health = Health(self._told.append)
        self.profiler = Profiler(rule, self._append, health=self._health)

    def _append(self, fact: ProfileFact) -> None:
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.facts.append(fact)

    def take(self, *values: Any, mode: ProfileMode | None = None, keep: int | None = None) -> None:
        found = [Found(f"value{at}", value) for at, value in enumerate(values)]
        self.take_described(*describe(found, at=1, keep_limit_bytes=keep), mode=mode)

    def take_described(self, *crossings: Crossing, mode: ProfileMode | None = None) -> None:
        self.profiler.take(crossings, mode)
        assert background.flush(30)

    @property
    def account(self) -> HealthFact:
        self._health.ran(1)
        self._health.append()
        return self._told[-1]


def table(*delays: float) -> pyarrow.Table:
    return pyarrow.table({"delay": delays})


def test_equal_content_is_profiled_once() -> None:
    profiling = Profiling()
    for _ in range(3):
        profiling.take(table(1.0, 2.0), table(3.0))
    assert [fact.rows for fact in profiling.facts] == [2, 1]
    assert profiling.account.profiles == {"full": 2}
    spent = sum(round(fact.seconds * 1e9) for fact in profiling.facts)
    assert 0 < spent <= profiling.account.profiling


def test_a_new_spool_file_gets_profiles_again() -> None:
    profiling = Profiling()
    profiling.take(table(1.0))
    profiling.profiler.ask_again()
    profiling.take(table(1.0))
    assert len(profiling.facts) == 2


@pytest.mark.parametrize("value", [3, "text", table(), pyarrow.table({}), b"bytes", {"a": 1}])
def test_what_says_nothing_has_no_profile(value: object) -> None:
    profiling = Profiling()
    profiling.take(value)
    assert (profiling.facts, dict(profiling.account.not_profiled)) == ([], {})


def test_no_time_is_no_profile_and_the_next_run_tries_again() -> None:
    profiling = Profiling(ProfileRule(max_seconds=0.0))
    for _ in range(2):
        profiling.take(table(1.0))
    assert profiling.facts == []
    assert profiling.account.not_profiled == {"share of the CPU time used up": 2}


def test_a_ceiling_leaves_a_sample_that_says_so() -> None:
    profiling = Profiling(ProfileRule(max_seconds=0.004, max_share=1.0))
    columns = {f"c{at}": pyarrow.array(range(at, 1_000_000 + at)) for at in range(10)}
    profiling.take(pyarrow.table(columns))
    (fact,) = profiling.facts
    assert 0 < fact.profiled < fact.rows == 1_000_000
    assert profiling.account.profiles == {"sample": 1}


def test_a_full_disk_costs_the_profile_and_the_next_run_tries_again() -> None:
    profiling = Profiling()
    profiling.is_full = True
    profiling.take(table(1.0))
    profiling.is_full = False
    profiling.take(table(1.0))
    assert len(profiling.facts) == 1


def test_a_file_that_is_another_by_now_has_no_profile(tmp_path: Path) -> None:
    path = tmp_path / "flights.csv"
    path.write_text("delay\n1\n")
    profiling = Profiling()
    crossings = describe([Found("path", path)], at=1, keep_limit_bytes=None)
    path.write_text("delay\n2\n3\n")
    profiling.take_described(*crossings)
    path.unlink()
    profiling.take_described(*crossings)
    assert profiling.facts == []
    assert profiling.account.not_profiled == {"changed meanwhile": 1, "not readable": 1}


def test_a_broken_file_is_tried_once_and_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "flights.parquet"
    path.write_bytes(b"PAR1 and no more")
    profiling, before = Profiling(), faults()
    for _ in range(2):
        profiling.take(path)
    assert profiling.account.not_profiled == {"not readable": 1}
    assert faults() == before


def test_a_very_wide_table_keeps_what_sums_up_each_column() -> None:
    profiling = Profiling()
    columns = {f"c{at}": [float(at), at + 0.5, 7.0, 3.0 * at] for at in range(1_500)}
    profiling.take(pyarrow.table(columns))
    (fact,) = profiling.facts
    assert len(fact.profile) <= MAX_BYTES
    profile = Profile.from_bytes(fact.profile)
    assert profile.summaries["c1499"].max == 4497.0
    assert profile.columns["c0"].max == 7.0
