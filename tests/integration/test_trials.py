"""Trials on a real database: shadow answers, pairs, evidence, replays of the ledger, and who serves what."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.support.audit import audit_trail
from tests.support.fakes import FixedClock
from tests.support.listings import LISTINGS, small_files
from tests.support.notifications import announcements
from tests.support.samples import DECIDED_AT, decisions

from drivetrain.adapters.postgres.batch_ledger import PostgresBatchDecisionLog
from drivetrain.adapters.postgres.catalog import PostgresModelCatalog
from drivetrain.adapters.postgres.ledger_window import PostgresLedgerWindow
from drivetrain.adapters.postgres.trials import PostgresTrialStore
from drivetrain.adapters.postgres.worker_states import PostgresWorkerStates
from drivetrain.bootstrap.installation import Home
from drivetrain.bootstrap.trials import Trials
from drivetrain.core.errors import ConflictError, UnavailableError
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.learning.artifacts import write_artifact
from drivetrain.lifecycle.learning.features import as_columns
from drivetrain.lifecycle.releasing.comparison import Pair, PairedDifference
from drivetrain.lifecycle.releasing.registry import Alias, ModelVersion, ReleaseRequest
from drivetrain.lifecycle.releasing.replay import Window, replay
from drivetrain.lifecycle.releasing.trial_store import Evidence, ShadowAnswer
from drivetrain.lifecycle.serving.predictions import Decision, ModelRef, Predictor
from drivetrain.rental.price.application.suggest_price import SUGGEST_PRICE
from drivetrain.rental.price.model.contract import MODEL_NAME
from drivetrain.rental.price.model.predictor import load

CHAMPION, CHALLENGER = ModelRef(MODEL_NAME, "1"), ModelRef(MODEL_NAME, "2")
LATER = DECIDED_AT + timedelta(seconds=1)


def record(url: str, recorded: Sequence[Decision]) -> None:
    with PostgresBatchDecisionLog(url).batch() as batch:
        batch.write(recorded)


def answer(price: float) -> bytes:
    return json.dumps({"price_per_day": price, "range": {"low": price - 10, "high": price + 10}}).encode()


def shadow_of(decision: Decision, by: ModelRef, price: float | None, latency_us: int = 100) -> ShadowAnswer:
    text_or_failure = None if price is None else answer(price)
    return ShadowAnswer(decision.decision_id, by.name, by.version, text_or_failure, latency_us, LATER)


@pytest.fixture
def store(engine: Engine) -> PostgresTrialStore:
    return PostgresTrialStore(engine)


class TestShadows:
    def test_pairs_lead_from_champion_to_challenger_whoever_answered(
        self, store: PostgresTrialStore, migrated_url: str
    ) -> None:
        (by_champion,) = decisions(1, model=CHAMPION, answer_json=answer(100))
        (by_challenger,) = decisions(1, model=CHALLENGER, answer_json=answer(120))
        (by_another,) = decisions(1, model=ModelRef(MODEL_NAME, "7"), answer_json=answer(1))
        (failed,) = decisions(1, model=CHAMPION, answer_json=answer(1))
        record(migrated_url, [by_champion, by_challenger, by_another, failed])
        store.add(
            [
                shadow_of(by_champion, CHALLENGER, 110),
                shadow_of(by_challenger, CHAMPION, 90),
                shadow_of(by_another, CHALLENGER, 5),
                shadow_of(failed, CHALLENGER, None),
            ]
        )
        pairs = [pair for chunk in store.pairs(MODEL_NAME, "1", "2", most=10) for pair in chunk]
        asked = (by_champion.caller, "1", by_champion.input_json)
        assert sorted(pairs, key=lambda pair: pair.answer_json, reverse=True) == [
            Pair(by_challenger.decision_id, *asked, answer(90), answer(120)),
            Pair(by_champion.decision_id, *asked, answer(100), answer(110)),
        ]

    def test_a_shadow_stands_once_and_only_beside_its_decision(
        self, store: PostgresTrialStore, migrated_url: str
    ) -> None:
        known, unknown = decisions(2, model=CHAMPION, answer_json=answer(100))
        record(migrated_url, [known])
        for price in (110, 999):
            store.add([shadow_of(known, CHALLENGER, price), shadow_of(unknown, CHALLENGER, price)])
        ((pair,),) = store.pairs(MODEL_NAME, "1", "2", most=10)
        assert (pair.decision_id, pair.other_json) == (known.decision_id, answer(110))
        store.add([])

    def test_evidence_counts_own_answers_and_shadows_failures_and_outcomes(
        self, store: PostgresTrialStore, migrated_url: str, engine: Engine
    ) -> None:
        shadowed = decisions(3, model=CHAMPION, answer_json=answer(100))
        own = decisions(2, model=CHALLENGER, answer_json=answer(100), latency_us=84)
        before = decisions(
            1, model=CHALLENGER, answer_json=answer(100), decided_at=DECIDED_AT - timedelta(days=1)
        )
        record(migrated_url, [*shadowed, *own, *before])
        store.add(
            [
                shadow_of(one, CHALLENGER, price, us)
                for one, price, us in zip(shadowed, (100, 200, None), (10, 20, 30), strict=True)
            ]
        )
        outcome = text(
            "INSERT INTO drivetrain.outcomes (decision_id, name, value, observed_at, recorded_by)"
            " VALUES (CAST(:id AS uuid), :name, :value, now(), 'test')"
        )
        with engine.begin() as connection:
            for one in (*shadowed, own[0], before[0]):
                connection.execute(outcome, {"id": one.decision_id, "name": "booked", "value": 105.0})
            connection.execute(outcome, {"id": own[1].decision_id, "name": "another", "value": 105.0})
        evidence = store.evidence(MODEL_NAME, "2", since=DECIDED_AT, outcome="booked", is_canary=True)
        assert evidence == Evidence(answers=5, failures=1, p95_us=pytest.approx(84.0), outcomes=3, covered=2)
        shadow = store.evidence(MODEL_NAME, "2", since=DECIDED_AT, outcome="booked", is_canary=False)
        assert (shadow.answers, shadow.failures, shadow.p95_us) == (3, 1, pytest.approx(29.0))

    def test_before_the_first_answer_there_is_no_evidence(self, store: PostgresTrialStore) -> None:
        assert store.evidence(
            MODEL_NAME, "2", since=DECIDED_AT, outcome="booked", is_canary=True
        ) == Evidence(0, 0, None, 0, 0)


class TestGuard:
    """A trial that breaks a rail is ended by the platform, once, with its figures in the history."""

    @pytest.fixture
    def desk(self, engine: Engine, tmp_path: Path) -> Trials:
        catalog = PostgresModelCatalog(
            engine,
            FixedClock(DECIDED_AT),
            audit_trail(FixedClock(DECIDED_AT)),
            announcements(FixedClock(DECIDED_AT)),
        )
        for number in ("1", "2"):
            catalog.add_version(
                ModelVersion(MODEL_NAME, number, DECIDED_AT, "m", "0" * 64, {}, {}, {}, True, "run")
            )
        catalog.release(
            ReleaseRequest(MODEL_NAME, Alias.CHALLENGER, "2", action="load", actor="a", reason="r", share=0.1)
        )
        return Trials(engine, Home(tmp_path), catalog)

    @staticmethod
    def shadowed(store: PostgresTrialStore, url: str, price: float | None) -> None:
        recorded = decisions(60, model=CHAMPION, answer_json=answer(100))
        record(url, recorded)
        store.add([shadow_of(one, CHALLENGER, price) for one in recorded])

    def test_a_failing_challenger_is_taken_out(
        self, desk: Trials, store: PostgresTrialStore, migrated_url: str
    ) -> None:
        self.shadowed(store, migrated_url, None)
        (ended,) = desk.guard()
        assert (ended.version, ended.previous, ended.actor) == (None, "2", "guard rail")
        assert ended.reason == "Version 2 was taken out: it failed 60 of 60 times, allowed are 1%."
        assert desk.catalog.challengers() == {}
        assert desk.guard() == []

    def test_one_that_fails_on_reasons_which_no_shadow_asks_for_is_taken_out(self, desk: Trials) -> None:
        predictor: Predictor[None] = Predictor(MODEL_NAME, lambda files, ref: None)
        predictor.try_out({}, ModelRef(MODEL_NAME, "7"), 0.1)
        predictor.trial_requests, predictor.trial_failures = 100, 50
        assert desk.guard({MODEL_NAME: predictor}) == []  # those are another trial's
        predictor.try_out({}, CHALLENGER, 0.1)
        predictor.trial_requests, predictor.trial_failures = 100, 2
        (ended,) = desk.guard({MODEL_NAME: predictor})
        assert ended.reason == "Version 2 was taken out: it failed 2 of 100 times, allowed are 1%."

    def test_what_is_told_before_during_and_after_a_trial(
        self, desk: Trials, store: PostgresTrialStore, migrated_url: str
    ) -> None:
        desk.catalog.release(
            ReleaseRequest(MODEL_NAME, Alias.CHAMPION, "1", action="promote", actor="a", reason="r")
        )
        self.shadowed(store, migrated_url, 110)
        told = desk.compare(MODEL_NAME)
        assert (told["champion"], told["challenger"], told["share"], told["ended"]) == ("1", "2", 0.1, None)
        assert (told["decisions"], told["moved_share"]) == (60, 1.0)
        assert told["summary"][0] == "Version 2 is on trial beside version 1 and answers 10% of the callers."
        desk.catalog.end_trial(MODEL_NAME, actor="bob", reason="Seen enough.")
        after = desk.compare(MODEL_NAME)
        assert (after["decisions"], after["ended"]["actor"]) == (60, "bob")
        assert (
            after["summary"][0] == "The trial of version 2 beside version 1 has ended, by bob: Seen enough."
        )
        desk.catalog.release(
            ReleaseRequest(MODEL_NAME, Alias.CHAMPION, "2", action="promote", actor="a", reason="r")
        )
        # what it was tried beside, though it is champion itself now
        assert desk.compare(MODEL_NAME)["champion"] == "1"
        with pytest.raises(ConflictError) as raised:
            desk.compare("resale-price")
        assert raised.value.code == "model.no_trial"

    def test_a_sound_one_goes_on(self, desk: Trials, store: PostgresTrialStore, migrated_url: str) -> None:
        self.shadowed(store, migrated_url, 101)
        assert desk.guard() == []
        assert desk.catalog.challengers()[MODEL_NAME].share == 0.1


@cache
def price_model() -> Any:
    return load(small_files(), CHAMPION)


def priced(count: int) -> list[Decision]:
    """Decisions as the small model makes them, one second apart."""
    rows = [{**LISTINGS[number % 3], "mileage": 10_000 + 1_000 * number} for number in range(count)]
    answers = SUGGEST_PRICE.ledger_answers(price_model(), as_columns(rows, list(rows[0])))
    return [
        Decision(
            **{name: getattr(one, name) for name in Decision.__slots__}
            | {
                "model": CHAMPION,
                "input_json": json.dumps(row).encode(),
                "answer_json": said,
                "decided_at": DECIDED_AT + timedelta(seconds=number),
            }
        )
        for number, (one, row, said) in enumerate(zip(decisions(count), rows, answers, strict=True))
    ]


def replayed(engine: Engine, window: Window, redecide: Any = SUGGEST_PRICE.ledger_answers) -> dict[str, Any]:
    difference = PairedDifference("price_per_day", ["fuel"])
    with SilentProgress().stage("replay", total=1, unit="decisions") as stage:
        return replay(
            PostgresLedgerWindow(engine),
            MODEL_NAME,
            lambda _: price_model(),
            window,
            redecide,
            difference,
            stage,
        )


class TestReplay:
    def test_the_same_version_gives_the_same_bytes_one_by_one_or_together(
        self, engine: Engine, migrated_url: str
    ) -> None:
        record(migrated_url, priced(40))
        told = replayed(engine, Window(DECIDED_AT, DECIDED_AT + timedelta(hours=1)))
        assert (told["decisions"], told["identical"], told["moved_share"], told["largest"]) == (
            40,
            40,
            0.0,
            [],
        )

    def test_the_window_includes_its_start_and_not_its_end(self, engine: Engine, migrated_url: str) -> None:
        record(migrated_url, priced(10))
        window = Window(DECIDED_AT + timedelta(seconds=2), DECIDED_AT + timedelta(seconds=5))
        assert replayed(engine, window)["decisions"] == 3
        assert PostgresLedgerWindow(engine).count(MODEL_NAME, since=window.since, until=window.until) == 3

    def test_the_newest_are_replayed_when_there_are_too_many(self, engine: Engine, migrated_url: str) -> None:
        recorded = priced(10)
        record(migrated_url, recorded)
        ledger = PostgresLedgerWindow(engine)
        chunks = ledger.read(MODEL_NAME, since=DECIDED_AT, until=DECIDED_AT + timedelta(hours=1), most=4)
        newest = [one.decision_id for one in reversed(recorded[-4:])]
        assert [one.decision_id for chunk in chunks for one in chunk] == newest

    def test_other_answers_are_told(self, engine: Engine, migrated_url: str) -> None:
        record(migrated_url, priced(5))

        def dearer(model: Any, rows: Any) -> list[bytes]:
            told = [json.loads(each) for each in SUGGEST_PRICE.ledger_answers(model, rows)]
            return [
                json.dumps({**each, "price_per_day": each["price_per_day"] * 1.1}).encode() for each in told
            ]

        told = replayed(engine, Window(DECIDED_AT, DECIDED_AT + timedelta(hours=1)), dearer)
        assert (told["identical"], told["moved_share"]) == (0, 1.0)
        assert told["change"]["mean"] == pytest.approx(0.1)

    def test_each_decision_is_answered_by_its_own_version_and_a_lost_one_is_named(
        self, engine: Engine, migrated_url: str, tmp_path: Path
    ) -> None:
        record(migrated_url, priced(40))
        record(migrated_url, [replace(one, model=CHALLENGER) for one in priced(15)])
        home = Home(tmp_path)
        catalog = PostgresModelCatalog(
            engine,
            FixedClock(DECIDED_AT),
            audit_trail(FixedClock(DECIDED_AT)),
            announcements(FixedClock(DECIDED_AT)),
        )
        digest = write_artifact(home.artifacts / "1", small_files(), {"model": MODEL_NAME}, home.signer())
        for number, sha256 in (("1", digest), ("2", "0" * 64)):
            catalog.add_version(
                ModelVersion(MODEL_NAME, number, DECIDED_AT, number, sha256, {}, {}, {}, True, "run")
            )
        window = Window(DECIDED_AT, DECIDED_AT + timedelta(hours=1))
        report = Trials(engine, home, catalog).replay(MODEL_NAME, None, window)
        counts = {"version": "1", "decisions": 40, "identical": 40, "changed": 0, "failed": 0}
        assert (report["identical"], report["by_version"]) == (40, [counts])
        (lost,) = report["unavailable_versions"]
        assert (lost["version"], lost["decisions"]) == ("2", 15)
        assert report["window"]["decisions"] == 55

    def test_an_empty_window_gives_an_empty_report(self, engine: Engine) -> None:
        assert replayed(engine, Window(DECIDED_AT, DECIDED_AT + timedelta(hours=1)))["decisions"] == 0


class TestWorkerStates:
    def test_a_worker_is_alive_with_what_it_reported_last(self, engine: Engine) -> None:
        states = PostgresWorkerStates(engine)
        states.report({})
        states.report({MODEL_NAME: "3"})
        (alone,) = states.alive()
        assert (alone.serving, alone.name) == ({MODEL_NAME: "3"}, f"{alone.host}:{alone.pid}")

    def test_one_that_was_not_heard_of_is_gone_until_it_reports_again(self, engine: Engine) -> None:
        stale, alive = PostgresWorkerStates(engine), PostgresWorkerStates(engine)
        stale.report({MODEL_NAME: "1"})
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE drivetrain.worker_states SET seen_at = now() - interval '4 seconds'")
            )
        alive.report({MODEL_NAME: "2"})
        assert [state.serving for state in alive.alive()] == [{MODEL_NAME: "2"}]
        stale.report({MODEL_NAME: "2"})
        assert len(alive.alive()) == 2

    def test_one_that_leaves_is_gone_at_once_and_old_rows_are_removed(self, engine: Engine) -> None:
        left, forgotten, other = (PostgresWorkerStates(engine) for _ in range(3))
        forgotten.report({})
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE drivetrain.worker_states SET seen_at = now() - interval '2 hours'")
            )
        left.report({})
        left.leave()
        other.report({})
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM drivetrain.worker_states")) == 1

    def test_without_the_database_that_is_told(self, engine: Engine) -> None:
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE drivetrain.worker_states"))
        with pytest.raises(UnavailableError):
            PostgresWorkerStates(engine).alive()
