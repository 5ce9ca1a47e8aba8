"""Flags, review by contrast, staleness in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable


def _output_names() -> list[str]:
    return [getattr(flag, "name", "") or flag.output for flag in mt.flagged()]


def test_flag_marks_an_output_until_it_is_unflagged(pipeline: Path) -> None:
    mt.flag("scores.csv", reason="negative scores")
    assert _output_names() == ["scores.csv"]
    assert "negative scores" in str(mt.flagged().to_dict())
    assert mt.history("predict")[0].outputs[0].flagged
    assert not mt.history("train")[0].outputs[0].flagged
    mt.unflag("scores.csv")
    assert _output_names() == []
    assert not mt.history("predict")[0].outputs[0].flagged


def test_flagging_twice_is_one_flag(pipeline: Path) -> None:
    mt.flag("scores.csv", reason="first")
    mt.flag("scores.csv", reason="second")
    assert len(mt.flagged()) == 1


def test_unflag_all_clears_every_flag(pipeline: Path) -> None:
    mt.flag("scores.csv", reason="a")
    mt.flag("model.txt", reason="b")
    assert sorted(_output_names()) == ["model.txt", "scores.csv"]
    mt.unflag(all=True)
    assert list(mt.flagged()) == []


def test_flag_is_on_a_version_not_on_later_ones(store: Path) -> None:
    @mt.component
    def make(text: str) -> str:
        Path("f.txt").write_text(text)
        return "f.txt"

    make("bad")
    mt.flag("f.txt", reason="bad")
    make("good")
    new, old = mt.history("make")
    assert old.outputs[0].flagged
    assert not new.outputs[0].flagged


def test_flags_of_another_process_are_seen(pipeline: Path, script: Callable[..., str]) -> None:
    script("import mltrace as mt\nmt.flag('scores.csv', reason='seen elsewhere')")
    assert _output_names() == ["scores.csv"]


def test_unflag_of_nothing_raises(pipeline: Path) -> None:
    with pytest.raises(KeyError) as caught:
        mt.unflag("nothing-of-that-name")
    assert isinstance(caught.value, mt.MltraceError)


def _predict_weeks() -> None:
    """Log one shared ingest, a clean run per week, and ten predictions of each."""
    Path("raw.csv").write_text("raw")

    def step(component: str, reads: list[str], write: str) -> None:
        with mt.Component(component).start() as run:
            for name in reads:
                run.read(name)
            Path(write).write_text(f"{write} of {component}")
            run.write(write)

    step("ingest", ["raw.csv"], "ingested.csv")
    step("train", ["ingested.csv"], "model.txt")
    for week in range(5):
        step("clean", ["ingested.csv"], f"clean-{week}.csv")
        with mt.Component("predict").start(week=week) as run:
            run.read(f"clean-{week}.csv")
            run.read("model.txt")
            run.write(mt.Ids([f"w{week}-{number}" for number in range(10)]))


def test_review_ranks_by_contrast_not_by_count(store: Path) -> None:
    _predict_weeks()
    for number in range(6):
        mt.flag(f"w3-{number}", reason="wrong")
    review = mt.review()
    assert len(review.flagged) == 6
    best = [s for s in review.suspects if s.score == review.suspects[0].score]
    bad_clean = next(run for run in mt.history("clean") if run.outputs[0].name == "clean-3.csv")
    assert bad_clean.id in {suspect.run.id for suspect in best}
    assert {suspect.run.component for suspect in best} <= {"clean", "predict"}
    by_name = {suspect.run.component: suspect for suspect in review.suspects}
    assert by_name["ingest"].score < best[0].score
    assert by_name["train"].score < best[0].score


def test_review_shows_its_counts(store: Path) -> None:
    _predict_weeks()
    for number in range(6):
        mt.flag(f"w3-{number}", reason="wrong")
    by_id = {suspect.run.id: suspect for suspect in mt.review().suspects}
    assert len(by_id) == len(mt.review().suspects)
    (ingest,) = [s for s in by_id.values() if s.run.component == "ingest"]
    (clean,) = [s for s in by_id.values() if s.run.component == "clean"]
    assert (ingest.num_flagged, ingest.num_unflagged) == (6, 44)
    assert (clean.num_flagged, clean.num_unflagged) == (6, 4)
    assert ingest.coverage == clean.coverage == 1
    assert clean.score == pytest.approx(6 / (6 * 10) ** 0.5)
    assert ingest.score == pytest.approx(6 / (6 * 50) ** 0.5)
    assert [s.score for s in mt.review().suspects] == sorted(
        (s.score for s in mt.review().suspects), reverse=True
    )


def test_review_of_nothing_is_empty(pipeline: Path) -> None:
    assert mt.review().suspects == ()
    assert mt.review().flagged == ()


@pytest.mark.parametrize("method", [3, None, ["ochiai"]])
def test_a_method_that_is_no_text_is_refused(pipeline: Path, method: Any) -> None:
    with pytest.raises(mt.ArgumentError, match=r"method=.* is no text; .* 'ochiai'"):
        mt.review(method=method)


def test_an_unknown_method_is_called_a_method(pipeline: Path) -> None:
    with pytest.raises(mt.UnknownNameError, match=r"No method 'ochai'. Did you mean 'ochiai'"):
        mt.review(method="ochai")


def test_a_review_without_contrast_says_so(pipeline: Path) -> None:
    mt.flag("scores.csv", reason="bad")
    assert "There is no unflagged output to compare with" in str(mt.review())


def test_a_good_output_that_no_run_made_is_refused(pipeline: Path) -> None:
    mt.flag("scores.csv", reason="bad")
    with pytest.raises(mt.ArgumentError, match=r"No run made '.*raw.csv', so it cannot be a good"):
        mt.review(good=["model.txt", "raw.csv"])


def test_review_works_on_flagged_files(pipeline: Path) -> None:
    mt.flag("scores.csv", reason="bad")
    assert {s.run.component for s in mt.review().suspects} == {"clean", "train", "predict"}


OLD = """
    import sys, time
    shift = int(float(sys.argv[1]) * 86400e9)
    real_ns, real = time.time_ns, time.time
    time.time_ns = lambda: real_ns() - shift
    time.time = lambda: real() - shift / 1e9
    from pathlib import Path
    import mltrace as mt

    @mt.component
    def train(name):
        Path(name).write_text(name)
        return name

    train(sys.argv[2])
