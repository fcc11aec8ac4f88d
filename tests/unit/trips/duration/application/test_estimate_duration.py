"""Trips are estimated by the live version, recorded before they are answered, and explained only on request."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import orjson
from tests.support.fakes import FixedClock, FixedModel, MemoryBatchDecisionLog, MemoryDecisionLog
from tests.support.trips import TRIP, small_model, trip

from drivetrain.lifecycle.serving.answering import AnswerRow, AnswerRows
from drivetrain.lifecycle.serving.predictions import RequestContext
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
