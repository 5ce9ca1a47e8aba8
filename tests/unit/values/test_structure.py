from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from fractions import Fraction
from functools import partial
from typing import Any

import numpy
import pandas
import pytest

from mltrace.values.described import UndigestibleError
from mltrace.values.structure import digest_structure


class Node:
    def __init__(self, value: Any, next_node: Any = None) -> None:
        self.value = value
        self.next = next_node

    def same(self) -> Any:
        return self.value


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self, left: Any, right: Any) -> None:
        self.left, self.right = left, right


def digest(value: Any) -> bytes:
    return digest_structure(value)[0]


def ring(*values: Any) -> Node:
    nodes = [Node(value) for value in values]
    for node, following in zip(nodes, [*nodes[1:], nodes[0]], strict=True):
        node.next = following
    return nodes[0]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a", "b", "c"}, {"c", "b", "a"}),
        ([[1], [1]], [[1]] * 2),
        (["ab", "".join(["a", "b"])], ["ab", "ab"]),
        (Node(1, Node(2)), Node(1, Node(2))),
        (Slotted(1, [2]), Slotted(1, [2])),
        (defaultdict(list, a=[1]), defaultdict(list, a=[1])),
        (partial(int, base=2), partial(int, base=2)),
        (ring(1, 2), ring(1, 2)),
        (numpy.dtype("f4"), numpy.dtype(numpy.float32)),
        ([numpy.arange(4)[::2]], [numpy.array([0, 2])]),
        (float("nan"), float("nan")),
    ],
)
def test_equal_values_are_equal(left: Any, right: Any) -> None:
    assert digest(left) == digest(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, 1.0),
        (1, True),
        ("1", b"1"),
        ([1], (1,)),
        ([[1], 2], [1, [2]]),
        ({"a": 1}, {"a": 2}),
        ({1: "a"}, {"a": 1}),
        (OrderedDict(a=1), {"a": 1}),
        ({1}, frozenset({1})),
        (Node(1), Slotted(1, None)),
        (ring(1, 2), ring(1, 3)),
        (ring(1, 2), ring(1, 2, 1, 2)),
        (int, float),
        (numpy.float32(1), numpy.float64(1)),
        (Fraction(1, 2), Fraction(1, 3)),
        (lambda: 1, lambda: 2),
        (pandas.DataFrame({"a": [1]}), pandas.DataFrame({"a": [2]})),
        (pandas.DataFrame({"a": [1]}), pandas.Series([1], name="a")),
        ("".join, " ".join),
        (Node("x").same, Node("y").same),
    ],
)
def test_different_values_are_different(left: Any, right: Any) -> None:
    assert digest(left) != digest(right)


class Broken:
    def __reduce_ex__(self, protocol: Any) -> Any:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "value", [threading.Lock(), (item for item in [1]), Broken(), [1, [Broken()]]]
)
def test_what_has_no_content_says_so_without_the_value(value: Any) -> None:
    with pytest.raises(UndigestibleError, match="cannot be pickled"):
        digest_structure(value)


def test_deep_nesting_is_refused_not_a_crash() -> None:
    chain: Any = None
    for value in range(100_000):
        chain = [value, chain, {}]
    with pytest.raises(UndigestibleError, match="nested too deeply"):
        digest_structure(chain)


def test_a_shared_web_is_walked_once() -> None:
    layer: Any = Node("leaf")
    for _ in range(60):
        layer = [layer, layer, None, Node(0)]
    assert digest(layer)
