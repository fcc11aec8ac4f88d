"""Cars over HTTP on the running platform: files of every kind, bad tables, the ledger, the command line, real tables."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from tests.support.bad_tables import table, xls, xlsx
from tests.support.platform import RunningPlatform, drivetrain
from tests.support.used_cars import published_table

from drivetrain.adapters.tabular.training import read_training_table
from drivetrain.lifecycle.data.contracts import RowContract
from drivetrain.products import model_named
from drivetrain.resale.price.adapters import schemas
from drivetrain.resale.price.model.contract import CAR_PRICE
from drivetrain.resale.used.adapters import schemas as used_schemas
from drivetrain.resale.used.model.contract import CONTRACTS, DEAL_CONTRACTS
from drivetrain.resale.used.model.countries import COUNTRIES

pytestmark = pytest.mark.usefixtures("unharmed")

FILES: Mapping[str, tuple[str, RowContract, Any]] = {
    "car price": ("/resale/prices/file", CAR_PRICE, schemas.RENDERING),
    **{
        f"values {code}": (f"/resale/used/{code}/values/file", CONTRACTS[code], used_schemas.VALUES)
        for code in COUNTRIES
    },
    "deals uk": ("/resale/used/uk/deals/file", DEAL_CONTRACTS["uk"], used_schemas.DEALS),
}
"""Route, contract and rendering of every table that resale takes."""

every_file = pytest.mark.parametrize("name", FILES)
TYPED = "application/octet-stream"
FIGURES = ("price", "value", "range", "band", "rating", "difference")


@pytest.fixture
def client(platform: RunningPlatform) -> Iterator[httpx.Client]:
    with platform.client() as client:
        yield client


def rows_of(contract: RowContract) -> list[dict[str, Any]]:
    """The example, and a second car of which less is known and more is new."""
    example = contract.example()
    other = {**example, "make": "Trabant"} if "make" in example else {**example, "CompanyName": "Trabant"}
    return [example, {**other, **dict.fromkeys(contract.optional_names)}]


def as_csv(contract: RowContract, rows: list[dict[str, Any]]) -> bytes:
    cells = [["" if value is None else str(value) for value in row.values()] for row in rows]
    return table(*cells, header=contract.names).encode()


def send(client: httpx.Client, path: str, content: bytes, **headers: str) -> httpx.Response:
    return client.post(path, content=content, headers={"Content-Type": TYPED, **headers}, timeout=60)


def figures(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in FIGURES if name in answer}


@every_file
def test_csv_xlsx_and_xls_are_answered_as_the_same_cars_alone(client: httpx.Client, name: str) -> None:
    path, contract, _ = FILES[name]
    rows = rows_of(contract)
    one = path.removesuffix("s/file")
    alone = [client.post(one, params={"explain": "false"}, json=row) for row in rows]
    assert [answer.status_code for answer in alone] == [200, 200], alone[1].text
    typed = [list(row.values()) for row in rows]
    for content in (
        as_csv(contract, rows),
        xlsx(*typed, header=contract.names),
        xls(*typed, header=contract.names),
    ):
        answer = send(client, path, content)
        assert answer.status_code == 200, answer.text
        given = answer.json()
        assert [figures(each) for each in given["results"]] == [figures(answer.json()) for answer in alone]
        assert given["counts"] == {"ok": 2, "failed": 0}
        assert given["results"][1]["warnings"][0]["code"].startswith("resale.new_")


@every_file
def test_a_table_comes_back_with_its_columns_added(client: httpx.Client, name: str) -> None:
    path, contract, rendering = FILES[name]
    rows = rows_of(contract)
    answer = send(client, path, as_csv(contract, rows), Accept="text/csv")
    got = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert list(got[0]) == [*contract.names, *rendering.columns]
    decided = client.get(f"/decisions/{got[0]['decision_id']}").json()
    assert decided["product"] == "resale"
    assert decided["input"] == contract.check_row(rows[0])[0]
    assert len(decided["features"]) >= 8


@every_file
def test_what_is_wrong_with_a_table_is_named_by_row_and_column(client: httpx.Client, name: str) -> None:
    path, contract, _ = FILES[name]
    good, other = rows_of(contract)
    number = contract.names[3]  # a wheelbase is no place for a word; nor is the distance of a used car
    broken = send(client, path, as_csv(contract, [good, {**other, number: "a lot"}]))
    assert broken.status_code == 422
    (error,) = broken.json()["errors"]
    assert (error["row"], error["column"], error["code"]) == (2, number, f"resale.{number}_not_a_number")
    partial = client.post(
        path,
        params={"mode": "partial"},
        content=as_csv(contract, [good, {**other, number: "a lot"}]),
        headers={"Content-Type": TYPED},
    )
    assert partial.json()["counts"] == {"ok": 1, "failed": 1}


UK = CONTRACTS["uk"]
HEADER_LINE = ",".join(UK.names).encode() + b"\n"
BAD_FILES = {
    "nothing": (b"", "input.empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "input.not_a_table"),
    "a header alone": (HEADER_LINE, "input.no_rows"),
    "a column twice": (b"make," + HEADER_LINE + b"Ford," * 10 + b"1\n", "input.duplicate_column"),
    "more cells than columns": (HEADER_LINE + b"Ford," * 20 + b"\n", "input.ragged_row"),
    "quotes that never end": (HEADER_LINE + b'"Ford,Fiesta,2017\n', "input.broken_quotes"),
    "Latin-1": (
        as_csv(UK, [{**UK.example(), "make": "Citro\u00ebn"}]).decode().encode("latin-1"),
        "input.encoding",
    ),
}
BAD_CELLS = {
    "year": ("1970", "resale.year_out_of_range"),  # stands for unknown in the published table
    "mileage_miles": ("-5", "resale.mileage_miles_out_of_range"),
    "fuel": ("steam", "resale.unknown_fuel"),
    "transmission": ("", "input.missing_value"),
    "engine_size_l": ("one point two", "resale.engine_size_l_not_a_number"),
    "tax_gbp": ("12.5", "resale.tax_gbp_not_whole"),
    "make": ("x" * 65, "resale.make_not_plain"),
}


@pytest.mark.parametrize("content, code", BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_gets_its_documented_answer(client: httpx.Client, content: bytes, code: str) -> None:
    refused = send(client, "/resale/used/uk/values/file", content)
    assert refused.status_code in {400, 422}
    assert refused.headers["content-type"] == "application/problem+json"
    assert code in {refused.json()["code"], *(error["code"] for error in refused.json().get("errors", ()))}, (
        refused.text
    )


@pytest.mark.parametrize(
    "column, cell, code", [(column, *each) for column, each in BAD_CELLS.items()], ids=BAD_CELLS
)
def test_a_bad_cell_is_refused_by_its_own_code(
    client: httpx.Client, column: str, cell: str, code: str
) -> None:
    refused = send(client, "/resale/used/uk/values/file", as_csv(UK, [{**UK.example(), column: cell}]))
    assert refused.status_code == 422, refused.text
    assert [(error["row"], error["column"], error["code"]) for error in refused.json()["errors"]] == [
        (1, column, code)
    ]


@every_file
def test_a_table_without_a_column_names_it(client: httpx.Client, name: str) -> None:
    path, contract, _ = FILES[name]
    rows = [
        {key: value for key, value in row.items() if key != contract.names[1]} for row in rows_of(contract)
    ]
    cells = [["" if value is None else str(value) for value in row.values()] for row in rows]
    refused = send(client, path, table(*cells, header=list(rows[0])).encode())
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert contract.names[1] in refused.text


def test_optional_columns_may_be_missing_from_a_table(client: httpx.Client) -> None:
    contract = CONTRACTS["uk"]
    row = {key: value for key, value in contract.example().items() if key not in contract.optional_names}
    answer = send(
        client,
        "/resale/used/uk/values/file",
        table([str(v) for v in row.values()], header=list(row)).encode(),
    )
    assert answer.status_code == 200, answer.text
    alone = client.post("/resale/used/uk/value", params={"explain": "false"}, json=row).json()
    assert figures(answer.json()["results"][0]) == figures(alone)


@pytest.mark.parametrize("country", COUNTRIES.values(), ids=lambda country: country.code)
def test_the_command_line_gives_the_same_figures_and_shows_the_card(
    client: httpx.Client, platform: RunningPlatform, tmp_path: Path, country: Any
) -> None:
    contract = CONTRACTS[country.code]
    rows = rows_of(contract)
    (tmp_path / "cars.csv").write_bytes(as_csv(contract, rows))
    out = tmp_path / "out.json"
    said = drivetrain(
        platform.home, "predict", country.model_name, "--in", tmp_path / "cars.csv", "--out", out, "--json"
    )
    assert said.code == 0, said.err
    over_http = client.post(f"/resale/used/{country.code}/values", json=rows).json()
    assert list(map(figures, json.loads(out.read_text())["results"])) == list(
        map(figures, over_http["results"])
    )
    card = drivetrain(platform.home, "models", "show", country.model_name)
    assert card.code == 0 and str(country.reference_year) in card.out and "Limits" in card.out


def test_values_and_deals_are_replayed_to_the_byte_and_take_their_outcome(client: httpx.Client) -> None:
    contract = DEAL_CONTRACTS["au"]
    deal = client.post("/resale/used/au/deal", json=contract.example()).json()
    client.post("/resale/used/au/value", json=CONTRACTS["au"].example())
    outcome = {"name": "sold_price_aud", "value": 23_000.0, "observed_at": "2026-05-01T09:30:00+02:00"}
    assert client.post(f"/decisions/{deal['decision_id']}/outcome", json=outcome).status_code == 201
    asked = {"model": "used-car-price-au", "version": "1", "since": "2020-01-01T00:00:00Z"}
    report = client.post("/replays", json=asked)
    assert report.status_code == 200, report.text
    assert report.json()["decisions"] == report.json()["identical"] >= 2


@pytest.mark.real_table
@pytest.mark.parametrize("code", COUNTRIES)
def test_the_real_table_of_a_market_is_answered_as_a_users_file(client: httpx.Client, code: str) -> None:
    """Every row that passes the contract, in order, whatever trims and engines it names."""
    found = published_table(code)
    if found is None:
        pytest.skip("DRIVETRAIN_DATA_DIR holds no used-car tables")
    answer = send(
        client,
        f"/resale/used/{code}/values/file",
        pl.DataFrame(found.rows, strict=False).write_csv().encode(),
    )
    assert answer.status_code == 200, answer.text[:500]
    results = answer.json()["results"]
    assert len(results) == len(found.target)
    assert all(0 < each["range"]["low"] <= each["value"] <= each["range"]["high"] for each in results)


@pytest.mark.real_table
def test_the_real_1985_table_is_answered_as_a_users_file(client: httpx.Client, tmp_path: Path) -> None:
    spec = model_named("resale-price")
    folder = Path(os.environ.get("DRIVETRAIN_DATA_DIR", "/nowhere"))
    path = next((folder / name for name in spec.table.file_names if (folder / name).is_file()), None)
    if path is None:
        pytest.skip("DRIVETRAIN_DATA_DIR holds no car-price table")
    found = read_training_table(path, spec.contract, tmp_path / "broken.csv", spec.table.preparation).table
    answer = send(client, "/resale/prices/file", pl.DataFrame(found.rows, strict=False).write_csv().encode())
    assert answer.status_code == 200, answer.text[:500]
    assert len(answer.json()["results"]) == len(found.target)
