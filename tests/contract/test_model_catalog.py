"""What every model catalog must do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine
from tests.support.audit import audit_trail
from tests.support.fakes import FixedClock, MemoryModelCatalog
from tests.support.notifications import announcements

from drivetrain.adapters.postgres.catalog import PostgresModelCatalog
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.lifecycle.releasing.registry import (
    Alias,
    Challenger,
    ModelCatalog,
    ModelVersion,
    Release,
    ReleaseRequest,
)

MODEL = "rental-price"
STEP = {"actor": "an operator", "reason": "because"}


def version(number: int, model: str = MODEL) -> ModelVersion:
    return ModelVersion(
        model=model,
        version=str(number),
        created_at=FixedClock().now(),
        location=f"models/{model}/{number}",
        manifest_sha256=f"{number:064x}",
        metrics={"rmse_error": 16.1 + number, "r2_score": 0.75},
        report={"gate": {"passed": True, "why": ["Ä", None, 1e-9]}, "segments": []},
        dataset={"name": "rental-pricing", "rows": 4841},
        is_synthetic=number % 2 == 0,
        run_id=f"run-{number}",
    )


def champion(catalog: ModelCatalog) -> str:
    live = catalog.champion(MODEL)
    assert live is not None and live == catalog.live()[MODEL, Alias.CHAMPION]
    return live.version


def promote(catalog: ModelCatalog, number: int) -> Release:
    return catalog.release(ReleaseRequest(MODEL, Alias.CHAMPION, str(number), action="promote", **STEP))


def load(catalog: ModelCatalog, number: int, *, share: float) -> Release:
    return catalog.release(
        ReleaseRequest(MODEL, Alias.CHALLENGER, str(number), action="load", share=share, **STEP)
    )


class ModelCatalogCases:
    """The suite; a subclass gives the fixture ``catalog``, which knows versions 1 to 11 of ``rental-price``."""

    @pytest.fixture
    def clock(self) -> FixedClock:
        return FixedClock()

    def test_a_version_comes_back_as_it_was(self, catalog: ModelCatalog) -> None:
        assert catalog.version(MODEL, "2") == version(2)

    def test_versions_are_listed_by_number_newest_first(self, catalog: ModelCatalog) -> None:
        """As numbers: 10 comes after 9, not after 1."""
        assert [known.version for known in catalog.versions(MODEL)] == [
            str(number) for number in range(11, 0, -1)
        ]

    def test_a_task_registers_one_version(self, catalog: ModelCatalog) -> None:
        assert catalog.of_task(MODEL, "t1") is None
        trained = replace(version(12), task_id="t1")
        catalog.add_version(trained)
        assert catalog.of_task(MODEL, "t1") == trained
        assert catalog.of_task("another", "t1") is None
        with pytest.raises(ConflictError):
            catalog.add_version(replace(version(13), task_id="t1"))
        catalog.add_version(replace(version(13), task_id="t2"))

    def test_an_unknown_model_has_no_versions(self, catalog: ModelCatalog) -> None:
        assert list(catalog.versions("nobody")) == []
        assert list(catalog.history("nobody")) == []

    @pytest.mark.parametrize(
        ("model", "number"), [(MODEL, "12"), ("nobody", "1"), (MODEL, "latest"), (MODEL, "01")]
    )
    def test_an_unknown_version_is_not_found(self, catalog: ModelCatalog, model: str, number: str) -> None:
        with pytest.raises(NotFoundError):
            catalog.version(model, number)
        with pytest.raises(NotFoundError):
            catalog.release(ReleaseRequest(model, Alias.CHAMPION, number, action="promote", **STEP))

    def test_a_number_is_given_once_per_model(self, catalog: ModelCatalog) -> None:
        with pytest.raises(ConflictError):
            catalog.add_version(replace(version(1), location="elsewhere"))
        catalog.add_version(version(1, model="car-price"))
        assert catalog.version(MODEL, "1") == version(1)

    def test_nothing_is_live_before_the_first_release(self, catalog: ModelCatalog) -> None:
        assert catalog.live() == {}
        assert catalog.champion(MODEL) is None

    def test_live_names_the_last_release_of_each_model_and_alias(self, catalog: ModelCatalog) -> None:
        catalog.add_version(version(7, model="car-price"))
        promote(catalog, 1)
        promote(catalog, 2)
        catalog.release(ReleaseRequest(MODEL, Alias.CHALLENGER, "3", action="load", **STEP))
        catalog.release(ReleaseRequest("car-price", Alias.CHAMPION, "7", action="promote", **STEP))
        assert catalog.live() == {
            (MODEL, Alias.CHAMPION): version(2),
            (MODEL, Alias.CHALLENGER): version(3),
            ("car-price", Alias.CHAMPION): version(7, model="car-price"),
        }

    def test_history_tells_who_moved_what_when_and_why(
        self, catalog: ModelCatalog, clock: FixedClock
    ) -> None:
        catalog.release(
            ReleaseRequest(
                MODEL, Alias.CHAMPION, "1", action="promote", actor="the gate", reason="better", by_gate=True
            )
        )
        clock.advance(hours=1)
        promote(catalog, 2)
        clock.advance(hours=1)
        catalog.roll_back(MODEL, actor="an admin", reason="worse after all")
        expected = [
            Release(
                MODEL, Alias.CHAMPION, "1", "2", "rollback", "an admin", "worse after all", False, clock.now()
            ),
            Release(MODEL, Alias.CHAMPION, "2", "1", "promote", "an operator", "because", False, clock.now()),
            Release(MODEL, Alias.CHAMPION, "1", None, "promote", "the gate", "better", True, clock.now()),
        ]
        assert list(catalog.history(MODEL)) == expected
        assert [(clock.now() - release.at).total_seconds() for release in catalog.history(MODEL)] == [
            0,
            3600,
            7200,
        ]

    def test_a_release_is_returned_as_it_is_recorded(self, catalog: ModelCatalog) -> None:
        promoted = promote(catalog, 1)
        assert list(catalog.history(MODEL)) == [promoted]

    def test_what_is_live_is_not_released_again(self, catalog: ModelCatalog) -> None:
        promote(catalog, 1)
        with pytest.raises(ConflictError) as raised:
            promote(catalog, 1)
        assert raised.value.code == "model.already_live"
        assert len(catalog.history(MODEL)) == 1

    def test_roll_backs_walk_back_one_promotion_each(self, catalog: ModelCatalog) -> None:
        for number in (1, 2, 3):
            promote(catalog, number)
        assert catalog.roll_back(MODEL, **STEP).version == "2"
        last = catalog.roll_back(MODEL, **STEP)
        assert (last.version, last.previous, champion(catalog)) == ("1", "2", "1")
        with pytest.raises(ConflictError) as raised:
            catalog.roll_back(MODEL, **STEP)
        assert raised.value.code == "model.no_earlier_champion"

    def test_a_promotion_after_roll_backs_goes_back_to_where_they_led(self, catalog: ModelCatalog) -> None:
        for number in (1, 2, 3):
            promote(catalog, number)
        catalog.roll_back(MODEL, **STEP)
        catalog.roll_back(MODEL, **STEP)
        promote(catalog, 3)
        assert catalog.roll_back(MODEL, **STEP).version == "1"

    def test_a_version_may_be_champion_more_than_once(self, catalog: ModelCatalog) -> None:
        for number in (1, 2, 1):
            promote(catalog, number)
        assert [catalog.roll_back(MODEL, **STEP).version for _ in range(2)] == ["2", "1"]

    @pytest.mark.parametrize("promoted", [[], [1]], ids=["never", "once"])
    def test_without_an_earlier_champion_nothing_is_rolled_back(
        self, catalog: ModelCatalog, promoted: list[int]
    ) -> None:
        for number in promoted:
            promote(catalog, number)
        with pytest.raises(ConflictError):
            catalog.roll_back(MODEL, **STEP)
        assert len(catalog.history(MODEL)) == len(promoted)

    def test_challengers_do_not_count_for_a_roll_back(self, catalog: ModelCatalog) -> None:
        promote(catalog, 1)
        catalog.release(ReleaseRequest(MODEL, Alias.CHALLENGER, "2", action="load", **STEP))
        with pytest.raises(ConflictError):
            catalog.roll_back(MODEL, **STEP)

    def test_a_challenger_is_known_with_its_share_until_it_is_taken_away(self, catalog: ModelCatalog) -> None:
        promote(catalog, 1)
        assert catalog.challengers() == {}
        load(catalog, 2, share=0.25)
        assert catalog.challengers() == {MODEL: Challenger(version(2), 0.25)}
        ended = catalog.end_trial(MODEL, actor="a rail", reason="too slow")
        assert (ended.version, ended.previous, ended.action, ended.actor) == (None, "2", "unload", "a rail")
        assert catalog.challengers() == {}
        assert catalog.live() == {(MODEL, Alias.CHAMPION): version(1)}
        assert catalog.history(MODEL)[0] == ended

    def test_a_release_that_expects_another_champion_is_refused(self, catalog: ModelCatalog) -> None:
        promote(catalog, 1)
        promote(catalog, 2)
        for expected in ("1", None):  # decided while version 1 was live, or before there was any
            with pytest.raises(ConflictError) as raised:
                catalog.release(
                    ReleaseRequest(
                        MODEL,
                        Alias.CHAMPION,
                        "1",
                        action="promote",
                        actor="gate",
                        reason="better",
                        by_gate=True,
                    ),
                    expected=expected,
                )
            assert raised.value.code == "model.changed_meanwhile"
        assert catalog.live() == {(MODEL, Alias.CHAMPION): version(2)}
        catalog.release(
            ReleaseRequest(MODEL, Alias.CHAMPION, "1", action="promote", actor="gate", reason="better"),
            expected="2",
        )
        assert catalog.live() == {(MODEL, Alias.CHAMPION): version(1)}

    def test_the_share_of_a_trial_can_change_and_the_history_shows_it(self, catalog: ModelCatalog) -> None:
        load(catalog, 2, share=0.0)
        load(catalog, 2, share=0.5)
        assert catalog.challengers()[MODEL].share == 0.5
        with pytest.raises(ConflictError) as raised:
            load(catalog, 2, share=0.5)
        assert raised.value.code == "model.already_live"
        assert [release.share for release in catalog.history(MODEL)] == [0.5, 0.0]

    def test_the_champion_does_not_challenge_itself(self, catalog: ModelCatalog) -> None:
        promote(catalog, 1)
        with pytest.raises(ConflictError) as raised:
            load(catalog, 1, share=0.1)
        assert raised.value.code == "model.challenges_itself"

    def test_a_promoted_challenger_is_no_longer_on_trial(self, catalog: ModelCatalog) -> None:
        promote(catalog, 1)
        load(catalog, 2, share=0.1)
        promote(catalog, 2)
        assert catalog.challengers() == {}
        assert [(line.alias, line.version, line.previous) for line in catalog.history(MODEL)[:2]] == [
            (Alias.CHAMPION, "2", "1"),
            (Alias.CHALLENGER, None, "2"),
        ]
        assert catalog.roll_back(MODEL, **STEP).version == "1"

    def test_a_promotion_of_another_version_leaves_the_trial_alone(self, catalog: ModelCatalog) -> None:
        load(catalog, 2, share=0.1)
        promote(catalog, 3)
        assert catalog.challengers()[MODEL].version == version(2)

    def test_a_version_can_be_tried_again_after_its_trial(self, catalog: ModelCatalog) -> None:
        for _ in range(2):
            load(catalog, 2, share=0.1)
            catalog.end_trial(MODEL, **STEP)
        assert len(catalog.history(MODEL)) == 4

    def test_a_trial_that_is_not_on_cannot_be_ended(self, catalog: ModelCatalog) -> None:
        with pytest.raises(ConflictError) as raised:
            catalog.end_trial(MODEL, **STEP)
        assert raised.value.code == "model.no_trial"

    def test_a_trial_is_ended_for_its_own_version_only_where_that_is_named(
        self, catalog: ModelCatalog
    ) -> None:
        """Whoever judged version 2 must not end the trial of version 3, which began meanwhile."""
        load(catalog, 3, share=0.1)
        with pytest.raises(ConflictError):
            catalog.end_trial(MODEL, version="2", **STEP)
        assert catalog.challengers()[MODEL].version == version(3)
        assert catalog.end_trial(MODEL, version="3", **STEP).previous == "3"

    def test_a_refusal_is_a_line_of_history_that_moves_nothing(self, catalog: ModelCatalog) -> None:
        promote(catalog, 1)
        promote(catalog, 2)
        load(catalog, 3, share=0.2)
        before = (dict(catalog.live()), dict(catalog.challengers()))
        refused = [catalog.refuse(MODEL, alias, actor="ann", reason="damaged") for alias in Alias]
        assert [(line.action, line.version, line.previous, line.share) for line in refused] == [
            ("refuse", "2", "2", 0.0),
            ("refuse", "3", "3", 0.2),
        ]
        assert list(catalog.history(MODEL)[:2]) == refused[::-1]
        assert (dict(catalog.live()), dict(catalog.challengers())) == before
        assert catalog.roll_back(MODEL, **STEP).version == "1"

    def test_a_refusal_of_the_first_version_leaves_none(self, catalog: ModelCatalog) -> None:
        refused = catalog.refuse(MODEL, Alias.CHAMPION, actor="ann", reason="damaged")
        assert (refused.version, refused.previous) == (None, None)
        assert catalog.live() == {}
        with pytest.raises(ConflictError):
            catalog.roll_back(MODEL, **STEP)

    def test_approvals_are_counted_by_person_in_the_order_they_came(self, catalog: ModelCatalog) -> None:
        for actor in ("bob", "ann", "bob"):
            approved_by = catalog.approve(MODEL, "2", actor=actor, reason="better")
        assert list(approved_by) == ["bob", "ann"]
        assert list(catalog.approve(MODEL, "3", actor="ann", reason="better")) == ["ann"]

    def test_a_change_of_champion_ends_all_approvals_even_within_one_instant(
        self, catalog: ModelCatalog
    ) -> None:
        catalog.approve(MODEL, "2", actor="ann", reason="better")
        promote(catalog, 1)
        assert list(catalog.approve(MODEL, "2", actor="bob", reason="better")) == ["bob"]
        load(catalog, 3, share=0.1)  # a trial is no change of champion
        assert list(catalog.approve(MODEL, "2", actor="ann", reason="better")) == ["bob", "ann"]

    def test_a_version_that_is_not_there_is_not_approved(self, catalog: ModelCatalog) -> None:
        with pytest.raises(NotFoundError):
            catalog.approve(MODEL, "12", actor="ann", reason="better")


class TestMemoryModelCatalog(ModelCatalogCases):
    @pytest.fixture
    def catalog(self, clock: FixedClock) -> ModelCatalog:
        return filled(MemoryModelCatalog(clock))


class TestPostgresModelCatalog(ModelCatalogCases):
    @pytest.fixture
    def catalog(self, engine: Engine, clock: FixedClock) -> ModelCatalog:
        return filled(PostgresModelCatalog(engine, clock, audit_trail(clock), announcements(clock)))


def filled(catalog: ModelCatalog) -> ModelCatalog:
    for number in range(1, 12):
        catalog.add_version(version(number))
    return catalog
