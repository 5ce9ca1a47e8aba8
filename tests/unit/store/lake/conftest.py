"""Fixtures of the tests of the lake: a store with an empty one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.lake_stores import LakeStore

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def lake(tmp_path: Path) -> LakeStore:
    return LakeStore(str(tmp_path / "store"))
