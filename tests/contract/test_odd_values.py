"""Whatever the value does not allow is recorded as far as it can be, never by failing."""

from __future__ import annotations

import enum
import math
import os
import socket
import threading
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable


def _raise(*args: object, **kwargs: object) -> Any:
    raise RuntimeError("touch me not")


def _rude(*methods: str) -> Callable[[], Any]:
    rude: Callable[[], Any] = type("Rude", (), dict.fromkeys(methods, _raise))
    return rude


class RudeClass:
    """An object that raises for every attribute, its class included."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("touch me not")


class RudeMeta(type):
    """A metaclass whose classes can be neither compared, hashed nor printed."""

    __repr__ = __eq__ = _raise
    __hash__ = _raise


class Colour(enum.Enum):
    """An enumeration."""

    RED = 1


class Strange(str):
    """Text that cannot be compared."""

    __eq__ = _raise
    __hash__ = _raise


def _cyclic_list() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


def _cyclic_dict() -> Any:
    value: dict[str, Any] = {}
    value["self"] = [value]
    return value


def _deep() -> Any:
    value: list[Any] = []
    for _ in range(50_000):
        value = [value]
    return value


VALUES: dict[str, Callable[[], Any]] = {
    "object": object,
    "repr": _rude("__repr__", "__str__", "__format__"),
    "eq": _rude("__eq__", "__ne__"),
    "hash": _rude("__hash__"),
    "getattr": _rude("__getattr__"),
    "len-iter-bool": _rude("__len__", "__iter__", "__bool__", "__getitem__", "__contains__"),
    "reduce": _rude("__reduce__", "__reduce_ex__", "__getstate__"),
    "array-protocols": _rude("__array__", "__dataframe__", "__arrow_c_stream__", "__fspath__"),
    "getattribute": RudeClass,
    "metaclass": RudeMeta("R", (), {}),
    "class": lambda: RudeMeta("R", (), {}),
    "mock": MagicMock,
    "mock-callable": lambda: MagicMock(return_value=1).method,
    "lambda": lambda: lambda: 1,
    "lock": threading.Lock,
    "module": lambda: math,
    "memoryview": lambda: memoryview(b"abc"),
    "bytes": lambda: b"\xff\x00",
    "set": lambda: {1, "a", None},
    "frozen-keys": lambda: {(1, 2): "a", None: 3, 2.5: object()},
    "surrogate": lambda: "lone \udcff surrogate",
    "surrogate-key": lambda: {"\udcff": 1},
    "surrogate-path": lambda: Path("\udcff"),
    "strange-text": lambda: Strange("x"),
    "nan": lambda: math.nan,
    "infinity": lambda: -math.inf,
    "huge-int": lambda: 10**5000,
    "big-int": lambda: 2**70,
    "complex": lambda: 1 + 2j,
    "decimal": lambda: Decimal("1.1"),
    "enum": lambda: Colour.RED,
    "numpy-scalar": lambda: np.float32(0.1),
    "not-a-time": lambda: pd.NaT,
    "missing": lambda: pd.NA,
    "ten-million-characters": lambda: "x" * 10_000_000,
    "million-items": lambda: list(range(1_000_000)),
    "cyclic-list": _cyclic_list,
    "cyclic-dict": _cyclic_dict,
    "deep": _deep,
    "object-frame": lambda: pd.DataFrame({"x": [object(), threading.Lock(), {1: 2}]}),
    "repeated-columns": lambda: pd.DataFrame([[1, 2]], columns=["a", "a"]),
    "odd-columns": lambda: pd.DataFrame({("a", 1): [1], ("b", 2): [2]}),
    "mixed-frame": lambda: pd.DataFrame({"x": [1, "a", None, [2]]}),
    "object-array": lambda: np.array([threading.Lock(), None], dtype=object),
    "polars-objects": lambda: pl.DataFrame({"x": pl.Series([object()], dtype=pl.Object)}),
    "empty-frame": pd.DataFrame,
    "zero-dimensions": lambda: np.array(5),
    "device": lambda: "/dev/null",
    "endless-device": lambda: Path("/dev/zero"),
}


@pytest.mark.parametrize("name", VALUES)
def test_odd_value_passes_in_and_out_untouched_and_the_run_is_kept(store: Path, name: str) -> None:
    value = VALUES[name]()
    seen: list[Any] = []

    @mt.component
    def work(value: Any, *, n: int) -> Any:
        seen.append(value)
        return value

    assert work(value, n=7) is value
    assert seen[0] is value
    (run,) = mt.recent()
    assert (run.component, run.status) == ("work", "succeeded")
    assert run.params["n"] == 7
    assert run.to_dict()["id"] == run.id
    assert run.id[:8] in str(run)


@pytest.mark.parametrize("name", VALUES)
def test_odd_value_can_be_written_by_a_block(store: Path, name: str) -> None:
    with mt.Component("block").start() as run:
        run.write(VALUES[name](), name="odd")
        run.param("odd", VALUES[name]())
    (logged,) = mt.recent()
    assert logged.status == "succeeded"


def test_reason_is_given_where_a_value_has_no_digest(store: Path) -> None:
    with mt.Component("block").start() as run:
        run.write(mt.Artifact("lock", threading.Lock()))
    (ref,) = mt.recent()[0].outputs
    assert ref.name == "lock"
    assert ref.digest is None
    assert ref.reason


def test_file_with_a_name_in_another_encoding_is_a_file(store: Path) -> None:
    name = os.fsdecode(b"caf\xe9.csv")
    Path(name).write_text("x")

    @mt.component
    def work(path: Any) -> Any:
        return path

    assert work(name) is name
    assert work(Path(name)) == Path(name)
    digests = {run.inputs[0].digest for run in mt.recent()}
    assert len(digests) == 1
    assert None not in digests


def test_message_that_is_no_valid_text_is_recorded(store: Path) -> None:
    @mt.component
    def work() -> None:
        raise ValueError("lone \udcff surrogate")

    with pytest.raises(ValueError, match="surrogate"):
        work()
    run = mt.recent()[0]
    assert run.error is not None
    assert "surrogate" in run.error.message
    assert str(run).encode()


def test_proxy_without_an_object_behind_it_does_no_harm(store: Path) -> None:
    class Unbound:
        @property  # type: ignore[misc]
        def __class__(self) -> Any:
            raise RuntimeError("working outside of request context")

    value = Unbound()

    @mt.component
    def work(value: Any) -> Any:
        return value

    assert work(value) is value
    assert mt.recent()[0].status == "succeeded"


def test_sockets_fifos_and_closed_files_do_no_harm(store: Path) -> None:
    os.mkfifo("pipe")

    @mt.component
    def work(*things: Any) -> int:
        return len(things)

    with open("closed.txt", "w", encoding="utf-8") as closed:
        pass
    with socket.socket() as plug:
        assert work(plug, "pipe", Path("pipe"), closed) == 4
    assert mt.recent()[0].status == "succeeded"


def test_unreadable_file_is_recorded_with_its_reason(store: Path) -> None:
    Path("loop").symlink_to("loop")

    @mt.component
    def work(path: Path) -> int:
        return 1

    assert work(Path("loop")) == 1
    assert mt.recent()[0].status == "succeeded"


@pytest.mark.parametrize("number", [math.nan, math.inf, np.float64(1.5), 3, True])
def test_metrics_take_any_number(store: Path, number: Any) -> None:
    with mt.Component("block").start() as run:
        run.metric("odd", number)
        run.metric("fine", 1)
    logged = mt.recent()[0]
    assert logged.status == "succeeded"
    assert logged.metrics["fine"] == 1
    if math.isfinite(number):
        assert logged.metrics["odd"] == number


def test_value_that_changes_while_others_look_does_no_harm(store: Path) -> None:
    shared: dict[str, int] = {}
    stop = threading.Event()

    def churn() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            shared[f"k{number % 50}"] = number
            shared.pop(f"k{(number + 25) % 50}", None)

    @mt.component
    def work(value: dict[str, int]) -> int:
        return 1

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        assert [work(shared) for _ in range(50)] == [1] * 50
    finally:
        stop.set()
        thread.join()
    assert len(mt.recent(limit=100)) == 50
