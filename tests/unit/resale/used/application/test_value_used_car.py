"""Used cars: one rule for values and deals, and views that are answered by the version that answers the caller."""

from __future__ import annotations

import json

import pytest
from tests.support.fakes import FixedClock, FixedModel, MemoryBatchDecisionLog, MemoryDecisionLog
from tests.support.used_cars import generated, small_files, small_model

from drivetrain.core.errors import InvalidInputError, ModelNotReadyError
from drivetrain.lifecycle.learning.features import logged_columns
from drivetrain.lifecycle.serving.answering import AnswerRow, AnswerRows
from drivetrain.lifecycle.serving.predictions import ModelRef, Predictor, RequestContext
from drivetrain.resale.used.application.draw_value_curves import DrawValueCurves
from drivetrain.resale.used.application.forecast_value import ForecastValue
from drivetrain.resale.used.application.value_used_car import VALUE_USED_CAR
from drivetrain.resale.used.domain.deal import Deal
from drivetrain.resale.used.domain.value import Novelty, UsedCarValue
from drivetrain.resale.used.model.contract import CONTRACTS
from drivetrain.resale.used.model.predictor import load

CONTEXT = RequestContext("shop", "r-1", 0.0)


def car(**changed):
    row = {name: values[0] for name, values in generated("uk").rows.items()}
    return {**row, **changed}


async def test_a_car_with_an_asking_price_is_rated_by_the_value_it_has_without_one():
    answer = AnswerRow(VALUE_USED_CAR, FixedModel(small_model()), MemoryDecisionLog(), FixedClock())
    worth = (await answer(car(), CONTEXT, explain=False)).value
    rated = await answer(car(asking_price=worth.high + 1), CONTEXT, explain=True)
    assert isinstance(worth, UsedCarValue)
    assert rated.value == Deal(worth, round(worth.high + 1, 2))
    assert rated.value.rating == "overpriced"
    assert {reason.name for reason in rated.explanation.reasons} == set(CONTRACTS["uk"].names)


async def test_what_the_training_table_hardly_shows_is_said_beside_the_value():
    """A name that the contract knows, and the table does not; and a model that the table has of other years only."""
    answer = AnswerRow(VALUE_USED_CAR, FixedModel(small_model()), MemoryDecisionLog(), FixedClock())

    async def codes(**changed):
        return [each.code for each in (await answer(car(**changed), CONTEXT, explain=False)).warnings]

    assert await codes() == []
    assert await codes(year=1970) == ["resale.extrapolated_year"]
    assert await codes(model="no such", asking_price=1.0) == []  # the contract says so itself
    unlearned = UsedCarValue(2.0, 1.0, 3.0, "GBP", 2020, Novelty(make=True))
    assert [each.code for each in VALUE_USED_CAR.warn(Deal(unlearned, 2.0))] == ["resale.rare_make"]
    other = next(
        model
        for make, model in zip(*(generated("uk").rows[name] for name in ("make", "model")), strict=True)
        if make != car()["make"]
    )
    assert await codes(model=other) == ["resale.rare_model"]


def test_views_of_a_car_are_warned_of_as_its_value_is():
    models = FixedModel(small_model())
    for changed, codes in (({}, []), ({"year": 1970}, ["resale.extrapolated_year"])):
        curves = DrawValueCurves(models)(car(**changed), "shop")
        outlook = ForecastValue(models)(car(**changed), "shop", years=1, distance_per_year=None)
        for view in (curves, outlook):
            assert [warning.code for warning in view.warnings] == codes
            assert view.worth == VALUE_USED_CAR.decide(small_model(), logged_columns([car(**changed)]))[1][0]


def test_a_chunk_of_deals_is_answered_row_by_row():
    log = MemoryBatchDecisionLog()
    rows = AnswerRows(VALUE_USED_CAR, FixedModel(small_model()), log, FixedClock())
    lines = [json.dumps(car(asking_price=price)).encode() for price in (1.0, 999_999.0)]
    (answers,) = rows([lines], CONTEXT)
    assert [answer.value.rating for answer in answers] == ["great", "overpriced"]
    assert len(log.ledger.decisions) == 2


def test_values_and_deals_come_out_of_one_replay_as_they_went_in():
    rows = [car(), car(asking_price=5_000.0), car(), car(asking_price=None)]
    answers = [
        json.loads(text) for text in VALUE_USED_CAR.ledger_answers(small_model(), logged_columns(rows))
    ]
    assert ["rating" in answer for answer in answers] == [False, True, False, False]
    assert len({answer["value"] for answer in answers}) == 1


def test_views_are_drawn_by_the_version_that_answers_the_caller():
    live = Predictor("used-car-price", load)
    live.swap(small_files(), ModelRef("used-car-price", "1"))
    live.try_out(small_files(), ModelRef("used-car-price", "2"), share=0.5)
    callers = [f"caller-{at}" for at in range(30)]
    by_value = [live.answer(caller, lambda model: model.ref) for caller in callers]
    assert len(set(by_value)) == 2
    assert [DrawValueCurves(live)(car(), caller).model for caller in callers] == by_value
    forecast = ForecastValue(live)
    assert [forecast(car(), caller, years=1, distance_per_year=None).model for caller in callers] == by_value


def test_an_outlook_says_how_far_it_assumes_the_car_to_be_driven():
    forecast = ForecastValue(FixedModel(small_model()))
    usual, own = (forecast(car(), "shop", years=2, distance_per_year=given) for given in (None, 1_000.0))
    assert (usual.distance_per_year, own.distance_per_year) == (small_model().usual_distance, 1_000.0)
    assert [year.distance for year in own.years] == [
        car()["mileage_miles"] + driven for driven in (1_000, 2_000)
    ]
    with pytest.raises(InvalidInputError):
        forecast(car(), "shop", years=2, distance_per_year=1e9)


def test_without_a_version_there_is_no_view():
    with pytest.raises(ModelNotReadyError):
        DrawValueCurves(Predictor("used-car-price", load))(car(), "shop")
