"""The environment is told by the names of metadata folders, as importlib.metadata tells it."""

import importlib.metadata
import os
import sys
import zipfile
from pathlib import Path

import pytest

from mltrace.capture import environment
from mltrace.capture.environment import normalise, process_identity


def test_it_agrees_with_importlib_metadata() -> None:
    expected: dict[str, str] = {}
    for found in importlib.metadata.distributions():
        expected.setdefault(normalise(found.metadata["Name"]), found.version)
    assert environment.environment().packages == expected


def test_packages_are_sorted_and_the_digest_is_stable() -> None:
    first, second = environment.environment(), environment.environment()
    assert first == second
    assert list(first.packages) == sorted(first.packages)
    assert first.python == ".".join(map(str, sys.version_info[:3]))


def test_another_version_is_another_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    folder = tmp_path / "Some_Package-1.0+cpu.dist-info"
    folder.mkdir()
    before = environment.environment()
    folder.rename(tmp_path / "Some_Package-1.1.dist-info")
    after = environment.environment()
    assert (before.packages, after.packages) == (
        {"some-package": "1.0+cpu"},
        {"some-package": "1.1"},
    )
    assert before.digest != after.digest


def test_the_first_on_the_path_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, version in (("a", "2.0"), ("b", "1.0")):
        (tmp_path / folder / f"thing-{version}.dist-info").mkdir(parents=True)
    paths = [str(tmp_path / "a"), str(tmp_path / "b"), str(tmp_path / "missing")]
    monkeypatch.setattr(sys, "path", paths)
    assert environment.environment().packages == {"thing": "2.0"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("legacy-name-1.5-py3.11.egg-info", {"legacy-name": "1.5"}),
        ("odd.egg-info", {"real-name": "3.2"}),
        ("unreadable.dist-info", {"unreadable": ""}),
    ],
)
def test_other_layouts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, expected: dict[str, str]
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    if name.startswith("odd"):
        (folder / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: Real.Name\nVersion: 3.2\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert environment.environment().packages == expected


def test_a_zip_archive_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "packed.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("packed-4.0.dist-info/METADATA", "Name: packed\nVersion: 4.0\n")
    monkeypatch.setattr(sys, "path", [str(archive)])
    assert environment.environment().packages == {"packed": "4.0"}


def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("LOGNAME", "USER"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_001)
    assert process_identity().user == "4000000001"
