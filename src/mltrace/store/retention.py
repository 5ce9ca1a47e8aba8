"""Retention: what of old runs is forgotten, and what stays for lineage to go on answering."""

from __future__ import annotations

from typing import Final

NUM_LATEST: Final = 200
"""The succeeded runs of each component that newer and older ones are compared with."""
