"""Buyers are assigned by the live version and recorded as their profile, from interactions as from profiles."""

from __future__ import annotations

import json

import orjson
import pytest
from tests.support.buyers import SPORTS_CAR, interaction, profile, trained
from tests.support.fakes import FixedClock, FixedModel, MemoryBatchDecisionLog, MemoryDecisionLog

from drivetrain.core.errors import ModelNotReadyError
from drivetrain.lifecycle.learning.features import as_columns
from drivetrain.lifecycle.serving.answering import AnswerRow, AnswerRows
from drivetrain.lifecycle.serving.predictions import ModelRef, Predictor, RequestContext
from drivetrain.resale.segments.application.assign_segment import ASSIGN_SEGMENT, AssignSegment
from drivetrain.resale.segments.model.contract import BUYER_PROFILE
from drivetrain.resale.segments.model.predictor import load
from drivetrain.resale.segments.model.profiles import profile_of

REF = ModelRef("buyer-segments", "4")
CONTEXT = RequestContext("shop", "r-1", 0.0)
DONE = [interaction(), interaction(kind="like", price_eur=4_900.0), interaction(kind="search", body=None)]


@pytest.fixture(scope="module")
def model():
    return load(trained().files, REF)


@pytest.fixture
def log() -> MemoryDecisionLog:
    return MemoryDecisionLog()


@pytest.fixture
def assign(model, log) -> AssignSegment:
    return AssignSegment(AnswerRow(ASSIGN_SEGMENT, FixedModel(model), log, FixedClock()))


async def test_the_ledger_keeps_the_profile_that_was_answered(assign, log):
    answer = await assign(DONE, CONTEXT, explain=True)
    decision = await log.get(answer.decision_id)
    assert decision.input == profile_of(DONE)
    assert decision.answer == answer.value.as_dict()
    assert (decision.product, decision.model) == ("resale", REF)
    assert len(decision.features) == 18


async def test_every_order_of_the_interactions_gives_the_same_answer(assign):
    first, second = [await assign(done, CONTEXT, explain=True) for done in (DONE, DONE[::-1])]
    assert (first.value, first.explanation) == (second.value, second.explanation)


async def test_reasons_come_on_request_only(assign):
    assert (await assign(DONE, CONTEXT, explain=False)).explanation is None
    assert len((await assign(DONE, CONTEXT, explain=True)).explanation) == 6


async def test_a_list_of_profiles_is_answered_as_each_alone_and_replays_to_the_same_bytes(model, assign):
    buyers = [profile_of(DONE), profile_of([interaction(**SPORTS_CAR)] * 9), profile()]
    rows = AnswerRows(ASSIGN_SEGMENT, FixedModel(model), MemoryBatchDecisionLog(), FixedClock())
    (answers,) = rows([[orjson.dumps(each) for each in buyers]], CONTEXT)
    assert answers[0].value == (await assign(DONE, CONTEXT, explain=False)).value
    replayed = ASSIGN_SEGMENT.ledger_answers(model, as_columns(buyers, BUYER_PROFILE.names))
    assert replayed == [orjson.dumps(answer.value.as_dict()) for answer in answers]
    assert json.loads(replayed[1])["segment"] != json.loads(replayed[0])["segment"]


async def test_without_a_version_nobody_is_assigned(log):
    nobody = AssignSegment(AnswerRow(ASSIGN_SEGMENT, Predictor("buyer-segments", load), log, FixedClock()))
    with pytest.raises(ModelNotReadyError):
        await nobody(DONE, CONTEXT, explain=False)
