"""Uploaded tables are answered as JSON or as the same rows with columns added; a busy worker says so."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from drivetrain.adapters.http.concurrency import WaitingLine
from drivetrain.adapters.http.tables import MOST_AT_ONCE, NOTES_HEADER, TableAnswers, notes_text, wanted_type
from drivetrain.core.errors import (
    ContractError,
    FieldError,
    StorageFullError,
    TooManyRequestsError,
    UnreadableInputError,
)
from drivetrain.lifecycle.data.contracts import FieldWarning, RowContract, TextColumn
from drivetrain.lifecycle.serving.batches import CSV, XLSX, CheckedUpload, Rendering, TableWriters
from drivetrain.lifecycle.serving.predictions import ModelRef, RequestContext

MODEL = ModelRef("doubler", "1")
CONTEXT = RequestContext("desk", "r-1", 0.0)
NUMBERS = RowContract("numbers", "test", (TextColumn("n", "a number", example="1"),))
WARNED = FieldWarning("n", "test.n_unusual", "n is unusual.")


@dataclass(frozen=True)
class Doubled:
    """Answers a number with twice the number."""

    number: int
    model: ModelRef = MODEL


RENDERING: Rendering[Doubled] = Rendering(
    lambda answer, warnings: b'{"doubled":%d}' % answer.number,
    ("doubled", "warnings"),
    lambda answer, warnings: [answer.number, "; ".join(warning.detail for warning in warnings)],
)


def checked_numbers(cells: list[str], ignored_columns: Sequence[str]) -> CheckedUpload:
    """A table of one column; what is no number is a broken row."""
    error = FieldError("test.n_not_a_number", "n must be a number.")
    failed = {row: [error, error] for row, cell in enumerate(cells, start=1) if not cell.isdecimal()}
    good = [cell.encode() for row, cell in enumerate(cells, start=1) if row not in failed]
    return CheckedUpload(
        total=len(cells),
        failed=failed,
        chunks=lambda: iter([good]),
        warnings={row: [WARNED] for row, cell in enumerate(cells, start=1) if cell == "99"},
        ignored_columns=ignored_columns,
        original=lambda: iter([["N "], *([cell] for cell in cells)]),
    )


class Service:
    """``TableAnswers`` over a parser of numbers (then names of ignored columns), and a decider that notes how it ended."""

    def __init__(self, patience_s: float = 5.0) -> None:
        self.asked_for_original: list[bool] = []
        self.sheets: list[str | None] = []
        self.folders: list[Path] = []
        self.ended: list[str] = []
        self.line = WaitingLine(MOST_AT_ONCE, most_present=MOST_AT_ONCE + 2, patience_s=patience_s)
        self.answers = self.over(TableWriters(self.write_csv, self.write_xlsx))

    def over(self, writers: TableWriters) -> TableAnswers[Doubled]:
        return TableAnswers(NUMBERS, self.check, self.decide, RENDERING, writers, 1_000, self.line)

    def check(
        self,
        upload: Path,
        contract: RowContract,
        into: Path,
        *,
        with_original: bool = False,
        sheet: str | None = None,
    ) -> CheckedUpload:
        assert into.is_dir()
        assert contract is NUMBERS
        self.folders.append(upload.parent)
        self.asked_for_original.append(with_original)
        self.sheets.append(sheet)
        numbers, _, notes = upload.read_text().partition(";")
        return checked_numbers(numbers.split(), notes.split())

    def decide(
        self, chunks: Iterable[Sequence[bytes]], context: RequestContext
    ) -> Generator[list[Doubled], None, None]:
        assert context is CONTEXT
        try:
            for lines in chunks:
                yield [Doubled(2 * int(line)) for line in lines]
        except BaseException:
            self.ended.append("rolled back")
            raise
        self.ended.append("durable")

    @staticmethod
    def write_csv(file: Any, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        file.write(text.getvalue().encode())

    @staticmethod
    def write_xlsx(file: Any, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        file.write(b"PK" + json.dumps([list(header), *map(list, rows)]).encode())


def request(body: bytes = b"1 2 3", accept: str = "", receive: Any = None) -> Request:
    pairs = [(b"content-type", b"text/csv"), (b"accept", accept.encode())]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": pairs}, receive or sent(body))


def sent(body: bytes, leaves: asyncio.Event | None = None) -> Any:
    """What arrives of a client that sends its body at once, and leaves when the event is set."""
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Any:
        for message in messages:
            return message
        await (leaves or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    return receive


async def stays() -> None:
    """A client that does not leave."""
    await asyncio.Event().wait()


async def text_of(answer: Any) -> str:
    return b"".join([part async for part in answer.body_iterator]).decode()


@pytest.fixture
def service() -> Service:
    return Service()


class TestWantedType:
    @pytest.mark.parametrize(
        ("accept", "wanted"),
        [
            ("", "application/json"),
            ("*/*", "application/json"),
            ("application/json", "application/json"),
            ("text/csv", CSV),
            ("TEXT/CSV; charset=utf-8", CSV),
            (XLSX, XLSX),
            (f"{XLSX}, text/csv", XLSX),
            ("text/html, text/csv", CSV),  # a browser that was asked for a table
            ("application/json, text/csv", "application/json"),
            ("*/*, text/csv", "application/json"),
            ("text/csvx", "application/json"),
            ("image/png", "application/json"),
            (",;,", "application/json"),
            ("text/csv;q=0.5, application/json", "application/json"),
            ("application/json;q=0.1, text/csv;q=0.2", CSV),
            (f"text/csv ; Q=0.9 , {XLSX};q=1.0", XLSX),
            ("text/html, */*;q=0.8", "application/json"),
            ("text/*", CSV),
            ("application/*", "application/json"),
            ("*/*, application/json;q=0", CSV),  # anything but JSON
            ("text/csv;q=0", "application/json"),
            ("text/csv;q=often", CSV),
            ("text/csv;header=present;q=0.1, */*;q=0.2", "application/json"),
        ],
    )
    def test_the_type_that_is_preferred_counts(self, accept, wanted):
        assert wanted_type(accept) == wanted


class TestNotes:
    def test_all_that_is_told_of_a_table_as_a_whole(self):
        rows = CheckedUpload(
            2, {}, lambda: iter(()), ignored_columns=["x"], sheet="cars", table_warnings=[WARNED]
        )
        assert json.loads(notes_text(rows)) == {
            "counts": {"ok": 2, "failed": 0},
            "sheet": "cars",
            "ignored_columns": ["x"],
            "table_warnings": [WARNED.as_dict()],
        }

    def test_a_thousand_long_names_are_shortened_to_what_a_header_holds_and_counted(self):
        names = [f"{index:04}{chr(0x1F697) * 60}" for index in range(1_000)]
        rows = CheckedUpload(2, {}, lambda: iter(()), ignored_columns=names, sheet=chr(0x1F697) * 255)
        text = notes_text(rows)
        notes = json.loads(text)
        assert text.isascii()
        assert len(text) <= 2_000
        assert len(notes.get("ignored_columns", [])) + notes["left_out"] == 1_000


class TestAnswers:
    async def test_json_needs_no_original_cells(self, service):
        answer = json.loads(await text_of(await service.answers(request(), CONTEXT, "atomic")))
        assert [result["doubled"] for result in answer["results"]] == [2, 4, 6]
        assert answer["counts"] == {"ok": 3, "failed": 0}
        assert service.asked_for_original == [False]

    async def test_ignored_columns_are_noted_in_json(self, service):
        answer = json.loads(
            await text_of(await service.answers(request(b"1;color notes"), CONTEXT, "atomic"))
        )
        assert answer["ignored_columns"] == ["color", "notes"]

    @pytest.mark.parametrize("accept", ["text/csv", XLSX])
    async def test_a_table_says_in_a_header_what_the_json_answer_says_beside_its_rows(self, service, accept):
        answer = await service.answers(
            request("1 x;color Citro\u00ebn".encode(), accept=accept),
            CONTEXT,
            "partial",
        )
        header = answer.headers[NOTES_HEADER]
        assert header.isascii()
        assert json.loads(header) == {
            "counts": {"ok": 1, "failed": 1},
            "ignored_columns": ["color", "Citro\u00ebn"],
        }

    async def test_a_sheet_that_is_named_is_the_one_that_is_read(self, service):
        await service.answers(request(), CONTEXT, "atomic", "May 2026")
        await service.answers(request(), CONTEXT, "atomic")
        assert service.sheets == ["May 2026", None]

    async def test_a_table_gets_its_own_cells_back_with_columns_added(self, service):
        answer = await service.answers(request(b"01 99", accept="text/csv"), CONTEXT, "atomic")
        assert answer.media_type == "text/csv"
        assert answer.headers["content-disposition"] == 'attachment; filename="answers.csv"'
        assert list(csv.reader(io.StringIO(await text_of(answer)))) == [
            ["N ", "doubled", "warnings"],
            ["01", "2", ""],
            ["99", "198", "n is unusual."],
        ]

    async def test_a_partial_table_says_in_its_row_what_is_wrong(self, service):
        answer = await service.answers(request(b"1 x 3", accept=XLSX), CONTEXT, "partial")
        assert answer.headers["content-disposition"] == 'attachment; filename="answers.xlsx"'
        assert json.loads((await text_of(answer))[2:]) == [
            ["N ", "doubled", "warnings", "errors"],
            ["1", 2, "", None],
            ["x", None, None, "n must be a number.; n must be a number."],
            ["3", 6, "", None],
        ]

    @pytest.mark.parametrize("accept", ["", "text/csv", XLSX])
    async def test_the_ledger_has_all_of_it_before_there_is_an_answer(self, service, accept):
        await service.answers(request(b"1 x 3", accept=accept), CONTEXT, "partial")
        assert service.ended == ["durable"]

    @pytest.mark.parametrize("accept", ["", "text/csv", XLSX])
    async def test_a_broken_row_refuses_an_atomic_table_before_anything_is_decided(self, service, accept):
        with pytest.raises(ContractError, match=r"The table \(1 of 3 rows are broken\)"):
            await service.answers(request(b"1 x 3", accept=accept), CONTEXT, "atomic")
        assert service.ended == []

    async def test_a_failure_while_the_table_is_written_rolls_back(self, service):
        def fail(file: Any, header: Sequence[str], rows: Iterator[Sequence[Any]], /) -> None:
            next(rows)
            raise OSError(28, "No space left on device")

        with pytest.raises(StorageFullError):
            await service.over(TableWriters(fail, fail))(request(accept="text/csv"), CONTEXT, "atomic")
        assert service.ended == ["rolled back"]

    async def test_the_upload_is_gone_afterwards_whatever_came_of_it(self, service):
        await service.answers(request(), CONTEXT, "atomic")
        with pytest.raises(ContractError):
            await service.answers(request(b"x"), CONTEXT, "atomic")
        assert len(service.folders) == 2
        assert not [folder for folder in service.folders if folder.exists()]


class TestPlaces:
    @staticmethod
    def slow(arrive: asyncio.Event) -> Any:
        """An upload that arrives when it is let."""
        receive = sent(b"1")

        async def receive_later() -> Any:
            await arrive.wait()
            return await receive()

        return receive_later

    async def test_uploads_that_still_arrive_keep_no_table_from_being_answered(self, service):
        arrive = asyncio.Event()
        arriving = [
            asyncio.create_task(service.answers(request(receive=self.slow(arrive)), CONTEXT, "atomic"))
            for _ in range(MOST_AT_ONCE + 1)
        ]
        await asyncio.sleep(0)
        assert service.line.present == MOST_AT_ONCE + 1
        await service.answers(request(), CONTEXT, "atomic")
        arrive.set()
        assert len(await asyncio.gather(*arriving)) == MOST_AT_ONCE + 1

    async def test_more_uploads_than_the_disk_should_hold_are_told_to_come_back(self, service):
        arrive = asyncio.Event()
        arriving = [
            asyncio.create_task(service.answers(request(receive=self.slow(arrive)), CONTEXT, "atomic"))
            for _ in range(MOST_AT_ONCE + 2)
        ]
        await asyncio.sleep(0)
        with pytest.raises(TooManyRequestsError) as refused:
            await service.answers(request(), CONTEXT, "atomic")
        assert refused.value.retry_after_s >= 1
        arrive.set()
        assert len(await asyncio.gather(*arriving)) == MOST_AT_ONCE + 2
        await service.answers(request(), CONTEXT, "atomic")  # there is room again

    async def test_a_table_that_waits_for_too_long_is_told_to_come_back(self):
        service = Service(patience_s=0.01)
        async with service.line.place("busy", stays), service.line.place("busy", stays):
            with pytest.raises(TooManyRequestsError):
                await service.answers(request(), CONTEXT, "atomic")
        assert service.folders == []  # it was not parsed
        await service.answers(request(), CONTEXT, "atomic")

    async def test_a_client_that_leaves_while_it_waits_gives_its_turn_back(self, service):
        leaves = asyncio.Event()
        async with service.line.place("busy", stays), service.line.place("busy", stays):
            waiting = asyncio.create_task(
                service.answers(request(receive=sent(b"1 2 3", leaves)), CONTEXT, "atomic")
            )
            await asyncio.sleep(0)  # it has arrived and waits for its place
            leaves.set()
            with pytest.raises(UnreadableInputError) as gone:
                await waiting
        assert gone.value.code == "input.cut_short"
        assert (service.line.present, service.folders) == (0, [])  # nor was it parsed
        await service.answers(request(), CONTEXT, "atomic")

    async def test_refused_and_broken_uploads_give_their_place_back(self, service):
        async def leave() -> Any:
            return {"type": "http.disconnect"}

        for _ in range(3 * MOST_AT_ONCE):
            with pytest.raises(UnreadableInputError):
                await service.answers(request(receive=leave), CONTEXT, "atomic")
            with pytest.raises(ContractError):
                await service.answers(request(b"x"), CONTEXT, "atomic")
        assert service.line.present == 0
        await service.answers(request(), CONTEXT, "atomic")
