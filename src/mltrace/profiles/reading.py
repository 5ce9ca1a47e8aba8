"""Profiles anything that has rows: all of them, a sample, or as many as there is time for."""

from __future__ import annotations

import functools
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from mltrace.errors import ArgumentError, unknown_option
from mltrace.profiles.ceiling import SAFETY, Ceiling
from mltrace.profiles.columns import Column
from mltrace.profiles.profiling import profile_table
from mltrace.profiles.sampling import BLOCK_ROWS, SAMPLE_ROWS, Thinning, sampled_positions
from mltrace.profiles.sources.choosing import is_spark, source_of
from mltrace.profiles.sources.source import InMemory, Restart, Stream, gathered
from mltrace.profiles.tables import Profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow

Mode = Literal["full", "sample"]

_ROWS_AT_ONCE: Final = 1 << 20
"""Rows of a frame that are turned into Arrow at a time, which bounds the memory."""
_FIRST_ROWS: Final = 1024
"""Rows from which the cost of all others is estimated."""
_READ_ROWS: Final = 10 * SAMPLE_ROWS
"""Rows that a sample is drawn from where they come from all parts of the whole."""
_WORK: Final = "Profiling"
_FULL_SHARE: Final = 0.5
_READ_SHARE: Final = 0.7
"""Shares of the time, after which of a stream no longer all rows are profiled, or no more read."""


