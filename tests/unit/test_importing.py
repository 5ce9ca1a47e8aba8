"""Late imports hold up forks; plug-ins are found in whatever way packages are installed."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

import mltrace as mt

PLUGIN = "[mltrace.value]\nshout = shouting:KIND\n"
SHOUTING = "KIND = 'a kind of value'\n"


def _run(source: str, *paths: Path) -> str:
    package = str(Path(str(mt.__file__)).parents[1])
    paths_text = os.pathsep.join([*map(str, paths), package])
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)],
        env={**os.environ, "PYTHONPATH": paths_text},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def test_a_fork_waits_for_an_import_so_that_no_child_hangs_on_it(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(0.02)\n")
    out = _run(
        """
        import os, signal, sys, threading
        from mltrace.importing import late

        def import_again_and_again():
            while not is_over.is_set():
                sys.modules.pop("slow", None)
                with late():
                    import slow

        is_over = threading.Event()
        thread = threading.Thread(target=import_again_and_again)
        thread.start()
        codes = []
        for _ in range(50):
            child = os.fork()
            if child == 0:
                signal.alarm(5)
                sys.modules.pop("slow", None)
                with late():
                    import slow
                os._exit(0)
            codes.append(os.waitpid(child, 0)[1])
        is_over.set()
        thread.join()
        print(set(codes))
        """,
        tmp_path,
    )
    assert out.strip() == "{0}"


def test_a_fork_inside_an_import_goes_on() -> None:
    out = _run(
        """
        import os
        from mltrace.importing import late
        with late():
            child = os.fork()
            if child == 0:
                with late():
                    os._exit(0)
            print(os.waitpid(child, 0)[1])
        """
    )
    assert out.strip() == "0"


ASK = """
    import sys
    from mltrace.importing import entry_points
    print([point.name for point in entry_points("mltrace.value")])
    print("importlib.metadata" in sys.modules)
"""


@pytest.mark.parametrize("kind", ["dist-info", "egg-info"])
def test_plugins_of_installed_packages_are_found(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / f"shouting-1.0.{kind}"
    folder.mkdir()
    (folder / ("METADATA" if kind == "dist-info" else "PKG-INFO")).write_text("Name: shouting\n")
    (folder / "entry_points.txt").write_text(PLUGIN)
    assert _run(ASK, tmp_path).split() == ["['shout']", "True"]


def test_plugins_in_archives_are_found(tmp_path: Path) -> None:
    archive = tmp_path / "shouting.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("shouting-1.0.dist-info/METADATA", "Name: shouting\n")
        file.writestr("shouting-1.0.dist-info/entry_points.txt", PLUGIN)
    assert _run(ASK, archive).split() == ["['shout']", "True"]


def test_without_plugins_the_machinery_that_finds_them_is_not_loaded() -> None:
    assert _run(ASK).split() == ["[]", "False"]
