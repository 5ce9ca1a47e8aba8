"""How faults are registered: a function that breaks a copy of a partition, for each magnitude."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.drift.dataset import Dataset


@dataclass(frozen=True)
class Scene:
    """The partition to break, what else a fault may use, and what it draws at random from.

    Detectors know `earlier`, which is in the history; `distant` is from another season.
    """

    frame: pd.DataFrame
    earlier: pd.DataFrame
    distant: pd.DataFrame
    dataset: Dataset
    random: np.random.Generator

    def pick(self, columns: Sequence[str]) -> str | None:
        """Draw a column that has values."""
        known = [column for column in columns if self.frame[column].notna().any()]
        return str(self.random.choice(known)) if known else None

    def some_rows(self, share: float) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Draw a share of the rows."""
        return self.random.random(len(self.frame)) < share


# What is left of the partition, and the columns that are wrong: none if it is whole rows.
Broken = tuple[pd.DataFrame, set[str]]
TableFault = Callable[[Scene, float], Broken | None]
ValueFault = Callable[[pd.Series, float, Scene], Any]
FAULTS: Final[dict[str, tuple[TableFault, float]]] = {}


def fault(name: str, *magnitudes: float) -> Callable[[TableFault], TableFault]:
    """Register a fault for each magnitude, which stands in its name as `{}`, or as `{:%}`."""

    def register(function: TableFault) -> TableFault:
        for magnitude in magnitudes or (0.0,):
            FAULTS[name.format(magnitude).replace("%", " %")] = function, magnitude
        return function

    return register


def of_values(name: str, pool: str, *magnitudes: float) -> Callable[[ValueFault], ValueFault]:
    """Register a fault of one column, drawn from those that the data set lists under `pool`."""

    def register(function: ValueFault) -> ValueFault:
        @fault(name, *magnitudes)
        def broken(scene: Scene, magnitude: float) -> Broken | None:
            column = scene.pick(getattr(scene.dataset, pool))
            if column is None:
                return None
            values = function(scene.frame[column], magnitude, scene)
            return scene.frame.assign(**{column: like(values, scene.frame[column])}), {column}

        return function

    return register


def like(values: Any, column: pd.Series) -> pd.Series:
    """Store values as the file of the column would: whole numbers stay whole, if none is null."""
    stored = pd.Series(values, index=column.index)
    if column.dtype == object:
        return stored.astype(object)
    if column.dtype.kind in "iu" and stored.dtype.kind == "f" and stored.notna().all():
        return stored.round().astype(column.dtype)
    return stored


def break_partition(dataset: Dataset, index: int, *, name: str) -> Broken | None:
    """Break a partition, always in the same way; None if the fault changes nothing in it."""
    parts = dataset.partitions
    seed = zlib.crc32(f"{dataset.name} {index} {name}".encode())
    scene = Scene(
        frame=parts[index].frame.copy(),
        earlier=parts[index - dataset.refit_every].frame,
        distant=parts[(index + len(parts) // 2) % len(parts)].frame,
        dataset=dataset,
        random=np.random.default_rng(seed),
    )
    function, magnitude = FAULTS[name]
    broken = function(scene, magnitude)
    is_changed = broken is not None and not broken[0].equals(parts[index].frame)
    return broken if is_changed else None
