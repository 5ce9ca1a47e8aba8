"""Hints where something is kept already."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from mltrace.store.kept.hints import Hints

if TYPE_CHECKING:
    from pathlib import Path


def test_hints_may_be_replaced_while_others_read_and_add(tmp_path: Path) -> None:
    folder = tmp_path / "hints"
    known = [(bytes([number]) * 16, b"n" * 16) for number in range(64)]
    is_over = threading.Event()
    failures: list[BaseException] = []

    def use() -> None:
        hints = Hints(folder)
        try:
            while not is_over.is_set():
                for key, name in known:
                    assert set(hints.find(key)) <= {name}
                    hints.add([(key, name)])
        except BaseException as failure:
            failures.append(failure)

    users = [threading.Thread(target=use) for _ in range(3)]
    for user in users:
        user.start()
    for _ in range(100):
        Hints(folder).replace(known)
    is_over.set()
    for user in users:
        user.join()
    assert failures == []
    assert [path.name for path in tmp_path.iterdir()] == ["hints"]
    Hints(folder).replace(known)
    assert [list(Hints(folder).find(key)) for key, _ in known] == [[b"n" * 16]] * 64
