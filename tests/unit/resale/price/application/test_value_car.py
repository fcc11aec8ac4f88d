"""Cars are valued by the live version, recorded before they are answered, and explained only on request."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import orjson
import pytest
from tests.support.cars import COMPACT, LIMOUSINE
from tests.support.fakes import FixedClock, FixedModel, MemoryBatchDecisionLog, MemoryDecisionLog

from drivetrain.core.errors import ModelNotReadyError, UnavailableError
from drivetrain.core.prices import PriceExplanation
from drivetrain.lifecycle.serving.answering import AnswerRow, AnswerRows
from drivetrain.lifecycle.serving.predictions import ModelRef, Predictor, RequestContext
from drivetrain.resale.price.application.value_car import VALUE_CAR
from drivetrain.resale.price.model.predictor import CarEstimates
from drivetrain.resale.valuation.domain.bands import PriceBands

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
REF = ModelRef("resale-price", "7")
CONTEXT = RequestContext("shop", "r-1", 0.0)


class FourDollarsAPound:
    """Asks four dollars a pound, a little above whole cents; the range is a tenth around it."""

    ref = REF
    bands = PriceBands(10_000.0, 20_000.0)

    def __init__(self) -> None:
        self.explained: list[float] = []

    def estimate(self, rows):
        price = np.asarray(rows["curbweight"], dtype=np.float64) * 4 + 0.001
        return CarEstimates(price[:, np.newaxis], price, price * 0.9, price * 1.1)

    def explain(self, row, features, price):
        self.explained.append(price)
        return PriceExplanation(11_000.0, [], [])


@pytest.fixture
def model() -> FourDollarsAPound:
    return FourDollarsAPound()


@pytest.fixture
def log() -> MemoryDecisionLog:
    return MemoryDecisionLog()


async def test_the_ledger_holds_what_came_in_what_the_model_saw_and_what_was_answered(model, log):
    answer = await AnswerRow(VALUE_CAR, FixedModel(model), log, FixedClock(NOW))(
        COMPACT, CONTEXT, explain=True
    )
    assert (answer.value.price, answer.value.band, answer.model) == (8_436.0, "low", REF)
    (decision,) = log.ledger.decisions.values()
    assert (decision.decision_id, UUID(answer.decision_id).version) == (answer.decision_id, 7)
    assert json.loads(decision.input_json) == COMPACT
    assert json.loads(decision.answer_json) == answer.value.as_dict()
    assert list(decision.features) == [8_436.001]
    assert (decision.product, decision.model, decision.decided_at) == ("resale", REF, NOW)
    assert (decision.caller, decision.request_id) == ("shop", "r-1")


async def test_reasons_are_worked_out_on_request_and_for_the_price_as_it_is_answered(model, log):
    value = AnswerRow(VALUE_CAR, FixedModel(model), log, FixedClock(NOW))
    assert (await value(COMPACT, CONTEXT, explain=False)).explanation is None
    assert (await value(COMPACT, CONTEXT, explain=True)).explanation is not None
    assert model.explained == [8_436.0]


async def test_what_cannot_be_recorded_is_not_answered(model, log):
    log.failure = UnavailableError("The ledger is away.")
    with pytest.raises(UnavailableError):
        await AnswerRow(VALUE_CAR, FixedModel(model), log, FixedClock(NOW))(COMPACT, CONTEXT, explain=False)


async def test_without_a_version_nothing_is_recorded(log):
    value = AnswerRow(VALUE_CAR, Predictor("resale-price", lambda files, ref: None), log, FixedClock(NOW))
    with pytest.raises(ModelNotReadyError):
        await value(COMPACT, CONTEXT, explain=False)
    assert log.ledger.decisions == {}


def test_many_cars_are_answered_in_order_and_recorded_together(model):
    ledger = MemoryBatchDecisionLog()
    value = AnswerRows(VALUE_CAR, FixedModel(model), ledger, FixedClock(NOW))
    chunks = [[orjson.dumps(COMPACT), orjson.dumps(LIMOUSINE)], [orjson.dumps(COMPACT)]]
    answers = [answer for chunk in value(chunks, CONTEXT) for answer in chunk]
    assert [answer.value.price for answer in answers] == [8_436.0, 16_000.0, 8_436.0]
    assert [answer.value.band for answer in answers] == ["low", "mid", "low"]
    assert list(ledger.ledger.decisions) == [answer.decision_id for answer in answers]


def test_a_batch_that_is_given_up_leaves_no_decision(model):
    ledger = MemoryBatchDecisionLog()
    answers = AnswerRows(VALUE_CAR, FixedModel(model), ledger, FixedClock(NOW))(
        [[orjson.dumps(COMPACT)], [orjson.dumps(COMPACT)]], CONTEXT
    )
    next(answers)
    answers.close()
    assert ledger.ledger.decisions == {}
