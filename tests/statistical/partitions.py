"""Worlds that make clean partitions of a table, of many kinds of columns; and faults in them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy
import pyarrow
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

Columns = dict[str, NDArray[Any]]
NUM_ROWS = 600
CARRIERS = numpy.array([f"c{number:02}" for number in range(12)], dtype=object)
DESTINATIONS = numpy.array([f"d{number:02}" for number in range(300)], dtype=object)


@dataclass
class World:
    """A source of partitions; what differs from table to table is drawn once."""

    random: numpy.random.Generator

    def __post_init__(self) -> None:
        draw = self.random
        shares = draw.dirichlet(numpy.full(len(CARRIERS), 5.0)) + 0.03
        self.shares = shares / shares.sum()
        ranks = 1 / numpy.arange(1, len(DESTINATIONS) + 1)
        self.ranks = ranks / ranks.sum()
        self.phase = draw.uniform(0, 2 * math.pi)
        self.null_share = draw.uniform(0.01, 0.1)
        self.rare = 10.0 ** draw.uniform(-6, -3, size=3)

    def columns(self, time: int) -> Columns:
        """Draw one clean partition."""
        draw = self.random
        num = max(int(draw.lognormal(math.log(NUM_ROWS), 0.1)), 100)
        shift = draw.standard_normal
        level = math.log(self.null_share / (1 - self.null_share)) + 0.2 * shift()
        made: Columns = {
            "key": numpy.array([f"{time}-{row}" for row in range(num)], dtype=object),
            "normal": 100 + shift() + 15 * draw.standard_normal(num),
            "skewed": draw.lognormal(1 + 0.1 * shift(), 0.8, size=num),
            "heavy": 100 * draw.pareto(1.5, size=num),
            "season": 60 + 25 * math.sin(self.phase + time * math.pi / 6) + draw.normal(0, 5, num),
            "trend": 50 + 0.2 * time + draw.normal(0, 4, num),
            "count": draw.poisson(4 * math.exp(0.05 * shift()), size=num),
            "hour": draw.integers(0, 24, size=num),
            "share": draw.beta(2, 5, size=num),
            "carrier": draw.choice(CARRIERS, size=num, p=self.shares),
            "destination": draw.choice(DESTINATIONS, size=num, p=self.ranks),
            "nulls": with_nulls(draw, draw.standard_normal(num), 1 / (1 + math.exp(-level))),
        }
        for number, share in enumerate(self.rare):
            made[f"rare_{number}"] = with_nulls(draw, draw.standard_normal(num), float(share))
        return made


def with_nulls(random: numpy.random.Generator, values: NDArray[Any], share: float) -> NDArray[Any]:
    """Make a share of values null."""
    held = values.astype(object)
    held[random.random(len(values)) < share] = None
    return held


def table_of(columns: Columns) -> pyarrow.Table:
    """Make an Arrow table."""
    return pyarrow.table({name: pyarrow.array(values) for name, values in columns.items()})


def _more_nulls(world: World, columns: Columns) -> Columns:
    share = sum(value is None for value in columns["nulls"]) / len(columns["nulls"])
    return {**columns, "nulls": with_nulls(world.random, columns["nulls"], 4 * share / (1 - share))}


def _new_category(world: World, columns: Columns) -> Columns:
    carriers = columns["carrier"].copy()
    carriers[: len(carriers) // 100] = "new"
    return {**columns, "carrier": carriers}


def _without_a_category(world: World, columns: Columns) -> Columns:
    kept = columns["carrier"] != CARRIERS[int(numpy.argmax(world.shares))]
    return {name: values[kept] for name, values in columns.items()}


FAULTS: dict[str, Callable[[World, Columns], Columns]] = {
    "five times the nulls": _more_nulls,
    "nulls where there were none": lambda world, columns: {
        **columns,
        "normal": with_nulls(world.random, columns["normal"], 0.05),
    },
    "another unit": lambda _, columns: {**columns, "normal": columns["normal"] * 1.609344},
    "a thousandth": lambda _, columns: {**columns, "heavy": columns["heavy"] / 1000},
    "percent": lambda _, columns: {**columns, "share": columns["share"] * 100},
    "a new category": _new_category,
    "a category lost": _without_a_category,
    "a constant": lambda _, columns: {**columns, "normal": numpy.full_like(columns["normal"], 100)},
    "a column dropped": lambda _, columns: {
        name: values for name, values in columns.items() if name != "season"
    },
    "rows twice": lambda _, columns: {
        name: numpy.concatenate([values, values]) for name, values in columns.items()
    },
    "a sentinel": lambda _, columns: {
        **columns,
        "normal": numpy.concatenate([[-999.0], columns["normal"][1:]]),
    },
}
