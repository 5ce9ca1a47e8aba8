"""Metrics are found by name, with parameters as text, and say what they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pytest

from mltrace.errors import ArgumentError, MltraceError, OptionError, UnknownNameError
from mltrace.tasks.metrics import Metric, metrics, needed, parse_metric
from mltrace.tasks.metrics.metric import ALIASES
from mltrace.tasks.naming import format_name, parse_name
from mltrace.tasks.pairs import KINDS

if TYPE_CHECKING:
    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.intervals.interval import Interval
    from mltrace.tasks.statistics import Statistics


@pytest.mark.parametrize("alias", ALIASES)
def test_each_alias_means_a_metric_that_there_is(alias: str) -> None:
    known = metrics.keys()
    assert ALIASES[alias] in known
    assert alias not in known


def test_a_metric_keeps_the_name_by_which_it_was_asked_for() -> None:
    assert parse_metric("average_precision", "binary").text == "average_precision"
    assert parse_metric(" ndcg@10 ", "ranking").text == "ndcg@10"


@pytest.mark.parametrize("kind", KINDS)
def test_each_metric_says_what_it_needs_and_its_parameters_as_text(kind: TaskKind) -> None:
    for one in metrics:
        if kind in one.kinds:
            metric = parse_metric(one.name, kind)
            text = format_name(metric.name, metric.parameters)
            assert metric.needs
            assert text == format_name(one.name, {})
            assert type(parse_metric(text, kind)) is one


def test_parameters_make_other_metrics_and_may_need_other_statistics() -> None:
    texts = ["ndcg@5", "ndcg@10", "ndcg", "map@5"]
    chosen = [parse_metric(text, "ranking") for text in texts]
    assert needed(chosen) == ["ranking_sums(k=5)", "ranking_sums(k=10)"]
    assert parse_metric("f_beta(beta=2)", "binary").parameters == {"beta": 2}
    assert parse_metric("lift@0.05", "binary").parameters == {"share": 0.05}
    assert parse_metric("ece(num_bins=20)", "binary").needs == ("calibration_bins(num_bins=20)",)
    assert parse_metric("precision(average='micro')", "multiclass").parameters == {
        "average": "micro"
    }


@pytest.mark.parametrize(
    ("text", "kind", "error", "message"),
    [
        ("acuracy", "binary", UnknownNameError, "No metric 'acuracy'. Did you mean 'accuracy'? Of"),
        ("rocauc", "regression", UnknownNameError, "Of regression tasks: mae, mape, median"),
        ("f1", "regression", ArgumentError, "The metric 'f1' is of binary and multiclass and"),
        ("r2", "binary", ArgumentError, "not of binary ones. Of binary tasks: accuracy, balanced"),
        ("f1", "bynary", ArgumentError, "No kind of task 'bynary'; there are binary, multiclass"),
        ("f_beta(betta=2)", "binary", OptionError, "Did you mean 'beta'? It takes average, beta."),
        ("mcc(k=2)", "binary", OptionError, "No parameter 'k' of the metric mcc. It takes none."),
        ("mcc@2", "binary", ArgumentError, "mcc takes nothing after '@'; write 'mcc' instead of"),
        ("ece@20", "binary", ArgumentError, "write 'ece(num_bins=20)' instead of 'ece@20'."),
        ("f_beta@0.5", "binary", ArgumentError, "write 'f_beta(beta=0.5)' instead of"),
        ("kapa@2", "binary", UnknownNameError, "No metric 'kapa_at_k'."),
        ("lift@2", "binary", ArgumentError, "at most 1: 'lift@0.02' is 2 %."),
        ("lift@500", "binary", ArgumentError, "at most 1: 'lift@0.1' is 10 %."),
        ("lift@10%", "binary", ArgumentError, "is no name; it is one such as 'f1', 'f_beta(beta=2"),
        ("ndcg@0.5", "ranking", ArgumentError, "takes a number of items, from 1, as 'ndcg@10'"),
        ("f_beta(beta=0)", "binary", ArgumentError, "beta of f_beta is 0; it is a number above 0."),
        ("f_beta(2)", "binary", ArgumentError, "'f_beta(2)' is no name; it is one such as 'f1'"),
        ("f_beta(beta=x)", "binary", ArgumentError, "is no name; it is one such as"),
        ("f_beta(**x)", "binary", ArgumentError, "is no name; it is one such as"),
        ("", "binary", ArgumentError, "'' is no name"),
        ("a-b", "binary", ArgumentError, "'a-b' is no name"),
        ("f1(beta=2)", "binary", ArgumentError, "f1 has beta 1; write 'f_beta(beta=2)'."),
        ("f1(average='mikro')", "binary", ArgumentError, "No average 'mikro' of f1; there are"),
        ("f1(average='binary')", "multiclass", ArgumentError, "is of binary tasks, not of multi"),
        ("roc_auc(average='x')", "binary", ArgumentError, "No average 'x' of roc_auc; there are"),
        ("ndcg@0", "ranking", ArgumentError, "k of ndcg_at_k is 0; it is a number of items"),
        ("ndcg@²", "ranking", ArgumentError, "ndcg@²"),
        ("map_at_k(k=2.5)", "ranking", ArgumentError, "k of map_at_k is 2.5; it is a number of"),
        ("lift_at_k(share=2)", "binary", ArgumentError, "The share of lift_at_k is 2; it is above"),
        ("ece(num_bins=0)", "binary", ArgumentError, "num_bins of ece is 0; there are from 1"),
        ("quantile_loss(q=1)", "regression", ArgumentError, "The quantile q=1; it is between 0"),
    ],
)
def test_what_there_is_not_is_told_with_what_there_is(
    text: str, kind: TaskKind, error: type[MltraceError], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        parse_metric(text, kind)


@pytest.mark.parametrize("text", ["f1", "ndcg@10", "lift@0.1", "f_beta(beta=2)", "p(a='x', b=1)"])
def test_names_are_read_and_written_alike(text: str) -> None:
    assert format_name(*parse_name(text)) == text


def test_a_metric_of_an_outsider_is_found_like_those_that_are_built_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @dataclass(frozen=True, kw_only=True)
    class NumPairs(Metric):
        name: ClassVar[str] = "num_pairs"
        kinds: ClassVar[tuple[TaskKind, ...]] = ("binary",)

        @property
        def needs(self) -> tuple[str, ...]:
            return ("confusion",)

        def value(self, statistics: Statistics) -> float | None:
            return float(statistics["confusion"].to_plain()[-1][1])

        def interval(self, statistics: Statistics, confidence: float = 0.95) -> Interval | None:
            return None

    metrics.keys()  # loads what is built in
    monkeypatch.setitem(metrics._items, "num_pairs", NumPairs)
    assert type(parse_metric("num_pairs", "binary")) is NumPairs
