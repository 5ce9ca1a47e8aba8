"""Fixtures of the values tests."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest

from mltrace.values.kinds import load, recognise

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.values.described import Described

LIMIT = 1 << 30


@pytest.fixture
def describe() -> Callable[..., Described]:
    def describe(value: Any, keep_limit_bytes: int | None = None) -> Described:
        kind = recognise(value)
        assert kind is not None
        return kind.describe(value, keep_limit_bytes)

    return describe


@pytest.fixture
def reload() -> Callable[..., Any]:
    def reload(described: Described, *, trusted: bool = False) -> Any:
        kept: dict[str, bytes] = {}
        for part in described.parts:
            stream = io.BytesIO()
            part.write(stream)
            kept[part.digest] = stream.getvalue()

        def open_part(digest: str) -> BinaryIO:
            return io.BytesIO(kept[digest])

        assert described.manifest is not None
        return load(described.manifest, open_part, trusted=trusted)

    return reload
