"""Local variables are read at return, and nothing else about the call changes."""

# ruff: noqa: F841, RET504, SIM117 (locals that only the probe reads are what is tested)

import asyncio
import cProfile
import functools
import gc
import pstats
import subprocess
import sys
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from mltrace.capture import returns
from mltrace.capture.returns import local_names, locals_at_return
from mltrace.errors import OptionError

# The way of Python 3.11 is the fallback on later versions, so they test it as well.
WAYS = ("native", "profiler") if sys.version_info >= (3, 12) else ("native",)


@pytest.fixture(params=WAYS, autouse=True)
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.param == "profiler":
        monkeypatch.setattr(returns, "_monitor", lambda _code: False)
    before = sys.getprofile(), sys.gettrace()
    yield
    assert (sys.getprofile(), sys.gettrace()) == before
    assert not returns._local.captures


def run(function: Callable[..., Any], names: list[str], *args: Any) -> dict[str, Any]:
    with locals_at_return(function, names).capture() as captured:
        function(*args)
    return captured.values


def test_arguments_locals_cells_and_free_variables() -> None:
    free = ["free"]

    def function(x: int, *rest: int, flag: bool = True, **more: int) -> Callable[[], object]:
        local = x + 1
        cell = local * 2
        x = 100
        if not flag:
            missing = 1
            del missing
        return lambda: (cell, free)

    names = ["x", "rest", "flag", "more", "local", "cell", "free", "missing"]
    assert set(names) == set(local_names(function) or ())
    assert run(function, names, 1, 2) == {
        "x": 100,
        "rest": (2,),
        "flag": True,
        "more": {},
        "local": 2,
        "cell": 4,
        "free": ["free"],
    }


def test_methods_and_their_kin() -> None:
    class Model:
        def fit(self, x: int) -> "Model":
            weights = x * 2
            return self

        @classmethod
        def load(cls) -> None:
            path = "p"

        @staticmethod
        def score() -> None:
            value = 0.5

        def __call__(self) -> None:
            called = True

    model = Model()
    assert run(model.fit, ["weights", "self"], 2) == {"weights": 4, "self": model}
    assert run(Model.load, ["path", "cls"]) == {"path": "p", "cls": Model}
    assert run(Model.score, ["value"]) == {"value": 0.5}
    assert run(model, ["called"]) == {"called": True}
    assert run(functools.partial(model.fit, 3), ["weights"]) == {"weights": 6}


def test_other_decorators_that_call_more_than_once() -> None:
    def retry(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapped(*args: Any) -> Any:
            for _ in range(4):
                try:
                    return function(*args)
                except ConnectionError:
                    continue
            return None

        return wrapped

    attempts: list[int] = []

    @retry
    def fetch() -> int:
        attempt = len(attempts)
        attempts.append(attempt)
        if attempt < 3:
            raise ConnectionError
        return attempt

    assert run(fetch, ["attempt"]) == {"attempt": 3}


def test_recursion_counts_the_outermost() -> None:
    def factorial(n: int) -> int:
        below = 1 if n <= 1 else factorial(n - 1)
        return n * below

    assert run(factorial, ["n", "below"], 5) == {"n": 5, "below": 24}


def test_recursion_through_captures_gives_each_its_own() -> None:
    found: list[dict[str, Any]] = []

    def countdown(n: int) -> None:
        local = n * 10
        if n:
            capture(n - 1)

    probe = locals_at_return(countdown, ["local"])

    def capture(n: int) -> None:
        with probe.capture() as captured:
            countdown(n)
        found.append(captured.values)

    capture(3)
    assert found == [{"local": 0}, {"local": 10}, {"local": 20}, {"local": 30}]


def test_two_probes_of_one_function_both_see_it() -> None:
    def function() -> None:
        a, b = 1, 2

    with locals_at_return(function, ["a"]).capture() as outer:
        with locals_at_return(function, ["b"]).capture() as inner:
            function()
    assert inner.values == {"b": 2}
    assert outer.values == {"a": 1}


def test_a_call_that_raises_shows_how_far_it_came() -> None:
    def function() -> None:
        before = 1
        raise LookupError("user's")
        after = 2

    with pytest.raises(LookupError, match="user's"):
        with locals_at_return(function, ["before", "after"]).capture() as captured:
            function()
    assert captured.values == {"before": 1}


def test_a_function_that_is_not_called_has_no_values() -> None:
    def function() -> None:
        local = 1

    with locals_at_return(function, ["local"]).capture() as captured:
        pass
    function()
    assert captured.values == {}
    with pytest.raises(TypeError, match="positional"):
        with locals_at_return(function, ["local"]).capture() as captured:
            function(1)  # type: ignore[call-arg]
    assert captured.values == {}


def test_threads_do_not_mix() -> None:
    barrier = threading.Barrier(4)

    def function(n: int) -> None:
        local = n
        barrier.wait(10)

    probe = locals_at_return(function, ["local"])
    found: dict[int, dict[str, Any]] = {}

    def work(n: int) -> None:
        with probe.capture() as captured:
            function(n)
        found[n] = captured.values

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: {"local": n} for n in range(4)}


