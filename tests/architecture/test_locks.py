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
    assert {path.name for path in LOCKS} >= {"dev.lock.txt", "uv.lock.txt"}


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
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.match(r"[A-Za-z0-9._-]+", text)[0].lower() for text in wanted}
    locked = set(
        re.findall(
            r"^([a-z0-9._-]+)(?:\[[^]]*\])?==",
            (ROOT / "requirements" / "dev.lock.txt").read_text(),
            re.MULTILINE,
        )
    )
    assert "fastapi" in names
    assert names - locked == set()
