"""Drift methods are found by name, those of other packages too, and refuse what cannot be."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mltrace.errors import ArgumentError, UnknownNameError
from mltrace.monitors.drift.comparing.two_samples import compare
from mltrace.monitors.drift.methods.chi_square import chi_square
from mltrace.monitors.drift.methods.cramer_von_mises import cramer_von_mises
from mltrace.monitors.drift.methods.method import methods
from mltrace.monitors.drift.methods.moments import moments
from mltrace.monitors.drift.methods.population_stability_index import population_stability_index
from mltrace.monitors.drift.methods.wasserstein import wasserstein
from mltrace.monitors.drift.samples.pairs import Pair
from mltrace.profiles.reading import profile_data

if TYPE_CHECKING:
    from pathlib import Path

_OUTSIDER = """
from mltrace.monitors.drift.methods.method import Comparison, DriftMethod

coin = DriftMethod("coin", lambda pair: Comparison(1.0, 1e-9, 1.0), "heads", 0.5)
"""


def test_a_method_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(
        UnknownNameError,
        match=r"No drift method 'pis'\. Did you mean 'psi'\? Registered: average-k",
    ):
        methods.get("pis")


def test_all_methods_of_the_literature_are_there() -> None:
    code = "from mltrace.monitors.drift.methods.method import methods; print(*methods.keys())"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.split() == [
        "average-knn",
        "chi-square",
        "cramer-von-mises",
        "domain-classifier",
        "energy",
        "gate",
        "hellinger",
        "jensen-shannon",
        "kolmogorov-smirnov",
        "mmd",
        "moments",
        "psi",
        "wasserstein",
    ]
    assert all(one.effect and one.min_effect > 0 for one in methods)


def test_a_method_of_another_package_joins_by_its_entry_point(tmp_path: Path) -> None:
    (tmp_path / "coins.py").write_text(_OUTSIDER)
    package = tmp_path / "coins-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: coins\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[mltrace.drift_method]\ncoin = coins:coin\n")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from mltrace.monitors.drift.comparing.two_samples import compare\n"
        "from mltrace.profiles.reading import profile_data\n"
        "one = profile_data({'x': [1, 2]})\n"
        "print(compare(one, one, method='coin').columns['x'].is_drift)\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (found.stdout, found.stderr) == ("True\n", "")


def test_methods_load_no_frames_and_no_scikit_learn() -> None:
    program = (
        "import sys; from mltrace.monitors.drift.methods.method import methods; methods.keys()\n"
        "print([one for one in ('pandas', 'polars', 'sklearn', 'scipy') if one in sys.modules])\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (found.stdout, found.stderr) == ("[]\n", "")


@pytest.mark.parametrize("name", [one.name for one in methods if one.scope == "column"])
def test_each_method_names_the_column_that_moved(name: str) -> None:
    there: Any = {"x": list(range(300)), "c": ["AA", "UA"] * 150, "same": [1, 2, 3] * 100}
    here: Any = {
        "x": list(range(200, 500)),
        "c": ["AA"] * 250 + ["UA"] * 50,
        "same": [3, 1, 2] * 100,
    }
    told = compare(profile_data(here), profile_data(there), method=name)
    drifting = {one.name for one in told.columns.values() if one.is_drift}
    assert drifting == {"x", "c"}
    assert told.columns["x"].method == name
    assert told.columns["c"].method == ("chi-square" if methods.get(name).is_ordered_only else name)


@pytest.mark.parametrize("name", ["psi", "hellinger", "jensen-shannon", "chi-square"])
def test_nulls_have_a_bin_of_their_own(name: str) -> None:
    values = list(range(100))
    told = methods.get(name).compare(Pair.of([*values, *[None] * 100], values))
    assert told.p_value < 1e-6
    alike = methods.get(name).compare(Pair.of([*values, None], [*values, None]))
    assert alike.p_value == 1.0


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ArgumentError, match=r"shapes \(2,\) and \(3,\) cannot be compared"):
        chi_square([1, 2], [1, 2, 3])
    with pytest.raises(ArgumentError, match="The current counts are no rows per cell"):
        chi_square([0, 0], [1, 2])
    with pytest.raises(ArgumentError, match="The reference counts are no rows per cell"):
        chi_square([1, 1], [-1, 2])
    with pytest.raises(ArgumentError, match="give whole numbers of at least 0"):
        chi_square([0.5, 1], [1, 2])
    assert chi_square([3.0, 1.0], [1, 2]) == chi_square([3, 1], [1, 2])
    with pytest.raises(ArgumentError, match="pseudocount=0 is no number of rows"):
        population_stability_index([1, 1], [1, 2], pseudocount=0)
    with pytest.raises(ArgumentError, match="not ascending and finite"):
        wasserstein([2.0, 1.0], [1, 1], [1, 2])
    with pytest.raises(ArgumentError, match=r"Values of shape \(1,\) do not fit"):
        moments([2.0], [1, 1], [1, 2])


def test_distances_of_the_largest_numbers_do_not_overflow() -> None:
    ends = [-1e308, 1e308]
    assert wasserstein(ends, [5, 0], [0, 5]).effect_size == pytest.approx(2.0)
    assert methods.get("energy").compare(Pair.of([ends[0]] * 5, [ends[1]] * 5)).effect_size == 1.0
    assert methods.get("moments").compare(Pair.of([ends[0]] * 5, [ends[1]] * 5)).effect_size > 1


def test_shares_that_no_float_tells_from_1_are_no_difference() -> None:
    told = cramer_von_mises([10**17, 1], [10**17, 0])
    assert (told.p_value, told.effect_size) == (1.0, 0.0)
