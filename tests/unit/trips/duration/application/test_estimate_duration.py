"""Trips are estimated by the live version, recorded before they are answered, and explained only on request."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import orjson
from tests.support.fakes import FixedClock, FixedModel, MemoryBatchDecisionLog, MemoryDecisionLog
from tests.support.trips import TRIP, small_model, trip

from drivetrain.lifecycle.serving.answering import AnswerRow, AnswerRows
from drivetrain.lifecycle.serving.predictions import RequestContext
from drivetrain.trips.duration.adapters.schemas import RENDERING
from drivetrain.trips.duration.application.estimate_duration import ESTIMATE_DURATION
from drivetrain.trips.duration.application.ports import DurationModel

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
CONTEXT = RequestContext("planner", "r-1", 0.0)


async def test_the_ledger_holds_what_came_in_what_the_model_saw_and_what_was_answered():
    model: DurationModel = small_model()
    log = MemoryDecisionLog()
    answer = await AnswerRow(ESTIMATE_DURATION, FixedModel(model), log, FixedClock(NOW))(
        TRIP, CONTEXT, explain=True
    )
    (decision,) = log.ledger.decisions.values()
    assert (decision.product, decision.decision_id) == ("trips", answer.decision_id)
    assert json.loads(decision.input_json) == TRIP
    assert json.loads(decision.answer_json) == answer.value.as_dict()
    assert answer.explanation is not None
    assert len(decision.features) == 14


def test_a_list_is_answered_as_each_of_its_rows():
    rows = [TRIP, trip(dropoff_community_area=None), trip(pickup_community_area=76)]
    answer_rows = AnswerRows(
        ESTIMATE_DURATION, FixedModel(small_model()), MemoryBatchDecisionLog(), FixedClock(NOW)
    )
    (answers,) = answer_rows([[orjson.dumps(row) for row in rows]], CONTEXT)
    alone = [
        ESTIMATE_DURATION.decide(small_model(), {name: (value,) for name, value in row.items()})[1][0]
        for row in rows
    ]
    assert [answer.value for answer in answers] == alone


def warned(**changed) -> list[str]:
    _, (value,) = ESTIMATE_DURATION.decide(
        small_model(), {name: (cell,) for name, cell in trip(**changed).items()}
    )
    return [warning.code for warning in ESTIMATE_DURATION.warn(value)]


def test_what_the_training_table_does_not_show_is_warned_of_and_is_no_part_of_the_ledger():
    assert warned() == []
    assert warned(pickup_community_area=54, dropoff_community_area=55) == ["trips.new_pair"]
    assert warned(pickup_community_area=None, dropoff_community_area=54) == []  # the contract says so itself
    # the generated table has no tracts
    assert warned(pickup_census_tract=17_031_081_500) == ["trips.pickup_census_tract_unused"]


async def test_warnings_of_the_model_come_with_single_answers_and_with_lists():
    row = trip(pickup_community_area=54, dropoff_community_area=55)
    models = FixedModel(small_model())
    alone = await AnswerRow(ESTIMATE_DURATION, models, MemoryDecisionLog(), FixedClock(NOW))(
        row, CONTEXT, explain=False
    )
    answer_rows = AnswerRows(ESTIMATE_DURATION, models, MemoryBatchDecisionLog(), FixedClock(NOW))
    ((listed,),) = answer_rows([[orjson.dumps(row)]], CONTEXT)
    assert [warning.code for warning in alone.warnings] == ["trips.new_pair"]
    assert listed.warnings == alone.warnings
    assert orjson.loads(RENDERING.result(listed, ()))["warnings"] == [
        warning.as_dict() for warning in alone.warnings
    ]
    assert "novelty" not in alone.value.as_dict()
