from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import joblib
import numpy
import pandas
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from mltrace.errors import UntrustedValueError
from mltrace.values.described import Described
from mltrace.values.kinds import recognise

Describe = Callable[..., Described]
Reload = Callable[..., Any]
LIMIT = 1 << 30


def fitted() -> dict[str, Any]:
    random = numpy.random.default_rng(0)
    table = pandas.DataFrame({"x": random.normal(size=80), "k": random.choice(["a", "b"], 80)})
    plain = random.normal(size=(80, 3))
    target = (plain[:, 0] > 0).astype(int)
    encode = ColumnTransformer(
        [("scale", StandardScaler(), ["x"]), ("code", OneHotEncoder(), ["k"])]
    )
    random_state = numpy.random.RandomState(0)
    return {
        "logistic": LogisticRegression().fit(plain, target),
        "forest": RandomForestClassifier(5, random_state=0).fit(plain, target),
        "boosting": HistGradientBoostingClassifier(max_iter=5, random_state=0).fit(plain, target),
        "pipeline": Pipeline([("encode", encode), ("model", LogisticRegression())]).fit(
            table, target
        ),
        "tree": DecisionTreeClassifier(random_state=random_state).fit(plain, target),
        "svm": SVC().fit(plain, target),
        "network": MLPClassifier((3,), max_iter=300, tol=0.1, random_state=0).fit(plain, target),
        "function": FunctionTransformer(numpy.log1p).fit(plain),
    }


def digests() -> dict[str, str | None]:
    found = {}
    for name, model in fitted().items():
        kind = recognise(model)
        assert kind is not None
        found[name] = kind.describe(model).digest
    return found


def test_digests_are_equal_in_every_process() -> None:
    code = f"""
import runpy
print(sorted(runpy.run_path({__file__!r})["digests"]().items()))
"""
    seen = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        answer = subprocess.run(
            [sys.executable, "-c", code], env=environment, check=True, capture_output=True
        )
        seen.add(answer.stdout)
    assert seen == {f"{sorted(digests().items())}\n".encode()}


@pytest.mark.parametrize("name", sorted(fitted()))
def test_a_dumped_and_loaded_model_is_the_same(
    name: str, tmp_path: Any, describe: Describe, reload: Reload
) -> None:
    model = fitted()[name]
    found = describe(model, LIMIT)
    assert found.kind == "model"
    assert found.digest is not None
    joblib.dump(model, tmp_path / "model.joblib")
    assert describe(joblib.load(tmp_path / "model.joblib")).digest == found.digest
    assert describe(pickle.loads(pickle.dumps(model))).digest == found.digest
    assert describe(reload(found, trusted=True)).digest == found.digest


def test_one_weight_makes_another_model(describe: Describe) -> None:
    model = fitted()["logistic"]
    before = describe(model).digest
    model.coef_[0, 1] = numpy.nextafter(model.coef_[0, 1], 9)
    assert describe(model).digest != before
    pipeline = fitted()["pipeline"]
    before = describe(pipeline).digest
    pipeline.named_steps["model"].coef_[0, 0] += 1e-12
    assert describe(pipeline).digest != before


def test_models_differ_by_their_settings(describe: Describe) -> None:
    assert describe(LogisticRegression(C=2)).digest != describe(LogisticRegression()).digest


def test_models_with_compiled_parts_load_only_if_trusted(
    describe: Describe, reload: Reload
) -> None:
    models = fitted()
    for name in ("forest", "boosting", "tree", "network", "function"):
        with pytest.raises(UntrustedValueError, match="trusted=True"):
            reload(describe(models[name], LIMIT))
    for name in ("logistic", "pipeline", "svm"):
        assert type(reload(describe(models[name], LIMIT))) is type(models[name])


def test_a_model_that_cannot_be_pickled_has_a_digest_and_a_reason(describe: Describe) -> None:
    model = FunctionTransformer(lambda values: values + 1)
    found = describe(model, LIMIT)
    assert found.digest is not None
    assert found.parts == ()
    assert found.reason is not None
    assert "not kept" in found.reason
    other = FunctionTransformer(lambda values: values + 2)
    assert describe(other).digest != found.digest
