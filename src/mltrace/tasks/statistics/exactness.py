"""Statistics of pairs at hand, which need not be small, for they are not kept."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_wanted: ContextVar[bool] = ContextVar("_wanted", default=False)


@contextmanager
def exactly() -> Iterator[None]:
    """Let what is collected within keep every value, where it would be sketched."""
    token = _wanted.set(True)
    try:
        yield
    finally:
        _wanted.reset(token)


def is_exact_wanted() -> bool:
    """Tell whether every value is to be kept.

    Examples
    --------
    >>> with exactly():
    ...     inside = is_exact_wanted()
    >>> inside, is_exact_wanted()
    (True, False)
    """
    return _wanted.get()
