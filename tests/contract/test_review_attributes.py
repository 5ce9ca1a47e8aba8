"""A review names what bad runs have in common, in Python and on the command line."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable


def _clean(source: str, batch: int, unit: str) -> str:
    Path(f"clean-{batch}.csv").write_text(f"{Path(source).read_text()} {batch} {unit}")
    return f"clean-{batch}.csv"


clean = mt.Component("clean").run(_clean)


@mt.component
def predict(path: str, batch: int) -> mt.Ids:
    return mt.Ids([f"b{batch}-{number}" for number in range(5)])


def _run_batches(
    units: dict[int, str] | None = None, sources: dict[int, str] | None = None
) -> None:
    """Clean and predict 9 batches; `units` and `sources` say which are not as usual."""
    Path("flights.csv").write_text("usual")
    for batch in range(9):
        source = (sources or {}).get(batch, "flights.csv")
        predict(clean(source, batch, (units or {}).get(batch, "F")), batch)


def _flag(*batches: int) -> None:
    mt.flag([f"b{batch}-{number}" for batch in batches for number in range(3)], reason="wrong")


def test_a_bad_parameter_over_many_runs_comes_first(store: Path) -> None:
    _run_batches(units={2: "C", 5: "C", 6: "C"})
    _flag(2, 5, 6)
    review = mt.review()
    first = review.suspects[0]
    assert (first.attribute, first.scope, first.kind) == ("parameter unit=C", "clean", "parameter")
    assert (first.rank, first.num_runs) == (1, 3)
    assert (first.num_flagged, first.num_unflagged) == (9, 6)
    assert first.score == pytest.approx(9 / (9 * 15) ** 0.5)
    assert first.ci_low is not None
    assert first.ci_high is not None
    assert first.ci_low <= first.score <= first.ci_high
    assert first.run.params["batch"] == 2
    assert (review.num_candidates, review.num_passed_over) == (len(review.suspects), 0)


def test_a_bad_version_of_an_input_comes_first(store: Path) -> None:
    Path("resent.csv").write_text("cut off")
    _run_batches(sources={1: "resent.csv", 7: "resent.csv"})
    _flag(1, 7)
    first = mt.review().suspects[0]
    said = (first.attribute, *first.always_with)
    (digest,) = {ref.digest for ref in first.run.inputs}
    assert digest is not None
    assert f"input resent.csv@{digest[:8]}" in said


def test_where_one_run_is_the_cause_that_run_comes_first(store: Path) -> None:
    _run_batches(units={4: "C"})
    _flag(4)
    first = mt.review().suspects[0]
    assert (first.run.component, first.run.params["batch"]) == ("clean", 4)
    assert first.attribute is None
    assert (first.kind, first.num_runs, first.always_with) == ("run", 1, ())


@pytest.mark.parametrize("method", ["ochiai", "tarantula", "dstar", "jaccard"])
def test_every_method_finds_the_cause_with_good_outputs(store: Path, method: str) -> None:
    _run_batches(units={2: "C", 5: "C", 6: "C"})
    _flag(2, 5, 6)
    good = [f"b{batch}-0" for batch in (0, 1, 3, 4, 7, 8)]
    review = mt.review(method=method, good=good)
    assert (review.method, review.num_unflagged) == (method, 6)
    assert review.suspects[0].attribute == "parameter unit=C"
    assert review.suspects[0].num_unflagged == 0


def test_a_flagged_output_is_not_good(store: Path) -> None:
    _run_batches()
    _flag(2)
    with pytest.raises(mt.ArgumentError, match="'b2-0' is flagged"):
        mt.review(good="b2-0")


def test_an_unknown_method_has_its_nearest_match(store: Path) -> None:
    with pytest.raises(mt.UnknownNameError, match="Did you mean 'ochiai'"):
        mt.review(method="ochai")


def test_the_command_names_the_attribute_within_80_columns(
    store: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    _run_batches(units={2: "C", 5: "C", 6: "C"})
    _flag(2, 5, 6)
    printed = cli("review").stdout
    assert " 1. score 0.77 (0.50-0.87)  in 9 of 9 flagged, 6 of 36 others" in printed
    assert "    clean: parameter unit=C  3 runs from " in printed
    assert max(map(len, printed.splitlines())) <= 80
    answer = cli("review", "--method", "dstar", "--good", "b0-0", "--good", "b1-0", "--all")
    assert "scored by dstar" in answer.stdout
    assert "of 2 others" in answer.stdout


def test_json_and_csv_have_the_attribute(
    store: Path,
    cli: Callable[..., subprocess.CompletedProcess[str]],
    cli_json: Callable[..., Any],
) -> None:
    _run_batches(units={2: "C", 5: "C"})
    _flag(2, 5)
    first = cli_json("review")["suspects"][0]
    assert (first["attribute"], first["scope"]) == ("parameter unit=C", "clean")
    (row, *_) = csv.DictReader(io.StringIO(cli("review", "--format", "csv").stdout))
    assert (row["kind"], row["attribute"], row["num_runs"]) == (
        "parameter",
        "parameter unit=C",
        "2",
    )


def test_mistakes_on_the_command_line_are_usage_errors(
    store: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    _run_batches()
    _flag(2)
    for arguments in (("--method", "ochai"), ("--good", "b2-0"), ("--good", "nothing-like-it")):
        assert cli("review", *arguments).returncode == 2
