"""Trip durations over HTTP on the running platform: one trip, a list, a file, the ledger, and what is refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.support.platform import RunningPlatform
from tests.support.trips import TRIP, trip

pytestmark = pytest.mark.xdist_group("platform")

HEADER = "trip_start_timestamp,pickup_community_area,dropoff_community_area,fare\n"


@pytest.fixture
def client(platform: RunningPlatform) -> Iterator[httpx.Client]:
    with platform.client() as client:
        yield client


def ask(client: httpx.Client, **changed: Any) -> dict[str, Any]:
    answer = client.post("/trips/duration", json=trip(**changed))
    assert answer.status_code == 200, answer.text
    return answer.json()


def upload(
    client: httpx.Client, text: str, *, accept: str = "application/json", mode: str = "atomic"
) -> httpx.Response:
    return client.post(
        "/trips/durations/file",
        params={"mode": mode},
        files={"file": ("trips.csv", text.encode(), "text/csv")},
        headers={"Accept": accept},
    )


def test_one_trip_is_answered_with_range_reasons_and_what_is_typical(client: httpx.Client) -> None:
    given = ask(client)
    assert given["range"]["low"] <= given["duration_min"] <= given["range"]["high"]
    assert given["range"]["coverage"] == 0.9
    total = sum(round(reason["effect"] * 100) for reason in given["reasons"])
    assert total == round(given["duration_min"] * 100) - round(given["average_min"] * 100)
    assert {*TRIP} < {reason["field"] for reason in given["reasons"]}
    assert given["typical"]["hours"] == "working days, 15:00 to 19:00"
    assert given["typical"]["trips_at_hour"] <= given["typical"]["trips_of_pair"]
    assert (given["warnings"], given["model"]) == ([], {"name": "trip-duration", "version": "1"})


def test_without_explanation_the_figures_are_the_same(client: httpx.Client) -> None:
    short = client.post("/trips/duration", params={"explain": "false"}, json=TRIP).json()
    assert not {"reasons", "typical", "average_min"} & short.keys()
    full = ask(client)
    assert [short[name] for name in ("duration_min", "range")] == [
        full[name] for name in ("duration_min", "range")
    ]


@pytest.mark.parametrize("missing", ["pickup_community_area", "dropoff_community_area"])
def test_an_unknown_area_is_answered_coarser_with_a_warning(client: httpx.Client, missing: str) -> None:
    given = ask(client, **{missing: None})
    assert [warning["code"] for warning in given["warnings"]] == [f"trips.{missing}_missing"]
    assert given["range"]["low"] < given["duration_min"] < given["range"]["high"]
    left_out = {name: value for name, value in TRIP.items() if name != missing}
    assert client.post("/trips/duration", json=left_out).json()["duration_min"] == given["duration_min"]


def test_the_decision_is_in_the_ledger_and_takes_its_outcome(client: httpx.Client) -> None:
    given = ask(client, dropoff_community_area=None)
    decision = client.get(f"/decisions/{given['decision_id']}").json()
    tracts = {"pickup_census_tract": None, "dropoff_census_tract": None}
    assert decision["input"] == {**trip(dropoff_community_area=None), **tracts}
    assert decision["answer"]["duration_min"] == given["duration_min"]
    outcome = client.post(
        f"/decisions/{given['decision_id']}/outcome", json={"name": "duration_min", "value": 14.5}
    )
    assert outcome.status_code < 300, outcome.text


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"pickup_community_area": 0}, "trips.pickup_community_area_out_of_range"),
        ({"pickup_community_area": 78}, "trips.pickup_community_area_out_of_range"),
        ({"dropoff_community_area": 8.5}, "trips.dropoff_community_area_not_whole"),
        ({"dropoff_community_area": "8"}, "trips.dropoff_community_area_not_a_number"),
        ({"dropoff_community_area": True}, "trips.dropoff_community_area_not_a_number"),
        # no zone
        ({"trip_start_timestamp": "2024-04-16T16:45:00"}, "trips.trip_start_timestamp_not_an_instant"),
        ({"trip_start_timestamp": None}, "trips.trip_start_timestamp_not_text"),
        ({"trip_start_timestamp": 1713303900}, "trips.trip_start_timestamp_not_text"),
        ({"trip_start_timestamp": "1066-10-14T09:00:00Z"}, "trips.trip_start_timestamp_out_of_range"),
        ({"fare": 12.5}, "input.unknown_field"),  # known after the trip: never an input
        ({"trip_miles": 3}, "input.unknown_field"),
    ],
)
def test_what_is_wrong_is_refused_by_name(client: httpx.Client, changed: dict[str, Any], code: str) -> None:
    refused = client.post("/trips/duration", json=trip(**changed))
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert [error["code"] for error in refused.json()["errors"]] == [code]


def test_a_list_is_answered_in_order_and_as_single_trips(client: httpx.Client) -> None:
    trips = [trip(), trip(dropoff_community_area=76), trip(pickup_community_area=None)]
    given = client.post("/trips/durations", json=trips).json()
    assert given["counts"] == {"ok": 3, "failed": 0}
    assert [each["duration_min"] for each in given["results"]] == [
        client.post("/trips/duration", json=each).json()["duration_min"] for each in trips
    ]


def test_a_file_of_civil_times_is_answered_and_the_repeated_hour_warned_of(client: httpx.Client) -> None:
    text = HEADER + "2024-04-16 16:45:00,8,32,12.5\n04/16/2024 4:45:00 PM,8,32,\n2024-11-03 01:30:00,,32,9\n"
    given = upload(client, text).json()
    first, second, third = given["results"]
    assert first["duration_min"] == second["duration_min"] == ask(client)["duration_min"]
    assert {warning["code"] for warning in third["warnings"]} == {
        "trips.trip_start_timestamp_comes_twice",
        "trips.pickup_community_area_missing",
    }


def test_a_time_that_never_was_is_a_row_error_with_its_place(client: httpx.Client) -> None:
    text = HEADER + "2024-04-16 16:45:00,8,32,1\n2024-03-10 02:30:00,8,32,1\n"
    refused = upload(client, text)
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert (error["row"], error["column"], error["code"]) == (
        2,
        "trip_start_timestamp",
        "trips.trip_start_timestamp_does_not_exist",
    )
    partly = upload(client, text, mode="partial").json()
    assert partly["counts"] == {"ok": 1, "failed": 1}


def test_a_table_comes_back_as_a_table_with_columns_added(client: httpx.Client) -> None:
    answer = upload(client, HEADER + "2024-04-16T21:45:00Z,8,32,12.5\n", accept="text/csv")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert float(row["predicted_duration_min"]) == ask(client)["duration_min"]
    assert float(row["range_low_min"]) <= float(row["predicted_duration_min"]) <= float(row["range_high_min"])
    assert row["fare"] == "12.5"
