"""A shadow answers what the other version answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest
from tests.support.fakes import FixedClock, MemoryDecisionLog
from tests.support.samples import decision

from drivetrain.core.errors import UnavailableError
from drivetrain.lifecycle.releasing.shadow import Shadow, ShadowingWriter
from drivetrain.lifecycle.releasing.trial_store import ShadowAnswer
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

    def test_a_long_queue_goes_without_a_shadow_and_is_counted(self, predictor, store):
        shadow = Shadow({MODEL: predictor}, {MODEL: redecide}, store, FixedClock(), queue_limit=2)
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
