"""Training registers every version, promotes those that the gate passes, and never more than it may."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.fakes import FixedClock, MemoryModelCatalog, MemoryModelRegistry

from drivetrain.core.errors import ConflictError, InvalidInputError, UnavailableError
from drivetrain.core.progress import Progress, SilentProgress
from drivetrain.lifecycle.data.contracts import Contract, NumberColumn
from drivetrain.lifecycle.data.datasets import DatasetReference
from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError, Files, read_artifact
from drivetrain.lifecycle.learning.gate import Check, Verdict
from drivetrain.lifecycle.learning.training import FittedModel, PointPrediction, TrainingTable
from drivetrain.lifecycle.releasing.compare_with_live import CompareWithLive, TrainingData
from drivetrain.lifecycle.releasing.registry import Alias, ModelVersion, ReleaseRequest
from drivetrain.lifecycle.releasing.train_model import TrainModel, mirror_aliases
from drivetrain.lifecycle.serving.predictions import ModelRef

MODEL = "toy"
REAL = DatasetReference("toys", "0" * 12, "0" * 64, Path("toys.csv"), "A shop.", "CC0", is_synthetic=False)
SYNTHETIC = replace(REAL, is_synthetic=True)
CONTRACT = Contract(
    "toy",
    "toy",
    (NumberColumn("x", "An input.", "m", 0, 10_000, 0, 10_000, 1, whole=False),),
    NumberColumn("y", "The target.", "EUR", 0, 10_000, 0, 10_000, 1, whole=False),
)


class OpenLock:
    """Signs and checks without a key."""

    def sign(self, message: bytes) -> bytes:
        return b"signed"

    def is_genuine(self, message: bytes, signature: bytes) -> bool:
        return signature == b"signed"


@dataclass
class Toy:
    """A model that answers with its input; its training notes what it was given."""

    name: str = MODEL
    contract: Contract = CONTRACT
    fewest_rows: int = 2
    passes: bool = True
    point: PointPrediction | None = None
    champions: list[Mapping[str, Any] | None] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    def train(
        self,
        table: TrainingTable,
        settings: Mapping[str, Any],
        champion: Mapping[str, Any] | None,
        progress: Progress,
    ) -> FittedModel:
        if "wrong" in settings:
            raise InvalidInputError("wrong", code="train.bad_recipe")
        self.champions.append(champion)
        self.rows.append(len(table))
        self.meanwhile()
        verdict = Verdict((Check("good", self.passes, "1 of 1"),))
        recipe = json.dumps({"recipe": dict(settings)}).encode()
        return FittedModel({"toy.json": recipe}, {"rmse_error": 1.0}, {"models": {}}, settings, verdict)

    def load(self, files: Files, ref: ModelRef) -> float:
        loaded: float = json.loads(files["toy.json"])["recipe"].get("size", 1)
        return loaded

    def recipe_of(self, files: Files) -> Mapping[str, Any]:
        recipe: Mapping[str, Any] = json.loads(files["toy.json"])["recipe"]
        return recipe


class Workshop:
    """A training on memory stores, files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.toy = Toy()
        self.reference = REAL
        self.rows = TrainingTable({"x": [1.0, 2.0]}, np.array([1.0, 2.0]))
        self.catalog = MemoryModelCatalog(FixedClock())
        self.registry = MemoryModelRegistry(folder)
        self.artifacts = folder
        self.tested: list[set[str]] = []
        self.defect: ArtifactRefusedError | None = None

    def train(self, settings: Mapping[str, Any] | None = None, *, approvals: int = 1, task_id: str = ""):
        use_case = TrainModel(
            model=self.toy,
            read_table=self.table,
            compare=CompareWithLive(self.toy, self.table_version, self.open, self.catalog, FixedClock()),
            write_card=lambda dataset, report: f"{dataset.name}: {report['rows']} rows",
            open_version=self.open,
            self_test=self.self_test,
            signer=OpenLock(),
            registry=self.registry,
            catalog=self.catalog,
            approvals=approvals,
        )
        return use_case(settings or {"size": 1}, actor="ann", progress=SilentProgress(), task_id=task_id)

    def table(self) -> TrainingData:
        return TrainingData(self.reference, self.rows, 3, None)

    def table_version(self, version: str) -> TrainingData:
        assert version == self.reference.version
        return self.table()

    def open(self, version: ModelVersion) -> Files:
        folder = self.artifacts / version.location
        digest = version.manifest_sha256
        return read_artifact(folder, model=version.model, manifest_sha256=digest, verifier=OpenLock())

    def self_test(self, folder: Path, digest: str) -> None:
        read_artifact(folder, model=MODEL, manifest_sha256=digest, verifier=OpenLock())
        self.tested.append({file.name for file in folder.iterdir()})
        if self.defect is not None:
            raise self.defect


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def test_a_version_that_passes_is_registered_promoted_by_the_gate_and_shown(workshop):
    result = workshop.train()
    assert result.is_champion and result.registry_failure is None
    assert workshop.catalog.champion(MODEL) == result.version
    (release,) = workshop.catalog.history(MODEL)
    assert (release.version, release.action, release.actor, release.by_gate) == ("1", "promote", "ann", True)
    assert release.reason == "All checks of the gate passed."
    assert workshop.registry.aliases_of(MODEL) == {"champion": "1"}


