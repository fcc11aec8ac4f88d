"""Prices over HTTP on the running platform: one listing, a list, a file, and the ledger behind them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from tests.support.bad_tables import GOOD_ROW, HEADER, row_with, table, typed_row, xls, xlsx
from tests.support.platform import EXAMPLE, MODEL, RunningPlatform, drivetrain

from drivetrain.rental.price.adapters.schemas import RENDERING

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FIGURES = ("price_per_day", "range")

CARS: tuple[dict[str, Any], ...] = (
    dict(EXAMPLE),
    {**EXAMPLE, "mileage": 20_000, "engine_power": 230, "car_type": "suv"},
    {**EXAMPLE, "model_key": "Nissan", "fuel": "petrol", "winter_tires": False},
    {**EXAMPLE, "model_key": "Trabant", "paint_color": "beige"},
    {**EXAMPLE, "mileage": 1_000_376},
    {**EXAMPLE, "model_key": "BMW", "mileage": 0, "engine_power": 1, "automatic_car": True},
)


@pytest.fixture
def client(platform: RunningPlatform) -> Iterator[httpx.Client]:
    with platform.client() as client:
        yield client


def ask(client: httpx.Client, **changed: Any) -> dict[str, Any]:
    """The answer to the example with some fields changed."""
    answer = client.post("/rental/price", json={**EXAMPLE, **changed})
    assert answer.status_code == 200, answer.text
    return answer.json()


def figures(answer: dict[str, Any]) -> list[Any]:
    return [answer[name] for name in FIGURES]


def test_the_request_of_the_readme_is_answered_as_the_readme_shows(client: httpx.Client) -> None:
    """The body is the file that README.md names, so the two cannot part."""
    root = Path(__file__).parents[2]
    readme = (root / "README.md").read_text(encoding="utf-8")
    body = re.search(r"/rental/price.*?-d @(\S+)", readme, re.DOTALL)
    shown = re.search(r"```json\n(\{.*?\n\})\n```", readme, re.DOTALL)
    assert body and shown
    answer = client.post(
        "/rental/price", content=(root / body[1]).read_bytes(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200
    given = answer.json()
    assert list(given) == list(json.loads(shown[1]))
    assert given["currency"] == "EUR" and given["range"]["coverage"] == 0.9
    assert 0 < given["range"]["low"] <= given["price_per_day"] <= given["range"]["high"]
    assert given["model"] == {"name": MODEL, "version": "1"}
    assert answer.headers["x-request-id"]


def test_reasons_name_all_fields_and_add_up_to_the_cent(client: httpx.Client) -> None:
    for car in CARS:
        given = ask(client, **car)
        assert sorted(reason["field"] for reason in given["reasons"]) == sorted(EXAMPLE)
        total = sum(round(reason["effect"] * 100) for reason in given["reasons"])
        assert total == round(given["price_per_day"] * 100) - round(given["average_price_per_day"] * 100)
        sizes = [abs(reason["effect"]) for reason in given["reasons"]]
        assert sizes == sorted(sizes, reverse=True)


def test_comparables_are_five_listings_of_the_training_table(
    client: httpx.Client, platform: RunningPlatform
) -> None:
    given = ask(client)
    (held,) = (platform.home / "datasets" / "rental-pricing").rglob("*.csv")
    with held.open(encoding="utf-8", newline="") as file:
        known = {
            (row["mileage"], row["engine_power"], row["rental_price_per_day"]) for row in csv.DictReader(file)
        }
    assert len(given["comparables"]) == 5
    for each in given["comparables"]:
        assert list(each) == [*EXAMPLE, "price_per_day"]
        assert (str(each["mileage"]), str(each["engine_power"]), f"{each['price_per_day']:.0f}") in known


def test_without_explanation_the_figures_are_the_same_and_the_rest_is_left_out(client: httpx.Client) -> None:
    short = client.post("/rental/price", params={"explain": "false"}, json=EXAMPLE).json()
    assert not {"reasons", "comparables", "average_price_per_day"} & short.keys()
    assert figures(short) == figures(ask(client))


@pytest.mark.parametrize("written", ["Citroen", "citroën", "CITROËN", " Citroën ", "Citroe\u0308n"])
def test_every_spelling_of_a_make_has_the_same_price(client: httpx.Client, written: str) -> None:
    given = ask(client, model_key=written)
    assert figures(given) == figures(ask(client))
    assert given["warnings"] == []
    assert next(r["value"] for r in given["reasons"] if r["field"] == "model_key") == "Citroën"


def test_an_unknown_make_is_warned_of_and_gets_a_wider_range(client: httpx.Client) -> None:
    known, unknown = ask(client), ask(client, model_key="Trabant")
    assert [(each["field"], each["code"]) for each in unknown["warnings"]] == [
        ("model_key", "rental.new_model_key")
    ]
    assert width(unknown) / unknown["price_per_day"] > width(known) / known["price_per_day"]


def test_an_unusual_odometer_is_answered_with_a_warning(client: httpx.Client) -> None:
    assert [each["code"] for each in ask(client, mileage=1_000_376)["warnings"]] == ["rental.mileage_unusual"]


def test_more_kilometers_never_raise_and_more_power_never_lowers_a_price(client: httpx.Client) -> None:
    by_mileage = [{**EXAMPLE, "mileage": km} for km in range(0, 500_000, 5_000)]
    by_power = [{**EXAMPLE, "engine_power": hp} for hp in range(1, 500, 5)]
    prices = [result["price_per_day"] for result in batch(client, [*by_mileage, *by_power])["results"]]
    falling, rising = prices[: len(by_mileage)], prices[len(by_mileage) :]
    assert falling == sorted(falling, reverse=True) and falling[0] > falling[-1]
    assert rising == sorted(rising) and rising[0] < rising[-1]


def test_a_list_is_answered_in_its_order_by_one_version(client: httpx.Client) -> None:
    given = batch(client, list(CARS))
    assert [figures(each) for each in given["results"]] == [figures(ask(client, **car)) for car in CARS]
    assert given["counts"] == {"ok": len(CARS), "failed": 0}
    assert given["model"] == {"name": MODEL, "version": "1"}
    assert len({each["decision_id"] for each in given["results"]}) == len(CARS)
    assert [each["code"] for each in given["results"][3]["warnings"]] == ["rental.new_model_key"]


def test_one_broken_row_refuses_an_atomic_list_and_only_itself_in_a_partial_one(client: httpx.Client) -> None:
    rows = [dict(EXAMPLE), {**EXAMPLE, "mileage": -64}, dict(EXAMPLE)]
    refused = client.post("/rental/prices", json=rows)
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/1/mileage", "rental.mileage_out_of_range")
    given = client.post("/rental/prices", params={"mode": "partial"}, json=rows)
    assert given.status_code == 200
    results = given.json()["results"]
    assert given.json()["counts"] == {"ok": 2, "failed": 1}
    assert results[1]["row"] == 2 and results[1]["errors"][0]["code"] == "rental.mileage_out_of_range"
    assert figures(results[0]) == figures(results[2]) == figures(ask(client))


def test_figures_have_the_same_bits_however_they_are_asked_for(
    client: httpx.Client, platform: RunningPlatform, tmp_path: Path
) -> None:
    """Alone, in a list, as CSV, XLSX and XLS, and on the command line."""
    alone = [plain_figures(ask(client, **car)) for car in CARS]
    rows = [[str(value) for value in car.values()] for car in CARS]
    typed = [list(car.values()) for car in CARS]
    as_csv = table(*rows).encode()
    assert [plain_figures(each) for each in batch(client, list(CARS))["results"]] == alone
    for content in (as_csv, xlsx(*typed), xls(*typed)):
        answer = client.post(
            "/rental/prices/file", content=content, headers={"Content-Type": "application/octet-stream"}
        )
        assert [plain_figures(each) for each in answer.json()["results"]] == alone
    (tmp_path / "cars.csv").write_bytes(as_csv)
    said = drivetrain(
        platform.home,
        "predict",
        MODEL,
        "--in",
        tmp_path / "cars.csv",
        "--out",
        tmp_path / "out.json",
        "--json",
    )
    assert said.code == 0, said.err
    assert said.json()["rows"] == len(CARS) and said.json()["failed"] == 0
    predicted = json.loads((tmp_path / "out.json").read_text())
    assert [plain_figures(each) for each in predicted["results"]] == alone
    # The command's decisions are in the same ledger.
    decision = client.get(f"/decisions/{predicted['results'][0]['decision_id']}").json()
    assert decision["caller"] == "command line"


@pytest.mark.parametrize("accept", ["text/csv", XLSX])
def test_a_file_comes_back_with_columns_added(client: httpx.Client, accept: str) -> None:
    rows = [["r1", *GOOD_ROW], ["r2", *row_with(model_key="Trabant")]]
    sent = table(*rows, header=["number", *HEADER]).encode()
    answer = client.post(
        "/rental/prices/file", files={"file": ("cars.csv", sent)}, headers={"Accept": accept}
    )
    assert answer.status_code == 200 and answer.headers["content-type"].startswith(accept)
    assert "attachment" in answer.headers["content-disposition"]
    got = read_back(answer.content, accept)
    assert list(got[0]) == ["number", *HEADER, *RENDERING.columns]
    assert [(row["number"], row["model_key"]) for row in got] == [("r1", "Citroën"), ("r2", "Trabant")]
    asked = ask(client)
    assert float(got[0]["price_per_day"]) == asked["price_per_day"]
    assert [float(got[0]["range_low"]), float(got[0]["range_high"])] == [
        asked["range"]["low"],
        asked["range"]["high"],
    ]
    assert "training table" in got[1]["warnings"]
    decided = client.get(f"/decisions/{got[1]['decision_id']}").json()
    assert decided["input"]["model_key"] == "Trabant"


@pytest.mark.parametrize("accept", ["text/csv", XLSX])
def test_a_partial_file_comes_back_whole_with_the_reasons_of_broken_rows(
    client: httpx.Client, accept: str
) -> None:
    sent = table(GOOD_ROW, row_with(fuel="dissel"), GOOD_ROW).encode()
    answer = client.post(
        "/rental/prices/file",
        params={"mode": "partial"},
        files={"file": ("cars.csv", sent)},
        headers={"Accept": accept},
    )
    got = read_back(answer.content, accept)
    assert list(got[0])[-1] == "errors" and len(got) == 3
    assert "diesel" in got[1]["errors"]
    assert not got[1]["price_per_day"] and float(got[0]["price_per_day"]) == float(got[2]["price_per_day"])


@pytest.mark.parametrize("accept", ["text/csv", XLSX])
@pytest.mark.parametrize("cell", ['=HYPERLINK("http://x.example","y")', "+1+1", "-1+1", "@SUM(A1)", "\t=1+1"])
def test_a_cell_that_a_spreadsheet_would_run_comes_back_escaped(
    client: httpx.Client, accept: str, cell: str
) -> None:
    sent = table([cell, *GOOD_ROW], header=["notes", *HEADER]).encode()
    answer = client.post(
        "/rental/prices/file", files={"file": ("cars.csv", sent)}, headers={"Accept": accept}
    )
    assert answer.status_code == 200
    assert read_back(answer.content, accept)[0]["notes"].startswith("'")


def test_a_workbook_with_formulas_counts_with_their_stored_values(client: httpx.Client) -> None:
    """``=100000+50000`` was saved with its value 150000, as spreadsheets do."""

    def fill(workbook: Any) -> None:
        workbook.set_calc_mode("manual")  # or the file would say that its values are stale
        workbook.worksheets()[0].write_formula(1, HEADER.index("mileage"), "=100000+50000", None, 150_000)

    answer = client.post("/rental/prices/file", files={"file": ("cars.xlsx", xlsx(typed_row(), fill=fill))})
    assert [figures(each) for each in answer.json()["results"]] == [figures(ask(client))]


def test_the_ledger_gives_a_decision_back(client: httpx.Client) -> None:
    given = client.post("/rental/price", json=EXAMPLE, headers={"X-Request-ID": "try-17"})
    assert given.headers["x-request-id"] == "try-17"
    decision = client.get(f"/decisions/{given.json()['decision_id']}").json()
    assert decision["input"] == EXAMPLE
    assert figures(decision["answer"]) == figures(given.json())
    assert (decision["product"], decision["model"]) == ("rental", {"name": MODEL, "version": "1"})
    assert (decision["caller"], decision["request_id"], decision["outcomes"]) == ("admin", "try-17", [])
    assert len(decision["features"]) == len(EXAMPLE) and decision["latency_ms"] > 0


def test_an_outcome_joins_once_and_is_never_changed(client: httpx.Client) -> None:
    decision_id = ask(client)["decision_id"]
    outcome = {"name": "agreed_price_per_day_eur", "value": 112.0, "observed_at": "2026-05-01T09:30:00+02:00"}
    first = client.post(f"/decisions/{decision_id}/outcome", json=outcome)
    assert first.status_code == 201 and first.json()["observed_at"] == "2026-05-01T07:30:00.000000Z"
    again = client.post(f"/decisions/{decision_id}/outcome", json={**outcome, "observed_at": None})
    assert (again.status_code, again.json()) == (200, {**first.json(), "is_new": False})
    other = client.post(f"/decisions/{decision_id}/outcome", json={**outcome, "value": 113.0})
    assert (other.status_code, other.json()["code"]) == (409, "ledger.outcome_conflict")
    (joined,) = client.get(f"/decisions/{decision_id}").json()["outcomes"]
    assert (joined["name"], joined["value"], joined["recorded_by"]) == (
        "agreed_price_per_day_eur",
        112.0,
        "admin",
    )


def test_a_file_of_several_chunks_is_answered_whole_and_in_its_order(client: httpx.Client) -> None:
    """More rows than are decided at a time, and a longer answer than is kept in memory."""
    rows = [row_with(mileage=str(index)) for index in range(5_000)]
    answer = client.post(
        "/rental/prices/file", content=table(*rows).encode(), headers={"Content-Type": "text/csv"}
    )
    results = answer.json()["results"]
    assert len({each["decision_id"] for each in results}) == 5_000
    prices = [each["price_per_day"] for each in results]
    assert prices == sorted(prices, reverse=True)  # mileage rises row by row, so the order is the input's


def batch(client: httpx.Client, rows: list[dict[str, Any]]) -> dict[str, Any]:
    answer = client.post("/rental/prices", json=rows)
    assert answer.status_code == 200, answer.text
    return answer.json()


def plain_figures(answer: dict[str, Any]) -> tuple[str, ...]:
    """The figures as they are written, bit by bit."""
    return tuple(json.dumps(value) for value in figures(answer))


def width(answer: dict[str, Any]) -> float:
    return answer["range"]["high"] - answer["range"]["low"]


def read_back(content: bytes, media_type: str) -> list[dict[str, Any]]:
    """The rows of an answered table."""
    if media_type == "text/csv":
        return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    return pl.read_excel(content, engine="calamine").to_dicts()


def test_what_is_only_tried_agrees_with_the_prices_and_is_no_decision(client: httpx.Client) -> None:
    caller = client.get("/validate-token").json()["subject"]
    explored = client.post("/rental/price/what-if", json=EXAMPLE)
    assert explored.status_code == 200, explored.text
    given = explored.json()
    assert "decision_id" not in given
    assert {key: given[key] for key in FIGURES} == {key: ask(client)[key] for key in FIGURES}
    for change in given["equipment"]:
        assert change["value"] is (not EXAMPLE[change["field"]])
        otherwise = ask(client, **{change["field"]: change["value"]})
        assert figures(change) == figures(otherwise)
        assert change["change"] == pytest.approx(otherwise["price_per_day"] - given["price_per_day"])
    prices = [point["price_per_day"] for point in given["over_mileage"]]
    assert prices == sorted(prices, reverse=True)  # more kilometres never raise a price
    point = given["over_mileage"][3]
    assert figures(point) == figures(ask(client, mileage=int(point["mileage"])))
    decided = client.get("/decisions", params={"caller": caller, "limit": 200}).json()["items"]
    assert explored.headers["x-request-id"] not in {each["request_id"] for each in decided}
