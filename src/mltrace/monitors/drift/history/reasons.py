"""Says in words what is unusual: a statistic, and what it is in the history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltrace.monitors.drift.history.statistic import Statistic
    from mltrace.monitors.drift.history.summaries import ColumnSummary
    from mltrace.monitors.drift.history.vocabulary import Vocabulary

_SHARES: Final[Mapping[str, str]] = {
    "duplicate rows": "rows that stand more than once",
    "rows of another partition": "rows of an earlier partition",
    "whole": "whole numbers",
    "zero": "zeros",
    "not finite": "numbers that are not finite",
    "empty": "empty texts",
    "most frequent": "the most frequent value:",
    "new between": "distinct numbers that never were, between known ones:",
}


class Wording:
    """Says what is unusual of a partition.

    Parameters
    ----------
    vocabularies : mapping of str to Vocabulary
    num_history : int
        Partitions of the history.
    """

    def __init__(self, vocabularies: Mapping[str, Vocabulary], num_history: int) -> None:
        self._vocabularies = vocabularies
        self._num_history = num_history

    def say(
        self,
        statistic: Statistic,
        values: tuple[float, float, float],
        *,
        name: str | None,
        column: ColumnSummary | None,
    ) -> str:
        """Say a statistic and what it was.

        Parameters
        ----------
        statistic : Statistic
        values : tuple of float
            That of the partition; the least and the greatest of the history.
        name : str or None
            The column that it is told of: of a pair, one of both.
        column : ColumnSummary or None
            That column in the partition.
        """
        value, low, high = values
        if statistic.name == "kind":
            was = self._vocabularies[str(statistic.column)].kind
            return "the column is missing" if column is None else f"{column.kind}s, were {was}s"
        if statistic.aspect == "relation":
            return self._relation(statistic, value, column)
        if statistic.is_share:
            said = f"{self._share_name(statistic, name, column)} {_percent(value)}"
            least, most = _percent(low), _percent(high)
        else:
            now, least, most = (
                _number(self._unscaled(statistic, one)) for one in (value, low, high)
            )
            said = f"{now} rows" if statistic.name == "rows" else f"{statistic.name} {now}"
        was = f"always {least}" if least == most else f"between {least} and {most}"
        return f"{said}, in {self._num_history} partitions {was}"

    def _relation(self, statistic: Statistic, value: float, column: ColumnSummary | None) -> str:
        if column is None or column.kind != "number":
            return "it does not go with the other columns as it did"
        mean = _number(column.levels["mean"].value) if "mean" in column.levels else "?"
        if statistic.name == "level beside others":
            way = "above" if value > 0 else "below"
            return f"mean {mean}, {_number(abs(value))} sd {way} what the other columns foretell"
        times = _number(value**0.5)
        return f"values vary {times} times as far as usual around what the other columns foretell"

    def _unscaled(self, statistic: Statistic, value: float) -> float:
        vocabulary = self._vocabularies.get(str(statistic.column))
        if vocabulary is None or statistic.name not in ("mean", "standard deviation"):
            return value
        offset = vocabulary.center if statistic.name == "mean" else 0.0
        return value * vocabulary.scale + offset

    def _share_name(
        self, statistic: Statistic, of: str | None, column: ColumnSummary | None
    ) -> str:
        name, detail = statistic.name, statistic.detail
        vocabulary = self._vocabularies.get(str(statistic.column))
        if vocabulary is None:
            return _SHARES.get(name, name)
        if name in ("bin", "below"):
            return _bin_name(vocabulary.edges.tolist(), detail, is_bin=name == "bin")
        if name == "value":
            return f"{vocabulary.shown(detail, column)}:"
        if name == "one new value":
            new = None if column is None else vocabulary.most_frequent_new(column)
            return f"a new value {new}:" if new else "a new value:"
        if name == "present without":
            is_absent = of == detail
            here = "without it, but with" if is_absent else "with it, but without"
            return f"rows {here} {(statistic.column if is_absent else detail)!r}:"
        if name == "hour":
            name = f"times from {detail}:00 to {detail}:59 UTC:"
        return _SHARES.get(name, name)


def _bin_name(edges: Sequence[float], place: int, *, is_bin: bool) -> str:
    if not is_bin or not place:
        return f"values below {_number(edges[place])}:"
    if place == len(edges):
        return f"values of {_number(edges[-1])} and more:"
    return f"values from {_number(edges[place - 1])} to {_number(edges[place])}:"


def _percent(share: float) -> str:
    percent = 100 * share
    if 0 < percent < 0.1 or 99.9 < percent < 100:
        return f"{percent:.2g} %" if percent < 1 else "nearly 100 %"
    return f"{percent:.3g} %"


def _number(value: float) -> str:
    if 1000 <= abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:.3g}"
