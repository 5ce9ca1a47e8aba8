"""Hot paths: of sampled components few runs are logged, and all are counted."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any, Literal

import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path


def _activity(component: str) -> mt.Activity:
    (period,) = mt.activity(component)
    return period


def test_runs_that_are_left_out_are_counted(store: Path) -> None:
    @mt.component(sample=0.0)
    def score(x: int) -> int:
        return 2 * x

    assert [score(x) for x in range(50)] == [2 * x for x in range(50)]
    found = _activity("score")
    assert (found.num_runs, found.num_logged, found.num_failed) == (50, 0, 0)
    assert mt.recent() == []
    assert found.max_seconds is not None
    assert found.p50_seconds is not None
    assert 0 < found.p50_seconds <= found.max_seconds < 1
    assert found.runs_per_second > 0


def test_a_share_is_logged_and_all_are_counted(store: Path) -> None:
    @mt.component(sample=0.1)
    def score() -> None: ...

    for _ in range(1_000):
        score()
    found = _activity("score")
    assert found.num_runs == 1_000
    assert 40 < found.num_logged < 180
    assert found.num_logged == len(mt.history("score", limit=None))
    (component,) = mt.components()
    assert component.num_runs == 1_000
    assert component.num_left_out == 1_000 - found.num_logged


def test_a_rate_lets_so_many_through_and_no_more(store: Path) -> None:
    @mt.component(sample="5/h")
    def score() -> None: ...

    for _ in range(200):
        score()
    found = _activity("score")
    assert (found.num_runs, found.num_logged) == (200, 5)


@pytest.mark.parametrize("sample", [None, 1, 1.0])
def test_without_sampling_everything_is_logged(store: Path, sample: float | None) -> None:
    @mt.component(sample=sample)
    def score() -> None: ...

    for _ in range(20):
        score()
    found = _activity("score")
    assert (found.num_runs, found.num_logged) == (20, 20)
    assert mt.components()[0].num_left_out == 0


@pytest.mark.parametrize("sample", ["100", "x/s", "10/day", -0.1, 1.5, float("nan"), True, [1]])
def test_a_sampling_that_cannot_be_is_refused_at_decoration(sample: Any) -> None:
    with pytest.raises(mt.OptionError, match="neither a share nor a rate; give a share from 0 to"):
        mt.component(sample=sample)(len)
    with pytest.raises(mt.OptionError, match="neither a share nor a rate"):
        mt.Component("score", sample=sample)


def test_a_failure_is_logged_in_full_although_it_was_left_out(store: Path, workdir: Path) -> None:
    (workdir / "raw.csv").write_text("a")

    @mt.component(sample=0.0)
    def score(path: str, month: int) -> None:
        mt.current_run().metric("rows", 3)
        mt.current_run().note("the feed is odd")
        if month == 13:
            raise ValueError("no such month")

    for month in range(1, 13):
        score("raw.csv", month)
    with pytest.raises(ValueError, match="no such month"):
        score("raw.csv", 13)
    (run,) = mt.recent()
    assert (run.status, run.params["month"], run.metrics) == ("failed", 13, {"rows": 3.0})
    assert run.notes == ("the feed is odd",)
    assert run.error is not None
    assert run.error.message == "no such month"
    assert [ref.name for ref in run.inputs] == ["raw.csv"]
    found = _activity("score")
    assert (found.num_runs, found.num_failed, found.num_logged) == (13, 1, 1)
    assert found.errors == {"ValueError": 1}


def test_a_file_that_a_failed_run_wrote_is_no_input_of_it(store: Path, workdir: Path) -> None:
    @mt.component(sample=0.0)
    def export(target: Path) -> None:
        target.write_text("half")
        raise OSError("the rest did not fit")

    (workdir / "out.csv").write_text("whole")
    with pytest.raises(OSError, match="did not fit"):
        export(workdir / "out.csv")
    (run,) = mt.recent()
    assert run.inputs == ()
    assert [ref.name for ref in run.outputs] == [str(workdir / "out.csv")]


def test_of_very_many_failures_at_once_the_rest_is_counted_by_type(store: Path) -> None:
    @mt.component(sample=0.0)
    def score(number: int) -> None:
        raise KeyError(number)

    for number in range(500):
        with pytest.raises(KeyError):
            score(number)
    found = _activity("score")
    assert (found.num_runs, found.num_failed, found.errors) == (500, 500, {"KeyError": 500})
    assert 100 <= found.num_logged < 500


@pytest.mark.parametrize("severity", ["warn", "block"])
def test_of_very_many_failed_checks_before_runs_the_rest_is_counted(
    store: Path, severity: Literal["warn", "block"]
) -> None:
    class Negative(mt.Check):
        def test_negative(self, x: int) -> bool:
            return x < 0

    check = Negative(severity=severity)
    serving = mt.Component("serve", sample=0.0, before=[check])

    @mt.component(sample=0.0, before=[check])
    def score(x: int) -> None: ...

    def serve(x: int) -> None:
        with serving.start(x=x):
            pass

    blocked = pytest.raises(mt.CheckFailed, match="test_negative failed before the run")
    for call in (score, serve):
        for x in range(500):
            with blocked if severity == "block" else contextlib.nullcontext():
                call(x)
    for name in ("score", "serve"):
        found = _activity(name)
        assert (found.num_runs, found.checks) == (500, {"Negative.test_negative": {"failed": 500}})
        assert 100 <= found.num_logged < 500
        errors = {"mltrace.errors.CheckFailed": 500} if severity == "block" else {}
        assert (found.errors, found.num_failed) == (errors, sum(errors.values()))


def test_checks_run_block_and_are_counted_where_runs_are_left_out(store: Path) -> None:
    def small(x: int) -> bool:
        return x < 100

    def positive(result: int) -> bool:
        return result > 0

    class Limit(mt.Check):
        def test_limit(self, x: int) -> None:
            assert x != 50, "fifty"

    @mt.component(sample=0.0, before=[small, Limit(severity="block")], after=[positive])
    def score(x: int) -> int:
        return x

    for x in (*range(1, 11), 101, 0):
        score(x)
    with pytest.raises(mt.CheckFailed, match="fifty"):
        score(50)
    found = _activity("score")
    assert (found.num_runs, found.num_failed, found.num_logged) == (13, 1, 3)
    assert found.checks["small.small"] == {"passed": 12, "failed": 1}
    assert found.checks["positive.positive"] == {"passed": 11, "failed": 1}
    assert found.checks["Limit.test_limit"] == {"passed": 12, "failed": 1}
    assert {run.params["x"] for run in mt.recent()} == {101, 0, 50}


def test_checks_after_a_left_out_run_see_its_locals(store: Path) -> None:
    seen: list[int] = []

    def watch(doubled: int) -> None:
        seen.append(doubled)

    @mt.component(sample=0.0, after=[watch])
    def score(x: int) -> int:
        doubled = 2 * x
        return doubled + 1

    assert score(4) == 9
    assert seen == [8]


def test_runs_inside_one_that_is_left_out_are_left_out_and_counted(store: Path) -> None:
    @mt.component
    def inner() -> None: ...

    @mt.component(sample=0.0)
    def outer() -> None:
        inner()

    inner()
    for _ in range(9):
        outer()
    assert _activity("inner").num_runs == 10
    assert [run.component for run in mt.recent()] == ["inner"]


def test_a_failure_inside_is_logged_with_the_run_around_it(store: Path) -> None:
    @mt.component
    def inner() -> None:
        raise ValueError("inner")

    @mt.component(sample=0.0)
    def outer() -> str:
        try:
            inner()
        except ValueError:
            return "caught"
        return "not reached"

    assert outer() == "caught"
    inside, around = sorted(mt.recent(), key=lambda run: run.component)
    assert (inside.component, inside.status) == ("inner", "failed")
    assert (around.component, around.status) == ("outer", "succeeded")
    assert inside.parent_id == around.id


def test_a_run_that_reads_retracted_data_is_never_left_out(
    store: Path, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @mt.component
    def load() -> Path:
        path = workdir / "users.csv"
        path.write_text("alice")
        mt.subject(["alice"], on=path)
        return path

    @mt.component(sample=0.0)
    def score(path: Path) -> str:
        return path.read_text()

    path = load()
    mt.retract("alice")
    score(path)
    (run,) = mt.history("score")
    assert [(check.check, check.status) for check in run.checks] == [("retraction", "failed")]
    monkeypatch.setenv("MLTRACE_RETRACTION", "block")
    with pytest.raises(mt.RetractedError, match="reads data that was retracted"):
        score(path)
    (workdir / "other.csv").write_text("bob")
    assert score(workdir / "other.csv") == "bob"
    assert _activity("score").num_runs == 3
    assert _activity("score").num_logged == 2


def test_blocks_generators_and_coroutines_are_sampled_alike(store: Path) -> None:
    serving = mt.Component("serve", sample=0.0)

    @mt.component(sample=0.0)
    def rows() -> Iterator[int]:
        yield from range(3)

    @mt.component(sample=0.0)
    async def fetch() -> str:
        await asyncio.sleep(0)
        return "page"

    @mt.component(sample=0.0)
    async def pages() -> AsyncIterator[str]:
        yield await fetch()

    async def gather() -> list[str]:
        return [page async for page in pages()] + list(await asyncio.gather(fetch(), fetch()))

    for _ in range(5):
        with serving.start(month=3) as run:
            assert list(rows()) == [0, 1, 2]
            run.metric("rows", 3)
    assert asyncio.run(gather()) == ["page"] * 3
    counts = {one.name: (one.num_runs, one.num_left_out) for one in mt.components()}
    assert counts == {"serve": (5, 5), "rows": (5, 5), "fetch": (3, 3), "pages": (1, 1)}

    def fail() -> None:
        with serving.start(month=4) as run:
            run.param("rate", 0.5)
            raise RuntimeError("no page")

    with pytest.raises(RuntimeError, match="no page"):
        fail()
    (failed,) = mt.recent()
    assert (failed.status, failed.params) == ("failed", {"month": 4, "rate": 0.5})


def test_counts_are_exact_across_threads(store: Path) -> None:
    @mt.component(sample=0.05)
    def score(number: int) -> int:
        if number % 100 == 0:
            raise ValueError
        return number

    def work() -> None:
        for number in range(500):
            try:
                score(number)
            except ValueError:
                continue

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = _activity("score")
    assert (found.num_runs, found.num_failed, found.errors) == (4_000, 40, {"ValueError": 40})


FORKING = """
    import multiprocessing, os
    import mltrace as mt

    @mt.component(sample=0.0)
    def score(x): return x

    def work(count):
        for x in range(count):
            score(x)

    for x in range(10):
        score(x)
    workers = [multiprocessing.get_context("fork").Process(target=work, args=(100,)) for _ in "abc"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    child = os.fork()
    work(7)
    if child:
        os.waitpid(child, 0)
"""


def test_counts_are_exact_across_forks_and_exits(store: Path, script: Callable[..., str]) -> None:
    script(FORKING)
    assert _activity("score").num_runs == 10 + 3 * 100 + 2 * 7


KILLED = """
    import time
    import mltrace as mt

    @mt.component(sample=0.0)
    def score(x): return x

    number = 0
    deadline = time.monotonic() + 2.5
    while time.monotonic() < deadline:
        score(number)
        number += 1
        if number % 1000 == 0:
            print(number, time.monotonic(), flush=True)
    print("end", flush=True)
    while True:
        score(number)
"""


def test_a_killed_process_loses_at_most_the_counts_of_its_last_moments(
    store: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    process = start(KILLED)
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        if line.startswith("end"):
            break
        said.append((int(line.split()[0]), float(line.split()[1])))
    process.kill()
    process.wait()
    ended = said[-1][1]
    surely = max(number for number, at in said if at < ended - 1.5)
    assert surely <= _activity("score").num_runs


def test_activity_is_parted_into_periods(store: Path) -> None:
    @mt.component(sample=0.5)
    def score() -> None: ...

    for _ in range(20):
        score()
    by_hour = mt.activity("score", since="1d", every="1h")
    assert sum(one.num_runs for one in by_hour) == 20
    assert mt.activity("score", since="2013-01-01", until="2013-02-01") == []
    with pytest.raises(mt.ArgumentError, match="no number of whole minutes"):
        mt.activity("score", every="10s")
    with pytest.raises(mt.UnknownNameError, match="Did you mean 'score'"):
        mt.activity("scor")


def test_the_command_line_says_what_was_left_out(
    store: Path, cli: Callable[..., subprocess.CompletedProcess[str]], cli_json: Callable[..., Any]
) -> None:
    @mt.component(sample="1/h")
    def score(x: int) -> int:
        return x

    for x in range(300):
        score(x)
    mt.sync()
    (found,) = cli_json("activity", "score")
    assert (found["num_runs"], found["num_logged"]) == (300, 1)
    table = cli("activity", "score", "--every", "1h").stdout
    assert "299 runs counted only" in table
    assert all(len(line) <= 80 for line in table.splitlines())
    assert "300 (1 logged)" in cli("components").stdout
    for listing in (cli("recent"), cli("history", "score")):
        assert "left 299 more runs of score out of the log" in listing.stdout
    (run,) = mt.recent()
    assert "left 299 runs of score out of the log" in cli("inspect", run.id).stdout
