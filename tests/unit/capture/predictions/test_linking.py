"""The link of a run with its predictions is the same, whichever process says it."""

from __future__ import annotations

from mltrace.capture.predictions.linking import is_linked, link, remember

RUN, OTHER = "01a217f5-8cd8-7311-8f2e-63805b9e3f46", "01a217f5-8cd8-7311-8f2e-63805b9e3f47"


def test_a_link_differs_only_in_when_it_was_said() -> None:
    (first,), (second,) = link(RUN, "late", 1).writes, link(RUN, "late", 2).writes
    assert (first.position, first.digest) == (second.position, second.digest)
    assert first.name == "late"
    assert first.kind == "ids"


def test_runs_and_tasks_have_artifacts_and_places_of_their_own() -> None:
    (one,), (of_other,) = link(RUN, "late", 1).writes, link(OTHER, "late", 1).writes
    (other,) = link(RUN, "fare", 1).writes
    assert len({one.digest, of_other.digest, other.digest}) == 3
    assert one.position != other.position
    assert all(1 << 20 <= write.position < 1 << 31 for write in (one, other))


def test_what_was_said_is_remembered_for_each_process() -> None:
    remember("process", RUN, "late")
    assert is_linked("process", RUN, "late")
    assert not is_linked("child", RUN, "late")
