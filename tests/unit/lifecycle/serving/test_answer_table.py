"""A table is written whole with its answers, and what fails halfway leaves no decision behind."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest
from tests.support.batches import RENDERING, Ledger, rows

from drivetrain.core.errors import UnavailableError
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.serving.answer_table import AnswerTable
from drivetrain.lifecycle.serving.batches import JSON, TableWriters, check_list
from drivetrain.lifecycle.serving.predictions import RequestContext
from drivetrain.rental.price.model.contract import RENTAL_PRICE

CONTEXT = RequestContext("shop", "r-1", 0.0)


def no_table(*_: object) -> None:
    raise AssertionError("JSON is not written by the writers of tables")


@pytest.fixture
def answer() -> Callable[[Ledger], dict]:
    """Answers a table of three rows, one of them broken, into JSON; by the ledger given."""

    def call(ledger: Ledger) -> dict:
        checked, file = check_list(RENTAL_PRICE, rows(7, None, 9), chunk_rows=1), io.BytesIO()
        answer = AnswerTable(
            lambda chunks, _: ledger.decide(chunks), RENDERING, TableWriters(no_table, no_table)
        )
        answer(checked, file, JSON, CONTEXT, "partial", SilentProgress())
        return json.loads(file.getvalue())

    return call


def test_every_row_is_answered_in_its_place_and_recorded(answer):
    ledger = Ledger()
    written = answer(ledger)
    assert [result.get("mileage") for result in written["results"]] == [7, None, 9]
    assert (written["counts"], ledger.recorded) == ({"ok": 2, "failed": 1}, 2)
    assert ledger.steps == ["decided", "decided", "durable"]


def test_a_ledger_that_goes_away_halfway_keeps_none_of_the_table(answer):
    ledger = Ledger(fails_in_chunk=1)
    with pytest.raises(UnavailableError):
        answer(ledger)
    assert ledger.recorded == 0
    assert ledger.steps[-1] == "rolled back"
