"""How many rows the partitions of a table have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mltrace.errors import ArgumentError
from mltrace.monitors.rules.prediction import predict
from mltrace.times import to_datetime
from mltrace.workspace.monitors.arguments import check_limit, check_share
from mltrace.workspace.monitors.monitor import Monitor, MonitorOptions
from mltrace.workspace.monitors.newest import MOST_POINTS
from mltrace.workspace.monitors.registered import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Unpack

    from mltrace.lineage.deliveries import Delivery
    from mltrace.records.alerts import Observation
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known
    from mltrace.workspace.opened import Output

WINDOW: Final = 90
MIN_HISTORY: Final = 8
LEAST: Final = 0.05
"""Shares of rows by which partitions may differ in any case."""
_DAYS: Final = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


@kinds.register("volume")
class VolumeMonitor(Monitor):
    """Watches whether the partitions of a table have as many rows as they should.

    Parameters
    ----------
    table : str, path or ArtifactRef
        The table, as `DriftMonitor` takes it.
    min_rows, max_rows : int, optional
        How many rows a partition has at least and at most. If neither is given, that is learned
        from the 90 partitions before, at least 8.
    false_alarm_rate : float, default 0.001
        How often a partition may be odd by what was learned although nothing has changed.
    **options
        As of every `Monitor`.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.

    Notes
    -----
    A partition is what a run made, or what was read if no run did; it needs no profile, and may be
    empty. If the same content is made again under the same name, that is no new partition.

    What is learned is a robust prediction interval of the logarithm of the number of rows: with a
    straight trend and by the day of the week or the hour of the day, where that is clearly
    better. Of 20 partitions before or more, a tenth may be odd without making it wide. A new level
    is usual when about half of them are of it. A difference of 5 % is never odd.

    Examples
    --------
    >>> import mltrace as mt
    >>> import pandas as pd
    >>> @mt.component
    ... def orders(number): return pd.DataFrame({"order": range(number)})
    >>> _ = orders(100), orders(3)
    >>> found = mt.VolumeMonitor("orders", min_rows=50).evaluate()
    >>> [(one.state, one.message) for one in found]
    [('bad', '3 rows; at least 50 are expected'), ('ok', '100 rows')]

    Learned from the days before:

    >>> @mt.component
    ... def visits(day): return pd.DataFrame({"visit": range(0 if day == 12 else 1000 + day)})
    >>> for day in range(13):
    ...     _ = visits(day)
    >>> mt.VolumeMonitor("visits").evaluate()[0].message
    '0 rows; in 12 partitions before between 1,000 and 1,011'
    """

    kind = "volume"

    def __init__(
        self,
        table: Output,
        *,
        min_rows: int | None = None,
        max_rows: int | None = None,
        false_alarm_rate: float = 0.001,
        **options: Unpack[MonitorOptions],
    ) -> None:
        super().__init__(**options)
        self.table = table
        self.min_rows = check_limit(self, "min_rows", min_rows)
        self.max_rows = check_limit(self, "max_rows", max_rows)
        self.false_alarm_rate = check_share(self, "false_alarm_rate", false_alarm_rate)
        self.about = str(table)
        if min_rows is not None and max_rows is not None and min_rows > max_rows:
            raise ArgumentError(
                f"VolumeMonitor({self.about!r}): min_rows={min_rows} is more than "
                f"max_rows={max_rows}."
            )

    def measure(self, workspace: Workspace, known: Known) -> Iterator[Observation]:
        """Count the rows of the partitions that were not counted yet."""
        deliveries, is_all = workspace.deliveries(self.table, WINDOW + MOST_POINTS)
        points = [_point(one) for one in deliveries]
        states = known.states(self.about, points)
        before: list[Delivery] = []
        for place, (one, point) in enumerate(zip(deliveries, points, strict=True)):
            if (is_all or place >= WINDOW) and point not in states:
                yield self.observation(
                    self.about,
                    point,
                    at=to_datetime(one.at),
                    value=one.num_rows,
                    component=one.component,
                    artifact=one.name,
                    digest=one.digest,
                    run_id=one.run_id,
                    **self._judge(one, before[-WINDOW:]),
                )
            if not one.is_refused:
                before.append(one)

    def _judge(self, one: Delivery, history: Sequence[Delivery]) -> Mapping[str, Any]:
        if self.min_rows is None and self.max_rows is None:
            return self._judge_learned(one, history)
        rows, least, most = _rows(one.num_rows), self.min_rows, self.max_rows
        if least is not None and one.num_rows < least:
            message = f"{rows}; at least {least:,} are expected"
            return {"state": "bad", "threshold": least, "message": message}
        if most is not None and one.num_rows > most:
            message = f"{rows}; at most {most:,} are expected"
            return {"state": "bad", "threshold": most, "message": message}
        return {"state": "ok", "threshold": most if least is None else least, "message": rows}

    def _judge_learned(self, one: Delivery, history: Sequence[Delivery]) -> Mapping[str, Any]:
        rows, num = _rows(one.num_rows), len(history)
        if num < MIN_HISTORY:
            message = f"{rows}; {num} of {MIN_HISTORY} partitions to learn from"
            return {"state": "learning", "message": message}
        expected = predict(
            [each.num_rows for each in history],
            rate=self.false_alarm_rate,
            least=LEAST,
            is_log=True,
            rhythms=_rhythms([*history, one]),
        )
        is_odd = not expected.low <= one.num_rows <= expected.high
        is_above = one.num_rows > expected.middle
        low, high = expected.usual
        of = f" on {_DAYS[_weekday(one)]}" if expected.rhythm == "weekly" else ""
        of = f" at {to_datetime(one.at):%H} h UTC" if expected.rhythm == "daily" else of
        usual = f"{low:,}" if low == high else f"between {low:,} and {high:,}"
        return {
            "state": "bad" if is_odd else "ok",
            "threshold": expected.high if is_above else expected.low,
            "message": f"{rows}; in {num} partitions before{of} {usual}",
        }


def _point(one: Delivery) -> str:
    return f"{one.name}@{one.digest[:12]} {to_datetime(one.at):%Y-%m-%d %H:%M:%S.%f}"


def _rhythms(deliveries: Sequence[Delivery]) -> Mapping[str, Sequence[int]]:
    return {
        "weekly": [_weekday(one) for one in deliveries],
        "daily": [to_datetime(one.at).hour for one in deliveries],
    }


def _weekday(one: Delivery) -> int:
    return to_datetime(one.at).weekday()


def _rows(number: int) -> str:
    return f"{number:,} row" if number == 1 else f"{number:,} rows"
