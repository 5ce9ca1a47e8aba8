"""How many rows the partitions of a table have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.errors import ArgumentError
from mltrace.workspace.monitors.monitor import Monitor, MonitorOptions
from mltrace.workspace.monitors.registered import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Unpack

    from mltrace.records.alerts import Observation
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known
    from mltrace.workspace.opened import Output


@kinds.register("volume")
class VolumeMonitor(Monitor):
    """Watches whether the partitions of a table have as many rows as they should.

    Parameters
    ----------
    table : str, path or ArtifactRef
        The table, as `DriftMonitor` takes it.
    min_rows, max_rows : int, optional
        How many rows a partition has at least and at most.
    **options
        As of every `Monitor`.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def orders(number): return pd.DataFrame({"order": range(number)})
    >>> _ = orders(100), orders(3)
    >>> found = mt.VolumeMonitor("orders", min_rows=50).evaluate()
    >>> [(one.state, one.value) for one in found]
    [('bad', 3.0), ('ok', 100.0)]
    """

    kind = "volume"

    def __init__(
        self,
        table: Output,
        *,
        min_rows: int | None = None,
        max_rows: int | None = None,
        **options: Unpack[MonitorOptions],
    ) -> None:
        super().__init__(**options)
        self.table, self.min_rows, self.max_rows = table, min_rows, max_rows
        self.about = str(table)
        if min_rows is None and max_rows is None:
            raise ArgumentError(f"VolumeMonitor({self.about!r}): give min_rows, max_rows or both.")

    def measure(self, workspace: Workspace, known: Known) -> Iterator[Observation]:
        """Count the rows of the partitions that were not counted yet."""
        for one in workspace.partitions(self.table):
            point = f"{one.name}@{one.digest[:12]}"
            if known.has(self.about, point):
                continue
            too_few = self.min_rows is not None and one.num_rows < self.min_rows
            too_many = self.max_rows is not None and one.num_rows > self.max_rows
            yield self.observation(
                self.about,
                point,
                at=one.at,
                state="bad" if too_few or too_many else "ok",
                value=one.num_rows,
                threshold=self.max_rows if too_many or self.min_rows is None else self.min_rows,
                message=f"{one.num_rows:,} rows",
                component=one.component,
                artifact=one.name,
                digest=one.digest,
                run_id=one.run_id,
            )
