"""Outcomes and quality of trips over HTTP, on a real PostgreSQL and without a socket."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import structlog
import xlsxwriter
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, text
from tests.support.fakes import FixedClock
from tests.support.trip_quality_fakes import BEGIN, NOW, score, score_many, trip_id

from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.errors import install_problem_answers
from drivetrain.adapters.http.metrics import HttpMetrics
from drivetrain.adapters.http.ports import BodyLimits
from drivetrain.adapters.http.tables import TableService
from drivetrain.adapters.tabular.answers import write_csv, write_xlsx
from drivetrain.adapters.tabular.limited import LimitedTableReader
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.core.errors import UnavailableError
from drivetrain.lifecycle.serving.batches import TableWriters
from drivetrain.trips.duration.model.contract import MODEL_NAME
from drivetrain.trips.outcomes.adapters.quality import examples
from drivetrain.trips.outcomes.adapters.quality.http import quality_routes
from drivetrain.trips.outcomes.adapters.quality.schemas import quality_answer
from drivetrain.trips.outcomes.adapters.quality.store import PostgresQualityStore
from drivetrain.trips.outcomes.adapters.rows import ENDED_EXAMPLE, EXAMPLE, TRIP_OUTCOMES
from drivetrain.trips.outcomes.application.read_quality import ReadQuality, Window
from drivetrain.trips.outcomes.domain.quality import By
from drivetrain.trips.outcomes.domain.reference import KnownDay

OUTCOMES = "/trips/outcomes"
FILE = "/trips/outcomes/file"
QUALITY = "/trips/quality"
DAY = {"from": "2026-05-05T05:00:00Z", "to": "2026-05-06T05:00:00Z"}
"""The second day: the first one is its reference."""


class Everybody:
    """Lets everyone in with the scopes it was made with."""

    def __init__(self, *scopes: str) -> None:
        self.scopes = frozenset(scopes)

    async def authenticate(self, request: object) -> Caller:
        return Caller("fleet", "k1", self.scopes, None)


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[None]:
    """Kept off the screen: to format a traceback for people takes seconds."""
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
def app(engine: Engine) -> FastAPI:
    ports: Any = SimpleNamespace(
        engine=engine,
        clock=FixedClock(NOW),
        limits=BodyLimits(64 << 10, 16 << 20, 10_000),
        tables=TableService(LimitedTableReader(), TableWriters(write_csv, write_xlsx), 16 << 20),
    )
    app = FastAPI(redirect_slashes=False)
    install_problem_answers(app)
    app.state.authenticator = Everybody(PlatformScope.EVENTS_WRITE, PlatformScope.METRICS_READ)
    app.include_router(quality_routes(ports))
    return app


@pytest.fixture
def client(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Edge(app, HttpMetrics(CollectorRegistry())), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test", timeout=60)


def reported(number: int, minutes: float) -> dict[str, Any]:
    return {"trip_id": str(trip_id(BEGIN, number)), "duration_min": minutes}


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM drivetrain.trip_outcomes")) or 0)


async def test_one_outcome_a_list_and_the_same_again(client: httpx.AsyncClient, engine: Engine) -> None:
    ids = score(engine, BEGIN, 3)
    one = await client.post(OUTCOMES, json=reported(0, 12.5))
    assert one.status_code == 200, one.text
    assert one.json() == {"trip_id": str(ids[0]), "is_new": True, "is_waiting": False}
    end = {"trip_id": str(ids[1]).upper(), "ended_at": "2026-05-04T00:21:00-05:00"}
    body = [reported(0, 12.5), end, reported(9, 4)]
    answer = (await client.post(OUTCOMES, json=body)).json()
    assert [result["is_new"] for result in answer["results"]] == [False, True, True]
    assert [result["is_waiting"] for result in answer["results"]] == [False, False, True]
    assert answer["counts"] == {"ok": 3, "failed": 0, "new": 2, "repeated": 1, "waiting": 1}
    again = (await client.post(OUTCOMES, json=body)).json()
    assert again["counts"] == {"ok": 3, "failed": 0, "new": 0, "repeated": 3, "waiting": 1}
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT * FROM drivetrain.trip_outcomes WHERE trip_id = :id"), {"id": ids[1]}
        ).one()
    assert (row.duration_min, row.ended_at, row.reported_by, row.source) == (
        None,
        BEGIN + timedelta(minutes=21),
        "fleet",
        "api",
    )


ID = str(trip_id(BEGIN, 0))


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"trip_id": ID}, 422, "trips.one_of_duration_and_end", "/duration_min"),
        (
            {"trip_id": ID, "duration_min": 5, "ended_at": "2026-05-04T05:10:00Z"},
            422,
            "trips.one_of_duration_and_end",
            "/duration_min",
        ),
        ({"trip_id": ID, "duration_min": 0}, 422, "trips.duration_min_out_of_range", "/duration_min"),
        ({"trip_id": ID, "duration_min": -1}, 422, "trips.duration_min_out_of_range", "/duration_min"),
        ({"trip_id": ID, "duration_min": 1440.5}, 422, "trips.duration_min_out_of_range", "/duration_min"),
        # text is no number
        ({"trip_id": ID, "duration_min": "5"}, 422, "trips.duration_min_not_a_number", "/duration_min"),
        ({"trip_id": ID, "duration_min": True}, 422, "trips.duration_min_not_a_number", "/duration_min"),
        ({"trip_id": ID, "ended_at": "2026-05-04 05:10"}, 422, "input.bad_instant", "/ended_at"),  # no zone
        ({"trip_id": ID, "ended_at": "yesterday"}, 422, "input.bad_instant", "/ended_at"),
        ({"trip_id": ID, "ended_at": ""}, 422, "input.bad_instant", "/ended_at"),
        ({"trip_id": ID, "ended_at": "\u0000"}, 422, "input.bad_instant", "/ended_at"),
        ({"trip_id": ID, "ended_at": "1" * 100_000}, 422, "input.bad_instant", "/ended_at"),
        # before all time
        ({"trip_id": ID, "ended_at": "0001-01-01T00:00:00+14:00"}, 422, "input.bad_instant", "/ended_at"),
        ({"trip_id": ID, "ended_at": "2036-05-04T05:10:00Z"}, 422, "trips.ended_in_the_future", "/ended_at"),
        # at its start
        ({"trip_id": ID, "ended_at": "2026-05-04T05:01:00Z"}, 422, "trips.end_does_not_fit", "/ended_at"),
        # two days
        ({"trip_id": ID, "ended_at": "2026-05-06T05:10:00Z"}, 422, "trips.end_does_not_fit", "/ended_at"),
        ({"trip_id": "7", "duration_min": 5}, 422, "trips.bad_trip_id", "/trip_id"),
        ({"trip_id": "7" * 100_000, "duration_min": 5}, 422, "trips.bad_trip_id", "/trip_id"),
        ({"trip_id": "", "duration_min": 5}, 422, "trips.bad_trip_id", "/trip_id"),
        ({"trip_id": f" {ID} ", "duration_min": 5}, 422, "trips.bad_trip_id", "/trip_id"),
        ({"trip_id": 7, "duration_min": 5}, 422, "trips.trip_id_not_text", "/trip_id"),
        ({"trip_id": "\u0000", "duration_min": 5}, 422, "trips.bad_trip_id", "/trip_id"),
        ({"duration_min": 5}, 422, "input.missing_field", "/trip_id"),
        ({"trip_id": ID, "duration_min": 5, "tip": 2}, 422, "input.unknown_field", "/tip"),
        ({"trip_id": ID, "duration_min": 7.5}, 409, "trips.outcome_conflict", "/trip_id"),  # 5 stands
    ],
)
async def test_what_cannot_be_true_is_named_and_nothing_is_kept(
    client: httpx.AsyncClient, engine: Engine, body: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    """Alone, and in a list behind a good one."""
    score(engine, BEGIN, 2)
    if status == 409:
        await client.post(OUTCOMES, json={"trip_id": ID, "duration_min": 5})
    before = count(engine)
    for sent, place in ((body, pointer), ([reported(1, 5), body], f"/1{pointer}")):
        answer = await client.post(OUTCOMES, json=sent)
        assert answer.status_code == status, answer.text
        assert (answer.json()["errors"][0]["code"], answer.json()["errors"][0]["pointer"]) == (code, place)
    assert count(engine) == before
    partial = await client.post(OUTCOMES, json=[reported(1, 5), body], params={"mode": "partial"})
    assert partial.status_code == 200, partial.text
    assert partial.json()["results"][0]["is_new"] is True
    assert partial.json()["results"][1]["errors"][0]["code"] == code
    assert partial.json()["counts"]["failed"] == 1
    assert count(engine) == before + 1


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 400, "input.not_json"),
        (b"[]", 422, "input.no_rows"),
        (b"7", 422, "input.not_a_list"),
        (b"[7]", 422, "input.contract"),
        (b'{"trip_id": "x", "duration_min": NaN}', 400, "input.not_json"),
        (b"[" + b",".join([b"{}"] * 10_001) + b"]", 413, "input.too_many_rows"),
        (b" " * (16 << 20) + b"[]", 413, "input.too_large"),
    ],
)
async def test_a_body_that_is_no_outcome_is_a_problem(
    client: httpx.AsyncClient, content: bytes, status: int, code: str
) -> None:
    answer = await client.post(OUTCOMES, content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_table_of_a_hundred_thousand_is_recorded_once(
    client: httpx.AsyncClient, engine: Engine
) -> None:
    """Sent twice, as by a client whose connection broke; quickly, although the machine is shared."""
    score_many(engine, BEGIN, 1, 100_000)
    prefix = str(trip_id(BEGIN, 0))[:-8]
    lines = [
        b"ended_at,duration_min,driver,trip_id",
        *(f",{5 + n % 30},somebody,{prefix}{n:08x}".encode() for n in range(100_000)),
    ]
    started = time.monotonic()
    for new in (100_000, 0):
        answer = await client.post(FILE, content=b"\r\n".join(lines), headers={"content-type": "text/csv"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["counts"] == {
            "ok": 100_000,
            "failed": 0,
            "new": new,
            "repeated": 100_000 - new,
            "waiting": 0,
        }
        assert answer.json()["ignored_columns"] == ["driver"]
    assert time.monotonic() - started < 60
    assert count(engine) == 100_000


async def test_rows_of_a_table_that_are_wrong_are_named_by_row_and_column(
    client: httpx.AsyncClient, engine: Engine
) -> None:
    score(engine, BEGIN, 2)
    table = f"trip_id,duration_min,ended_at\n{ID},,2026-05-04T05:10:00Z\n{ID[:-1]}1,0,\nnobody,5,\n{ID[:-1]}1,x,\n".encode()
    headers = {"content-type": "text/csv"}
    refused = await client.post(FILE, content=table, headers=headers)
    assert refused.status_code == 422
    named = {error["row"]: (error["column"], error["code"]) for error in refused.json()["errors"]}
    assert named == {
        2: ("duration_min", "trips.duration_min_out_of_range"),
        3: ("trip_id", "trips.bad_trip_id"),
        4: ("duration_min", "trips.duration_min_not_a_number"),
    }
    assert count(engine) == 0
    part = await client.post(FILE, content=table, headers=headers, params={"mode": "partial"})
    assert part.json()["counts"] == {"ok": 1, "failed": 3, "new": 1, "repeated": 0, "waiting": 0}
    assert [row["row"] for row in part.json()["failed_rows"]] == [2, 3, 4]
    sheet = BytesIO()
    with xlsxwriter.Workbook(sheet) as workbook:
        page = workbook.add_worksheet()
        for at, cells in enumerate((["duration_min", "trip_id"], [7.25, f"{ID[:-1]}1"])):
            page.write_row(at, 0, cells)
    filled = await client.post(FILE, files={"file": ("rides.xlsx", sheet.getvalue())})
    assert filled.json()["counts"] == {"ok": 1, "failed": 0, "new": 1, "repeated": 0, "waiting": 0}
    assert (await client.post(FILE, content=b"\x89PNG", headers=headers)).json()[
        "code"
    ] == "input.not_a_table"
    assert (await client.post(FILE, content=b"a,b\n1,2\n", headers=headers)).status_code == 422


async def test_quality_is_what_the_rides_say(client: httpx.AsyncClient, engine: Engine) -> None:
    """Two days, one group good and one bad; every figure is worked out by hand."""
    later = BEGIN + timedelta(days=1)
    reference = score(engine, BEGIN, 10)
    good = score(engine, later, 4)  # 10 minutes predicted, 5 to 15
    bad = score(engine, later + timedelta(hours=9), 2, predicted=30.0, pickup=76, version="2")
    await client.post(OUTCOMES, json=[{"trip_id": str(each), "duration_min": 12.0} for each in reference])
    took = [8.0, 12.0, 12.0, 16.0]
    await client.post(
        OUTCOMES,
        json=[
            {"trip_id": str(each), "duration_min": minutes} for each, minutes in zip(good, took, strict=True)
        ],
        params={"synthetic": True},
    )
    await client.post(OUTCOMES, json={"trip_id": str(bad[0]), "duration_min": 10.0})
    answer = await client.get(QUALITY, params={**DAY, "by": "area"})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    total = found["total"]
    assert (total["rides"], total["outcomes"], total["synthetic_outcomes"], total["hours"]) == (6, 5, 4, 2)
    assert total["mean_absolute_error_min"]["value"] == pytest.approx((2 + 2 + 2 + 6 + 20) / 5)
    assert total["bias_min"]["value"] == pytest.approx((2 - 2 - 2 - 6 + 20) / 5)
    assert total["median_absolute_error_min"] == 2.0
    assert total["coverage"]["value"] == pytest.approx(3 / 5)
    # 12 minutes for every pair
    assert total["baseline_error_min"]["value"] == pytest.approx((4 + 0 + 0 + 4 + 2) / 5)
    assert total["gain_min"]["value"] == pytest.approx((10 - 32) / 5)  # the baseline is better here
    squares = sum((each - 11.6) ** 2 for each in [*took, 10.0])
    assert total["r2_score"] == pytest.approx(1 - (4 + 4 + 4 + 36 + 400) / squares, abs=1e-4)
    assert total["are_few"] is found["is_synthetic"] is True
    assert [(group["area"], group["rides"], group["outcomes"]) for group in found["groups"]] == [
        (8, 4, 4),
        (76, 2, 1),
    ]
    assert found["groups"][1]["median_absolute_error_min"] == 20.0
    reference = found["reference"]
    assert (reference["from"], reference["to"]) == (
        "2026-05-04T05:00:00.000000Z",
        "2026-05-05T05:00:00.000000Z",
    )
    assert (reference["choice"], reference["are_few"]) == ("most_outcomes", True)
    assert "They are few" in reference["reason"]
    assert {drift["verdict"] for drift in found["drift"]} == {"too_few"}
    labels = {
        by: [group[by] for group in (await client.get(QUALITY, params={**DAY, "by": by})).json()["groups"]]
        for by in ("hour", "version", "day", "model_age")
    }
    assert labels == {"hour": [0, 9], "version": ["1", "2"], "day": ["2026-05-05"], "model_age": ["unknown"]}


async def test_an_outcome_before_its_prediction_counts_once_the_scorer_has_caught_up(
    client: httpx.AsyncClient, engine: Engine
) -> None:
    await client.post(
        OUTCOMES,
        json=[reported(0, 12.0), {"trip_id": str(trip_id(BEGIN, 1)), "ended_at": "2026-05-03T00:00:00Z"}],
    )
    window = {"from": "2026-05-04T05:00:00Z", "to": "2026-05-04T06:00:00Z"}
    before = (await client.get(QUALITY, params=window)).json()
    assert (before["total"]["rides"], before["total"]["mean_absolute_error_min"]["value"]) == (0, None)
    now = {"from": "2026-05-19T12:00:00Z", "to": "2026-05-20T12:00:00Z"}  # when they were reported
    assert (await client.get(QUALITY, params=now)).json()["waiting_outcomes"] == 2
    score(engine, BEGIN, 2)
    after = (await client.get(QUALITY, params=window)).json()["total"]
    # the end lies before the start: kept, and left out
    assert (after["outcomes"], after["unusable_outcomes"]) == (1, 1)
    assert after["mean_absolute_error_min"]["value"] == 2.0
    assert (await client.get(QUALITY, params=now)).json()["waiting_outcomes"] == 0


async def test_the_age_of_a_model_counts_from_its_release(client: httpx.AsyncClient, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO drivetrain.model_versions VALUES ('trip-duration', '1', now(), '', '', '{}', '{}', '{}', false, '');
                INSERT INTO drivetrain.model_releases (model, alias, version, action, actor, reason, by_gate, at)
                VALUES ('trip-duration', 'champion', '1', 'promote', 'me', '', true, '2026-05-02T06:00:00Z')
            """)
        )
    ids = [*score(engine, BEGIN, 1), *score(engine, BEGIN + timedelta(hours=2), 1)]
    await client.post(OUTCOMES, json=[{"trip_id": str(each), "duration_min": 11} for each in ids])
    window = {"from": "2026-05-04T05:00:00Z", "to": "2026-05-05T05:00:00Z"}
    groups = (await client.get(QUALITY, params={**window, "by": "model_age"})).json()["groups"]
    assert [
        (group["model_age"], group["outcomes"], group["median_absolute_error_min"]) for group in groups
    ] == [
        (1, 1, 1.0),  # 47 hours
        (2, 1, 1.0),
    ]


