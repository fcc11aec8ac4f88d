"""Many listings are answered by one version in the order they came, and recorded all or none."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from tests.support.fakes import FixedClock, MemoryBatchDecisionLog, MemoryDecisionLog
from tests.support.listings import LISTINGS, listing, small_files

from drivetrain.core.errors import ModelNotReadyError
from drivetrain.lifecycle.serving.answering import AnswerRow, AnswerRows
from drivetrain.lifecycle.serving.predictions import ModelRef, Predictor, RequestContext
from drivetrain.rental.price.application.suggest_price import SUGGEST_PRICE
from drivetrain.rental.price.model.predictor import RentalPriceModel

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
REF = ModelRef("rental-price", "7")
CONTEXT = RequestContext("shop", "r-1", 0.0)
LINES = [json.dumps(row).encode() for row in LISTINGS]


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    predictor = Predictor("rental-price", RentalPriceModel)
    predictor.swap(small_files(), REF)
    return predictor


@pytest.fixture
def ledger() -> MemoryBatchDecisionLog:
    return MemoryBatchDecisionLog()


@pytest.fixture
def suggest(predictor, ledger) -> AnswerRows:
    return AnswerRows(SUGGEST_PRICE, predictor, ledger, FixedClock(NOW))


def test_answers_come_chunk_by_chunk_in_order(suggest):
    chunks = list(suggest([LINES[:3], LINES[3:]], CONTEXT))
    assert [len(chunk) for chunk in chunks] == [3, 1]
    assert {answer.model for chunk in chunks for answer in chunk} == {REF}


async def test_a_batch_answers_each_row_as_it_would_be_answered_alone(suggest, predictor, ledger):
    log = MemoryDecisionLog()
    alone = AnswerRow(SUGGEST_PRICE, predictor, log, FixedClock(NOW))
    together = [answer for chunk in suggest([LINES], CONTEXT) for answer in chunk]
    for row, answer in zip(LISTINGS, together, strict=True):
        own = await alone(row, CONTEXT, explain=False)
        assert own.value == answer.value
        recorded, batched = log.ledger.decisions[own.decision_id], ledger.ledger.decisions[answer.decision_id]
        assert list(recorded.features) == list(batched.features)
        assert recorded.answer_json == batched.answer_json
        assert json.loads(recorded.input_json) == json.loads(batched.input_json)


def test_the_ledger_has_nothing_before_the_end_and_everything_at_it(suggest, ledger):
    answers = suggest([LINES[:2], LINES[2:]], CONTEXT)
    next(answers)
    next(answers)
    assert ledger.ledger.decisions == {}
    assert next(answers, "end") == "end"
    assert [json.loads(decision.input_json) for decision in ledger.ledger.decisions.values()] == list(
        LISTINGS
    )
    assert {(decision.caller, decision.product) for decision in ledger.ledger.decisions.values()} == {
        ("shop", "rental")
    }


def test_whoever_gives_up_in_the_middle_records_nothing(suggest, ledger):
    answers = suggest([LINES[:2], LINES[2:]], CONTEXT)
    next(answers)
    answers.close()
    assert ledger.ledger.decisions == {}


def test_a_failure_in_a_later_chunk_records_nothing(suggest, ledger):
    def chunks():
        yield LINES
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(suggest(chunks(), CONTEXT))
    assert ledger.ledger.decisions == {}


def test_a_promotion_in_the_middle_does_not_mix_two_versions(ledger):
    predictor = Predictor("rental-price", RentalPriceModel)
    predictor.swap(small_files(), REF)
    answers = AnswerRows(SUGGEST_PRICE, predictor, ledger, FixedClock(NOW))([LINES[:2], LINES[2:]], CONTEXT)
    first = next(answers)
    predictor.swap(small_files(), ModelRef("rental-price", "8"))
    assert {answer.model for answer in [*first, *(a for chunk in answers for a in chunk)]} == {REF}


def test_without_a_version_no_batch_is_opened(ledger):
    answers = AnswerRows(SUGGEST_PRICE, Predictor("rental-price", RentalPriceModel), ledger, FixedClock(NOW))(
        [LINES], CONTEXT
    )
    with pytest.raises(ModelNotReadyError):
        next(answers)


def test_thousands_of_rows_have_ids_of_their_own(suggest, ledger):
    lines = [json.dumps(listing(mileage=number)).encode() for number in range(3_000)]
    answers = [answer for chunk in suggest([lines[:2_000], lines[2_000:]], CONTEXT) for answer in chunk]
    assert len({answer.decision_id for answer in answers}) == len(ledger.ledger.decisions) == 3_000
