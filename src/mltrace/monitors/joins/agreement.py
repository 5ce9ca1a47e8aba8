"""How far a table that was written agrees with one that it was made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Part(NamedTuple):
    """So many rows of so many."""

    num: int
    of: int

    @property
    def share(self) -> float:
        """Which share of them; 0 if there are none."""
        return self.num / self.of if self.of else 0.0


NONE: Final = Part(0, 0)
"""Of what was not counted."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far an output agrees with one of the inputs of its component.

    Attributes
    ----------
    table : str
        What the input is called.
    keys : tuple of str
        The columns by which rows were matched. If there are none, each column was compared by all
        others.
    columns : frozenset of tuples (str, str)
        All columns, of the input and of the output, each with 'input' or 'output' before it.
    num_rows, num_input_rows : int
        Rows of the output and of the input that were looked at.
    unmatched : Part
        Rows of the output that are not in the input and have only nulls in the columns that they
        could have from it alone: what a left join leaves where it finds nothing. No other part
        counts them.
    absent : Part
        Rows of the output whose values, of all columns that both have, are in no row of the input
        together.
    unkeyed : Part
        Rows of the output whose key is in no row of the input.
    repeated : Part
        Rows of the output that are more than the input has of their key.
    lost : Part
        Rows of the input whose key is in no row of the output.
    vanished : str
        The column of which a few values, that no row of the output has, explain which rows were
        lost; '' if there is none.
    differing : mapping of str to Part
        By column, the rows of the output with a key of the input where no row with that key has
        the value. The most first.
    """

    table: str
    keys: tuple[str, ...] = ()
    columns: frozenset[tuple[str, str]] = frozenset()
    num_rows: int = 0
    num_input_rows: int = 0
    unmatched: Part = NONE
    absent: Part = NONE
    unkeyed: Part = NONE
    repeated: Part = NONE
    lost: Part = NONE
    vanished: str = ""
    differing: Mapping[str, Part] = field(default_factory=dict)
