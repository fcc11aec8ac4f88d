"""Cards and recipes are read from verified files once, and are still what was registered when asked for again."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from drivetrain.bootstrap import training_notes as module
from drivetrain.bootstrap.home import Home
from drivetrain.bootstrap.training_notes import training_notes
from drivetrain.lifecycle.kit.products import recipe_in
from drivetrain.lifecycle.learning.artifacts import CARD, ArtifactRefusedError, write_artifact
from drivetrain.lifecycle.releasing.registry import ModelVersion

NOW = datetime(2026, 5, 1, tzinfo=UTC)
MODEL = "parking-price"


class Spec:
    """The part of a specification that is asked for."""

    name = MODEL
    recipe_of = staticmethod(recipe_in("model.json"))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def registered(home: Home, number: str) -> ModelVersion:
    files = {
        CARD: f"# Version {number}".encode(),
        "model.json": json.dumps({"recipe": {"seed": number}}).encode(),
    }
    identity = write_artifact(home.artifacts / number, files, {"model": MODEL}, home.signer())
    return ModelVersion(MODEL, number, NOW, number, identity, {}, {}, {}, False, "run")


@pytest.fixture
def notes(home: Home) -> Any:
    home.artifacts.mkdir()
    return training_notes(home, [Spec])  # type: ignore[list-item]


def test_a_version_is_read_from_its_files_once(home: Home, notes: Any) -> None:
    first, second = registered(home, "1"), registered(home, "2")
    shown = [(notes(version).card, notes(version).recipe) for version in (first, second)]
    assert shown == [("# Version 1", {"seed": "1"}), ("# Version 2", {"seed": "2"})]
    shutil.rmtree(home.artifacts)
    assert [(notes(version).card, notes(version).recipe) for version in (first, second)] == shown


def test_files_that_were_refused_are_looked_at_again(home: Home, notes: Any) -> None:
    version = registered(home, "1")
    folder = home.artifacts / "1"
    folder.rename(home.artifacts / "elsewhere")
    with pytest.raises(ArtifactRefusedError):
        notes(version)
    (home.artifacts / "elsewhere").rename(folder)
    assert notes(version).card == "# Version 1"


def test_no_more_versions_are_kept_than_the_bound(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 1)
    home.artifacts.mkdir()
    notes = training_notes(home, [Spec])  # type: ignore[list-item]
    first, second = registered(home, "1"), registered(home, "2")
    assert [notes(version).card for version in (first, second)] == ["# Version 1", "# Version 2"]
    shutil.rmtree(home.artifacts)
    assert notes(second).card == "# Version 2"
    with pytest.raises(ArtifactRefusedError):
        notes(first)
