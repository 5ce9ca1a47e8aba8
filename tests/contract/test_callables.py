"""Every kind of callable is logged and behaves as if it were not."""

from __future__ import annotations

import abc
import contextlib
import functools
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Model:
    """A class whose methods are components."""

    def __init__(self, rate: float) -> None:
        self.rate = rate

    @mt.component
    def fit(self, rows: int) -> Model:
        return self

    @classmethod
    @mt.component
    def outer_class(cls, rows: int) -> type[Model]:
        return cls

    @mt.component  # type: ignore[arg-type,unused-ignore]
    @classmethod
    def inner_class(cls, rows: int) -> type[Model]:
        return cls

    @staticmethod
    @mt.component
    def outer_static(rows: int) -> int:
        return rows

    @mt.component  # type: ignore[arg-type,unused-ignore]
    @staticmethod
    def inner_static(rows: int) -> int:
        return rows


@pytest.mark.parametrize(
    "name", ["fit", "outer_class", "inner_class", "outer_static", "inner_static"]
)
def test_methods_of_every_kind_are_logged(store: Path, name: str) -> None:
    model = Model(0.1)
    wanted: Any = {"fit": model, "outer_class": Model, "inner_class": Model}.get(name, 5)
    assert getattr(model, name)(rows=5) is wanted
    if name != "fit":
        assert getattr(Model, name)(5) is wanted
    run = mt.recent()[0]
    assert run.component == name
    assert run.params["rows"] == 5


def test_bound_method_stays_bound(store: Path) -> None:
    model = Model(0.5)
    bound = model.fit
    assert bound.__self__ is model  # type: ignore[attr-defined,unused-ignore]
    assert bound(1) is model
    assert Model.fit(model, 2) is model


def double(function: Callable[..., int]) -> Callable[..., int]:
    """Return twice what the function returns."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> int:
        return 2 * function(*args, **kwargs)

    return wrapper


def test_other_decorators_may_stand_above_and_below(store: Path) -> None:
    @double
    @mt.component
    def above(value: int) -> int:
        return value

    @mt.component
    @double
    def below(value: int) -> int:
        return value

    @mt.component
    @functools.lru_cache
    def cached(value: int) -> int:
        return value

    assert (above(2), below(2), cached(2)) == (4, 4, 2)
    runs = {run.component: run for run in mt.recent()}
    assert set(runs) == {"above", "below", "cached"}
    assert {run.params["value"] for run in runs.values()} == {2}


def test_recursive_and_nested_runs_know_their_parents(store: Path) -> None:
    @mt.component
    def factorial(number: int) -> int:
        return 1 if number == 0 else number * factorial(number - 1)

    @mt.component
    def outer() -> int:
        return factorial(3)

    assert outer() == 6
    by_number = {run.params["number"]: run for run in mt.history("factorial")}
    assert [by_number[number].parent_id for number in (0, 1, 2)] == [
        by_number[number].id for number in (1, 2, 3)
    ]
    assert by_number[3].parent_id == mt.history("outer")[0].id
    assert mt.history("outer")[0].parent_id is None


class Base(abc.ABC):
    """Components among the decorators of the standard library."""

    @mt.component
    @abc.abstractmethod
    def go(self) -> int:
        return 1

    @property
    @mt.component
    def size(self) -> int:
        return 5

    @functools.cached_property
    @mt.component
    def weight(self) -> int:
        return 6


class Derived(Base):
    """Calls its parent's component from its own."""

    @mt.component
    def go(self) -> int:
        return 1 + super().go()


def test_decorators_of_the_standard_library_work_as_before(store: Path) -> None:
    with pytest.raises(TypeError, match="abstract"):
        Base()  # type: ignore[abstract]
    thing = Derived()
    assert (thing.go(), thing.size, thing.weight, thing.weight) == (2, 5, 6, 6)
    assert [run.component for run in mt.recent()] == ["weight", "size", "go", "go"]


@pytest.mark.parametrize("above", [True, False])
def test_context_managers_and_dispatch_work_as_before(store: Path, above: bool) -> None:
    def plain() -> Iterator[int]:
        yield 4

    if above:
        opened = contextlib.contextmanager(mt.component(plain))
    else:
        opened = mt.component(contextlib.contextmanager(plain))
    with opened() as value:
        assert value == 4
    assert mt.recent()[0].status == "succeeded"


def test_recursion_as_deep_as_python_allows_stays_possible(store: Path) -> None:
    @mt.component
    def down(number: int) -> int:
        return 0 if number == 0 else 1 + down(number - 1)

    assert down(300) == 300
    assert len(mt.recent(limit=1000)) == 301


@pytest.mark.parametrize("make", ["lambda", "partial", "builtin", "callable"])
def test_component_object_runs_anything_callable(store: Path, make: str) -> None:
    class Adder:
        def __call__(self, numbers: list[int]) -> int:
            return sum(numbers)

    callables: dict[str, Callable[[list[int]], int]] = {
        "lambda": lambda numbers: sum(numbers, 0),
        "partial": functools.partial(sum, start=0),
        "builtin": sum,
        "callable": Adder(),
    }
    total = mt.Component("total").run(callables[make])
    assert total([1, 2]) == 3
    assert mt.recent()[0].component == "total"


CODE = (
    "import mltrace as mt\n@mt.component\ndef typed(n):\n    return n + 1\n\nassert typed(1) == 2\n"
)


@pytest.mark.parametrize("way", ["exec", "-c", "repl"])
def test_function_without_a_file_is_logged(store: Path, script: Any, way: str) -> None:
    if way == "exec":
        exec(compile(CODE, "<generated>", "exec"), {"__name__": "generated"})
    else:
        flags = ["-c", CODE] if way == "-c" else ["-i", "-q"]
        done = subprocess.run(
            [sys.executable, *flags],
            input=CODE if way == "repl" else "",
            env=_with_source(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert "Error" not in done.stderr
    (run,) = mt.recent()
    assert (run.component, run.status) == ("typed", "succeeded")


def _with_source() -> dict[str, str]:
    import os

    return dict(os.environ, PYTHONPATH=str(Path(str(mt.__file__)).parents[1]))


def test_decorated_function_can_be_pickled(store: Path, script: Callable[..., str]) -> None:
    Path("steps.py").write_text(
        "import mltrace as mt\n"
        "@mt.component\ndef plain(n):\n    return n + 1\n"
        "@mt.component(owner='x')\ndef owned(n):\n    return n + 2\n"
    )
    out = script(
        """
        import pickle, sys
        sys.path.insert(0, ".")
        import steps
        for function in (steps.plain, steps.owned):
            print(pickle.loads(pickle.dumps(function))(1), end=" ")
        """
    )
    assert out.split() == ["2", "3"]
    assert {run.component for run in mt.recent()} == {"plain", "owned"}