def test_the_version_holds_report_card_and_the_files_that_were_tested(workshop):
    version = workshop.train().version
    assert version.report == {
        "models": {},
        "gate": {"passed": True, "checks": [{"question": "good", "passed": True, "figures": "1 of 1"}]},
        "rows": 2,
        "broken_rows": 3,
    }
    assert workshop.open(version)["CARD.md"] == b"toys: 2 rows"
    assert workshop.tested == [{file.name for file in (workshop.artifacts / version.location).iterdir()}]


def test_a_version_that_does_not_pass_is_registered_only(workshop):
    workshop.toy.passes = False
    result = workshop.train()
    assert not result.is_champion
    assert workshop.catalog.versions(MODEL) == [result.version]
    assert workshop.catalog.champion(MODEL) is None
    assert workshop.registry.aliases_of(MODEL) == {}


def test_the_champion_is_compared_by_its_recipe(workshop):
    workshop.train({"size": 7})
    workshop.train({"size": 8})
    assert workshop.toy.champions == [None, {"size": 7}]
    assert workshop.catalog.champion(MODEL).version == "2"


def test_where_two_people_must_agree_the_gate_fills_the_place_but_replaces_nobody(workshop):
    assert workshop.train(approvals=2).is_champion
    second = workshop.train(approvals=2)
    assert second.verdict.passed and not second.is_champion
    assert workshop.catalog.champion(MODEL).version == "1"


@pytest.mark.parametrize(
    ("first", "second", "is_replaced"),
    [
        (REAL, SYNTHETIC, False),  # generated rows never replace real ones
        (REAL, REAL, True),
        (SYNTHETIC, SYNTHETIC, True),
        (SYNTHETIC, REAL, True),
    ],
)
def test_provenance_is_a_check_of_the_gate(workshop, first, second, is_replaced):
    workshop.reference = first
    workshop.train()
    workshop.reference = second
    result = workshop.train()
    assert result.is_champion == is_replaced
    assert result.version.report["gate"]["passed"] == is_replaced
    assert result.version.is_synthetic == second.is_synthetic


def test_a_champion_that_changed_during_the_training_is_not_replaced(workshop):
    workshop.train()
    workshop.train()
    workshop.toy.meanwhile = lambda: workshop.catalog.roll_back(MODEL, actor="bob", reason="complaints")
    with pytest.raises(ConflictError) as refused:
        workshop.train()
    assert refused.value.code == "model.changed_meanwhile"
    assert workshop.catalog.champion(MODEL).version == "1"
    assert [version.version for version in workshop.catalog.versions(MODEL)] == ["3", "2", "1"]


def test_a_table_of_too_few_rows_is_refused_in_a_sentence(workshop):
    workshop.toy.fewest_rows = 3
    with pytest.raises(InvalidInputError) as refused:
        workshop.train()
    assert refused.value.code == "train.too_few_rows"
    assert "toy needs at least 3 good rows" in refused.value.detail and "has 2" in refused.value.detail
    assert workshop.catalog.versions(MODEL) == []


def test_rows_of_equal_inputs_count_once(workshop):
    workshop.toy.fewest_rows = 3
    workshop.rows = TrainingTable({"x": [1.0, 2.0] * 50}, np.arange(100.0))
    with pytest.raises(InvalidInputError) as refused:
        workshop.train()
    assert refused.value.code == "train.too_few_rows"
    assert "has 100, of which 2 differ in their inputs" in refused.value.detail
    assert workshop.toy.rows == []


def test_no_version_learns_from_the_rows_that_are_held_back(workshop):
    inputs = [float(row) for row in range(700)]
    workshop.rows = TrainingTable({"x": inputs}, np.array(inputs))
    workshop.toy.point = PointPrediction(
        of=lambda size, rows: size * np.asarray(rows["x"]),
        refit=lambda table, recipe: lambda rows: recipe["size"] * np.asarray(rows["x"]),
    )
    first = workshop.train({"size": 1})
    second = workshop.train({"size": 2})
    held_back = first.version.report["held_back"]
    assert held_back["rows"] == 700 - workshop.toy.rows[0] and 70 <= held_back["rows"] <= 140
    assert held_back["mae_error"] == 0.0
    assert first.is_champion and not second.is_champion
    question = next(check for check in second.verdict.checks if not check.passed)
    assert question.question.startswith("not worse than live version 1")
    assert workshop.train({"size": 1}).is_champion


def test_a_candidate_that_fails_its_self_test_is_not_registered(workshop):
    workshop.defect = ArtifactRefusedError("It answers otherwise.", code="model.self_test_failed")
    with pytest.raises(ArtifactRefusedError):
        workshop.train()
    assert workshop.catalog.versions(MODEL) == []
    assert list(workshop.artifacts.iterdir()) == []


