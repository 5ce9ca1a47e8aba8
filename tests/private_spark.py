"""A Spark session of the tests' own, on this machine."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Iterator


class NoSparkError(Exception):
    """Spark cannot be started, and why."""


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start a session for the tests of a module, which import this fixture."""
    before = dict(os.environ)
    try:
        session = start_spark(tmp_path_factory.mktemp("spark"))
    except NoSparkError as error:
        pytest.skip(f"Spark cannot be started: {error}")
    yield session
    session.stop()
    os.environ.clear()
    os.environ |= before


def start_spark(folder: Path) -> Any:
    """Start a session with two workers, whose Python is this one with the mltrace under test."""
    if find_spec("pyspark") is None:
        raise NoSparkError("pyspark is not installed")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise NoSparkError("there is no java")
    source = str(Path(str(mt.__file__)).parents[1])
    os.environ |= {
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYTHONPATH": source,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of the versions of Java and pandas
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").appName("mltrace tests")
        for name, value in {
            "spark.ui.enabled": "false",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.driver.extraJavaOptions": f"-Dderby.system.home={folder}",
            "spark.log.level": "ERROR",
        }.items():
            builder = builder.config(name, value)
        return builder.getOrCreate()
