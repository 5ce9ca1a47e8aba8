"""Histories of tables, of real profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pyarrow
import pytest

from mltrace.checks.suggesting.history import TableHistory
from mltrace.profiles.profiling import profile_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@pytest.fixture
def random() -> numpy.random.Generator:
    """Give a source of random numbers with a fixed seed."""
    return numpy.random.default_rng(7)


@pytest.fixture
def history() -> Callable[[Iterable[Mapping[str, Any]]], TableHistory]:
    """Make the history of a table of the columns of each partition."""

    def make(partitions: Iterable[Mapping[str, Any]]) -> TableHistory:
        tables = [pyarrow.table(dict(columns)) for columns in partitions]
        return TableHistory([profile_table(table) for table in tables])

    return make
