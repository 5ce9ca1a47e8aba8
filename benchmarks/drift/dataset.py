"""A real table cut into partitions, and what its columns hold, so that it can be broken."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Clock = Literal["hour", "minute", "hhmm", "time"]


class Partition:
    """Rows and, once it is asked for, their profile; all detectors share both."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    @cached_property
    def profile(self) -> mt.Profile:
        return mt.profile(self.frame)


@dataclass(frozen=True)
class Dataset:
    """Partitions in order of time, without known faults.

    `measures` are numbers that might be measured otherwise, `labels` are texts that repeat;
    `twins` could be mistaken for one another. Detectors know the `num_history` partitions before
    the one that they judge, and are fitted anew after every `refit_every`.
    """

    name: str
    partitions: Sequence[Partition]
    measures: Sequence[str]
    labels: Sequence[str] = ()
    celsius: Sequence[str] = ()
    fahrenheit: Sequence[str] = ()
    clocks: Mapping[str, Clock] | None = None
    twins: Sequence[tuple[str, str]] = ()
    num_history: int = 60
    refit_every: int = 7

    @cached_property
    def columns(self) -> list[str]:
        return [str(name) for name in self.partitions[0].frame.columns]

    @cached_property
    def rows(self) -> pd.DataFrame:
        return pd.concat([part.frame for part in self.partitions], ignore_index=True)

    def draw(self, num_rows: int, num_partitions: int, *, seed: int) -> Iterator[Partition]:
        """Draw rows with replacement from all of the table: whatever differs is chance."""
        random = np.random.default_rng(seed)
        for _ in range(num_partitions):
            chosen = random.integers(len(self.rows), size=num_rows)
            yield Partition(self.rows.take(chosen).reset_index(drop=True))


def cut(rows: pd.DataFrame, by: pd.Series, *, at_least: int = 1) -> list[Partition]:
    """Cut a table into partitions, one for each value of `by` with enough rows."""
    return [
        Partition(part.reset_index(drop=True))
        for _, part in rows.groupby(by, sort=True)
        if len(part) >= at_least
    ]
