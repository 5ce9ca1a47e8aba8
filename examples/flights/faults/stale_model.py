"""The choice of the served model after 'sort releases': sorted, but the first is the oldest."""

from __future__ import annotations

from pathlib import Path


def serving_model(releases: list[Path]) -> Path:
    """Choose the model to serve among the releases."""
    return sorted(releases)[0]
