"""A batch is checked, decided and recorded whole before its first byte leaves, and answered in the order it came."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.responses import StreamingResponse
from tests.support.fakes import MemoryBatchDecisionLog
from tests.support.listings import FAMILY_ESTATE, listing, without
from tests.support.samples import decisions

from drivetrain.adapters.http import batches
from drivetrain.adapters.http.batches import (
    CheckedList,
    Rendering,
    answer_list,
    check_list,
    in_order,
    refuse_broken,
    spooled_answer,
)
from drivetrain.core.errors import ContractError, FieldError, UnavailableError
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.rental.price.model.contract import RENTAL_PRICE

MODEL = ModelRef("rental-price", "3")
BROKEN = listing(mileage=-1)


@dataclass(frozen=True)
class Echo:
    """Answers a row with its mileage."""

    mileage: int
    model: ModelRef = MODEL


RENDERING: Rendering[Echo] = Rendering(
    lambda answer, warnings: {"mileage": answer.mileage, "warnings": [warning.code for warning in warnings]},
    ("answer",),
    lambda answer, warnings: [answer.mileage],
)


class Ledger:
    """Decides rows inside a batch of the ledger; every step is noted in ``steps``."""

    def __init__(self, fails_in_chunk: int | None = None) -> None:
        self.log = MemoryBatchDecisionLog()
        self.steps: list[str] = []
        self.fails_in_chunk = fails_in_chunk

    def decide(self, chunks: Iterable[Sequence[bytes]]) -> Generator[list[Echo], None, None]:
        try:
            with self.log.batch() as batch:
                for number, lines in enumerate(chunks):
                    if number == self.fails_in_chunk:
                        raise UnavailableError("The ledger is away.")
                    batch.write(decisions(len(lines)))
                    self.steps.append("decided")
                    yield [Echo(json.loads(line)["mileage"]) for line in lines]
        except BaseException:
            self.steps.append("rolled back")
            raise
        self.steps.append("durable")

    @property
    def recorded(self) -> int:
        return len(self.log.ledger.decisions)


async def body_of(answer: StreamingResponse) -> bytes:
    return b"".join([part async for part in answer.body_iterator])


async def results_of(answer: StreamingResponse) -> dict[str, Any]:
    return json.loads(await body_of(answer))


def rows(*mileages: int | None) -> list[dict[str, Any]]:
    """Listings with these mileages; None stands for a broken one."""
    return [BROKEN if mileage is None else listing(mileage=mileage) for mileage in mileages]


class TestCheck:
    def test_good_rows_become_canonical_lines_in_order(self):
        checked = check_list(RENTAL_PRICE, [listing(model_key="vw"), FAMILY_ESTATE])
        assert [json.loads(line)["model_key"] for line in checked.lines] == ["Volkswagen", "Citroën"]
        assert (checked.total, checked.failed, checked.warnings) == (2, {}, {})

    def test_pointers_lead_into_the_list_and_rows_count_from_one(self):
        checked = check_list(RENTAL_PRICE, [FAMILY_ESTATE, {**without("fuel"), "mileage": -1}, 7, None])
        assert [(error.code, error.pointer) for error in checked.failed[2]] == [
            ("rental.mileage_out_of_range", "/1/mileage"),
            ("input.missing_field", "/1/fuel"),
        ]
        assert [(error.code, error.pointer) for error in checked.failed[3]] == [("input.not_an_object", "/2")]
        assert sorted(checked.failed) == [2, 3, 4]

    def test_warnings_stand_by_their_row(self):
        checked = check_list(RENTAL_PRICE, [FAMILY_ESTATE, listing(model_key="Dacia")])
        assert {
            number: [warning.code for warning in found] for number, found in checked.warnings.items()
        } == {2: ["rental.new_model_key"]}

    def test_chunks_hold_all_lines_in_order_and_never_nothing(self, monkeypatch):
        monkeypatch.setattr(batches, "CHUNK_ROWS", 3)
        checked = CheckedList(7, lines=[str(number).encode() for number in range(7)])
        assert [len(chunk) for chunk in checked.chunks()] == [3, 3, 1]
        assert [line for chunk in checked.chunks() for line in chunk] == checked.lines


class TestRefusal:
    @pytest.mark.parametrize(
        ("mileages", "mode", "refused"),
        [
            ((1, 2), "atomic", False),
            ((1, None), "atomic", True),
            ((1, None), "partial", False),
            ((None, None), "partial", True),  # nothing is left to answer
            ((None, None), "atomic", True),
        ],
    )
    def test_one_broken_row_refuses_an_atomic_batch_and_only_all_refuse_a_partial_one(
        self, mileages, mode, refused
    ):
        checked = check_list(RENTAL_PRICE, rows(*mileages))
        if not refused:
            refuse_broken(checked, mode, "The list")
            return
        with pytest.raises(ContractError):
            refuse_broken(checked, mode, "The list")

    def test_the_refusal_lists_the_errors_in_row_order_and_counts_the_rows(self):
        checked = check_list(RENTAL_PRICE, rows(1, None, 2, None))
        checked.failed = dict(reversed(checked.failed.items()))
        with pytest.raises(ContractError) as refused:
            refuse_broken(checked, "atomic", "The list")
        assert [error.pointer for error in refused.value.errors] == ["/1/mileage", "/3/mileage"]
        assert "2 of 4 rows" in refused.value.detail


class TestOrder:
    def test_answers_meet_their_rows_around_the_broken_ones(self):
        checked = check_list(RENTAL_PRICE, rows(None, 10, None, None, 20, 30, None))
        met = [
            (number, answer and answer.mileage)
            for number, answer in in_order(checked, Ledger().decide(checked.chunks()))
        ]
        assert met == [(1, None), (2, 10), (3, None), (4, None), (5, 20), (6, 30), (7, None)]

    def test_the_ledger_ends_its_batch_with_the_last_row_and_not_before(self):
        checked, ledger = check_list(RENTAL_PRICE, rows(1, 2, None)), Ledger()
        paired = in_order(checked, ledger.decide(checked.chunks()))
        for _ in range(3):
            next(paired)
            assert ledger.recorded == 0
        assert next(paired, "end") == "end"
        assert ledger.recorded == 2

    @pytest.mark.parametrize("count", [1, 3])
    def test_more_or_fewer_answers_than_rows_are_a_bug_and_not_an_answer(self, count):
        checked = check_list(RENTAL_PRICE, rows(1, 2))

        def wrong() -> Iterator[list[Echo]]:
            yield [Echo(0)] * count

        with pytest.raises((AssertionError, RuntimeError)):
            list(in_order(checked, wrong()))


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
        checked, ledger = CheckedList(30_000), Ledger()
        checked.lines = [b'{"mileage":%d}' % number for number in range(30_000)]
        answer = answer_list(checked, ledger.decide(checked.chunks()), RENDERING)
        results = (await results_of(answer))["results"]
        assert [result["mileage"] for result in results] == list(range(30_000))
        assert ledger.steps.count("decided") == 30_000 / batches.CHUNK_ROWS

    async def test_a_broken_row_lists_at_most_a_hundred_errors(self):
        checked = check_list(RENTAL_PRICE, rows(10))
        checked.total, checked.failed = 2, {2: [FieldError("c", "d", pointer="/x")] * 300}
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
    def many(self) -> CheckedList:
        return CheckedList(5_000, lines=[b'{"mileage":%d}' % number for number in range(5_000)])

    def test_a_failure_in_a_later_chunk_records_nothing(self):
        checked, ledger = self.many(), Ledger(fails_in_chunk=1)
        with pytest.raises(UnavailableError):
            answer_list(checked, ledger.decide(checked.chunks()), RENDERING)
        assert ledger.steps == ["decided", "rolled back"]
        assert ledger.recorded == 0

    def test_a_failure_while_an_answer_is_written_rolls_back_what_was_decided(self):
        checked, ledger = self.many(), Ledger()

        def explode(answer: Echo, warnings: object) -> dict[str, Any]:
            if answer.mileage == 3_000:
                raise ZeroDivisionError
            return {}

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