"""


@mt.component
def use(path: str) -> None: ...


def test_old_input_is_stale_in_words(store: Path, script: Callable[..., str]) -> None:
    script(OLD, "40", "model.txt")
    use("model.txt")
    (run,) = mt.history("use")
    assert len(run.stale) == 1
    assert "model.txt" in run.stale[0]
    assert "40 days" in run.stale[0]
    assert [stale.id for stale in mt.stale()] == [run.id]


def test_input_under_the_threshold_is_fresh(store: Path, script: Callable[..., str]) -> None:
    script(OLD, "20", "model.txt")
    use("model.txt")
    assert mt.history("use")[0].stale == ()
    assert list(mt.stale()) == []


def test_fresher_runs_of_the_producer_make_an_input_stale(
    store: Path, script: Callable[..., str]
) -> None:
    script(OLD, "3", "model-1.txt")
    script(OLD, "2", "model-2.txt")
    script(OLD, "1", "model-3.txt")
    use("model-1.txt")
    use("model-3.txt")
    fresh, stale = mt.history("use")
    assert fresh.stale == ()
    assert len(stale.stale) == 1
    assert "train" in stale.stale[0]
    assert "2" in stale.stale[0]


def test_later_runs_of_the_producer_do_not_make_a_past_run_stale(
    store: Path, script: Callable[..., str]
) -> None:
    script(OLD, "3", "model-1.txt")
    use("model-1.txt")
    script(OLD, "0", "model-2.txt")
    assert mt.history("use")[0].stale == ()
