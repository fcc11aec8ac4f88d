"""The route asks for the window that was wished for, one replay at a time, and refuses what makes no sense."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from tests.support.fakes import FixedClock, MemoryKeyStore
from tests.support.task_fakes import task_record

from drivetrain.adapters.http.access import Authenticator, KeyRing
from drivetrain.adapters.http.replays import MOST_OVER_HTTP, replay_routes
from drivetrain.core.access import KeyRecord, mint_key
from drivetrain.core.errors import NotFoundError
from drivetrain.lifecycle.kit.task_records import TaskRecord
from drivetrain.lifecycle.releasing.replay import MOST_DECISIONS, Window
from drivetrain.products import SCOPES

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
OPERATOR, CLIENT = mint_key("local"), mint_key("local")
AS_OPERATOR, AS_CLIENT = {"X-API-Key": OPERATOR.text}, {"X-API-Key": CLIENT.text}
WISH = {"model": "rental-price", "version": "4"}


class Desk:
    """Remembers what it was asked; can be held up."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None, Window]] = []
        self.began, self.may_end = threading.Event(), threading.Event()
        self.may_end.set()

    def replay(self, model: str, version: str | None, window: Window) -> dict[str, object]:
        self.asked.append((model, version, window))
        self.began.set()
        assert self.may_end.wait(10)
        if version == "99":
            raise NotFoundError("No such version.", code="model.version_not_found")
        return {"decisions": 7}

    def preview(self, model: str, version: str, window: Window, actor: str) -> TaskRecord:
        if model != "rental-price":
            raise NotFoundError("No such model.", code="model.not_found")
        self.asked.append((model, version, window))
        return task_record(name="models.preview", actor=actor)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def app(app: FastAPI, desk) -> FastAPI:
    clock = FixedClock(NOW)
    store = MemoryKeyStore(clock)
    for name, key in (("operator", OPERATOR), ("client", CLIENT)):
        store.add(KeyRecord(key.key_id, name, SCOPES.granted([name]), key.digest(b"pepper"), NOW, "test"))
    ring = KeyRing(store.all)
    ring.reload()
    app.state.authenticator = Authenticator(
        ring, pepper=b"pepper", token_secret=b"s" * 32, token_ttl_s=900, clock=clock
    )
    app.include_router(replay_routes(desk.replay, desk.preview, clock))
    return app


async def test_without_a_window_it_is_the_last_day(client, desk):
    answer = await client.post("/replays", json=WISH, headers=AS_OPERATOR)
    assert (answer.status_code, answer.json()) == (200, {"decisions": 7})
    assert desk.asked == [("rental-price", "4", Window(NOW - timedelta(days=1), NOW, MOST_OVER_HTTP))]


async def test_without_a_version_each_decision_keeps_its_own(client, desk):
    assert (
        await client.post("/replays", json={"model": "rental-price"}, headers=AS_OPERATOR)
    ).status_code == 200
    assert [version for _, version, _ in desk.asked] == [None]


async def test_the_window_is_taken_as_it_is_given(client, desk):
    wish = {**WISH, "since": "2026-04-01T02:00:00+02:00", "until": "2026-04-02T00:00:00Z", "most": 10}
    assert (await client.post("/replays", json=wish, headers=AS_OPERATOR)).status_code == 200
    assert desk.asked[0][2] == Window(datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC), 10)


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": "latest"},
        {"version": 4},
        {"since": "yesterday"},
        {"since": "2026-04-01T00:00:00"},  # of which zone?
        {"since": "2026-05-02T00:00:00Z"},  # after now
        {"since": "2026-04-02T00:00:00Z", "until": "2026-04-02T00:00:00Z"},
        {"until": "0001-01-01T00:00:00Z"},  # there is no day before it
        {"most": 0},
        {"most": MOST_OVER_HTTP + 1},
        {"more": 1},
    ],
    ids=str,
)
async def test_a_wish_that_makes_no_sense_is_refused(client, desk, wrong):
    assert (await client.post("/replays", json={**WISH, **wrong}, headers=AS_OPERATOR)).status_code == 422
    assert desk.asked == []


async def test_one_at_a_time_and_the_next_one_after_it_even_when_it_failed(client, desk):
    desk.may_end.clear()
    first = asyncio.create_task(client.post("/replays", json={**WISH, "version": "99"}, headers=AS_OPERATOR))
    assert await asyncio.to_thread(desk.began.wait, 10)
    second = await client.post("/replays", json=WISH, headers=AS_OPERATOR)
    assert (second.status_code, second.json()["code"]) == (429, "limits.too_many_requests")
    assert int(second.headers["retry-after"]) >= 1
    desk.may_end.set()
    assert (await first).status_code == 404
    assert (await client.post("/replays", json=WISH, headers=AS_OPERATOR)).status_code == 200


@pytest.mark.parametrize(("headers", "status"), [(AS_CLIENT, 403), ({}, 401)])
async def test_only_who_may_read_decisions_may_replay_them(client, desk, headers, status):
    assert (await client.post("/replays", json=WISH, headers=headers)).status_code == status
    assert desk.asked == []


async def preview(client, name: str = "rental-price", headers=AS_OPERATOR, **wish: object):
    return await client.post(f"/models/{name}/previews", json={"version": "4", **wish}, headers=headers)


async def test_a_preview_is_a_task_over_a_window_that_may_be_long(client, desk):
    answer = await preview(client, since="2026-04-01T00:00:00Z", most=MOST_DECISIONS)
    assert (answer.status_code, answer.json()["name"]) == (202, "models.preview")
    assert answer.json()["requested_by"] == "operator"
    assert answer.headers["location"] == f"/tasks/{answer.json()['task_id']}"
    window = Window(datetime(2026, 4, 1, tzinfo=UTC), NOW, MOST_DECISIONS)
    assert desk.asked == [("rental-price", "4", window)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": None},
        {"version": "latest"},
        {"most": MOST_DECISIONS + 1},
        {"until": NOW.isoformat(), "since": NOW.isoformat()},
    ],
    ids=str,
)
async def test_a_preview_that_makes_no_sense_is_refused(client, desk, wrong):
    assert (await preview(client, **wrong)).status_code == 422
    assert desk.asked == []


@pytest.mark.parametrize(
    ("name", "headers", "status"),
    [("nonsense", AS_OPERATOR, 404), ("rental-price", AS_CLIENT, 403), ("rental-price", {}, 401)],
)
async def test_a_preview_is_for_who_may_read_decisions_of_a_model_that_exists(
    client, desk, name, headers, status
):
    assert (await preview(client, name, headers)).status_code == status
    assert desk.asked == []