def profile_data(
    data: Any,
    *,
    mode: Mode = "full",
    columns: str | Iterable[str] | None = None,
    max_seconds: float | None = None,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> Profile:
    """Profile a frame, a file or whatever else has rows; see `mltrace.profile`.

    Parameters
    ----------
    on_progress : callable, optional
        Is told now and then how much of the work is done.
    """
    if mode not in get_args(Mode):
        raise unknown_option("mode of profiling", str(mode), get_args(Mode))
    _check_seconds(max_seconds)
    _check_pyarrow()
    wanted = None
    if columns is not None:
        wanted = [columns] if isinstance(columns, str) else [str(one) for one in columns]
    max_rows = SAMPLE_ROWS if mode == "sample" else None
    cls: type = type(data)
    if is_spark(cls):
        from mltrace.profiles.sources.spark_frames import profile_spark

        return profile_spark(data, wanted, max_rows=max_rows, max_seconds=max_seconds)
    source = source_of(data, wanted)
    if max_seconds is not None:
        _load_all()
    if isinstance(source, InMemory):
        return _profile_rows(source, max_rows, Ceiling(max_seconds), on_progress)
    ceiling = Ceiling(max_seconds, time.process_time)
    while True:
        try:
            return _profile_stream(source, max_rows, ceiling, on_progress)
        except Restart:
            continue


def _check_seconds(max_seconds: Any) -> None:
    if max_seconds is None:
        return
    is_number = isinstance(max_seconds, int | float) and not isinstance(max_seconds, bool)
    if not is_number or not max_seconds > 0:
        raise ArgumentError(f"max_seconds={max_seconds!r} is no time; give a number above 0.")


@functools.cache
def _check_pyarrow() -> None:
    try:
        import pyarrow  # noqa: F401 (asked for before anything is read)
    except ImportError as error:
        raise ArgumentError(
            "Profiles need pyarrow, which cannot be imported: pip install 'mltrace[frames]'."
        ) from error


@functools.cache
def _load_all() -> None:
    """Load what profiling loads when it is first needed, which is no cost of the rows."""
    import pyarrow

    profile_table(pyarrow.table({"number": [1.0], "text": ["x"], "boolean": [True]}))


def _profile_rows(
    source: InMemory, max_rows: int | None, ceiling: Ceiling, on_progress: Any
) -> Profile:
    num_rows = source.num_rows
    rate = 1.0 if max_rows is None or num_rows <= max_rows else max_rows / num_rows
    if ceiling.is_endless:
        if on_progress is None and rate == 1.0 and num_rows <= _ROWS_AT_ONCE:
            profile = profile_table(source.read(0, num_rows), source.dtypes)
        elif rate == 1.0:
            profile = Profile.merge_all(_told(_pieces(source), num_rows, on_progress))
        else:
            table = source.take(sampled_positions(num_rows, 0.0, rate))
            profile = profile_table(table, source.dtypes)
    else:
        profile = _profile_in_time(source, rate, ceiling)
    return _rounded_off(profile, num_rows)


def _pieces(source: InMemory) -> Iterator[Profile]:
    for begin in range(0, max(source.num_rows, 1), _ROWS_AT_ONCE):
        end = min(begin + _ROWS_AT_ONCE, source.num_rows)
        yield profile_table(source.read(begin, end), source.dtypes)


def _profile_in_time(source: InMemory, top_rate: float, ceiling: Ceiling) -> Profile:
    """Profile larger and larger samples until time is up; each tells what the next one costs."""
    num_rows = source.num_rows
    if num_rows <= _FIRST_ROWS:
        return Profile.merge_all(_pieces(source))
    profile, least_seconds = Profile(), 0.0
    above, rate = 0.0, min(top_rate, _FIRST_ROWS / num_rows)
    while True:
        spent = ceiling.spent
        positions = sampled_positions(num_rows, above, rate)
        profile = profile.merge(profile_table(source.take(positions), source.dtypes))
        seconds = ceiling.spent - spent
        least_seconds = least_seconds or seconds
        affordable = min(ceiling.affordable(len(positions), seconds), _ROWS_AT_ONCE)
        is_over = affordable < BLOCK_ROWS or ceiling.left < 2 * least_seconds
        if rate == top_rate or is_over:
            return profile
        above, rate = rate, min(top_rate, rate + affordable / num_rows)


def _profile_stream(
    source: Stream, max_rows: int | None, ceiling: Ceiling, on_progress: Any
) -> Profile:
    tables = _far(source, on_progress)
    if max_rows is None and ceiling.is_endless:
        merged = Profile.merge_all(profile_table(one, source.dtypes) for one in gathered(tables))
        return _rounded_off(merged, merged.num_rows)
    thinning = Thinning(SAMPLE_ROWS)
    whole = _Whole(source, ceiling) if max_rows is None else None
    has_unread = False
    for table in tables:
        thinning.add(table)
        if whole is not None and not whole.add(table, source.share_read(thinning.num_seen)):
            if source.is_spread:
                return _rounded_off(whole.profile, source.num_rows or 0)
            whole = None
        if whole is None and source.is_spread and thinning.num_seen >= _READ_ROWS:
            break
        if whole is None and thinning.num_seen and ceiling.is_over(_READ_SHARE):
            has_unread = not source.is_spread and next(tables, None) is not None
            break
    if whole is not None:
        return _rounded_off(whole.profile, whole.profile.num_rows)
    profile = _profile_kept(thinning.tables(), source.dtypes, ceiling)
    num_rows = thinning.num_seen if source.num_rows is None else source.num_rows
    return replace(_rounded_off(profile, num_rows), has_unread=has_unread)


class _Whole:
    """Profiles all rows of a stream, as long as that takes no more than its share of the time.

    That is all of it where the rows so far are from all parts of the whole, and so a sample;
    elsewhere time is left to draw one.
    """

    def __init__(self, source: Stream, ceiling: Ceiling) -> None:
        self.profile = Profile()
        self._dtypes = source.dtypes
        self._ceiling = ceiling
        self._is_spread = source.is_spread
        self._share = SAFETY if source.is_spread else _FULL_SHARE
        self._num_affordable = _FIRST_ROWS

    def add(self, table: pyarrow.Table, share_read: float) -> bool:
        """Profile more rows; tell whether there was time for them, and is for all others."""
        begin = 0
        while begin == 0 or begin < table.num_rows:
            rows = table.slice(begin, self._num_affordable)
            spent = self._ceiling.spent
            self.profile = self.profile.merge(profile_table(rows, self._dtypes))
            if self._ceiling.is_over(self._share):
                return False
            affordable = self._ceiling.affordable(rows.num_rows, self._ceiling.spent - spent)
            begin += self._num_affordable
            self._num_affordable = max(affordable // 2, _FIRST_ROWS)
        return self._is_spread or self._ceiling.suffices(share_read)


def _profile_kept(tables: list[pyarrow.Table], dtypes: Any, ceiling: Ceiling) -> Profile:
    import pyarrow

    from mltrace.profiles.sources.arrow_tables import read_arrow

    try:
        table = pyarrow.concat_tables(tables, promote_options="permissive")
    except pyarrow.ArrowException:  # a column is of types that have nothing in common
        return Profile.merge_all(profile_table(table, dtypes) for table in tables)
    source = replace(read_arrow(table, None), dtypes=dtypes or {})
    return _profile_rows(source, None, ceiling, None)


def _far(source: Stream, on_progress: Any) -> Iterator[pyarrow.Table]:
    """Tell how far the reading is."""
    num_rows = 0
    for table in source.tables():
        yield table
        num_rows += table.num_rows
        if on_progress is not None and source.num_rows:
            on_progress(_WORK, min(num_rows, source.num_rows), source.num_rows)
        elif on_progress is not None and source.share is not None:
            on_progress(_WORK, int(source.share() * 1000), 1000)


def _told(profiles: Iterable[Profile], num_rows: int, on_progress: Any) -> Iterator[Profile]:
    done = 0
    for profile in profiles:
        yield profile
        done += profile.num_rows
        if on_progress is not None:
            on_progress(_WORK, done, num_rows)


def _rounded_off(profile: Profile, num_rows: int) -> Profile:
    """Say how many rows there are; a column that some partitions lack is null there."""
    looked = profile.num_profiled_rows if profile.states else num_rows
    lacking = {
        name: column.merge(Column(looked - column.num_rows, looked - column.num_rows))
        for name, column in profile.states.items()
        if column.num_rows != looked
    }
    if not lacking and (num_rows, looked) == (profile.num_rows, profile.num_profiled_rows):
        return profile
    states = {**profile.states, **lacking}
    return replace(profile, num_rows=num_rows, num_profiled_rows=looked, states=states)