def test_a_generator_resumed_step_by_step() -> None:
    def batches(n: int) -> Iterator[int]:
        total = 0
        for number in range(n):
            total += number
            yield total

    captured = locals_at_return(batches, ["total", "number"]).capture()
    with captured:
        generator = batches(4)
    assert captured.values == {}
    seen = []
    while True:
        try:
            with captured:
                next(generator)
        except StopIteration:
            break
        seen.append(captured.values["total"])
    assert seen == [0, 1, 3, 6]
    assert captured.values == {"total": 6, "number": 3}


def test_two_generators_interleaved_and_one_closed_early() -> None:
    def count(start: int) -> Generator[int, None, None]:
        local = start
        try:
            while True:
                local += 1
                yield local
        finally:
            done = True

    probe = locals_at_return(count, ["local"])
    captures, generators = [probe.capture(), probe.capture()], [count(0), count(100)]
    for step in (0, 1, 0, 0, 1):
        with captures[step]:
            next(generators[step])
    with captures[0]:
        generators[0].close()
    assert [captured.values for captured in captures] == [{"local": 3}, {"local": 102}]


def test_a_coroutine_and_an_async_generator() -> None:
    async def fetch() -> int:
        first = 1
        await asyncio.sleep(0)
        second = 2
        await asyncio.sleep(0)
        return first + second

    async def stream() -> AsyncIterator[int]:
        for number in range(3):
            await asyncio.sleep(0)
            yield number

    class Stepped:
        def __init__(self, captured: Any, awaitable: Any) -> None:
            self.captured, self.steps = captured, awaitable.__await__()

        def __await__(self) -> Generator[Any, Any, Any]:
            while True:
                try:
                    with self.captured:
                        step = next(self.steps)
                except StopIteration as stop:
                    return stop.value
                yield step

    async def main() -> tuple[Any, ...]:
        one = locals_at_return(fetch, ["first", "second"]).capture()
        result = await Stepped(one, fetch())
        many = locals_at_return(stream, ["number"]).capture()
        iterator = stream()
        while True:
            try:
                await Stepped(many, anext(iterator))
            except StopAsyncIteration:
                break
        return result, one.values, many.values

    assert asyncio.run(main()) == (3, {"first": 1, "second": 2}, {"number": 2})


def test_misspelt_names_are_refused_at_once() -> None:
    def train(features: int) -> None:
        model = features

    with pytest.raises(OptionError, match=r"No variable of .*train 'modle'.*mean 'model'"):
        locals_at_return(train, ["modle"])
    with pytest.raises(OptionError, match="not written in Python"):
        locals_at_return(len, ["x"])
    assert local_names(len) is None


def test_nothing_is_kept_alive_by_a_capture_that_is_gone() -> None:
    class Big:
        pass

    references: list[weakref.ref[Big]] = []

    def function() -> None:
        big, other = Big(), Big()
        references.extend([weakref.ref(big), weakref.ref(other)])

    with locals_at_return(function, ["big"]).capture() as captured:
        function()
    gc.collect()
    assert [reference() is not None for reference in references] == [True, False]
    del captured
    gc.collect()
    assert [reference() for reference in references] == [None, None]


