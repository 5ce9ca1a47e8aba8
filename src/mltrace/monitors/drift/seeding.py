"""The one seed of all chance in drift methods, so that equal data have equal answers."""

from __future__ import annotations

from typing import Final

SEED: Final = 20130101