def test_without_the_registry_nothing_is_known_or_live(workshop):
    workshop.registry.failure = UnavailableError("away", code="registry.unavailable")
    with pytest.raises(UnavailableError):
        workshop.train()
    assert workshop.catalog.versions(MODEL) == []


def test_a_champion_that_the_registry_cannot_show_is_live_all_the_same(workshop, monkeypatch):
    """The version is registered and released; only its alias in the registry's pages is missing."""
    failure = UnavailableError("away", code="registry.unavailable")
    release = workshop.catalog.release

    def released(*arguments, **options):
        workshop.registry.failure = failure  # away from now on
        return release(*arguments, **options)

    monkeypatch.setattr(workshop.catalog, "release", released)
    result = workshop.train()
    assert result.is_champion and result.registry_failure is failure
    assert workshop.catalog.champion(MODEL) == result.version

    workshop.registry.failure = None
    assert workshop.registry.aliases_of(MODEL) == {}
    mirror_aliases(workshop.catalog, workshop.registry)
    assert workshop.registry.aliases_of(MODEL) == {"champion": "1"}


def test_wrong_settings_register_nothing(workshop):
    with pytest.raises(InvalidInputError):
        workshop.train({"wrong": 1})
    assert workshop.catalog.versions(MODEL) == []


def test_damaged_files_of_the_champion_stop_a_training(workshop):
    version = workshop.train().version
    (workshop.artifacts / version.location / "toy.json").write_bytes(b"{}")
    with pytest.raises(ArtifactRefusedError):
        workshop.train()


def test_the_registry_shows_what_the_catalog_says_is_live(workshop):
    workshop.train()
    workshop.toy.passes = False
    workshop.train()
    workshop.catalog.release(
        ReleaseRequest(MODEL, Alias.CHALLENGER, "2", action="load", actor="bob", reason="trial")
    )
    workshop.registry.mirror_alias(MODEL, Alias.CHAMPION, "2")  # moved there by hand
    mirror_aliases(workshop.catalog, workshop.registry)
    assert workshop.registry.aliases_of(MODEL) == {"champion": "1", "challenger": "2"}
    workshop.catalog.end_trial(MODEL, actor="bob", reason="seen enough")
    mirror_aliases(workshop.catalog, workshop.registry)
    assert workshop.registry.aliases_of(MODEL) == {"champion": "1"}


class KilledError(Exception):
    """The process has ended."""


@pytest.mark.parametrize("moment", ["after the version was registered", "after it was promoted"])
def test_an_attempt_that_follows_a_killed_one_finds_its_version(workshop, monkeypatch, moment):
    def killed(*_args, **_kwargs):
        raise KilledError

    with monkeypatch.context() as patch:
        if moment == "after the version was registered":
            patch.setattr(workshop.catalog, "release", killed)
        else:
            patch.setattr(workshop.registry, "mirror_alias", killed)
        with pytest.raises(KilledError):
            workshop.train(task_id="t1")
    result = workshop.train(task_id="t1")
    assert (result.version.version, result.version.task_id, result.is_champion) == ("1", "t1", True)
    assert len(workshop.toy.champions) == 1  # trained once
    assert [version.version for version in workshop.catalog.versions(MODEL)] == ["1"]
    assert [release.version for release in workshop.catalog.history(MODEL)] == ["1"]
    assert workshop.registry.aliases_of(MODEL) == {"champion": "1"}
    assert workshop.train(task_id="t2").version.version == "2"  # another task trains


def test_a_version_that_did_not_pass_is_found_and_not_promoted(workshop):
    workshop.toy.passes = False
    first = workshop.train(task_id="t1")
    again = workshop.train(task_id="t1")
    assert again.version == first.version
    assert not again.is_champion
    assert workshop.catalog.history(MODEL) == []


def test_a_found_version_does_not_replace_a_champion_that_was_chosen_meanwhile(workshop, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(workshop.catalog, "release", lambda *_args, **_kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            workshop.train(task_id="t1")
    workshop.catalog._clock.advance(days=10_000)  # the registry goes by the real clock
    other = workshop.train().version
    with pytest.raises(ConflictError):
        workshop.train(task_id="t1")
    assert workshop.catalog.champion(MODEL) == other


def test_a_resumed_training_does_not_promote_on_a_verdict_about_another_champion(workshop, monkeypatch):
    """The champion changed while the first attempt still judged the candidate by the one before."""
    workshop.train()
    second = workshop.train().version
    workshop.toy.meanwhile = lambda: workshop.catalog.roll_back(MODEL, actor="bob", reason="complaints")
    with monkeypatch.context() as patch:
        patch.setattr(workshop.catalog, "release", lambda *_args, **_kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            workshop.train(task_id="t1")
    found = workshop.catalog.of_task(MODEL, "t1")
    assert found.report["judged_against"] == second.version
    assert all(release.at < found.created_at for release in workshop.catalog.history(MODEL))
    with pytest.raises(ConflictError) as refused:
        workshop.train(task_id="t1")
    assert refused.value.code == "model.changed_meanwhile"
    assert workshop.catalog.champion(MODEL).version == "1"
