"""Fixtures of the values tests."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from mltrace.store.kept.blobs import Blobs
from mltrace.store.kept.keeping import keep
from mltrace.store.kept.reading import ValueReader
from mltrace.values.kinds import load, recognise
from mltrace.values.wanted import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
def reload(tmp_path: Path) -> Callable[..., Any]:
    """Keep a value in a store of its own, after others, and load it or what is wanted of it."""

    def reload(described: Described, *, after: tuple[Described, ...] = (), **wanted: Any) -> Any:
        blobs = Blobs(tmp_path / f"blobs-{uuid.uuid4().hex}")
        for found in (*after, described):
            assert found.manifest is not None
            keep(blobs, found.digest or "", found.manifest, found.parts, found.reordering)
        assert described.digest is not None
        value = blobs.value(described.digest)
        assert value is not None
        with ValueReader(blobs, value) as reader:
            return load(value.manifest, reader.open_part, Wanted(**wanted))

    return reload
