"""A price is suggested by the live version, recorded before it is answered, and explained only on request."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pytest
from tests.support.fakes import FixedClock, FixedModel, MemoryDecisionLog
from tests.support.listings import FAMILY_ESTATE

from drivetrain.core.errors import ModelNotReadyError, UnavailableError
from drivetrain.core.prices import PriceExplanation
from drivetrain.lifecycle.serving.answering import AnswerRow
from drivetrain.lifecycle.serving.predictions import ModelRef, Predictor, RequestContext
from drivetrain.rental.price.application.suggest_price import SUGGEST_PRICE
from drivetrain.rental.price.model.predictor import PriceEstimate, PriceEstimates

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
REF = ModelRef("rental-price", "7")
CONTEXT = RequestContext("shop", "r-1", 0.0)


class ThousandthOfMileage:
    """Asks a thousandth of the mileage, a little above whole cents; the range is a tenth around it."""

    ref = REF

    def __init__(self) -> None:
        self.explained: list[tuple[float, list[float]]] = []

    def estimate(self, rows):
        price = np.asarray(rows["mileage"], dtype=np.float64) / 1_000 + 0.001
        return PriceEstimates(price[:, np.newaxis], price, price * 0.9, price * 1.1)

    def estimate_one(self, row):
        one = self.estimate({name: [value] for name, value in row.items()})
        is_rare = row["model_key"] == "Lexus"
        return PriceEstimate(one.features[0].tolist(), one.price[0], one.low[0], one.high[0], is_rare)

    def rare_makes(self, rows, features):
        return [at for at, make in enumerate(rows["model_key"]) if make == "Lexus"]

    def explain(self, row, features, price_per_day):
        self.explained.append((price_per_day, features.tolist()))
        return PriceExplanation(100.0, [], [])


@pytest.fixture
def log() -> MemoryDecisionLog:
    return MemoryDecisionLog()


@pytest.fixture
def model() -> ThousandthOfMileage:
    return ThousandthOfMileage()


@pytest.fixture
def suggest(model, log) -> AnswerRow:
    return AnswerRow(SUGGEST_PRICE, FixedModel(model), log, FixedClock(NOW))


async def test_a_make_that_the_table_hardly_shows_is_said_beside_the_price(suggest):
    rare = await suggest({**FAMILY_ESTATE, "model_key": "Lexus"}, CONTEXT, explain=False)
    assert [warning.code for warning in rare.warnings] == ["rental.rare_model_key"]
    assert (await suggest(FAMILY_ESTATE, CONTEXT, explain=False)).warnings == ()


async def test_the_answer_names_version_and_decision(suggest):
    answer = await suggest(FAMILY_ESTATE, CONTEXT, explain=False)
    assert (answer.value.price_per_day, answer.value.low, answer.value.high) == (150.0, 135.0, 165.0)
    assert answer.model == REF
    assert UUID(answer.decision_id).version == 7
    assert answer.explanation is None


async def test_the_ledger_holds_what_came_in_what_the_model_saw_and_what_was_answered(suggest, log):
    answer = await suggest(FAMILY_ESTATE, CONTEXT, explain=True)
    (decision,) = log.ledger.decisions.values()
    assert decision.decision_id == answer.decision_id
    assert json.loads(decision.input_json) == FAMILY_ESTATE
    assert json.loads(decision.answer_json) == answer.value.as_dict()
    assert list(decision.features) == [150.001]
    assert (decision.product, decision.model, decision.decided_at) == ("rental", REF, NOW)
    assert (decision.caller, decision.request_id) == ("shop", "r-1")
    assert decision.latency_us > 0


async def test_the_reasons_are_asked_for_the_price_as_it_is_suggested(suggest, model):
    answer = await suggest(FAMILY_ESTATE, CONTEXT, explain=True)
    assert answer.explanation == PriceExplanation(100.0, [], [])
    assert model.explained == [(150.0, [150.001])]  # whole cents, beside the features to the last bit


async def test_without_being_asked_nothing_is_explained(suggest, model):
    await suggest(FAMILY_ESTATE, CONTEXT, explain=False)
    assert model.explained == []


async def test_what_cannot_be_recorded_is_not_answered(suggest, log):
    log.failure = UnavailableError("The ledger is away.")
    with pytest.raises(UnavailableError):
        await suggest(FAMILY_ESTATE, CONTEXT, explain=False)
    assert log.ledger.decisions == {}


async def test_without_a_version_nothing_is_recorded(log):
    suggest = AnswerRow(
        SUGGEST_PRICE, Predictor("rental-price", lambda files, ref: None), log, FixedClock(NOW)
    )
    with pytest.raises(ModelNotReadyError):
        await suggest(FAMILY_ESTATE, CONTEXT, explain=False)
    assert log.ledger.decisions == {}


async def test_equal_questions_are_two_decisions(suggest, log):
    first = await suggest(FAMILY_ESTATE, CONTEXT, explain=False)
    second = await suggest(FAMILY_ESTATE, CONTEXT, explain=False)
    assert first.value == second.value
    assert len(log.ledger.decisions) == 2


async def test_a_promotion_while_the_ledger_is_written_does_not_mix_two_versions(model):
    """One version answers a request whole, whatever is swapped in meanwhile."""
    live = FixedModel(model)

    class SwappingLog(MemoryDecisionLog):
        async def append(self, decision):
            live.model = None
            await super().append(decision)

    log = SwappingLog()
    answer = await AnswerRow(SUGGEST_PRICE, live, log, FixedClock(NOW))(FAMILY_ESTATE, CONTEXT, explain=True)
    (decision,) = log.ledger.decisions.values()
    assert answer.model == decision.model == REF


class Broken(ThousandthOfMileage):
    """A challenger that breaks at one step of its answer."""

    def __init__(self, step: str) -> None:
        super().__init__()
        self.step = step

    def estimate(self, rows):
        if self.step == "estimate":
            raise ZeroDivisionError
        return super().estimate(rows)

    def explain(self, row, features, price_per_day):
        raise ZeroDivisionError


@pytest.mark.parametrize("step", ["estimate", "explain"])
async def test_a_challenger_that_breaks_at_any_step_is_answered_by_the_champion(model, log, step):
    predictor = Predictor("rental-price", lambda files, ref: files["f"])
    predictor.swap({"f": model}, REF)
    predictor.try_out({"f": Broken(step)}, ModelRef("rental-price", "99"), 1.0)
    answer = await AnswerRow(SUGGEST_PRICE, predictor, log, FixedClock(NOW))(
        FAMILY_ESTATE, CONTEXT, explain=True
    )
    assert (answer.model, answer.value.price_per_day, predictor.trial_failures) == (REF, 150.0, 1)
    assert [decision.model for decision in log.ledger.decisions.values()] == [REF]
