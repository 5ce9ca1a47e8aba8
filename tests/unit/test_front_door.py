"""The package as it is imported: which names it has, where they live and what importing costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import mltrace as mt
from mltrace.public_names import MODULES

PACKAGE = Path(str(mt.__file__)).parent
HEAVY = (
    "numpy pandas polars pyarrow narwhals sqlalchemy duckdb sklearn scipy rich click sqlite3 "
    "asyncio multiprocessing"
)


def _import_in_new_process(program: str, *arguments: str) -> str:
    environment = {"PYTHONPATH": str(PACKAGE.parent), "PATH": ""}
    answer = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return answer.stdout


def test_names_are_sorted_and_each_is_there_once() -> None:
    assert list(mt.__all__) == sorted(set(mt.__all__))


def test_every_name_has_a_place_and_every_place_a_name() -> None:
    assert set(MODULES) == set(mt.__all__) - {"__version__"}


@pytest.mark.parametrize("name", sorted(MODULES))
def test_name_lives_where_the_front_door_says(name: str) -> None:
    value = getattr(mt, name)
    assert value.__name__ == name
    assert value.__module__ == f"mltrace.{MODULES[name]}"


def test_no_module_bears_the_name_of_a_public_name() -> None:
    modules = {path.stem for path in PACKAGE.iterdir() if not path.name.startswith("_")}
    assert modules.isdisjoint(mt.__all__)


def test_version_is_that_of_the_project() -> None:
    import tomllib

    project = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert mt.__version__ == project["project"]["version"]


def test_import_loads_nothing_heavy() -> None:
    program = "import sys, mltrace; print(*(set(sys.argv[1].split()) & set(sys.modules)))"
    assert _import_in_new_process(program, HEAVY).split() == []


def test_import_loads_only_the_package_itself() -> None:
    program = "import sys, mltrace; print(*(name for name in sys.modules if 'mltrace' in name))"
    assert _import_in_new_process(program).split() == ["mltrace"]


def test_declaring_a_component_loads_no_database_or_frames() -> None:
    program = (
        "import sys, mltrace as mt\n"
        "@mt.component(owner='x')\n"
        "def work(table): ...\n"
        "print(*(set(sys.argv[1].split()) & set(sys.modules)))"
    )
    never = "pandas polars pyarrow narwhals sqlalchemy sqlite3 sklearn rich click"
    assert _import_in_new_process(program, never).split() == []


def test_library_of_checks_is_at_hand_without_an_import_of_its_own() -> None:
    program = "import mltrace as mt; print(mt.checks.InRange('x', min=0).name)"
    assert _import_in_new_process(program).strip() == "InRange(x)"
