"""Tools that people use, by their defaults: `pip install evidently nannyml "pandas<3"`."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pandas as pd
from benchmarks.drift.detectors import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.drift.dataset import Partition

_DAY = pd.Timedelta(days=1)
_START = pd.Timestamp("2000-01-01")


class Evidently:
    """Evidently's preset for drift: an alarm if half of the columns have drifted."""

    def fit(self, history: Sequence[Partition]) -> None:
        preset = import_module("evidently.presets").DataDriftPreset()
        self.report = import_module("evidently").Report([preset])
        self.reference = pd.concat([part.frame for part in history], ignore_index=True)
        self.columns = _columns(self.reference)

    def score(self, partition: Partition) -> Verdict:
        if lost := set(self.columns).difference(partition.frame):
            return Verdict(True, 1, frozenset(lost))
        columns = self.columns
        told = self.report.run(partition.frame[columns], self.reference[columns]).dict()
        count, *metrics = told["metrics"]
        named = frozenset(
            str(one["config"]["column"])
            for one in metrics
            if (one["value"] < one["config"]["threshold"])
            == ("p_value" in one["config"].get("method", ""))
        )
        share = float(count["value"]["share"])
        return Verdict(share >= count["config"]["drift_share"], share, named)


class NannyML:
    """NannyML's drift of single columns, by Jensen-Shannon; its chunks are the partitions."""

    def fit(self, history: Sequence[Partition]) -> None:
        os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
        rows = pd.concat([_dated(part, place) for place, part in enumerate(history)])
        self.columns = _columns(history[0].frame)
        calculator: Any = import_module("nannyml").UnivariateDriftCalculator(
            column_names=self.columns, timestamp_column_name="chunk", chunk_period="D"
        )
        self.calculator = calculator.fit(rows.reset_index(drop=True))
        self.place = len(history)

    def score(self, partition: Partition) -> Verdict:
        if lost := set(self.columns).difference(partition.frame):
            return Verdict(True, 1e9, frozenset(lost))
        told = self.calculator.calculate(_dated(partition, self.place)).filter(period="analysis")
        row = told.to_df(multilevel=False).iloc[0]
        ratios = {
            column: row[f"{column}_jensen_shannon_value"]
            / max(row[f"{column}_jensen_shannon_upper_threshold"] or 0, 1e-9)
            for column in self.columns
        }
        named = frozenset(name for name in ratios if row[f"{name}_jensen_shannon_alert"])
        return Verdict(bool(named), float(max(ratios.values())), named)


def _columns(frame: pd.DataFrame) -> list[str]:
    return [str(name) for name in frame.columns if frame[name].dtype.kind != "M"]


def _dated(partition: Partition, place: int) -> pd.DataFrame:
    return partition.frame.assign(chunk=_START + place * _DAY)
