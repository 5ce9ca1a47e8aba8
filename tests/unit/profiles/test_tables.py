"""Profiles of tables: merged, stored, scanned, and laid out as frames."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy
import pandas
import polars
import pyarrow
import pytest
import zstandard

from mltrace.errors import ArgumentError
from mltrace.profiles.entries import Entry
from mltrace.profiles.profiling import profile_table
from mltrace.profiles.storing import FORMAT
from mltrace.profiles.tables import Profile


def _table(seed: int = 0, num_rows: int = 500) -> pyarrow.Table:
    rng = numpy.random.default_rng(seed)
    return pyarrow.table(
        {
            "price": rng.normal(size=num_rows),
            "count": rng.integers(0, 5, num_rows),
            "at": pyarrow.array(rng.integers(0, 10**15, num_rows), pyarrow.timestamp("us")),
            "carrier": rng.choice(["AA", "UA"], num_rows),
            "nothing": pyarrow.nulls(num_rows),
        }
    )


def test_the_profile_of_parts_is_that_of_the_whole() -> None:
    first, second = _table(0), _table(1)
    whole = profile_table(pyarrow.concat_tables([first, second]))
    merged = Profile.merge_all([profile_table(second), profile_table(first)])
    assert merged.num_rows == whole.num_rows == 1_000
    for name in ("count", "carrier", "nothing"):
        assert merged.columns[name] == whole.columns[name]
    assert merged.columns["price"].num_distinct == whole.columns["price"].num_distinct
    assert merged.correlations[0].r == pytest.approx(whole.correlations[0].r, abs=1e-12)


def test_a_column_that_changes_its_kind_keeps_both() -> None:
    numbers = profile_table(pyarrow.table({"it": [1, 2]}))
    texts = profile_table(pyarrow.table({"it": ["a", "b", "c"]}))
    column = numbers.merge(texts).columns["it"]
    assert column.kind == "text"
    assert column.num_of_kinds == {"number": 2, "text": 3}
    assert numbers.merge(texts).columns["it"] == texts.merge(numbers).columns["it"]


def test_some_columns_of_a_stored_profile_keep_the_summaries_that_were_stored() -> None:
    whole = profile_table(_table())
    cut = Profile.from_bytes(whole.to_bytes(max_bytes=1))
    few = cut.among(["price", "count", "no such column"])
    assert list(few.states) == list(few.summaries) == ["price", "count"]
    assert few.summaries["price"].mean == whole.columns["price"].mean
    assert [entry.name for entry in few.comoments.entries] == ["count", "price"]


def test_a_stored_profile_is_scanned_without_its_columns() -> None:
    profile = profile_table(_table())
    stored = Profile.from_bytes(profile.to_bytes())
    summary = stored.summaries["price"]
    assert (summary.mean, summary.quantiles) == (
        profile.columns["price"].mean,
        profile.columns["price"].quantiles,
    )
    assert summary.histogram is None
    assert list(stored.summaries) == list(stored.columns) == list(profile.columns)
    assert stored.columns["price"] == profile.columns["price"]
    with pytest.raises(KeyError, match="other"):
        stored.columns["other"]


def test_what_sums_a_column_up_is_the_same_before_and_after_it_is_stored() -> None:
    times = pyarrow.array([None, 0, 86_400], pyarrow.timestamp("s"))
    odd = {"late": [True, None, True], "days": [[1], [], None], "at": times, "none": [None] * 3}
    for table in (_table(), pyarrow.table(odd)):
        profile = profile_table(table)
        stored = Profile.from_bytes(profile.to_bytes())
        assert dict(stored.summaries) == dict(profile.summaries)


def test_a_stored_profile_merges_like_the_one_that_was_stored() -> None:
    one, other = profile_table(_table(0)), profile_table(_table(1))
    stored = Profile.from_bytes(one.to_bytes()).merge(Profile.from_bytes(other.to_bytes()))
    assert stored.to_dict() == one.merge(other).to_dict()


def test_a_profile_is_json_and_frames_with_a_row_for_each_column() -> None:
    profile = profile_table(_table())
    told = json.loads(json.dumps(profile.to_dict()))
    assert [column["name"] for column in told["columns"]] == list(profile.columns)
    frames = profile.to_pandas(), profile.to_polars(), profile.to_arrow()
    assert isinstance(frames[0], pandas.DataFrame)
    assert isinstance(frames[1], polars.DataFrame)
    assert frames[0]["q0.5"].iloc[0] == profile.columns["price"].quantiles["0.5"]
    assert frames[1]["min"][3] == "AA"
    assert frames[2].num_rows == 5


def test_a_table_without_rows_or_columns_has_a_profile() -> None:
    assert profile_table(_table(num_rows=0)).columns["price"].kind == "null"
    empty = Profile.from_bytes(profile_table(pyarrow.table({})).to_bytes())
    assert (empty.num_rows, dict(empty.columns), empty.correlations) == (0, {}, ())


def test_what_was_sampled_or_left_unread_is_kept() -> None:
    profile = Profile(10, 5, has_unread=True)
    stored = Profile.from_bytes(profile.merge(Profile(1, 1)).to_bytes())
    assert (stored.num_rows, stored.num_profiled_rows, stored.has_unread) == (11, 6, True)


def test_bytes_of_a_later_format_are_refused() -> None:
    later = msgspec.msgpack.encode([FORMAT + 1, b"", b""])
    with pytest.raises(ArgumentError, match=f"format {FORMAT + 1}, this mltrace reads {FORMAT}"):
        Profile.from_bytes(later)


def test_bytes_of_format_1_are_read_and_merge() -> None:
    old = Profile.from_bytes(Path(__file__).with_name("format_1.profile").read_bytes())
    new = profile_table(
        pyarrow.table(
            {
                "delay": [5.0, None, 31.0, -2.0],
                "distance": [200, 340, 1400, 90],
                "carrier": ["AA", "UA", None, "AA"],
                "is_late": [False, None, True, False],
            }
        )
    )
    assert old.to_dict() == new.to_dict()
    assert old.comoments.entries == (Entry("delay"), Entry("distance"))
    for merged in (old.merge(new), new.merge(old)):
        assert merged.comoments.entries == new.comoments.entries
        assert merged.comoments.num_rows[0].tolist() == [3, 2, 3, 2]
        assert merged.comoments.num_rows[1].tolist() == [2, 6, 6, 3]
        assert merged.correlations[0].r == pytest.approx(new.correlations[0].r, abs=1e-12)
    assert Profile.from_bytes(old.to_bytes()).to_dict() == old.to_dict()


@pytest.mark.parametrize("data", [b"", b"\x00", b"[]", b"\x80\x04\x95", b"PAR1" * 9])
def test_bytes_of_something_else_are_refused(data: bytes) -> None:
    with pytest.raises(ArgumentError, match="no profile"):
        Profile.from_bytes(data)


def test_bytes_that_would_unfold_without_bound_are_refused() -> None:
    bomb = zstandard.ZstdCompressor().compress(b"\0" * 2_000_000)
    claims = bytearray(bomb)
    assert zstandard.frame_content_size(bomb) == 2_000_000
    claims[5:9] = (2**32 - 1).to_bytes(4, "little")
    for part in (bytes(claims), zstandard.ZstdCompressor(write_content_size=False).compress(b"x")):
        with pytest.raises(ArgumentError, match="no profile"):
            Profile.from_bytes(msgspec.msgpack.encode([FORMAT, part, part]))


def test_a_thousand_columns_are_profiled() -> None:
    table = pyarrow.table({f"x{at}": [at, at + 0.5] for at in range(1_000)})
    profile = Profile.from_bytes(profile_table(table).to_bytes())
    assert profile.summaries["x999"].mean == 999.25


def test_of_columns_with_one_name_the_last_one_counts() -> None:
    arrays = [pyarrow.array([1, 2]), pyarrow.array([3, 5]), pyarrow.array([0.5, 1.5])]
    profile = profile_table(pyarrow.table(arrays, names=["a", "a", "b"]))
    assert profile.columns["a"].max == 5
    assert len(profile.correlations) == 1
