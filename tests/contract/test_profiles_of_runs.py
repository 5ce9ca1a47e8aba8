"""Every table that crosses the boundary of a run has a profile, at a bounded cost."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tests.forked import run_forked

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from mltrace.profiles.tables import Profile


def table(library: str, num_rows: int = 3) -> Any:
    columns = {
        "delay": [float(row) for row in range(num_rows - 1)] + [None],
        "carrier": ["AA", "UA", None][:num_rows] + ["DL"] * (num_rows - 3),
    }
    if library == "pandas":
        return pd.DataFrame(columns)
    return pl.DataFrame(columns) if library == "polars" else pa.table(columns)


def profile_of(name: str) -> Profile:
    return mt.profile(name)


def nulls_of(name: str) -> dict[str, int]:
    return {key: column.num_nulls for key, column in profile_of(name).columns.items()}


@pytest.fixture(params=["pandas", "polars", "pyarrow"])
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_inputs_and_outputs_have_profiles(store: Path, library: str) -> None:
    @mt.component
    def clean(flights: Any) -> Any:
        return flights[:2]

    clean(table(library))
    assert nulls_of("flights") == {"delay": 1, "carrier": 1}
    assert nulls_of("clean") == {"delay": 0, "carrier": 0}
    assert profile_of("flights").num_rows == profile_of("flights").num_profiled_rows == 3


def test_a_profile_of_a_run_is_that_of_its_output(store: Path, library: str) -> None:
    @mt.component
    def clean(flights: Any) -> Any:
        return flights[:2]

    clean(table(library))
    (run,) = mt.recent()
    assert mt.profile(run).num_rows == 2
    assert mt.profile(run.inputs[0]).num_rows == 3
    assert mt.profile(f"flights@{(run.inputs[0].digest or '')[:8]}").num_rows == 3


def test_runs_and_versions_say_what_has_a_profile(store: Path) -> None:
    @mt.component
    def clean(flights: Any) -> Any:
        return flights[:2]

    clean(table("pandas"))
    clean(table("pandas")[:0])
    empty, full = mt.recent()
    assert [ref.has_profile for ref in (*full.inputs, *full.outputs)] == [True, True]
    assert [ref.has_profile for ref in (*empty.inputs, *empty.outputs)] == [False, False]
    assert [one.has_profile for one in mt.versions("clean")] == [False, True]
    assert "profiled: clean (mltrace profile clean@" in str(full)


def test_types_are_those_of_the_library_itself(store: Path) -> None:
    @mt.component
    def clean(flights: Any) -> Any:
        return flights

    frame = table("pandas")
    clean(frame)
    told = {name: column.dtype for name, column in profile_of("clean").columns.items()}
    assert told == {name: str(dtype) for name, dtype in frame.dtypes.items()}


@pytest.mark.parametrize("keep", [True, False])
def test_what_is_changed_after_the_call_does_not_change_its_profile(
    store: Path, *, keep: bool
) -> None:
    @mt.component(keep=keep)
    def clean(flights: Any) -> Any:
        flights.loc[0, "delay"] = None
        return flights

    frame = clean(table("pandas"))
    frame["delay"] = None
    frame["carrier"] = None
    listed = mt.profiled("flights") + mt.profiled("clean")
    nulls = {one.columns["delay"].num_nulls for one in listed}
    assert nulls == {1, 2}
    assert all(one.columns["carrier"].num_nulls == 1 for one in listed)


@pytest.mark.parametrize("keep", [True, False])
def test_items_of_generators_are_profiled_as_they_were_handed_out(
    store: Path, *, keep: bool
) -> None:
    @mt.component(keep=keep)
    def parts() -> Iterator[Any]:
        for number in (3, 4):
            yield table("pandas", number)

    for part in parts():
        part["delay"] = None
    assert [nulls_of(f"parts.{number}")["delay"] for number in (0, 1)] == [1, 1]


def test_coroutines_methods_and_blocks_have_profiles(store: Path) -> None:
    @mt.component
    async def fetch() -> Any:
        return table("polars")

    @mt.component
    async def stream() -> AsyncIterator[Any]:
        yield table("polars", 5)

    class Pipeline:
        @mt.component
        def join(self, rows: Any) -> Any:
            return rows[:1]

    async def drive() -> None:
        await fetch()
        async for _ in stream():
            pass

    asyncio.run(drive())
    Pipeline().join(table("pandas", 7))
    with mt.Component("report").start() as run:
        run.read(table("pandas", 8), name="before")
        run.write(table("pandas", 9), name="after")
    names = ("fetch", "stream.0", "rows", "join", "before", "after")
    assert [profile_of(name).num_rows for name in names] == [3, 5, 7, 1, 8, 9]


@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_tables_in_files_have_profiles(store: Path, tmp_path: Path, ending: str) -> None:
    @mt.component
    def save(flights: Any, path: Path) -> Path:
        getattr(flights, f"to_{ending[1:]}")(path, index=False)
        return path

    save(table("pandas"), tmp_path / f"flights{ending}")
    profile = profile_of(str(tmp_path / f"flights{ending}"))
    assert profile.num_rows == 3
    assert profile.columns["delay"].num_nulls == 1


def test_what_is_no_table_has_none(store: Path, tmp_path: Path) -> None:
    @mt.component
    def save(path: Path) -> Path:
        path.write_text("no table")
        return path

    save(tmp_path / "notes.txt")
    assert mt.profiled(str(tmp_path / "notes.txt")) == []
    with pytest.raises(mt.UnknownNameError, match="No output or run 'flihgts'"):
        profile_of("flihgts")


def test_a_broken_table_costs_its_profile_and_nothing_else(store: Path, tmp_path: Path) -> None:
    @mt.component
    def save(path: Path) -> Path:
        path.write_bytes(b"PAR1 and no more")
        return path

    save(tmp_path / "flights.parquet")
    assert mt.recent()[0].status == "succeeded"
    assert mt.profiled(str(tmp_path / "flights.parquet")) == []


def test_off_takes_none_and_a_component_says_otherwise(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLTRACE_PROFILE", "off")

    @mt.component
    def quiet() -> Any:
        return table("pandas")

    @mt.component(profile="full")
    def loud() -> Any:
        return table("pandas", 4)

    quiet()
    loud()
    assert profile_of("loud").num_rows == 4
    assert mt.profiled("quiet") == []


def test_a_sample_says_of_how_many_rows_it_is(store: Path) -> None:
    @mt.component(profile="sample")
    def clean() -> Any:
        return table("pandas", 300_000)

    clean()
    profile = mt.profile("clean", mode="sample")
    assert profile.num_rows == 300_000
    assert 0 < profile.num_profiled_rows < 150_000
    whole = mt.profile("clean")  # of the content, which is kept
    assert whole.num_profiled_rows == 300_000
    assert whole.columns["delay"].num_nulls == 1


def test_a_full_profile_beats_a_sample_of_the_same(store: Path) -> None:
    frame = table("pandas", 250_000)

    @mt.component(profile="sample", keep=False)
    def first() -> Any:
        return frame

    @mt.component(profile="full", keep=False)
    def second() -> Any:
        return frame

    first()
    assert profile_of("first").num_profiled_rows < 150_000
    second()
    first()
    assert profile_of("first").num_profiled_rows == 250_000


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(mt.OptionError, match="profile='most' is unknown; give 'full'"):
        mt.component(profile="most")(lambda: None)


def test_history_is_newest_first_and_as_a_frame_a_row_for_each_column(store: Path) -> None:
    @mt.component
    def clean(num_rows: int) -> Any:
        return table("pandas", num_rows)

    for num_rows in (3, 4, 5, 4):
        clean(num_rows)
    listed = mt.profiled("clean")
    assert [one.num_rows for one in listed] == [4, 5, 4, 3]
    assert [one.num_rows for one in mt.profiled("clean", limit=2)] == [4, 5]
    assert [one.produced_by for one in listed] == [run.id for run in mt.history("clean")]
    since = mt.profiled("clean", since=listed[1].at, until=listed[0].at)
    assert [one.num_rows for one in since] == [5]
    rows = listed.to_pandas()
    assert rows["column"].tolist() == ["delay", "carrier"] * 4
    assert rows["num_rows"].tolist() == [4, 4, 5, 5, 4, 4, 3, 3]
    assert mt.profiled("clean", since="2100-01-01").to_pandas().columns.tolist()[:3] == [
        "name",
        "digest",
        "at",
    ]


def test_what_no_run_wrote_is_listed_when_it_was_first_read(store: Path) -> None:
    @mt.component
    def clean(flights: Any) -> None: ...

    for num_rows in (3, 4, 3):
        clean(table("pandas", num_rows))
    assert [one.num_rows for one in mt.profiled("flights")] == [4, 3]
    assert mt.profiled("flights")[0].produced_by is None


def test_the_store_tells_what_profiles_took_and_what_has_none(store: Path) -> None:
    script = (
        "import mltrace as mt, pandas as pd\n"
        "frame = pd.DataFrame({'delay': [1.0, 2.0]})\n"
        "clean = mt.component(lambda flights: flights, name='clean')\n"
        "for _ in range(5): clean(frame)\n"
    )
    python(script)
    mt.sync()
    health = mt.doctor()
    assert health.profiles == {"full": 1}  # one content, once
    assert 0 < health.profiling_seconds < health.overhead_seconds
    assert "profiles      1 full, " in str(health)


def test_nothing_is_left_of_a_share_of_none(store: Path) -> None:
    script = (
        "import mltrace as mt, pandas as pd\n"
        "wide = lambda number: pd.DataFrame({str(at): range(number, 5000) for at in range(50)})\n"
        "clean = mt.component(wide, name='clean', keep=False)\n"
        "for number in range(30): clean(number)\n"
    )
    python(script, MLTRACE_PROFILE_SHARE="0")
    mt.sync()
    health = mt.doctor()
    assert health.not_profiled["share of the CPU time used up"] > 0
    assert health.profiling_seconds < 1
    assert mt.history("clean", limit=1)[0].status == "succeeded"


def test_a_run_outlives_the_kill_of_its_process_right_after_the_call(store: Path) -> None:
    script = (
        "import os, signal\n"
        "import mltrace as mt, pandas as pd\n"
        "clean = mt.component(lambda: pd.DataFrame({'x': range(100_000)}), name='clean')\n"
        "clean()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert python(script, check=False) == -signal.SIGKILL
    (run,) = mt.recent()
    assert run.status == "succeeded"
    assert run.outputs[0].num_rows == 100_000
    assert len(mt.profiled("clean")) in (0, 1)  # a profile is not acknowledged by the call


def test_a_forked_child_profiles_its_own(store: Path) -> None:
    @mt.component
    def clean(num_rows: int) -> Any:
        return table("pandas", num_rows)

    clean(3)
    assert run_forked(lambda: (clean(4), mt.Workspace().sync())) == 0
    assert [one.num_rows for one in mt.profiled("clean")] == [4, 3]


def test_a_merge_brings_profiles_and_the_full_one_of_two_counts(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = table("pandas", 250_000)

    def clean() -> Any:
        return frame

    here = mt.component(profile="sample", keep=False)(clean)
    here()
    there = str(tmp_path / "there.mltrace")
    uri = os.environ["MLTRACE_URI"]
    monkeypatch.setenv("MLTRACE_URI", there)
    mt.component(profile="full", keep=False)(clean)()
    mt.sync()
    monkeypatch.setenv("MLTRACE_URI", uri)
    assert mt.profile("clean").num_profiled_rows < 150_000
    for _ in range(2):
        mt.merge(there)
        assert [one.num_profiled_rows for one in mt.profiled("clean")] == [250_000] * 2


def test_values_may_go_and_profiles_stay(store: Path) -> None:
    @mt.component
    def clean(num_rows: int) -> Any:
        return table("pandas", num_rows)

    for num_rows in (3, 4, 5):
        clean(num_rows)
    mt.Workspace().gc("0d", values_older_than="0d", yes=True)
    assert [one.num_rows for one in mt.profiled("clean")] == [5, 4, 3]


def test_retracted_data_has_no_profile_any_more(store: Path) -> None:
    raw = table("pandas")
    mt.subject("alice", on=raw)

    @mt.component
    def clean(flights: Any) -> Any:
        return flights[:2]

    clean(raw)
    clean(table("pandas", 7))
    report = mt.retract("alice", purge=True)
    assert report.num_profiles_purged == 2
    assert "Profiles purged: 2." in str(report)
    assert [one.num_rows for one in mt.profiled("flights")] == [7]


def test_what_touched_data_go_into_is_not_profiled(store: Path) -> None:
    raw = table("pandas")
    mt.subject("alice", on=raw)

    @mt.component
    def clean(flights: Any) -> Any:
        return flights.assign(is_late=True)

    clean(raw)
    mt.retract("alice", purge=True)
    python(
        "import mltrace as mt, pandas as pd\n"
        "@mt.component\n"
        "def clean(flights): return flights.assign(is_late=False)\n"
        "@mt.component(anonymising=True)\n"
        "def summarise(flights): return flights.assign(delay=0.0)\n"
        "raw = pd.DataFrame({'delay': [0.0, 1.0, None], 'carrier': ['AA', 'UA', None]})\n"
        "clean(raw)\n"
        "summarise(raw)\n"
    )
    assert mt.profiled("clean") == mt.profiled("flights") == []
    assert [one.num_rows for one in mt.profiled("summarise")] == [3]


def python(script: str, *, check: bool = True, **settings: str) -> int:
    environment = {**os.environ, **settings}
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=environment, check=check, timeout=120).returncode
