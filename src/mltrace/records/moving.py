"""What moving a store does: merging it into another, exporting it."""

from __future__ import annotations

from msgspec import field

from mltrace.records.record import Record


class Merged(Record, frozen=True, kw_only=True):
    """What a merge brought from one store into another.

    `num_runs` counts the runs of the source, `num_new_runs` those that the other store did not know
    and `num_changed_runs` those of which it knew less. `num_values` and `num_bytes` are the kept
    values that were copied and their size before compression, `num_predictions` the predictions
    and labels that came over. `num_unfit` counts facts that the
    database cannot hold, and `num_damaged` values, or files of predictions, that are damaged or
    missing in the source: both were left out.
    """

    source: str
    into: str
    num_runs: int = 0
    num_new_runs: int = 0
    num_changed_runs: int = 0
    num_values: int = 0
    num_bytes: int = 0
    num_predictions: int = 0
    num_unfit: int = 0
    num_damaged: int = 0


class Exported(Record, frozen=True, kw_only=True):
    """What an export wrote: the folder, and how many rows there are of each table."""

    folder: str
    num_rows: dict[str, int] = field(default_factory=dict)
    num_bytes: int = 0
