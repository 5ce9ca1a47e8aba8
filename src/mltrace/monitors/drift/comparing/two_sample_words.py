"""Says in words in what a column, or a table, differs from a reference."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy

from mltrace.monitors.drift.samples.counts import standard_deviation
from mltrace.monitors.drift.samples.labels import REST
from mltrace.rendering.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mltrace.monitors.drift.samples.pairs import Pair
    from mltrace.profiles.columns import Column
    from mltrace.profiles.tables import Profile
    from mltrace.records.drift import ColumnDrift

_MOST_NAMED: Final = 3
_NOTABLE_SHIFT: Final = 0.1
_NOTABLE_RATIO: Final = 1.2
_LONG: Final = 1e9
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def kind_reason(current: Column, reference: Column) -> str:
    """Say that a column holds values of another kind; nothing if it does not, or holds none."""
    ours, theirs = (_kind(column) for column in (current, reference))
    if not ours or not theirs or ours == theirs:
        return ""
    dtypes = [" | ".join(column.dtypes) for column in (current, reference)]
    return f"kind {ours} ({dtypes[0]}), was {theirs} ({dtypes[1]})"


def values_reason(pair: Pair) -> str:
    """Say what is different of values: the mean, how they spread, or which of them are more.

    Examples
    --------
    >>> from mltrace.monitors.drift.samples.pairs import Pair
    >>> values_reason(Pair.of([1, 2, 3, 4, 5], [3, 4, 5, 6, 7]))
    'mean 3, was 5 (-1.41 sd)'
    >>> values_reason(Pair.of(["AA", "AA", "UA"], ["AA", "UA", "UA"]))
    "'AA' 67 %, was 33 %"
    """
    if not all(pair.num_values):
        return "no values" if not pair.num_values[0] else "values, where there were none"
    if not pair.is_ordered:
        return _label_reason(pair)
    return _time_reason(pair) if pair.kind == "time" else _number_reason(pair)


def nulls_reason(pair: Pair) -> str:
    """Say which shares of rows have no value: nulls, NaN, infinities, values of another kind.

    Examples
    --------
    >>> from mltrace.monitors.drift.samples.pairs import Pair
    >>> nulls_reason(Pair.of([1, None], [1, 2]))
    'null share 50 %, was 0 %'
    """
    num, num_reference = pair.num_rows
    shares = {
        name: (here / num, there / num_reference) for name, (here, there) in pair.without.items()
    }
    parts = [
        f"{name} share {_percent(ours)}, was {_percent(theirs)}"
        for name, (ours, theirs) in shares.items()
        if ours != theirs
    ]
    return "; ".join(parts) or "null share as usual"


def table_reason(columns: Mapping[str, ColumnDrift], *, is_empty: bool) -> str:
    """Say what is unusual of the table: the columns that drift, the farthest first."""
    if is_empty:
        return "no rows"
    drifting = [one for one in columns.values() if one.is_drift]
    if not drifting:
        return "no column differs by more than is allowed"
    named = "; ".join(f"{one.name}: {one.reason}" for one in drifting[:_MOST_NAMED])
    others = len(drifting) - _MOST_NAMED
    more = f"; and {count(others, 'more column')}" if others > 0 else ""
    return f"{named}{more}"


def table_notes(current: Profile, reference: Profile, *, is_whole: bool) -> Iterator[str]:
    """Say how many rows were compared, and which columns are new or of other types."""
    ours, theirs = count(current.num_rows, "row"), count(reference.num_rows, "row")
    yield f"compared {ours} with {theirs} of the reference, taken as independent"
    for profile, name in ((current, "current table"), (reference, "reference")):
        if profile.num_profiled_rows < profile.num_rows:
            yield f"of the {name} a sample of {count(profile.num_profiled_rows, 'row')}"
    if is_whole:
        added = [name for name in current.states if name not in reference.states]
        if added and current.num_profiled_rows:
            yield f"columns added: {', '.join(added)}"
    for name, column in reference.states.items():
        mine = current.states.get(name)
        if mine is not None and _is_cast(mine, column):
            yield f"{name}: type {' | '.join(mine.dtypes)}, was {' | '.join(column.dtypes)}"


def _kind(column: Column) -> str:
    sizes = {kind: state.num_values for kind, state in column.states.items()}
    return max(sorted(sizes), key=sizes.__getitem__, default="")


def _is_cast(current: Column, reference: Column) -> bool:
    is_known = bool(current.states) and bool(reference.states)
    is_of_a_kind = is_known and not kind_reason(current, reference)
    return is_of_a_kind and set(current.dtypes) != set(reference.dtypes)


def _number_reason(pair: Pair) -> str:
    mean, mean_reference = (
        float(counts / counts.sum() @ pair.values) for counts in (pair.current, pair.reference)
    )
    std, std_reference = (
        standard_deviation(pair.values, counts) for counts in (pair.current, pair.reference)
    )
    pooled = math.hypot(std, std_reference) / math.sqrt(2)
    shift = (mean - mean_reference) / pooled if pooled else math.inf
    parts = []
    if mean != mean_reference and abs(shift) >= _NOTABLE_SHIFT:
        said = f" ({shift:.2f} sd)" if math.isfinite(shift) else ""
        parts.append(f"mean {_figure(mean)}, was {_figure(mean_reference)}{said}")
    low, high = sorted((std, std_reference))
    if high > low * _NOTABLE_RATIO:
        parts.append(f"sd {_figure(std)}, was {_figure(std_reference)}")
    return "; ".join(parts) or _widest_gap(pair)


def _widest_gap(pair: Pair) -> str:
    ours, theirs = (counts.cumsum() / counts.sum() for counts in (pair.current, pair.reference))
    place = int(numpy.abs(ours - theirs).argmax())
    if ours[place] == theirs[place]:
        return "values as usual"
    at = _figure(float(pair.values[place]))
    return f"{_percent(ours[place])} up to {at}, was {_percent(theirs[place])}"


def _time_reason(pair: Pair) -> str:
    ends = []
    for counts in (pair.current, pair.reference):
        found = pair.values[counts > 0]
        ends.append(f"{_day(float(found[0]))} to {_day(float(found[-1]))}")
    return f"{ends[0]}, was {ends[1]}"


def _label_reason(pair: Pair) -> str:
    ours, theirs = pair.current / pair.current.sum(), pair.reference / pair.reference.sum()
    place = int(numpy.abs(ours - theirs).argmax())
    if ours[place] == theirs[place]:
        return "values as usual"
    label = pair.labels[place]
    named = "less frequent values" if label == REST else repr(label)
    is_new = not pair.reference[place]
    return f"{named} {_percent(ours[place])}, was {'never' if is_new else _percent(theirs[place])}"


def _percent(share: float) -> str:
    if 0 < share < 0.001:
        return "under 0.1 %"
    is_near_end = 0 < share < 0.02 or 0.98 < share < 1
    return f"{100 * share:.1f} %" if is_near_end else f"{100 * share:.0f} %"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if 1000 <= abs(value) < _LONG else f"{value:.3g}"


def _day(seconds: float) -> str:
    try:
        return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%d}"
    except OverflowError:
        return "a time far away"
