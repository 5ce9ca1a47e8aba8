"""Pickles: written freely, read only when the caller trusts them."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, BinaryIO

from mltrace.errors import UntrustedValueError
from mltrace.values.described import part_of_bytes

if TYPE_CHECKING:
    from mltrace.values.described import Part

# What `__reduce__`, `__getstate__` and the like raise in practice when a value does not allow it.
PICKLING_ERRORS: tuple[type[Exception], ...] = (
    pickle.PickleError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    ImportError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


def pickled_part(digest: str, value: Any) -> Part:
    """Pickle a value now, so that it may change later, into a part."""
    return part_of_bytes(digest, pickle.dumps(value, protocol=5))


def read_pickle(stream: BinaryIO, *, trusted: bool) -> Any:
    """Unpickle a value.

    Raises
    ------
    UntrustedValueError
        If `trusted` is false.
    """
    if not trusted:
        raise UntrustedValueError(
            "This value is kept as a pickle, and unpickling runs code that its writer chose. "
            "If you trust whoever wrote the store, pass trusted=True."
        )
    return pickle.load(stream)  # noqa: S301 (the caller said so)
