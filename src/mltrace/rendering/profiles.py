"""Draws a profile: a row for each column."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from mltrace.rendering.fitting import cells, cut_end, wrap
from mltrace.rendering.lines import Line, Span, line, printable
from mltrace.rendering.sparklines import sparkline
from mltrace.rendering.tables import Column, draw_table
from mltrace.rendering.wording import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.profiles.tables import Profile
    from mltrace.records import ColumnProfile
    from mltrace.rendering.view import View

COLUMNS: Final = 100
"""Columns that are drawn of a table that has more, unless the view is complete."""
_BARS: Final = 8
_WIDE_BARS: Final = 12
_WIDE: Final = 100
_MAX_DIGITS: Final = 1e9
_NUM_TOP: Final = 3
_TEXT_WIDTH: Final = 24
_TABLE: Final = (
    Column("COLUMN", least=10),
    Column("KIND"),
    Column("TYPE", least=6, drop=9),
    Column("NULLS", is_right=True, drop=2),
    Column("NAN", is_right=True, drop=7),
    Column("DISTINCT", is_right=True, drop=5),
    Column("MIN", is_right=True, drop=3),
    Column("MEDIAN", is_right=True, drop=6),
    Column("MAX", is_right=True, drop=3),
    Column("MEAN ± STD", is_right=True, drop=8),
    Column("VALUES", least=_BARS),
)


def draw_profile(profile: Profile, view: View, *, title: str = "") -> list[Line]:
    """Draw a profile; `view.is_complete` draws every column of a table that has many."""
    columns = list(profile.columns.values())
    shown = columns if view.is_complete else columns[:COLUMNS]
    lines = draw_heading(profile, view, title=title)
    if shown:
        bars = _WIDE_BARS if view.width >= _WIDE else _BARS
        rows = [[line(*parts) for parts in _cells(column, bars)] for column in shown]
        lines += [(), *draw_table(_TABLE, rows, view.width)]
    if len(columns) > len(shown):
        lines.append(line(Span(f"… {count(len(columns) - len(shown), 'column')} more", "dim")))
    return lines


def draw_heading(profile: Profile, view: View, *, title: str = "") -> list[Line]:
    """Say how large a table is, and which part of it was looked at."""
    parts = [count(profile.num_rows, "row"), count(len(profile.columns), "column")]
    parts += [_duplicates(profile)] if profile.num_rows else []
    said = f"at least {', '.join(parts)}" if profile.has_unread else ", ".join(parts)
    name = cut_end(title, view.width)
    if name and cells(name) + 2 + cells(said) <= view.width:
        lines = [line(Span(name, "strong"), f"  {said}")]
    else:
        lines = [line(Span(name, "strong"))] if name else []
        lines += map(line, wrap(said, view.width))
    sampled = scope_text(profile)
    return [*lines, *(line(Span(text, "stale")) for text in wrap(sampled, view.width) if sampled)]


def scope_text(profile: Profile) -> str:
    """Say which rows were looked at, where those are not all.

    Examples
    --------
    >>> from mltrace.profiles.tables import Profile
    >>> scope_text(Profile(num_rows=1_000_000, num_profiled_rows=100_016))
    'Of a sample of 100,016 rows, spread over the whole.'
    """
    looked = count(profile.num_profiled_rows, "row")
    if profile.has_unread:
        return f"Time was up before all was read: of {looked}, spread over those that were."
    if profile.num_profiled_rows < profile.num_rows:
        return f"Of a sample of {looked}, spread over the whole."
    return ""


def value_text(value: Any) -> str:
    """Say a value in few characters.

    Examples
    --------
    >>> value_text(-2.0000000013), value_text(40.21006), value_text(True)
    ('-2', '40.21', 'true')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        is_short = abs(value) < _MAX_DIGITS
        is_whole = is_short and abs(value - round(value)) < 1e-9 * max(abs(value), 1.0)
        return str(round(value)) if is_whole else f"{value:.4g}"
    if isinstance(value, datetime):
        value = value.astimezone(UTC) if value.tzinfo else value
        is_day = value.time() == value.min.time()
        return f"{value:%Y-%m-%d}" if is_day else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else printable(str(value))


def share_text(part: float, whole: float) -> str:
    """Say a share in per cent; nothing where there is none.

    Examples
    --------
    >>> share_text(8255, 336_776), share_text(1, 336_776), share_text(0, 10), share_text(10, 10)
    ('2.5 %', '<0.1 %', '', '100 %')
    """
    if not part or not whole:
        return ""
    percent = 100 * part / whole
    if percent < 0.1:
        return "<0.1 %"
    if percent > 99.9:
        return "100 %" if part == whole else ">99.9 %"
    return f"{percent:.1f} %" if percent < 10 else f"{percent:.0f} %"


def distinct_text(column: ColumnProfile) -> str:
    """Say how many values are distinct; an estimate as such."""
    if column.num_distinct is None:
        return ""
    return f"{'' if column.is_distinct_exact else '~'}{column.num_distinct:,.0f}"


def shape_text(column: ColumnProfile, bars: int) -> str:
    """Draw the histogram in so many bars, or say the most frequent values."""
    if column.histogram is not None and column.kind in {"number", "time"}:
        counts = _resampled(column.histogram.counts, bars)
        # The zero in front is the height from which bars grow.
        return sparkline([0.0, *(number or None for number in counts)])[1:]
    frequent = [
        f"{cut_end(value_text(one.value), _TEXT_WIDTH) or '(empty)'} "
        f"{share_text(one.count, column.num_rows)}"
        for one in column.top[:_NUM_TOP]
    ]
    return ", ".join(frequent)


def extremes(column: ColumnProfile) -> tuple[str, str]:
    """Say the least and the greatest value; times without the time of day if they are far apart."""
    if isinstance(column.min, datetime) and (column.max - column.min).days > 2:
        return f"{column.min:%Y-%m-%d}", f"{column.max:%Y-%m-%d}"
    return value_text(column.min), value_text(column.max)


def _cells(column: ColumnProfile, bars: int) -> list[list[str | Span]]:
    least, greatest = extremes(column) if column.kind in {"number", "time"} else ("", "")
    median = value_text(column.quantiles.get("0.5")) if column.kind == "number" else ""
    spread = ""
    if column.mean is not None:
        spread = f"{value_text(column.mean)} ± {value_text(column.std) or '?'}"
    return [
        [Span(printable(column.name) or "(no name)", "strong")],
        [column.kind],
        [Span(column.dtype, "dim")],
        [share_text(column.num_nulls, column.num_rows)],
        [share_text(column.num_nan, column.num_rows)],
        [distinct_text(column)],
        [least],
        [median],
        [greatest],
        [spread],
        [shape_text(column, bars)],
    ]


def _resampled(counts: Sequence[int], bars: int) -> list[float]:
    """Share out counts among fewer bars, as if each were spread evenly over its interval."""
    if len(counts) <= bars:
        return list(counts)
    sums = [0.0]
    for number in counts:
        sums.append(sums[-1] + number)

    def below(place: float) -> float:
        whole = min(int(place), len(counts) - 1)
        return sums[whole] + (place - whole) * counts[whole]

    ends = [below(bar * len(counts) / bars) for bar in range(bars + 1)]
    return [after - before for before, after in pairwise(ends)]


def _duplicates(profile: Profile) -> str:
    number = profile.num_duplicate_rows
    of_sample = " in the sample" if profile.num_profiled_rows < profile.num_rows else ""
    if not number:
        return f"no duplicate rows{of_sample}"
    return f"{count(number, 'duplicate row')}{of_sample}"
