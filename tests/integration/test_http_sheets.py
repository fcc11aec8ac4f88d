"""Workbooks over HTTP and through the real parsing child, without a socket: sheets, types of cells, what is told."""

from __future__ import annotations

import csv
import io
import json

import httpx
import pytest
from prometheus_client import CollectorRegistry
from tests.support.cars import COMPACT
from tests.support.fakes import MemoryLedger
from tests.support.resale_app import resale_app
from tests.support.workbooks import SheetXml, header_row, letter_of, workbook

from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.metrics import HttpMetrics
from drivetrain.adapters.http.tables import TableService
from drivetrain.adapters.tabular.answers import write_csv, write_xlsx
from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.limited import LimitedTableReader
from drivetrain.adapters.tabular.workbooks import read_workbook
from drivetrain.lifecycle.data.cells import CellKind
from drivetrain.lifecycle.serving.batches import CSV, XLSX, TableWriters

PATH = "/resale/prices/file"
HEADER = list(COMPACT)


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def client(ledger: MemoryLedger) -> httpx.AsyncClient:
    tables = TableService(LimitedTableReader(), TableWriters(write_csv, write_xlsx), 1 << 20)
    app = resale_app(CollectorRegistry(), ledger, tables)
    transport = httpx.ASGITransport(Edge(app, HttpMetrics(CollectorRegistry())), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test", timeout=120)


def car_row(number: int, further: str = "", **elements: str) -> str:
    """A row of one car, numbers as numbers; ``elements`` replace cells and have ``{}`` for their place."""
    cells = []
    for column, (name, value) in enumerate(COMPACT.items()):
        text = f'<c r="{{}}" t="inlineStr"><is><t>{value}</t></is></c>'
        element = text if isinstance(value, str) else f'<c r="{{}}"><v>{value}</v></c>'
        cells.append(elements.get(name, element).format(f"{letter_of(column)}{number}"))
    return f'<row r="{number}">{"".join(cells)}{further}</row>'


def sheet(name: str, *rows: str, header: tuple[str, ...] = ()) -> SheetXml:
    return SheetXml(header_row([*HEADER, *header]) + "".join(rows), name)


async def send(client: httpx.AsyncClient, content: bytes, accept: str = "", **params: str) -> httpx.Response:
    return await client.post(
        PATH, params=params, files={"file": ("cars.xlsx", content)}, headers={"Accept": accept or "*/*"}
    )


async def test_a_sheet_is_chosen_by_its_name_and_every_answer_names_it(client):
    content = workbook(sheet("April", car_row(2)), sheet("May", car_row(2), car_row(3)))
    opens = (await send(client, content)).json()
    assert (opens["sheet"], opens["counts"]) == ("April", {"ok": 1, "failed": 0})
    named = (await send(client, content, sheet="may")).json()
    assert (named["sheet"], named["counts"]) == ("May", {"ok": 2, "failed": 0})
    for accept in (CSV, XLSX):
        notes = json.loads((await send(client, content, accept, sheet="May")).headers["X-Table-Notes"])
        assert notes == {"counts": {"ok": 2, "failed": 0}, "sheet": "May"}
    unknown = await send(client, content, sheet="June")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "input.unknown_sheet")
    assert "'April', 'May'" in unknown.json()["detail"]
    for wrong in ("", "x" * 256, "\x00"):
        assert (await send(client, content, sheet=wrong)).json()["code"] == "input.invalid_parameter"


async def test_fractions_of_three_digits_are_numbers(client, ledger):
    rows = [car_row(2, wheelbase='<c r="{}"><v>95.125</v></c>', boreratio='<c r="{}"><v>3.125</v></c>')]
    answer = (await send(client, workbook(sheet("cars", *rows)))).json()
    assert answer["counts"] == {"ok": 1, "failed": 0}


async def test_broken_and_uncalculated_cells_fail_alone_or_all(client):
    content = workbook(
        sheet(
            "cars",
            car_row(2, horsepower='<c r="{}" t="e"><v>#N/A</v></c>'),
            car_row(3, fueltype='<c r="{}"><f>A1</f></c>'),
            car_row(4),
        )
    )
    atomic = await send(client, content)
    assert (atomic.status_code, [error["code"] for error in atomic.json()["errors"]]) == (
        422,
        ["input.error_value", "input.uncalculated_formula"],
    )
    results = (await send(client, content, mode="partial")).json()["results"]
    assert [[error["code"] for error in result.get("errors", ())] for result in results] == [
        ["input.error_value"],
        ["input.uncalculated_formula"],
        [],
    ]


async def test_cells_keep_their_types_in_the_answer_and_an_answer_may_be_sent_again(client):
    beside = (
        '<c r="S2" s="1"><v>44697</v></c><c r="T2" t="b"><v>1</v></c><c r="U2"><v>0.1234567890123456</v></c>'
    )
    header = ("date", "sold", "share")
    content = workbook(sheet("cars", car_row(2, beside), header=header), formats=["yyyy-mm-dd"])
    answered = await send(client, content, XLSX)
    names = [*HEADER, *header]
    table = read_workbook(answered.content, names, ParseLimits(), sheet=None, keep_all=True)
    assert table.kinds is not None
    assert table.contract_cells().row(0)[-3:] == ("2022-05-16", "true", "0.1234567890123456")
    assert table.kinds.row(0)[18:21] == (CellKind.DATE, CellKind.FLAG, CellKind.NUMBER)
    again = await send(client, answered.content, XLSX)
    assert again.status_code == 200, again.text
    answers = [
        read_workbook(each.content, names, ParseLimits(), sheet=None, keep_all=True)
        for each in (answered, again)
    ]
    assert answers[0].header == answers[1].header
    assert len(set(answers[1].header)) == len(answers[1].header)
    (row,) = csv.DictReader(io.StringIO((await send(client, content, CSV)).text))
    assert (row["date"], row["sold"], row["share"]) == ("2022-05-16", "true", "0.1234567890123456")
