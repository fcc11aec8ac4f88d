"""A shadow answers what the other version answered; rails end a trial with figures, and never on one unlucky row."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.support.fakes import FixedClock, MemoryDecisionLog
from tests.support.samples import decision

from drivetrain.core.errors import UnavailableError
from drivetrain.lifecycle.releasing import trials
from drivetrain.lifecycle.releasing.trials import Evidence, GuardRails, Shadow, ShadowAnswer, ShadowingWriter
from drivetrain.lifecycle.serving.predictions import Decision, ModelRef, Predictor

MODEL = "rental-price"
CHAMPION, CHALLENGER = ModelRef(MODEL, "1"), ModelRef(MODEL, "2")


class Store:
    """Keeps the answers it is given."""

    def __init__(self) -> None:
        self.answers: list[ShadowAnswer] = []

    def add(self, answers: Sequence[ShadowAnswer]) -> None:
        self.answers.extend(answers)


def redecide(model, columns):
    """The version and the mileage, so that an answer shows who gave it to what; fails on a negative mileage."""
    if min(columns["mileage"]) < 0:
        raise ZeroDivisionError
    return [json.dumps([model, mileage]).encode() for mileage in columns["mileage"]]


@pytest.fixture
def predictor() -> Predictor:
    predictor = Predictor(MODEL, lambda files, ref: ref.version)
    predictor.swap({}, CHAMPION)
    predictor.try_out({}, CHALLENGER, 0.0)
    return predictor


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def shadow(predictor, store) -> Shadow:
    return Shadow({MODEL: predictor}, {MODEL: redecide}, store, FixedClock())


def asked(mileage: int, by: ModelRef = CHAMPION) -> Decision:
    return decision(model=by, input_json=json.dumps({"mileage": mileage}).encode())


class TestShadow:
    def test_each_version_answers_what_the_other_one_answered(self, shadow, store):
        shadow.offer(by_champion := asked(1, CHAMPION))
        shadow.offer(by_challenger := asked(2, CHALLENGER))
        assert shadow.work() == 2
        assert {(one.decision_id, one.version, one.answer_json) for one in store.answers} == {
            (by_champion.decision_id, "2", b'["2", 1]'),
            (by_challenger.decision_id, "1", b'["1", 2]'),
        }

    def test_a_row_that_breaks_the_challenger_is_a_failure_of_that_row_only(self, shadow, store):
        for mileage in (1, -2, 3):
            shadow.offer(asked(mileage))
        assert shadow.work() == 3
        assert [one.answer_json for one in store.answers] == [b'["2", 1]', None, b'["2", 3]']

    def test_without_a_trial_nothing_is_kept(self, shadow, store, predictor):
        predictor.end_trial()
        shadow.offer(asked(1))
        shadow.offer(decision(model=ModelRef("another-model", "1")))
        assert (shadow.work(), store.answers) == (0, [])

    def test_a_trial_that_ends_leaves_nothing_to_answer(self, shadow, store, predictor):
        shadow.offer(asked(1))
        predictor.end_trial()
        assert (shadow.work(), store.answers) == (0, [])

    def test_a_long_queue_goes_without_a_shadow_and_is_counted(self, shadow, monkeypatch):
        monkeypatch.setattr(trials, "SHADOW_QUEUE", 2)
        for mileage in range(5):
            shadow.offer(asked(mileage))
        assert (shadow.dropped, shadow.work()) == (3, 2)

    def test_what_was_recorded_is_offered_and_what_was_not_is_not(self, shadow):
        ledger = MemoryDecisionLog()
        log = ShadowingWriter(ledger, shadow)
        asyncio.run(log.append(asked(1)))
        ledger.failure = UnavailableError("away")
        with pytest.raises(UnavailableError):
            asyncio.run(log.append(asked(2)))
        assert shadow.work() == 1


GOOD = Evidence(answers=1_000, failures=10, p95_us=50_000.0, outcomes=1_000, covered=800)
"""Just within every rail."""


class TestGuardRails:
    def test_on_the_rail_is_not_over_it(self):
        assert GuardRails().breaches(GOOD) == []

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"failures": 11}, "it failed 11 of 1,000 times, allowed are 1%"),
            ({"p95_us": 50_100.0}, "its p95 is 50.1 ms, allowed are 50.0 ms"),
            ({"covered": 799}, "its range held 79.9% of 1,000 outcomes, at least 80% are asked"),
        ],
    )
    def test_each_broken_rail_is_told_with_its_figures(self, changed, sentence):
        assert GuardRails().breaches(replace(GOOD, **changed)) == [sentence]

    def test_all_broken_rails_are_told(self):
        assert len(GuardRails().breaches(Evidence(100, 100, 1e6, 100, 0))) == 3

    def test_a_few_unlucky_rows_end_nothing(self):
        assert GuardRails(fewest=50).breaches(Evidence(49, 49, 1e9, 49, 0)) == []
        assert len(GuardRails(fewest=50).breaches(Evidence(50, 50, 1e9, 50, 0))) == 3

    def test_what_one_process_saw_counts_beside_the_evidence(self):
        """Reasons that cannot be worked out: no shadow asks for them."""
        assert GuardRails().breaches(GOOD, requests=100, failures=1) == []
        assert GuardRails().breaches(GOOD, requests=49, failures=49) == []
        assert GuardRails().breaches(GOOD, requests=100, failures=2) == [
            "it failed 2 of 100 times, allowed are 1%"
        ]

    def test_every_rail_is_told_with_its_state(self):
        rails = GuardRails().rails(replace(GOOD, failures=11, outcomes=10))
        assert [(rail.name, rail.state, rail.cases) for rail in rails] == [
            ("failures", "broken", 1_000),
            ("p95_us", "ok", 1_000),
            ("coverage", "waiting", 10),
        ]
        told = [rail.sentence for rail in GuardRails().rails(Evidence(0, 0, None, 0, 0))]
        assert told[1:] == [
            "it has not answered yet, allowed are 50.0 ms",
            "no outcome is known yet, at least 80% are asked",
        ]

    def test_before_the_first_answer_nothing_is_broken(self):
        assert GuardRails(fewest=0).breaches(Evidence(0, 0, None, 0, 0)) == []
