"""A process serves what the catalog says is live, refuses damaged files, and never stops serving what it has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.support.fakes import FixedClock, MemoryModelCatalog

from drivetrain.core.errors import ModelNotReadyError, UnavailableError
from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError, write_artifact
from drivetrain.lifecycle.releasing.following import (
    RETRY_AFTER_S,
    Live,
    LiveFollower,
    open_champion,
    read_live,
    verify_loadable,
)
from drivetrain.lifecycle.releasing.registry import Alias, ModelVersion, NoChampionError, ReleaseRequest
from drivetrain.lifecycle.serving.predictions import ModelRef, Predictor

MODEL, OTHER = "rental-price", "car-price"


class OpenLock:
    """Every signature is the same one."""

    def sign(self, message: bytes) -> bytes:
        return b"signed"

    def is_genuine(self, message: bytes, signature: bytes) -> bool:
        return signature == b"signed"


class Installation:
    """A catalog, files, and one serving process that follows it."""

    def __init__(self, folder: Path) -> None:
        self.artifacts = folder
        self.clock = FixedClock()
        self.catalog = MemoryModelCatalog(self.clock)
        self.now_s = 1_000.0
        self.loads: list[ModelRef] = []
        self.predictor = Predictor(MODEL, self._load)
        self.other = Predictor(OTHER, self._load)
        predictors = [self.predictor, self.other]
        self.follower = LiveFollower(predictors, folder, OpenLock(), monotonic=lambda: self.now_s)

    def _load(self, files: Mapping[str, bytes], ref: ModelRef) -> bytes:
        self.loads.append(ref)
        return files["f"]

    def follow(self) -> list[ModelRef]:
        return self.follower.follow(read_live(self.catalog))

    def add(self, version: str, model: str = MODEL) -> Path:
        folder = self.artifacts / model / version
        identity = write_artifact(folder, {"f": version.encode()}, {"model": model}, OpenLock())
        location = str(folder.relative_to(self.artifacts))
        self.catalog.add_version(
            ModelVersion(model, version, self.clock.now(), location, identity, {}, {}, {}, True, "run")
        )
        return folder

    def release(self, version: str, model: str = MODEL, alias: Alias = Alias.CHAMPION) -> None:
        self.catalog.release(
            ReleaseRequest(model, alias, version, action="promote", actor="test", reason="test")
        )


@pytest.fixture
def installation(tmp_path) -> Installation:
    (tmp_path / MODEL).mkdir()
    (tmp_path / OTHER).mkdir()
    return Installation(tmp_path)


def test_a_released_version_is_loaded_once_and_served(installation):
    installation.add("1")
    installation.release("1")
    assert installation.follow() == [ModelRef(MODEL, "1")]
    assert installation.follow() == []
    assert installation.predictor.current() == b"1"
    assert len(installation.loads) == 1
    assert installation.follower.served[MODEL].version == "1"


def test_a_promotion_and_a_roll_back_are_followed(installation):
    for version in ("1", "2"):
        installation.add(version)
        installation.release(version)
    installation.follow()
    assert installation.predictor.current() == b"2"
    installation.catalog.roll_back(MODEL, actor="test", reason="test")
    assert installation.follow() == [ModelRef(MODEL, "1")]
    assert installation.predictor.current() == b"1"


def test_a_version_that_is_only_registered_or_a_challenger_is_not_served(installation):
    installation.add("1")
    installation.release("1", alias=Alias.CHALLENGER)
    assert installation.follow() == []
    with pytest.raises(ModelNotReadyError):
        installation.predictor.current()


def test_damaged_files_are_refused_and_what_is_served_goes_on(installation):
    installation.add("1")
    installation.release("1")
    installation.follow()
    (installation.add("2") / "f").write_bytes(b"3")
    installation.release("2")
    assert installation.follow() == []
    assert installation.predictor.current() == b"1"
    assert "version 2 is not served" in installation.predictor.reason
    assert not installation.follower.is_settled
    assert installation.follower.served[MODEL].version == "1"
    assert ModelRef(MODEL, "2") not in installation.loads  # nobody parsed a byte


def test_a_first_version_with_damaged_files_leaves_the_model_not_ready_and_says_why(installation):
    (installation.add("1") / "f").unlink()
    installation.release("1")
    installation.follow()
    with pytest.raises(ModelNotReadyError, match="version 1 is not served"):
        installation.predictor.current()


def test_a_refused_version_is_tried_again_after_a_while_and_not_before(installation):
    file = installation.add("1") / "f"
    file.write_bytes(b"damaged")
    installation.release("1")
    installation.follow()
    file.write_bytes(b"1")  # restored
    installation.now_s += RETRY_AFTER_S - 0.1
    assert installation.follow() == []
    installation.now_s += 0.2
    assert installation.follow() == [ModelRef(MODEL, "1")]
    assert installation.follower.is_settled
    assert installation.predictor.reason == ""


def test_another_release_is_tried_at_once(installation):
    (installation.add("1") / "f").write_bytes(b"damaged")
    installation.release("1")
    installation.follow()
    installation.add("2")
    installation.release("2")
    assert installation.follow() == [ModelRef(MODEL, "2")]
    assert installation.follower.is_settled


def test_rolling_back_a_damaged_version_to_the_served_one_settles_everything(installation):
    installation.add("1")
    installation.release("1")
    installation.follow()
    (installation.add("2") / "f").write_bytes(b"damaged")
    installation.release("2")
    installation.follow()
    installation.catalog.roll_back(MODEL, actor="test", reason="damaged")
    assert installation.follow() == []
    assert installation.follower.is_settled
    assert installation.predictor.reason == ""
    assert installation.predictor.current() == b"1"


def test_one_damaged_model_does_not_hold_up_the_others(installation):
    (installation.add("1") / "f").write_bytes(b"damaged")
    installation.release("1")
    installation.add("7", OTHER)
    installation.release("7", OTHER)
    assert installation.follow() == [ModelRef(OTHER, "7")]
    assert installation.other.current() == b"7"


def test_a_catalog_that_is_away_changes_nothing_that_is_served(installation, monkeypatch):
    installation.add("1")
    installation.release("1")
    installation.follow()

    def away() -> Mapping[tuple[str, Alias], ModelVersion]:
        raise UnavailableError("The database is away.")

    monkeypatch.setattr(installation.catalog, "live", away)
    with pytest.raises(UnavailableError):
        installation.follow()
    assert installation.predictor.current() == b"1"
    monkeypatch.undo()
    installation.add("2")
    installation.release("2")
    assert installation.follow() == [ModelRef(MODEL, "2")]


def test_files_of_another_model_are_refused_even_when_the_catalog_points_at_them(installation):
    installation.add("1", OTHER)
    honest = installation.catalog.version(OTHER, "1")
    installation.catalog.add_version(
        ModelVersion(
            MODEL,
            "1",
            honest.created_at,
            honest.location,
            honest.manifest_sha256,
            {},
            {},
            {},
            is_synthetic=True,
            run_id="r",
        )
    )
    installation.release("1")
    assert installation.follow() == []
    assert "another model" in installation.predictor.reason


class TestWhateverBreaksALoader:
    """Whatever a version raises while it is loaded, it is refused, and nothing else is held up."""

    @pytest.fixture(
        params=[
            ValueError("no tree"),
            OSError(5, "Input/output error"),
            KeyError("f"),
            MemoryError(),
            ArithmeticError(),
        ]
    )
    def breaking(self, installation, request) -> Installation:
        def load(files: Mapping[str, bytes], ref: ModelRef) -> bytes:
            if files["f"] == b"2":
                raise request.param
            return files["f"]

        installation.predictor = Predictor(MODEL, load)
        installation.follower = LiveFollower(
            [installation.predictor, installation.other],
            installation.artifacts,
            OpenLock(),
            monotonic=lambda: installation.now_s,
        )
        for version in ("1", "2"):
            installation.add(version)
        installation.release("1")
        installation.follow()
        return installation

    def test_a_champion_is_refused_and_the_others_follow(self, breaking):
        breaking.add("7", OTHER)
        breaking.release("7", OTHER)
        breaking.release("2")
        assert breaking.follow() == [ModelRef(OTHER, "7")]
        assert breaking.predictor.current() == b"1"
        assert breaking.predictor.reason.startswith("version 2 is not served: ")

    def test_a_challenger_is_refused_and_that_is_told(self, breaking):
        breaking.catalog.release(
            ReleaseRequest(MODEL, Alias.CHALLENGER, "2", action="load", actor="t", reason="t", share=1.0)
        )
        breaking.follow()
        assert breaking.predictor.trial is None
        assert breaking.predictor.trial_reason.startswith("version 2 is not on trial: ")
        breaking.catalog.end_trial(MODEL, actor="t", reason="t")
        breaking.follow()
        assert breaking.predictor.trial_reason == ""

    def test_it_cannot_be_proved(self, breaking):
        version = breaking.catalog.version(MODEL, "2")
        with pytest.raises(ArtifactRefusedError, match="Version 2 cannot be loaded"):
            verify_loadable(version, breaking.predictor._load, breaking.artifacts, OpenLock())
        verify_loadable(
            breaking.catalog.version(MODEL, "1"), breaking.predictor._load, breaking.artifacts, OpenLock()
        )


class TestFallingBack:
    """A process that has nothing else serves what was served last."""

    def test_a_damaged_champion_is_bridged_and_tried_again(self, installation):
        installation.add("1")
        file = installation.add("2") / "f"
        file.write_bytes(b"damaged")
        installation.release("2")
        installation.follow()
        installation.follower.fall_back(Live({MODEL: installation.catalog.version(MODEL, "1")}, {}))
        assert installation.predictor.current() == b"1"
        assert installation.predictor.reason.endswith("Version 1, which was served last, answers meanwhile.")
        assert installation.follower.served[MODEL].version == "1"
        assert not installation.follower.is_settled
        file.write_bytes(b"2")  # restored
        installation.now_s += RETRY_AFTER_S
        assert installation.follow() == [ModelRef(MODEL, "2")]
        assert (installation.predictor.reason, installation.follower.is_settled) == ("", True)

    def test_whoever_serves_something_keeps_it(self, installation):
        for version in ("1", "2"):
            installation.add(version)
        installation.release("2")
        installation.follow()
        installation.follower.fall_back(Live({MODEL: installation.catalog.version(MODEL, "1")}, {}))
        assert installation.predictor.current() == b"2"

    def test_where_the_last_one_is_damaged_too_the_reason_is_the_champions(self, installation):
        for version in ("1", "2"):
            (installation.add(version) / "f").write_bytes(b"damaged")
        installation.release("2")
        installation.follow()
        installation.follower.fall_back(Live({MODEL: installation.catalog.version(MODEL, "1")}, {}))
        with pytest.raises(ModelNotReadyError, match="version 2 is not served"):
            installation.predictor.current()


class TestTrials:
    """A challenger is loaded beside the champion, followed by share, and let go again."""

    @staticmethod
    def on_trial(installation, *, share: float) -> None:
        for version in ("1", "2"):
            installation.add(version)
        installation.release("1")
        installation.catalog.release(
            ReleaseRequest(
                MODEL, Alias.CHALLENGER, "2", action="load", actor="test", reason="test", share=share
            )
        )
        installation.follow()

    def test_it_is_loaded_once_and_answers_its_share(self, installation):
        self.on_trial(installation, share=1.0)
        installation.follow()
        assert installation.predictor.answer("anybody", bytes.decode) == "2"
        assert installation.predictor.current() == b"1"
        assert installation.loads == [ModelRef(MODEL, "1"), ModelRef(MODEL, "2")]

    def test_another_share_is_followed(self, installation):
        self.on_trial(installation, share=1.0)
        installation.catalog.release(
            ReleaseRequest(
                MODEL, Alias.CHALLENGER, "2", action="load", actor="test", reason="test", share=0.0
            )
        )
        installation.follow()
        assert installation.predictor.answer("anybody", bytes.decode) == "1"
        assert installation.predictor.trial is not None

    def test_it_is_let_go_when_it_is_taken_away(self, installation):
        self.on_trial(installation, share=1.0)
        installation.catalog.end_trial(MODEL, actor="test", reason="seen enough")
        installation.follow()
        assert installation.predictor.trial is None
        assert installation.predictor.answer("anybody", bytes.decode) == "1"

    def test_a_promoted_challenger_answers_all_as_champion(self, installation):
        self.on_trial(installation, share=0.0)
        installation.release("2")
        assert installation.follow() == [ModelRef(MODEL, "2")]
        assert installation.predictor.trial is None
        assert installation.predictor.answer("anybody", bytes.decode) == "2"

    def test_a_damaged_one_is_not_tried_and_the_champion_answers(self, installation):
        installation.add("1")
        installation.release("1")
        (installation.add("2") / "f").write_bytes(b"damaged")
        installation.catalog.release(
            ReleaseRequest(
                MODEL, Alias.CHALLENGER, "2", action="load", actor="test", reason="test", share=1.0
            )
        )
        installation.follow()
        assert installation.predictor.trial is None
        assert not installation.follower.is_settled
        assert installation.predictor.answer("anybody", bytes.decode) == "1"
        installation.catalog.end_trial(MODEL, actor="test", reason="damaged")
        installation.follow()
        assert installation.follower.is_settled


def test_a_process_that_answers_once_opens_the_champion_and_nothing_else(installation: Installation) -> None:
    installation.add("1")
    installation.add("2")

    def opened() -> bytes:
        predictor = open_champion(
            MODEL,
            lambda files, _: files["f"],
            installation.catalog,
            lambda version: {"f": version.version.encode()},
        )
        return predictor.current()

    with pytest.raises(NoChampionError):
        opened()
    installation.release("2")
    assert opened() == b"2"
