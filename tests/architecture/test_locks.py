"""Anybody can install from the locks: exact versions with digests, and no address of anybody's machine."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
SETTINGS = [ROOT / "pyproject.toml", ROOT / "Makefile"]
REQUIREMENT = re.compile(r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,_-]+\])?==[^ ;]+( ; [^\\]+)? \\")
DIGEST = re.compile(r"--hash=sha256:[0-9a-f]{64}( \\)?")


def test_there_are_locks():
    of = ("dev", "feast", "install", "mlflow", "serve", "web")
    assert {path.name for path in LOCKS} == {f"{name}.lock.txt" for name in of}


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_line_is_an_exact_version_its_digest_or_a_remark(path):
    """An address, a local folder or an option such as ``--index-url`` has no place in a line like that."""
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        assert not text or text.startswith("#") or REQUIREMENT.fullmatch(text) or DIGEST.fullmatch(text), text


@pytest.mark.parametrize("path", [*LOCKS, *SETTINGS], ids=lambda path: path.name)
def test_no_file_of_the_set_up_names_an_address_or_a_folder_of_one_machine(path):
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"(?:https?|file|git\+[a-z]+)://\S+|find-links|/home/|/root/|/work/", text) == []


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_version_has_a_digest(path):
    blocks = re.split(r"\n(?=[a-z0-9])", path.read_text(encoding="utf-8"))
    without = [block.splitlines()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block]
    assert without == []


def test_every_library_of_the_project_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    serving = names(project["project"]["dependencies"])
    optional = project["project"]["optional-dependencies"]
    pages = names(
        optional.pop("mlflow")
    )  # its graphene and schemathesis need different versions of graphql-core
    assert (serving | pages) - set(locked("mlflow")) == set()
    features = names(optional.pop("feast"))  # Feast needs another pandas than Ray and Prefect
    tests_of_features = names(project["dependency-groups"]["feast-tests"])
    assert (serving | features | tests_of_features) - set(locked("feast")) == set()
    extras = {name for wanted in optional.values() for name in names(wanted)}
    assert "fastapi" in serving
    assert serving - set(locked("serve")) == set()
    assert (serving | extras | names(project["dependency-groups"]["dev"])) - set(locked("dev")) == set()


def test_serving_installs_no_extra_and_no_test_tool():
    assert not set(locked("serve")) & {"ray", "prefect", "pandas", "pytest", "hypothesis", "mypy", "ruff"}


def test_what_serves_is_what_was_tested():
    tested, serving = locked("dev"), locked("serve")
    assert {name: version for name, version in serving.items() if tested.get(name) != version} == {}
    with_pages = locked("mlflow")
    assert {name: version for name, version in serving.items() if with_pages.get(name) != version} == {}
    with_features = locked("feast")
    others = {name for name, version in serving.items() if with_features.get(name) != version}
    assert others == {"prometheus-client"}  # which Feast needs below 0.25
    builder = locked("web")
    assert {name: version for name, version in builder.items() if tested.get(name) != version} == {}


def names(requirements):
    """The libraries of requirement lines, without extras and versions."""
    return {re.match(r"[A-Za-z0-9._-]+", text)[0].lower() for text in requirements}


def locked(name):
    """Each library of a lock with its versions: more than one where the platform decides."""
    text = (ROOT / "requirements" / f"{name}.lock.txt").read_text(encoding="utf-8")
    versions = {}
    for library, version in re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^ ;]+)", text, re.MULTILINE):
        versions.setdefault(library, set()).add(version)
    return versions
