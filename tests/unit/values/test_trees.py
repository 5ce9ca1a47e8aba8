"""Containers, state dicts and estimators are kept and loaded without pickling."""

from __future__ import annotations

import math
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy
import pytest

from mltrace.errors import ArgumentError, StoreCorruptError, UntrustedValueError
from mltrace.values.described import Described
from mltrace.values.explicit import Artifact
from mltrace.values.trees import NoTreeError, put_together

Describe = Callable[..., Described]
Reload = Callable[..., Any]
LIMIT = 1 << 30


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, 2.5, None, True, "text", b"bytes"], 3: (), "b": {1, 2}},
        [math.inf, -(2**63), 2**63 - 1, {"nested": [[]]}],
        OrderedDict([("b", 1), ("a", 2)]),
    ],
)
def test_containers_load_as_they_were(describe: Describe, reload: Reload, value: Any) -> None:
    loaded = reload(describe(Artifact("x", value), LIMIT))
    assert loaded == value
    assert type(loaded) is type(value)


def test_arrays_in_containers_are_parts_and_keep_their_types(
    describe: Describe, reload: Reload
) -> None:
    weights = numpy.arange(6.0).reshape(2, 3)
    value = {
        "weights": weights,
        "same": weights.copy(),
        "fortran": numpy.asfortranarray(weights),
        "number": numpy.float32(1.5),
        "words": numpy.array([["a", None], ["b", "c"]], dtype=object),
        "type": numpy.float64,
        "dtype": numpy.dtype("int16"),
    }
    found = describe(Artifact("x", value), LIMIT)
    assert len(found.parts) == 2
    weights += 1  # what is kept does not follow
    loaded = reload(found)
    assert (loaded["weights"] == numpy.arange(6.0).reshape(2, 3)).all()
    assert (loaded["fortran"] == loaded["same"]).all()
    assert type(loaded["number"]) is numpy.float32
    assert loaded["words"].tolist() == [["a", None], ["b", "c"]]
    assert (loaded["type"], loaded["dtype"]) == (numpy.float64, numpy.dtype("int16"))


@pytest.mark.parametrize(
    "value",
    [{"a": 2**70}, {"a": "\udce9"}, {"a": 1j}, [numpy.ma.array([1, 2], mask=[False, True])]],
)
def test_what_a_tree_cannot_hold_is_pickled(describe: Describe, reload: Reload, value: Any) -> None:
    found = describe(Artifact("x", value), LIMIT)
    with pytest.raises(UntrustedValueError, match="trusted=True"):
        reload(found)
    assert str(reload(found, trusted=True)) == str(value)


def test_a_container_with_a_lock_or_in_itself_is_not_kept_as_a_tree(describe: Describe) -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert "tree" not in (describe(Artifact("x", endless), LIMIT).manifest or {})
    assert describe(Artifact("x", [threading.Lock()]), LIMIT).digest is None


def test_containers_have_no_rows_and_are_no_frames(describe: Describe, reload: Reload) -> None:
    found = describe(Artifact("x", {"a": 1}), LIMIT)
    with pytest.raises(ArgumentError, match="loaded as a whole"):
        reload(found, columns=("a",))
    with pytest.raises(ArgumentError, match="as 'polars', only as it was or as 'numpy'"):
        reload(found, form="polars")


def test_a_state_dict_loads_as_tensors_and_an_unchanged_tensor_is_one_part(
    describe: Describe, reload: Reload
) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.BatchNorm1d(8))
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.randn(4, 8)).sum().backward()
    optimizer.step()

    def checkpoint() -> Any:
        half = torch.tensor([1.0, 0.1]).bfloat16()
        state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
        return describe(Artifact("x", {**state, "half": half, "epoch": 3}), LIMIT)

    before = checkpoint()
    kept = {key: tensor.clone() for key, tensor in net.state_dict().items()}
    with torch.no_grad():
        net[0].weight.add_(1)
    after = checkpoint()
    assert len({part.digest for part in (*before.parts, *after.parts)}) == len(before.parts) + 1
    loaded = reload(before)
    assert all(torch.equal(loaded["model"][key], tensor) for key, tensor in kept.items())
    net.load_state_dict(loaded["model"])
    optimizer.load_state_dict(loaded["optimizer"])
    assert loaded["model"]._metadata == net.state_dict()._metadata
    assert loaded["half"].dtype is torch.bfloat16
    arrays = reload(before, form="numpy")
    assert arrays["half"].tolist() == pytest.approx([1.0, 0.1], rel=0.01)
    assert type(arrays["model"]["0.weight"]) is numpy.ndarray


def test_estimators_of_plain_attributes_need_no_trust(describe: Describe, reload: Reload) -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    pipeline = pytest.importorskip("sklearn.pipeline")
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    rows = numpy.random.default_rng(0).normal(size=(50, 2))
    labels = numpy.array(["no", "yes"], dtype=object)[(rows[:, 0] > 0).astype(int)]
    model = pipeline.make_pipeline(preprocessing.StandardScaler(), linear.LogisticRegression())
    found = describe(model.fit(rows, labels), LIMIT)
    loaded = reload(found)
    assert (loaded.predict_proba(rows) == model.predict_proba(rows)).all()
    assert describe(loaded).digest == found.digest


def test_estimators_with_compiled_parts_or_of_other_packages_need_trust(
    describe: Describe, reload: Reload
) -> None:
    tree = pytest.importorskip("sklearn.tree")
    base = pytest.importorskip("sklearn.base")
    grown = tree.DecisionTreeClassifier().fit([[0.0], [1.0]], [0, 1])

    own = type("Own", (base.BaseEstimator,), {"__module__": __name__})
    sys.modules[__name__].Own = own  # type: ignore[attr-defined]
    for model in (grown, own()):
        found = describe(model, LIMIT)
        with pytest.raises(UntrustedValueError, match="trusted=True"):
            reload(found)
        assert type(reload(found, trusted=True)) is type(model)
        assert isinstance(reload(found, form="bytes"), bytes)


@pytest.mark.parametrize(
    ("node", "error"),
    [
        ({"kind": "type", "name": "memmap"}, NoTreeError),
        ({"kind": "type", "name": "load"}, NoTreeError),
        ({"kind": "estimator", "module": "os", "class": "system", "state": {}}, StoreCorruptError),
        (
            {"kind": "estimator", "module": "sklearn.base", "class": "clone", "state": {}},
            UntrustedValueError,
        ),
    ],
)
def test_a_forged_tree_gets_hold_of_nothing_else(node: Any, error: type[Exception]) -> None:
    pytest.importorskip("sklearn")
    with pytest.raises(error, match=r"no type of plain|not of scikit-learn|not its attributes"):
        put_together(node, lambda _digest: pytest.fail("it has no part"))
