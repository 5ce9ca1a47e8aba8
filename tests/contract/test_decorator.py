"""The front door for components: decorator, object, subclass, block."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import mltrace as mt


def test_bare_decorator_logs_a_run_under_the_name_of_the_function(store: Path) -> None:
    @mt.component
    def add(left: int, right: int) -> int:
        return left + right

    assert add(1, right=2) == 3
    (run,) = mt.recent()
    assert run.component == "add"
    assert run.status == "succeeded"
    assert run.params["left"] == 1
    assert run.params["right"] == 2


@pytest.mark.parametrize("options", [{}, {"owner": "ml", "tags": ["a", "b"]}])
def test_decorator_with_arguments_declares_the_component(
    store: Path, options: dict[str, Any]
) -> None:
    @mt.component(**options)
    def train() -> None: ...

    train()
    (component,) = [known for known in mt.components() if known.name == "train"]
    assert component.owner == options.get("owner")
    assert sorted(component.tags) == options.get("tags", [])


def test_decorated_function_keeps_its_metadata_and_signature(store: Path) -> None:
    def plain(left: int, *, right: str = "r") -> float:
        """Say something."""
        return 1.0

    wrapped = mt.component(owner="x")(plain)
    assert wrapped.__name__ == "plain"
    assert wrapped.__qualname__ == plain.__qualname__
    assert wrapped.__doc__ == "Say something."
    assert wrapped.__module__ == plain.__module__
    assert wrapped.__annotations__ == plain.__annotations__
    assert inspect.signature(wrapped) == inspect.signature(plain)


def test_component_object_runs_a_function_under_its_own_name(store: Path) -> None:
    cleaning = mt.Component("clean", owner="data-eng", description="drops nulls", tags=["flights"])

    @cleaning.run
    def drop_nulls(value: int) -> int:
        return value

    assert drop_nulls(3) == 3
    assert mt.recent()[0].component == "clean"
    (component,) = [known for known in mt.components() if known.name == "clean"]
    assert component.owner == "data-eng"
    assert component.description == "drops nulls"
    assert tuple(component.tags) == ("flights",)
    assert component.num_runs == 1
    assert component.last_run_at == mt.recent()[0].started_at


def test_component_can_be_subclassed(store: Path) -> None:
    class Cleaning(mt.Component):
        def __init__(self) -> None:
            super().__init__("clean", owner="data-eng")

    cleaning = Cleaning()

    @cleaning.run
    def work() -> str:
        return "done"

    assert work() == "done"
    with cleaning.start():
        pass
    assert [run.component for run in mt.recent()] == ["clean", "clean"]


def test_named_locals_become_inputs_and_outputs(store: Path) -> None:
    cleaning = mt.Component("clean")
    Path("raw.csv").write_text("raw")

    @cleaning.run(inputs=["path"], outputs=["clean_path"])
    def work(folder: str) -> int:
        path = f"{folder}/raw.csv"
        clean_path = f"{folder}/clean.csv"
        Path(clean_path).write_text(Path(path).read_text().upper())
        return 7

    assert work(".") == 7
    (run,) = mt.recent()
    assert [Path(ref.name) for ref in run.inputs] == [Path("raw.csv")]
    assert [Path(ref.name) for ref in run.outputs] == [Path("clean.csv")]
    assert run.outputs[0].digest != run.inputs[0].digest
    assert {ref.kind for ref in (*run.inputs, *run.outputs)} == {"file"}


def test_named_argument_and_local_frames_are_taken(store: Path) -> None:
    @mt.Component("clean").run(inputs=["frame"], outputs=["kept"])
    def work(frame: pd.DataFrame, other: pd.DataFrame) -> None:
        kept = frame.head(1)
        assert len(kept) == 1

    work(pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"y": [5]}))
    (run,) = mt.recent()
    assert [(ref.name, ref.num_rows) for ref in run.outputs] == [("kept", 1)]
    assert "frame" in [ref.name for ref in run.inputs]


def test_auto_off_takes_only_what_is_named(store: Path) -> None:
    @mt.component(auto=False)
    def nothing(frame: pd.DataFrame) -> pd.DataFrame:
        return frame + 1

    nothing(pd.DataFrame({"x": [1]}))
    (run,) = mt.recent()
    assert run.inputs == ()
    assert run.outputs == ()


def test_block_logs_what_it_is_told(store: Path) -> None:
    cleaning = mt.Component("clean")
    Path("raw.csv").write_text("x\n1\n")
    with cleaning.start(month=3) as run:
        run.read("raw.csv")
        run.write(pd.DataFrame({"x": [1]}), name="clean")
        run.param("n", 3)
        run.metric("rows", 10)
        run.note("looked fine")
    (logged,) = mt.recent()
    assert logged.status == "succeeded"
    assert dict(logged.params) == {"month": 3, "n": 3}
    assert dict(logged.metrics) == {"rows": 10}
    assert logged.notes == ("looked fine",)
    assert [(ref.name, ref.kind) for ref in logged.inputs] == [("raw.csv", "file")]
    assert [(ref.name, ref.kind, ref.num_rows) for ref in logged.outputs] == [("clean", "data", 1)]


def test_block_that_raises_is_a_failed_run_and_the_exception_passes(store: Path) -> None:
    error = ValueError("no rows")
    with pytest.raises(ValueError, match="no rows") as caught, mt.Component("clean").start():
        raise error
    assert caught.value is error
    assert mt.recent()[0].status == "failed"


def _decorate(way: str, work: Any) -> Any:
    component: Any = mt.component
    make: Any = mt.Component
    return {
        "option": lambda: component(ownr="x")(work),
        "object-option": lambda: make("c", tgs=["x"]).run(work),
        "input": lambda: make("c").run(inputs=["pth"])(work),
        "output": lambda: make("c").run(outputs=["clean_pth"])(work),
        "run-option": lambda: make("c").run(input=["path"])(work),
    }[way]()


@pytest.mark.parametrize("way", ["option", "object-option", "input", "output", "run-option"])
def test_misspelt_option_or_variable_raises_at_decoration(store: Path, way: str) -> None:
    def work(path: str) -> None:
        clean_path = path
        print(clean_path)

    with pytest.raises(TypeError) as caught:
        _decorate(way, work)
    assert isinstance(caught.value, mt.MltraceError)
    assert str(caught.value)


def test_wrong_call_raises_the_error_that_python_raises(store: Path) -> None:
    @mt.component
    def work(path: str) -> None: ...

    with pytest.raises(TypeError, match="work"):
        work()  # type: ignore[call-arg]
