"""`import mltrace` is cheap and has no side effect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable

HEAVY = (
    "pandas polars pyarrow sqlalchemy duckdb sklearn numpy narwhals rich click scipy asyncio "
    "multiprocessing sqlite3 socket importlib.metadata"
)


def test_import_loads_nothing_heavy(workdir: Path, script: Callable[..., str]) -> None:
    out = script(
        """
        import sys
        before = set(sys.modules)
        import mltrace
        new = set(sys.modules) - before
        print(*(name for name in sys.argv[1].split() if name in new))
        """,
        HEAVY,
    )
    assert out.split() == []


def test_import_has_no_side_effect(workdir: Path, script: Callable[..., str]) -> None:
    out = script(
        """
        import logging, os, signal, sys, threading, warnings
        def state():
            return (
                dict(os.environ), threading.active_count(), len(os.listdir("/proc/self/fd")),
                signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM),
                sys.excepthook, sys.getprofile(), sys.gettrace(), list(warnings.filters),
                list(logging.getLogger().handlers), os.getcwd(), list(sys.path),
                threading.excepthook, sys.getrecursionlimit(),
            )
        before = state()
        import mltrace
        print(before == state())
        """
    )
    assert out.split() == ["True"]
    assert list(workdir.iterdir()) == []


def test_declaring_components_touches_no_file(workdir: Path, script: Callable[..., str]) -> None:
    script(
        """
        import mltrace as mt

        @mt.component(owner="x", tags=["y"])
        def work():
            return 1

        cleaning = mt.Component("clean")
        """
    )
    assert list(workdir.iterdir()) == []


@pytest.mark.parametrize("name", mt.__all__)
def test_every_promised_name_is_there(name: str) -> None:
    assert getattr(mt, name) is not None
    assert name in dir(mt)


def test_front_door_has_the_names_of_the_contract() -> None:
    promised = (
        "component Component File Artifact Ids Check CheckFailed MltraceError recent history run "
        "components tags trace impact stale flag unflag flagged review artifact"
    )
    assert set(promised.split()) <= set(mt.__all__)


def test_unknown_attribute_raises_as_usual() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = mt.no_such_name  # type: ignore[attr-defined,unused-ignore]


def test_no_module_bears_the_name_of_a_verb(workdir: Path) -> None:
    folder = Path(str(mt.__file__)).parent
    modules = {path.stem for path in folder.iterdir() if not path.name.startswith("_")}
    assert modules & set(mt.__all__) == set()


def test_errors_are_what_callers_expect() -> None:
    assert issubclass(mt.MltraceError, Exception)
    assert issubclass(mt.CheckFailed, mt.MltraceError)
