"""As many people as are asked for must agree, and a promotion knows which workers have not followed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from tests.support.fakes import FixedClock, MemoryModelCatalog

from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError
from drivetrain.lifecycle.releasing.promotion import Promotion, Releases, wait_until_followed
from drivetrain.lifecycle.releasing.registry import Alias, ModelVersion

MODEL = "rental-price"


@pytest.fixture
def catalog() -> MemoryModelCatalog:
    catalog = MemoryModelCatalog(FixedClock())
    for number in ("1", "2"):
        catalog.add_version(
            ModelVersion(MODEL, number, FixedClock().now(), "m", "0" * 64, {}, {}, {}, True, "run")
        )
    return catalog


def sound(version: ModelVersion) -> None:
    """Proves any version."""


def damaged(version: ModelVersion) -> None:
    raise ArtifactRefusedError("point.txt is not what was signed.")


def wish(catalog: MemoryModelCatalog, actor: str, version: str = "1", *, needed: int = 2) -> Promotion:
    return Releases(catalog, sound, needed).promote(MODEL, version, actor=actor, reason="better")


class TestApprovals:
    def test_one_is_enough_where_one_is_asked_for(self, catalog):
        assert wish(catalog, "ann", needed=1).release.actor == "ann"
        assert catalog.live()[MODEL, Alias.CHAMPION].version == "1"

    def test_the_second_person_makes_it_champion_and_both_stand_in_the_history(self, catalog):
        waiting = wish(catalog, "ann")
        assert (waiting.release, list(waiting.approved_by), waiting.needed) == (None, ["ann"], 2)
        assert catalog.live() == {}
        assert wish(catalog, "bob").release.actor == "ann and bob"
        assert catalog.live()[MODEL, Alias.CHAMPION].version == "1"

    def test_the_same_person_twice_is_one(self, catalog):
        wish(catalog, "ann")
        assert wish(catalog, "ann").release is None

    def test_agreement_on_another_version_does_not_count(self, catalog):
        wish(catalog, "ann", "1")
        assert wish(catalog, "bob", "2").release is None

    def test_after_a_change_of_champion_everybody_is_asked_again(self, catalog):
        wish(catalog, "ann", "2")
        for actor in ("ann", "bob"):
            wish(catalog, actor, "1")
        assert list(wish(catalog, "bob", "2").approved_by) == ["bob"]

    def test_what_is_champion_needs_nobodys_agreement(self, catalog):
        wish(catalog, "ann", needed=1)
        with pytest.raises(ConflictError) as raised:
            wish(catalog, "bob", needed=2)
        assert raised.value.code == "model.already_live"

    def test_an_unknown_version_is_not_found(self, catalog):
        with pytest.raises(NotFoundError):
            wish(catalog, "ann", "9")


class TestRefusals:
    """A version that cannot be served gets no alias: the answer and the history say why, and nothing moves."""

    @pytest.fixture
    def desk(self, catalog) -> Releases:
        Releases(catalog, sound).promote(MODEL, "1", actor="ann", reason="first")
        return Releases(catalog, damaged)

    @pytest.mark.parametrize("move", ["promote", "load"])
    def test_it_is_neither_promoted_nor_tried(self, catalog, desk, move):
        with pytest.raises(
            ConflictError, match=r"nothing has changed: point\.txt is not what was signed"
        ) as raised:
            desk.promote(MODEL, "2", actor="bob", reason="better") if move == "promote" else desk.load(
                MODEL, "2", share=0.1, actor="bob", reason="better"
            )
        assert raised.value.code == "model.artifact_refused"
        assert {alias.value: version.version for (_, alias), version in catalog.live().items()} == {
            "champion": "1"
        }
        line = catalog.history(MODEL)[0]
        assert (line.action, line.actor) == ("refuse", "bob")
        assert line.reason == (
            "Version 2 was refused: point.txt is not what was signed. It was wanted because: better"
        )

    def test_nobody_goes_back_to_it(self, catalog, desk):
        Releases(catalog, sound).promote(MODEL, "2", actor="ann", reason="second")
        with pytest.raises(ConflictError, match="Version 1 of 'rental-price' failed verification"):
            desk.roll_back(MODEL, actor="bob", reason="complaints")
        assert catalog.live()[MODEL, Alias.CHAMPION].version == "2"
        Releases(catalog, sound).roll_back(MODEL, actor="bob", reason="restored")
        assert catalog.live()[MODEL, Alias.CHAMPION].version == "1"

    def test_agreement_to_it_is_not_kept(self, catalog, desk):
        with pytest.raises(ConflictError):
            desk.promote(MODEL, "2", actor="bob", reason="better")
        assert list(wish(catalog, "ann", "2").approved_by) == ["ann"]

    def test_without_an_earlier_champion_that_is_what_is_told(self, desk):
        with pytest.raises(ConflictError) as raised:
            desk.roll_back(MODEL, actor="bob", reason="complaints")
        assert raised.value.code == "model.no_earlier_champion"


@dataclass
class Worker:
    name: str
    serving: Mapping[str, str]


class TestFollowing:
    def test_it_waits_until_the_last_worker_serves_the_version(self):
        looks: list[Sequence[Worker]] = [
            [Worker("a", {MODEL: "1"}), Worker("b", {})],
            [Worker("a", {MODEL: "2"}), Worker("b", {MODEL: "1"})],
            [Worker("a", {MODEL: "2"}), Worker("b", {MODEL: "2"})],
        ]
        sleeps: list[float] = []
        followed = wait_until_followed(lambda: looks.pop(0), MODEL, "2", timeout_s=60, sleep=sleeps.append)
        assert len(sleeps) == 2
        assert (list(followed.serving), list(followed.behind), looks) == (["a", "b"], [], [])

    def test_when_the_time_is_over_it_says_who_is_behind(self):
        workers = [Worker("a", {MODEL: "2"}), Worker("b", {MODEL: "1"}), Worker("c", {"car-price": "2"})]
        followed = wait_until_followed(lambda: workers, MODEL, "2", timeout_s=0)
        assert (list(followed.serving), list(followed.behind)) == (["a"], ["b", "c"])