async def test_a_moved_input_is_seen_and_the_same_one_is_not(
    client: httpx.AsyncClient, engine: Engine
) -> None:
    score_many(engine, BEGIN, 24, 500)
    score_many(engine, BEGIN + timedelta(days=7), 24, 500)
    same = {"from": "2026-05-11T05:00:00Z", "to": "2026-05-12T05:00:00Z"}
    found = (await client.get(QUALITY, params=same)).json()
    assert {drift["input"]: drift["verdict"] for drift in found["drift"]} == dict.fromkeys(
        ("pickup_community_area", "dropoff_community_area", "pair_of_areas", "hour_of_week"), "stable"
    )
    score(engine, BEGIN + timedelta(days=7), 6_000, pickup=76, first=100_000)
    moved = (await client.get(QUALITY, params=same)).json()
    verdicts = {drift["input"]: drift["verdict"] for drift in moved["drift"]}
    assert verdicts["pickup_community_area"] == "drifted"
    assert moved["drift"][0]["changes"][0]["category"] == "76"


async def test_a_large_window_is_sampled_for_medians_and_summed_whole(
    client: httpx.AsyncClient, engine: Engine
) -> None:
    score_many(engine, BEGIN, 48, 500)
    with engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO drivetrain.trip_outcomes
                SELECT trip_id, predicted_duration + 1 + random() * 8, NULL, now(), 'me', 'api', false
                FROM drivetrain.ride_predictions
            """)
        )
    whole = (await client.get(QUALITY, params=DAY)).json()
    read = ReadQuality(PostgresQualityStore(engine, MODEL_NAME, sample_rides=3_000), FixedClock(NOW))
    window = [datetime.fromisoformat(DAY[end]) for end in ("from", "to")]
    part: Any = quality_answer(read(*window, by=(By.DAY,)), By.DAY)
    for name in ("rides", "outcomes", "mean_absolute_error_min", "bias_min", "coverage", "r2_score"):
        assert part["total"][name] == whole["total"][name]
    assert part["total"]["median_absolute_error_min"] != whole["total"]["median_absolute_error_min"]
    assert part["total"]["median_absolute_error_min"] == pytest.approx(5, abs=0.4)
    assert part["total"]["baseline_error_min"]["value"] == pytest.approx(
        whole["total"]["baseline_error_min"]["value"], rel=0.1
    )
    drift = part["drift"][0]
    assert (drift["rides"], drift["verdict"]) == (12_000, "stable")
    assert 2_000 < drift["reference_rides"] < 4_000


async def test_a_morning_is_compared_with_mornings(client: httpx.AsyncClient, engine: Engine) -> None:
    """Mornings begin in the suburbs and evenings downtown, every day: nothing has moved."""
    for day in (0, 1, 7):
        score(engine, BEGIN + timedelta(days=day, hours=8), 400, pickup=28)
        score(engine, BEGIN + timedelta(days=day, hours=18), 400, pickup=32)
    window = {"from": "2026-05-11T12:30:00Z", "to": "2026-05-11T14:00:00Z"}
    drift = (await client.get(QUALITY, params=window)).json()["drift"][0]
    assert (drift["verdict"], drift["rides"], drift["reference_rides"]) == ("stable", 400, 800)


LONG_AGO = BEGIN - timedelta(days=200)


async def test_an_early_backfill_does_not_take_the_baseline_away(
    client: httpx.AsyncClient, engine: Engine
) -> None:
    """One slot of long ago, scored and reported by hand, in the weeks before the model was live and after it."""
    score(engine, LONG_AGO, 500)
    score(engine, BEGIN - timedelta(days=1), 500, first=10_000)
    with engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO drivetrain.model_versions VALUES ('trip-duration', '1', now(), '', '', '{}', '{}', '{}', false, '');
                INSERT INTO drivetrain.model_releases (model, alias, version, action, actor, reason, by_gate, at)
                VALUES ('trip-duration', 'champion', '1', 'promote', 'me', '', true, '2026-05-03T00:00:00Z')
            """)
        )
    score_many(engine, BEGIN, 9 * 24, 5)
    with engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO drivetrain.trip_outcomes
                SELECT trip_id, predicted_duration + 2, NULL, now(), 'me', 'api', false FROM drivetrain.ride_predictions
            """)
        )
    later = {"from": "2026-05-12T05:00:00Z", "to": "2026-05-13T05:00:00Z"}
    reference = (await client.get(QUALITY, params=later)).json()["reference"]
    assert (reference["from"], reference["to"]) == (
        "2026-05-04T05:00:00.000000Z",
        "2026-05-11T05:00:00.000000Z",
    )
    assert (reference["choice"], reference["are_few"]) == ("first_full_week", False)

    third_day = {"from": "2026-05-06T05:00:00Z", "to": "2026-05-07T05:00:00Z"}
    few = (await client.get(QUALITY, params=third_day)).json()["reference"]
    # the slot of the day before belongs to them: the model was live
    assert (few["from"], few["to"]) == ("2026-05-03T05:00:00.000000Z", "2026-05-06T05:00:00.000000Z")
    assert (few["choice"], few["are_few"]) == ("most_outcomes", True)

    before = {"from": "2026-05-02T05:00:00Z", "to": "2026-05-03T05:00:00Z"}
    early = (await client.get(QUALITY, params=before)).json()["reference"]
    assert (early["choice"], early["are_few"]) == ("before_release", True)
    assert early["from"] == "2025-10-16T05:00:00.000000Z"

    named = {**later, "reference_from": early["from"], "reference_to": early["to"]}
    answer = (await client.get(QUALITY, params=named)).json()["reference"]
    assert (answer["choice"], answer["are_few"], answer["reason"]) == ("named", None, "It was named.")
    page = (await client.get(f"{QUALITY}/report", params=later)).text
    assert "The first seven days in a row since the model went live" in page


async def test_days_are_counted_by_the_clocks_of_the_city(engine: Engine, client: httpx.AsyncClient) -> None:
    ids = [
        *score(engine, BEGIN - timedelta(minutes=5), 3),
        *score(engine, BEGIN, 2),
        *score(engine, BEGIN + timedelta(hours=1), 1),
    ]
    for place, each in enumerate(ids[:5]):
        await client.post(OUTCOMES, json={"trip_id": str(each), "duration_min": 10 + place})
    store = PostgresQualityStore(engine, MODEL_NAME)
    known = store.known_by_day(Window(BEGIN - timedelta(days=1), BEGIN + timedelta(days=1)))
    assert known == {date(2026, 5, 3): KnownDay(3, 3, 1), date(2026, 5, 4): KnownDay(3, 2, 1)}
    assert store.live_since() is None
    assert store.first_slot_at(None) == BEGIN - timedelta(minutes=5)
    assert store.first_slot_at(BEGIN) == BEGIN
    assert store.first_slot_at(BEGIN + timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"from": "2026-05-05T05:00:00Z", "to": "2026-05-05T05:00:00Z"}, "trips.bad_window"),
        ({"from": "2026-05-06T05:00:00Z", "to": "2026-05-05T05:00:00Z"}, "trips.bad_window"),
        ({"from": "2026-03-05T05:00:00Z", "to": "2026-05-05T05:00:00Z"}, "trips.bad_window"),
        ({"from": "2026-05-05", "to": "2026-05-06"}, "input.contract"),
        ({"from": "9999-12-31T23:59:59Z"}, "trips.bad_window"),
        ({"to": "0001-01-01T00:00:00Z"}, "trips.bad_window"),
        ({"from": "0001-01-01T00:00:00Z", "to": "0001-01-02T00:00:00Z"}, "trips.bad_window"),
        ({"from": "9999-12-31T20:00:00Z", "to": "9999-12-31T23:00:00Z"}, "trips.bad_window"),
        ({"by": "weather"}, "input.invalid_parameter"),
        ({**DAY, "reference_from": "2026-05-01T05:00:00Z"}, "input.contract"),
        (
            {**DAY, "reference_from": "2026-05-01T05:00:00Z", "reference_to": "2026-05-05T05:00:01Z"},
            "trips.reference_overlaps",
        ),
        (
            {**DAY, "reference_from": "2026-01-01T05:00:00Z", "reference_to": "2026-05-05T05:00:00Z"},
            "trips.bad_window",
        ),
    ],
)
async def test_a_window_that_makes_no_sense_is_a_problem(
    client: httpx.AsyncClient, query: dict[str, str], code: str
) -> None:
    for route in (QUALITY, f"{QUALITY}/report"):
        if route == QUALITY or "by" not in query:
            answer = await client.get(route, params=query)
            assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text


async def test_a_window_that_takes_too_long_is_told_apart_from_a_lost_database(
    client: httpx.AsyncClient, engine: Engine
) -> None:
    """Whoever holds a lock makes the query wait; afterwards it is answered again."""
    score(engine, BEGIN, 1)
    read = ReadQuality(PostgresQualityStore(engine, MODEL_NAME, timeout_s=0.2), FixedClock(NOW))
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE drivetrain.trip_outcomes IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(UnavailableError) as raised:
            read()
    assert raised.value.code == "trips.quality_too_slow"
    assert (await client.get(QUALITY)).status_code == 200


async def test_the_report_is_one_page_also_with_nothing_in_it(
    client: httpx.AsyncClient, engine: Engine
) -> None:
    empty = await client.get(f"{QUALITY}/report")
    assert empty.status_code == 200
    assert "nothing can be said of their error" in empty.text
    score_many(engine, BEGIN, 48, 100)
    sent = [
        {"trip_id": str(trip_id(BEGIN + timedelta(hours=h), n)), "duration_min": 12 + n % 9}
        for h in range(48)
        for n in range(50)
    ]
    await client.post(OUTCOMES, json=sent, params={"synthetic": True})
    page = (await client.get(f"{QUALITY}/report", params=DAY)).text
    assert page.count("<svg ") == 5
    assert "SYNTHETIC DATA" in page
    assert "1,200 rides have no outcome" in page


@pytest.mark.parametrize(
    ("method", "route"), [("POST", OUTCOMES), ("POST", FILE), ("GET", QUALITY), ("GET", f"{QUALITY}/report")]
)
async def test_every_route_asks_for_its_right(
    app: FastAPI, client: httpx.AsyncClient, method: str, route: str
) -> None:
    app.state.authenticator = Everybody(PlatformScope.PREDICT)
    assert (await client.request(method, route)).status_code == 403


async def test_the_documentation_shows_what_is_answered(client: httpx.AsyncClient, engine: Engine) -> None:
    score_many(engine, BEGIN, 30, 50)
    for example in (EXAMPLE, ENDED_EXAMPLE):
        assert (await client.post(OUTCOMES, json=example)).json().keys() == examples.RECORDED["results"][
            0
        ].keys()
    listed = (await client.post(OUTCOMES, json=[EXAMPLE])).json()
    assert listed["counts"].keys() == examples.RECORDED["counts"].keys()
    csv = b"trip_id,duration_min\n" + EXAMPLE["trip_id"].encode() + b",14.5\n"
    filed = (await client.post(FILE, files={"file": ("rides.csv", csv)})).json()
    assert filed.keys() == examples.RECORDED_FILE.keys()
    found = (await client.get(QUALITY, params=DAY)).json()
    assert found.keys() == examples.QUALITY.keys()
    assert found["total"].keys() == examples.QUALITY["total"].keys()
    assert found["groups"][0].keys() == examples.QUALITY["groups"][0].keys()
    assert found["drift"][0].keys() == examples.QUALITY["drift"][0].keys()
    assert found["reference"].keys() == examples.QUALITY["reference"].keys()
    assert TRIP_OUTCOMES.check_row(EXAMPLE)[1] == ()
