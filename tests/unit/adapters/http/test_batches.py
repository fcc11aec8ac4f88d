"""A batch is decided and recorded whole before the first byte of its answer leaves."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from starlette.responses import StreamingResponse
from tests.support.batches import RENDERING, Echo, Ledger, rows

from drivetrain.adapters.http.batches import answer_list, spooled_answer
from drivetrain.core.errors import FieldError, UnavailableError
from drivetrain.lifecycle.serving.batches import CHUNK_ROWS, CheckedUpload, Rendering, check_list
from drivetrain.rental.price.model.contract import RENTAL_PRICE


async def body_of(answer: StreamingResponse) -> bytes:
    return b"".join([part async for part in answer.body_iterator])


async def results_of(answer: StreamingResponse) -> dict[str, Any]:
    return json.loads(await body_of(answer))


def many(count: int) -> CheckedUpload:
    """Good rows with the mileages 0, 1, 2 …"""
    lines = [b'{"mileage":%d}' % number for number in range(count)]
    chunks = [lines[start : start + CHUNK_ROWS] for start in range(0, count, CHUNK_ROWS)]
    return CheckedUpload(count, {}, lambda: iter(chunks))


class TestAnswer:
    async def test_results_counts_and_model_stand_in_input_order(self):
        checked, ledger = check_list(RENTAL_PRICE, rows(10, None, 20)), Ledger()
        answer = answer_list(checked, ledger.decide(checked.chunks()), RENDERING)
        body = await body_of(answer)
        assert json.loads(body) == {
            "results": [
                {"mileage": 10, "warnings": []},
                {"row": 2, "errors": [json.loads(body)["results"][1]["errors"][0]]},
                {"mileage": 20, "warnings": []},
            ],
            "counts": {"ok": 2, "failed": 1},
            "model": {"name": "rental-price", "version": "3"},
        }
        assert json.loads(body)["results"][1]["errors"][0]["pointer"] == "/1/mileage"
        assert answer.headers["content-length"] == str(len(body))

    async def test_thousands_of_rows_keep_their_order_over_chunks_and_disk(self):
        checked, ledger = many(30_000), Ledger()
        answer = answer_list(checked, ledger.decide(checked.chunks()), RENDERING)
        results = (await results_of(answer))["results"]
        assert [result["mileage"] for result in results] == list(range(30_000))
        assert ledger.steps.count("decided") == 30_000 / CHUNK_ROWS

    async def test_a_broken_row_lists_at_most_a_hundred_errors(self):
        checked = replace(many(1), total=2, failed={2: [FieldError("c", "d", pointer="/x")] * 300})
        results = (await results_of(answer_list(checked, Ledger().decide(checked.chunks()), RENDERING)))[
            "results"
        ]
        assert len(results[1]["errors"]) == 100

    def test_nothing_can_be_sent_before_all_of_it_is_durable(self):
        """The answer exists only once the batch has ended, so no server can have sent any of it."""
        checked, ledger = check_list(RENTAL_PRICE, rows(1, 2, 3)), Ledger()
        answer_list(checked, ledger.decide(checked.chunks()), RENDERING)
        assert ledger.steps == ["decided", "durable"]
        assert ledger.recorded == 3


class TestFailures:
    def test_a_failure_in_a_later_chunk_records_nothing(self):
        checked, ledger = many(5_000), Ledger(fails_in_chunk=1)
        with pytest.raises(UnavailableError):
            answer_list(checked, ledger.decide(checked.chunks()), RENDERING)
        assert ledger.steps == ["decided", "rolled back"]
        assert ledger.recorded == 0

    def test_a_failure_while_an_answer_is_written_rolls_back_what_was_decided(self):
        checked, ledger = many(5_000), Ledger()

        def explode(answer: Echo, warnings: object) -> bytes:
            if answer.mileage == 3_000:
                raise ZeroDivisionError
            return b"{}"

        with pytest.raises(ZeroDivisionError) as failed:
            answer_list(
                checked, ledger.decide(checked.chunks()), Rendering(explode, (), lambda answer, warnings: [])
            )
        assert failed.value.__traceback__  # whoever still holds the error does not hold up the ledger
        assert ledger.steps == ["decided", "decided", "rolled back"]
        assert ledger.recorded == 0

    def test_a_failed_spool_is_closed(self):
        spools = []

        def fail(file) -> None:
            spools.append(file)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            spooled_answer(fail, media_type="text/csv")
        assert spools[0].closed

    async def test_a_sent_spool_is_closed(self):
        spools = []

        def write(file) -> None:
            spools.append(file)
            file.write(b"x" * 200_000)

        answer = spooled_answer(write, media_type="text/csv", file_name="answers.csv")
        assert answer.headers["content-disposition"] == 'attachment; filename="answers.csv"'
        assert len(await body_of(answer)) == 200_000
        assert spools[0].closed