def work(n: int) -> int:
    total = sum(helper(number) for number in range(n))
    return total


def helper(n: int) -> int:
    return n + 1


def test_cprofile_goes_on_undisturbed() -> None:
    probe = locals_at_return(work, ["total"])
    profiler = cProfile.Profile()
    profiler.enable()
    with probe.capture() as captured:
        work(10)
    helper(1)
    profiler.disable()
    calls = {
        name: row[0]
        for (_, _, name), row in pstats.Stats(profiler).stats.items()  # type: ignore[attr-defined]
    }
    assert captured.values == {"total": 55}
    assert (calls["work"], calls["helper"]) == (1, 11)


def test_profilers_and_tracers_in_python_go_on_undisturbed() -> None:
    profiled: list[str] = []
    traced: list[str] = []

    def profile(frame: Any, event: str, _argument: Any) -> None:
        if event == "call":
            profiled.append(frame.f_code.co_name)

    def trace(frame: Any, event: str, _argument: Any) -> Any:
        traced.append(f"{frame.f_code.co_name} {event}")
        return trace

    probe = locals_at_return(work, ["total"])
    before = sys.getprofile(), sys.gettrace()
    for setting in ((profile, None), (None, trace), (profile, trace)):
        profiled.clear()
        traced.clear()
        sys.settrace(setting[1])
        sys.setprofile(setting[0])
        try:
            with probe.capture() as captured:
                work(3)
            after = sys.getprofile(), sys.gettrace()
        finally:
            sys.setprofile(before[0])
            sys.settrace(before[1])
        assert captured.values == {"total": 6}
        assert after == setting
        if setting[0]:
            assert (profiled.count("work"), profiled.count("helper")) == (1, 3)
        if setting[1]:
            assert (traced.count("work call"), traced.count("helper call")) == (1, 3)
            assert "work line" in traced


def test_a_profiler_that_the_function_starts_stays() -> None:
    def profile(_frame: Any, _event: str, _argument: Any) -> None: ...

    @functools.wraps(work)
    def indirect(n: int) -> int:
        return work(n)

    def function() -> None:
        local = 1
        sys.setprofile(profile)

    before = sys.getprofile()
    with locals_at_return(function, ["local"]).capture() as captured:
        function()
    assert sys.getprofile() is profile
    sys.setprofile(before)
    assert captured.values == {"local": 1}
    assert run(indirect, ["total"], 3) == {"total": 6}


def test_coverage_measures_the_same_lines(tmp_path: Path) -> None:
    pytest.importorskip("coverage")
    script = tmp_path / "measured.py"
    script.write_text(
        "import sys\n"
        "from mltrace.capture.returns import locals_at_return\n"
        "def f(n):\n"
        "    total = 0\n"
        "    for i in range(n):\n"
        "        total += i\n"
        "    return total\n"
        "with locals_at_return(f, ['total']).capture() as captured:\n"
        "    f(4)\n"
        "print(captured.values)\n"
        "def never():\n"
        "    return 1\n"
    )
    root = str(Path(returns.__file__).parents[2])
    environment = {"PYTHONPATH": root, "PATH": "/usr/bin:/bin"}
    for command in (["run", str(script)], ["report", "-m", "--include", str(script)]):
        done = subprocess.run(
            [sys.executable, "-m", "coverage", *command],
            cwd=tmp_path,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        if command[0] == "run":
            assert done.stdout == "{'total': 6}\n"
        else:
            assert "measured.py      12      1    92%   12\n" in done.stdout


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in Python 3.12")
def test_without_a_free_tool_the_profiler_serves() -> None:
    program = (
        "import sys\n"
        "for number in range(6): sys.monitoring.use_tool_id(number, f'tool{number}')\n"
        "from mltrace.capture.returns import locals_at_return\n"
        "def f():\n    local = 7\n"
        "probe = locals_at_return(f, ['local'])\n"
        "with probe.capture() as captured: f()\n"
        "print(probe.is_monitored, captured.values)\n"
    )
    root = str(Path(returns.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": root},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "False {'local': 7}\n"
