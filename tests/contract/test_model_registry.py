"""What every model registry must do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.fakes import MemoryModelRegistry

from drivetrain.core.errors import UnavailableError
from drivetrain.lifecycle.releasing.registry import Alias, Candidate, ModelRegistry

MODEL = "rental-price"

Aliases = Callable[[str], Mapping[str, str]]
"""Which version has which alias in the registry, by model; no port reads them, people do."""


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    folder = tmp_path / "artifacts"
    folder.mkdir()
    return folder


@pytest.fixture
def candidate(tmp_path: Path) -> Candidate:
    folder = tmp_path / "candidate"
    folder.mkdir()
    (folder / "model.txt").write_bytes(b"trees")
    (folder / "CARD.md").write_bytes(b"# Model\n")
    return Candidate(
        model=MODEL,
        folder=folder,
        manifest_sha256="a" * 64,
        metrics={"rmse_error": 16.1},
        report={"gate": {"passed": True}},
        dataset={"name": "rental-pricing", "sha256": "b" * 64},
        params={"trees": 400, "learning_rate": 0.02, "is_monotone": True},
        is_synthetic=True,
        card_markdown="# Model\n",
    )


class ModelRegistryCases:
    """The suite; a subclass gives the fixtures ``registry``, which keeps files under ``artifacts``, and ``aliases``."""

    def test_a_version_is_what_the_candidate_was(self, registry: ModelRegistry, candidate: Candidate) -> None:
        before = datetime.now(UTC)
        version = registry.register(candidate)
        for name in ("model", "manifest_sha256", "metrics", "report", "dataset", "is_synthetic"):
            assert getattr(version, name) == getattr(candidate, name)
        assert before <= version.created_at <= datetime.now(UTC)
        assert version.run_id
        json.dumps([version.metrics, version.report, version.dataset])

    def test_versions_are_numbered_from_1_in_each_model(
        self, registry: ModelRegistry, candidate: Candidate
    ) -> None:
        other = replace(candidate, model="car-price")
        numbers = [registry.register(each).version for each in (candidate, candidate, other, candidate)]
        assert numbers == ["1", "2", "1", "3"]

    def test_files_are_copied_below_the_artifacts(
        self, registry: ModelRegistry, candidate: Candidate, artifacts: Path
    ) -> None:
        location = artifacts / registry.register(candidate).location
        other = artifacts / registry.register(candidate).location
        assert location != other
        (candidate.folder / "model.txt").write_bytes(b"changed")
        for folder in (location, other):
            assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
                "model.txt": b"trees",
                "CARD.md": b"# Model\n",
            }

    def test_a_candidate_without_files_gets_no_version(
        self, registry: ModelRegistry, candidate: Candidate, artifacts: Path
    ) -> None:
        with pytest.raises(UnavailableError) as refused:
            registry.register(replace(candidate, folder=artifacts / "nowhere"))
        assert refused.value.code == "registry.unavailable"
        assert registry.register(candidate).version == "1"

    def test_an_alias_is_shown_moved_and_taken_away(
        self, registry: ModelRegistry, candidate: Candidate, aliases: Aliases
    ) -> None:
        first, second = registry.register(candidate).version, registry.register(candidate).version
        registry.mirror_alias(MODEL, Alias.CHAMPION, first)
        registry.mirror_alias(MODEL, Alias.CHALLENGER, second)
        assert aliases(MODEL) == {"champion": first, "challenger": second}
        registry.mirror_alias(MODEL, Alias.CHAMPION, second)
        registry.mirror_alias(MODEL, Alias.CHALLENGER, None)
        assert aliases(MODEL) == {"champion": second}

    def test_taking_away_an_alias_that_no_version_has_changes_nothing(
        self, registry: ModelRegistry, candidate: Candidate, aliases: Aliases
    ) -> None:
        registry.register(candidate)
        registry.mirror_alias(MODEL, Alias.CHALLENGER, None)
        assert aliases(MODEL) == {}


class TestMemoryModelRegistry(ModelRegistryCases):
    @pytest.fixture
    def registry(self, artifacts: Path) -> MemoryModelRegistry:
        return MemoryModelRegistry(artifacts)

    @pytest.fixture
    def aliases(self, registry: MemoryModelRegistry) -> Aliases:
        return registry.aliases_of


@pytest.mark.slow
@pytest.mark.timeout(300)  # MLflow makes its tables on the first call
class TestMlflowModelRegistry(ModelRegistryCases):
    @pytest.fixture
    def registry(self, migrated_url: str, artifacts: Path) -> ModelRegistry:
        from drivetrain.adapters.mlflow.registry import MlflowModelRegistry

        return MlflowModelRegistry(migrated_url, artifacts)

    @pytest.fixture
    def aliases(self, migrated_url: str) -> Aliases:
        from mlflow import MlflowClient

        from drivetrain.adapters.mlflow.registry import tracking_uri

        uri = tracking_uri(migrated_url)

        def read(model: str) -> Mapping[str, str]:
            aliases = MlflowClient(tracking_uri=uri, registry_uri=uri).get_registered_model(model).aliases
            return {alias: str(version) for alias, version in aliases.items()}

        return read
