"""Bodies are read strictly, and answers are plain JSON in the words of the documentation."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError
from tests.support.buffer_fakes import OneAnalysis, finished_store

from drivetrain.core.errors import ContractError
from drivetrain.rental.buffer.adapters import examples as examples
from drivetrain.rental.buffer.adapters.schemas import (
    CheckRequest,
    DecideRequest,
    PolicyRequest,
    analysis_answer,
    break_even_answer,
    decision_answer,
    frontier_answer,
    questions_answer,
)
from drivetrain.rental.buffer.application.answer_questions import AnswerQuestions
from drivetrain.rental.buffer.application.decide_buffer import DecideBuffer
from drivetrain.rental.buffer.application.read_frontier import ReadFrontier
from drivetrain.rental.buffer.domain.rule import BufferScope
from drivetrain.rental.buffer.domain.worth import WorthInputs


def plain(answer):
    """As it goes over the wire; NaN and infinity would raise."""
    return json.loads(json.dumps(answer, allow_nan=False))


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        (DecideRequest, examples.DECIDE_REQUEST),
        (PolicyRequest, examples.POLICY_REQUEST),
        (CheckRequest, examples.CHECK_REQUEST),
    ],
)
def test_the_documented_bodies_are_accepted(schema, example):
    schema.model_validate(example)


@pytest.mark.parametrize(
    "changed",
    [
        {"connect_min": "30"},  # text is no number
        {"connect_min": True},  # nor is a boolean
        {"connect_min": 30.5},
        {"mobile_min": 721},
        {"mobile_min": -1},
        {"reason": ""},
        {"thresholds": {}},  # unknown
    ],
)
def test_a_policy_is_read_strictly(changed):
    with pytest.raises(ValidationError):
        PolicyRequest.model_validate({**examples.POLICY_REQUEST, **changed})


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"requested_start_at": "2026-05-01T10:30:00"}, "/requested_start_at"),  # no zone
        ({"requested_start_at": "yesterday"}, "/requested_start_at"),
        ({"requested_start_at": "2026-02-30T10:30:00Z"}, "/requested_start_at"),
        ({"previous_planned_end_at": "2026-05-01"}, "/previous_planned_end_at"),
    ],
)
def test_an_instant_without_zone_or_sense_is_refused_where_it_stands(changed, pointer):
    body = CheckRequest.model_validate({**examples.CHECK_REQUEST, **changed})
    with pytest.raises(ContractError) as refusal:
        body.start()
    assert [(error.pointer, error.code) for error in refusal.value.errors] == [(pointer, "input.bad_instant")]


def test_instants_of_any_zone_are_the_same_instant():
    body = CheckRequest.model_validate(
        {**examples.CHECK_REQUEST, "requested_start_at": "2026-05-01T12:30:00+02:00"}
    )
    assert body.start().as_dict()["requested_start_at"] == "2026-05-01T10:30:00.000000Z"


@pytest.mark.parametrize(
    "given", [{"booking_value": 60}, {"conflict_cost": 5, "currency": "EUR"}, {"currency": "EUR"}]
)
def test_amounts_and_currency_belong_together(given):
    with pytest.raises(ContractError):
        DecideRequest.model_validate(given).inputs()


def test_without_amounts_there_are_no_inputs():
    assert DecideRequest.model_validate({"recapture_share": 0.5}).inputs() is None


def test_a_frontier_is_named_as_the_documentation_shows():
    answer = plain(frontier_answer(ReadFrontier(OneAnalysis())(BufferScope.ALL, step_min=60)))
    assert list(answer) == list(examples.FRONTIER)
    assert set(examples.FRONTIER["points"][0]) <= set(answer["points"][1])
    assert answer["table"].keys() == examples.FRONTIER["table"].keys()


def test_a_decision_and_break_even_ratios_are_plain():
    decision = DecideBuffer(OneAnalysis())(WorthInputs(60.0, 250.0))
    answer = plain(decision_answer(decision, "EUR"))
    assert answer["inputs"]["currency"] == "EUR"
    assert set(examples.DECIDE["uniform"]) <= set(answer["uniform"])
    found = OneAnalysis()()
    assert plain(break_even_answer(found.analysis_id, found.record, 30))["break_even"].keys() == {
        "all",
        "connect",
        "mobile",
    }


def test_questions_and_whole_analyses_are_plain():
    assert len(plain(questions_answer(AnswerQuestions(OneAnalysis())()))["answers"]) == 5
    answer = plain(analysis_answer(finished_store().get("id-1")))
    assert list(answer) == list(examples.ANALYSIS)
    assert len(answer["result"]["frontiers"]["all"]) == 25
