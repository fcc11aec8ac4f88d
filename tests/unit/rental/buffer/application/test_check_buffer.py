"""A check answers by the policy in force, and is recorded before it is answered."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.buffer_policy import Desk

from drivetrain.core.errors import UnavailableError
from drivetrain.lifecycle.serving.predictions import RequestContext
from drivetrain.rental.buffer.application.check_buffer import StartRequest
from drivetrain.rental.buffer.domain.rule import CheckinType

CONTEXT = RequestContext("a client", "req-1", 0.0)


TEN = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)


def start(at: datetime, *, kind=CheckinType.MOBILE, previous: datetime | None = TEN) -> StartRequest:
    return StartRequest("359049", kind, previous, at)


@pytest.mark.parametrize(
    ("after_min", "kind", "verdict", "earliest_min"),
    [
        (60, CheckinType.MOBILE, "allowed", 60),  # a gap equal to the threshold is kept
        (59, CheckinType.MOBILE, "later", 60),
        (59, CheckinType.CONNECT, "allowed", 59),
        (29, CheckinType.CONNECT, "later", 30),
        (-1, CheckinType.MOBILE, "refused", 60),  # the car is planned to be away
    ],
)
async def test_a_check_answers_by_check_in_type_and_is_in_the_ledger(after_min, kind, verdict, earliest_min):
    desk = Desk()
    desk.save()
    checked = await desk.check(start(TEN + timedelta(minutes=after_min), kind=kind), CONTEXT)
    assert checked.answer.verdict == verdict
    assert checked.answer.earliest_start_at == TEN + timedelta(minutes=earliest_min)
    (logged,) = desk.log.ledger.decisions.values()
    assert (logged.decision_id, logged.product) == (checked.decision_id, "rental")
    assert (logged.model.name, logged.model.version) == ("rental-buffer-policy", "1")
    assert json.loads(logged.input_json)["requested_start_at"] == "2026-05-01T" + (
        TEN + timedelta(minutes=after_min)
    ).strftime("%H:%M:%S.%fZ")
    assert json.loads(logged.answer_json)["verdict"] == verdict
    assert tuple(logged.features) == (after_min, 60.0 if kind is CheckinType.MOBILE else 30.0)


async def test_a_first_rental_is_allowed_and_its_gap_is_unknown_in_the_ledger():
    desk = Desk()
    desk.save()
    checked = await desk.check(start(TEN, previous=None), CONTEXT)
    assert checked.as_dict()["gap_min"] is None
    (logged,) = desk.log.ledger.decisions.values()
    assert math.isnan(logged.features[0])


async def test_an_answer_that_cannot_be_recorded_is_not_given():
    desk = Desk()
    desk.save()
    desk.log.failure = UnavailableError("The ledger is away.")
    with pytest.raises(UnavailableError):
        await desk.check(start(TEN), CONTEXT)
