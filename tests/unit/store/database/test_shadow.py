"""A copy of a catalog belongs to the process that made it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FORKED = """
    import os, sys
    import mltrace as mt

    @mt.component
    def work(number): ...

    work(1)
    mt.sync()
    copied = mt.Workspace().store._shadow
    path = copied.catalog().path
    if os.fork() == 0:
        copied.close()
        sys.exit()
    os.wait()
    print(path.exists(), path)
"""


def test_a_copy_goes_with_its_process_and_not_with_a_forked_child(
    store: Path, script: Callable[..., str]
) -> None:
    is_there, path = script(FORKED).split()
    assert is_there == "True"
    assert not Path(path).exists()
