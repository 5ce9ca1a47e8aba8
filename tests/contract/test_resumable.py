"""Coroutines and generators run as if they were not logged; their runs end when they do."""

from __future__ import annotations

import asyncio
import gc
import inspect
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator
    from pathlib import Path


def test_coroutine_run_ends_when_it_is_done(store: Path) -> None:
    @mt.component
    async def fetch(value: int) -> int:
        await asyncio.sleep(0)
        assert mt.recent()[0].status == "running"
        return value * 2

    assert inspect.iscoroutinefunction(fetch)
    assert asyncio.run(fetch(2)) == 4
    assert mt.recent()[0].status == "succeeded"


def test_concurrent_tasks_have_their_own_parents(store: Path) -> None:
    @mt.component
    async def child(number: int) -> None:
        await asyncio.sleep(0)

    @mt.component
    async def parent(number: int) -> None:
        await asyncio.sleep(0)
        await child(number)

    async def both() -> None:
        await asyncio.gather(*(parent(number) for number in range(5)))

    asyncio.run(both())
    parents = {run.id: run.params["number"] for run in mt.history("parent")}
    children = mt.history("child")
    assert len(parents) == len(children) == 5
    for run in children:
        assert run.parent_id is not None
        assert parents[run.parent_id] == run.params["number"]


def test_cancelled_coroutine_is_logged_and_stays_cancelled(store: Path) -> None:
    @mt.component
    async def wait() -> None:
        await asyncio.Event().wait()

    async def cancel() -> None:
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert mt.recent()[0].status in {"failed", "aborted"}


def test_generator_run_ends_when_it_is_exhausted(store: Path) -> None:
    @mt.component
    def count(limit: int) -> Iterator[int]:
        yield from range(limit)

    assert inspect.isgeneratorfunction(count)
    numbers = count(3)
    assert next(numbers) == 0
    assert mt.recent()[0].status == "running"
    assert list(numbers) == [1, 2]
    assert mt.recent()[0].status == "succeeded"


def test_generator_run_ends_when_it_is_closed(store: Path) -> None:
    closed: list[bool] = []

    @mt.component
    def count() -> Generator[int, None, None]:
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    numbers = count()
    next(numbers)
    numbers.close()
    assert closed == [True]
    (run,) = mt.recent()
    assert run.status in {"succeeded", "aborted"}
    assert run.ended_at is not None
    assert run.error is None


def test_generator_takes_sends_and_throws_and_returns(store: Path) -> None:
    @mt.component
    def echo() -> Generator[str, str, str]:
        got = yield "ready"
        try:
            yield got.upper()
        except KeyError as error:
            yield f"caught {error.args[0]}"
        return "end"

    @mt.component
    def outer() -> Generator[str, str, str]:
        return (yield from echo())

    for make in (echo, outer):
        talk = make()
        assert next(talk) == "ready"
        assert talk.send("hi") == "HI"
        assert talk.throw(KeyError("k")) == "caught k"
        with pytest.raises(StopIteration) as stop:
            next(talk)
        assert stop.value.value == "end"
    assert {run.status for run in mt.recent()} == {"succeeded"}


def test_generator_that_raises_is_a_failed_run(store: Path) -> None:
    @mt.component
    def count() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    numbers = count()
    next(numbers)
    with pytest.raises(OSError, match="gone"):
        next(numbers)
    assert mt.recent()[0].status == "failed"


def test_generator_that_is_dropped_ends_its_run(store: Path) -> None:
    @mt.component
    def count() -> Iterator[int]:
        yield 1
        yield 2

    numbers = count()
    next(numbers)
    del numbers
    gc.collect()
    (run,) = mt.recent()
    assert run.status in {"succeeded", "aborted"}
    assert run.ended_at is not None


def test_runs_between_two_steps_of_a_generator_are_not_its_children(store: Path) -> None:
    @mt.component
    def count() -> Iterator[int]:
        inside()
        yield 1
        inside()
        yield 2

    @mt.component
    def inside() -> None: ...

    @mt.component
    def outside() -> None: ...

    for _ in count():
        outside()
    (generator,) = mt.history("count")
    assert {run.parent_id for run in mt.history("inside")} == {generator.id}
    assert {run.parent_id for run in mt.history("outside")} == {None}


@pytest.mark.parametrize("close_early", [True, False])
def test_async_generator_run_ends_when_exhausted_or_closed(store: Path, close_early: bool) -> None:
    @mt.component
    async def count() -> AsyncIterator[int]:
        yield 1
        await asyncio.sleep(0)
        yield 2

    async def consume() -> list[int]:
        numbers: Any = count()
        got = [await anext(numbers)]
        if close_early:
            await numbers.aclose()
            return got
        return got + [number async for number in numbers]

    assert inspect.isasyncgenfunction(count)
    assert asyncio.run(consume()) == ([1] if close_early else [1, 2])
    (run,) = mt.recent()
    assert run.status in ({"succeeded", "aborted"} if close_early else {"succeeded"})
    assert run.error is None


def test_async_generator_can_be_thrown_into(store: Path) -> None:
    @mt.component
    async def count() -> AsyncIterator[int]:
        yield 1

    async def throw() -> None:
        numbers: Any = count()
        await anext(numbers)
        await numbers.athrow(ValueError("stop it"))

    with pytest.raises(ValueError, match="stop it"):
        asyncio.run(throw())
    assert mt.recent()[0].status == "failed"
