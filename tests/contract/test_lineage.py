"""Lineage is right where names and times alone would lead astray."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable


@mt.component
def writer(path: str, text: str) -> str:
    Path(path).write_text(text)
    return path


@mt.component
def reader(path: str) -> int:
    return len(Path(path).read_text())


def _last(component: str) -> mt.Run:
    return mt.history(component, limit=1)[0]


def _write(path: str, text: str) -> str:
    writer(path, text)
    return _last("writer").id


def _read(path: str) -> mt.Run:
    reader(path)
    return _last("reader")


def test_reader_belongs_to_the_writer(store: Path) -> None:
    made = _write("f.txt", "A")
    run = _read("f.txt")
    assert run.upstream == (made,)
    assert run.inputs[0].produced_by == made


def test_file_overwritten_between_reads_keeps_both_readers_right(store: Path) -> None:
    first = _write("f.txt", "A")
    early = _read("f.txt")
    second = _write("f.txt", "B")
    late = _read("f.txt")
    assert mt.run(early.id).upstream == (first,)
    assert late.upstream == (second,)


def test_file_overwritten_during_a_read_belongs_to_its_first_writer(store: Path) -> None:
    first = _write("f.txt", "A")

    @mt.component
    def slow(path: str) -> str:
        text = Path(path).read_text()
        other = threading.Thread(target=writer, args=(path, "BB"))
        other.start()
        other.join()
        return text

    assert slow("f.txt") == "A"
    second = _last("writer").id
    assert second != first
    assert _last("slow").upstream == (first,)
    assert _read("f.txt").upstream == (second,)


def test_file_overwritten_by_another_process_during_a_read_is_not_the_readers(
    store: Path, script: Callable[..., str]
) -> None:
    first = _write("f.txt", "A")

    @mt.component
    def slow(path: str) -> str:
        text = Path(path).read_text()
        script(JOB, "make", "BB")
        return text

    assert slow("f.txt") == "A"
    run = _read("f.txt")
    assert _last("slow").upstream == (first,)
    assert run.upstream == (_last("make").id,)
    assert _last("slow").outputs == ()


def test_run_may_write_what_it_read(store: Path) -> None:
    first = _write("f.txt", "A")

    @mt.component
    def bump(path: str) -> str:
        Path(path).write_text(Path(path).read_text() + "+")
        return path

    bump("f.txt")
    one = _last("bump")
    bump("f.txt")
    two = _last("bump")
    assert one.inputs[0].digest != one.outputs[0].digest
    assert [ref.name for ref in (*one.inputs, *one.outputs)] == ["f.txt", "f.txt"]
    assert one.upstream == (first,)
    assert two.upstream == (one.id,)
    assert [step.run.id for step in mt.trace("f.txt").steps] == [two.id, one.id, first]


def test_versions_that_alternate_belong_to_the_latest_writer_before_the_read(store: Path) -> None:
    one = _write("f.txt", "A")
    first = _read("f.txt")
    two = _write("f.txt", "B")
    second = _read("f.txt")
    three = _write("f.txt", "A")
    third = _read("f.txt")
    found = [mt.run(run.id).upstream for run in (first, second, third)]
    assert found == [(one,), (two,), (three,)]


def test_equal_small_values_join_nothing(store: Path) -> None:
    @mt.component
    def give(value: Any) -> Any:
        return value

    values: list[Any] = [True, "", 0, None, 1.5, "ok", [], {}]
    for value in values:
        give(value)
        give(value)
    assert {run.upstream for run in mt.recent(limit=100)} == {()}


def test_empty_files_and_frames_join_nothing_but_their_own_name(store: Path) -> None:
    @mt.component
    def make() -> pd.DataFrame:
        return pd.DataFrame()

    @mt.component
    def take(unrelated: pd.DataFrame) -> None: ...

    make()
    take(pd.DataFrame())
    _write("empty.txt", "")
    Path("other.txt").write_text("")
    assert _last("take").upstream == ()
    assert _read("other.txt").upstream == ()
    assert _read("empty.txt").upstream == (_last("writer").id,)


def test_equal_bytes_under_another_name_are_followed(store: Path) -> None:
    made = _write("a.txt", "long enough to be no accident")
    shutil.copy("a.txt", "b.txt")
    assert _read("b.txt").upstream == (made,)


def test_same_name_goes_before_a_later_writer_of_equal_bytes(store: Path) -> None:
    mine = _write("a.txt", "equal content")
    _write("b.txt", "equal content")
    assert _read("a.txt").upstream == (mine,)


def test_same_relative_name_in_two_folders_is_two_files(
    store: Path, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        (workdir / name).mkdir()
    monkeypatch.chdir(workdir / "one")
    _write("data.txt", "first folder")
    monkeypatch.chdir(workdir / "two")
    Path("data.txt").write_text("second folder")
    assert _read("data.txt").upstream == ()


def test_one_file_spelled_in_three_ways_is_one_artifact(store: Path) -> None:
    Path("sub").mkdir()
    made = _write("f.txt", "")
    spellings = ["f.txt", "./f.txt", "sub/../f.txt", str(Path("f.txt").absolute())]
    assert [_read(name).upstream for name in spellings] == [(made,)] * 4


def test_overlapping_writers_are_told_apart(store: Path) -> None:
    with mt.Component("outer").start() as outer:
        with mt.Component("inner").start() as inner:
            Path("f.txt").write_text("inner's")
            inner.write("f.txt")
        during = _read("f.txt")
        Path("f.txt").write_text("outer's")
        outer.write("f.txt")
    after = _read("f.txt")
    assert mt.run(during.id).upstream == (_last("inner").id,)
    assert after.upstream == (_last("outer").id,)


def test_artifact_without_digest_belongs_to_the_latest_finished_writer(store: Path) -> None:
    uri = "s3://bucket/key"

    @mt.component
    def take(path: str) -> None: ...

    with mt.Component("slow").start() as slow:
        slow.write(uri)
        take(uri)
        unfinished = _last("take")
        with mt.Component("quick").start() as quick:
            quick.write(uri)
        take(uri)
        between = _last("take")
    assert mt.run(unfinished.id).upstream == ()
    assert mt.run(between.id).upstream == (_last("quick").id,)


def test_pipeline_that_calls_its_steps_hides_none_of_them(store: Path) -> None:
    @mt.component
    def step(path: str, target: str) -> str:
        Path(target).write_text(Path(path).read_text() + target)
        return target

    @mt.component
    def main() -> str:
        return step(step("raw.txt", "clean.txt"), "model.txt")

    Path("raw.txt").write_text("raw")
    main()
    trace = mt.trace("model.txt")
    assert [s.run.component for s in trace.steps].count("step") == 2
    assert "raw.txt" in [ref.name for ref in trace.sources]
    assert [s.run.component for s in mt.impact("raw.txt").steps].count("step") == 2


@pytest.mark.parametrize("way", ["text", "parquet", "rename"])
def test_target_path_of_an_earlier_run_is_written_not_read(store: Path, way: str) -> None:
    Path("raw.csv").write_text("x\n1\n2\n")

    @mt.component
    def save(source: str, target: str) -> None:
        if way == "parquet":
            pd.read_csv(source).to_parquet(target)
        elif way == "rename":
            Path("half").write_text(Path(source).read_text() + "3\n")
            Path("half").rename(target)
        else:
            Path(target).write_text(Path(source).read_text() + "3\n")

    for _ in range(2):
        save("raw.csv", "out.bin")
        run = _last("save")
        assert [ref.name for ref in run.inputs] == ["raw.csv"]
        assert [ref.name for ref in run.outputs] == ["out.bin"]
        assert run.upstream == ()
        with mt.Component("use").start() as use:
            use.read("out.bin")
        assert _last("use").upstream == (run.id,)


def test_appending_to_a_file_follows_on_from_its_writer(store: Path) -> None:
    first = _write("log.txt", "one")

    @mt.component
    def append(path: str) -> None:
        with open(path, "a", encoding="utf-8") as file:
            file.write("more")

    append("log.txt")
    assert _last("append").upstream == (first,)
    assert _read("log.txt").upstream == (_last("append").id,)


def test_frame_passed_on_in_memory_is_followed(store: Path) -> None:
    @mt.component
    def make(rows: int) -> pd.DataFrame:
        return pd.DataFrame({"x": range(rows)})

    @mt.component
    def use(frame: pd.DataFrame) -> None: ...

    use(make(5))
    assert _last("use").upstream == (_last("make").id,)


def test_in_place_change_does_not_join_unrelated_values_of_one_name(store: Path) -> None:
    @mt.component
    def change(frame: pd.DataFrame) -> None:
        frame["x"] = 0

    @mt.component
    def use(frame: pd.DataFrame) -> None: ...

    change(pd.DataFrame({"x": [1, 2]}))
    use(pd.DataFrame({"x": [5, 6]}))
    assert _last("use").upstream == ()


def test_failed_writer_is_no_reason_to_lose_the_file(store: Path) -> None:
    def boom() -> None:
        with mt.Component("half").start() as run:
            Path("f.txt").write_text("half")
            run.write("f.txt")
            raise ValueError("late")

    with pytest.raises(ValueError, match="late"):
        boom()
    assert _read("f.txt").upstream == (_last("half").id,)


JOB = """
    import sys
    from pathlib import Path
    import mltrace as mt

    @mt.component
    def make(text):
        Path("f.txt").write_text(text)
        return "f.txt"

    @mt.component
    def use(path):
        return None

    make(sys.argv[2]) if sys.argv[1] == "make" else use("f.txt")
"""


@pytest.mark.parametrize("arrival", ["mu", "um"])
def test_records_that_arrive_late_give_the_same_lineage(
    store: Path, script: Callable[..., str], arrival: str
) -> None:
    stores = {"m": store.with_name("makes"), "u": store.with_name("uses")}
    script(JOB, "make", "first", MLTRACE_URI=str(stores["m"]))
    script(JOB, "use", MLTRACE_URI=str(stores["u"]))
    script(JOB, "make", "second", MLTRACE_URI=str(stores["m"]))
    script(JOB, "use", MLTRACE_URI=str(stores["u"]))
    for letter in arrival:
        shutil.copytree(stores[letter] / "spool", store / "spool", dirs_exist_ok=True)
        assert mt.recent()
    makes, uses = mt.history("make"), mt.history("use")
    assert [run.upstream for run in uses] == [(run.id,) for run in makes]
    assert len(mt.trace(uses[0].id).steps) == 2
