"""How far a long work is, for whoever wants to see it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Is told, now and then, how much of a work is done."""

    def __call__(self, work: str, done: int, total: int, /) -> None:
        """Take note that `done` of `total` are done of a work, such as 'Merging runs'."""


def no_progress(_work: str, _done: int, _total: int) -> None:
    """Take no note."""
