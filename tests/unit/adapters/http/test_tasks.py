"""Routes over tasks: pages, states and rights; a running process is shown with its heartbeat."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from tests.support.fakes import FixedClock, MemoryKeyStore
from tests.support.task_fakes import AT, MemoryTaskDesk, task_record

from drivetrain.adapters.http.access import Authenticator, KeyRing
from drivetrain.adapters.http.tasks import task_routes
from drivetrain.core.access import KeyRecord, mint_key
from drivetrain.lifecycle.kit.task_records import (
    QueueDepth,
    TaskFailure,
    TaskProgress,
    TaskState,
    TaskWorker,
)
from drivetrain.products import SCOPES

ANALYST, OPERATOR, CLIENT = mint_key("local"), mint_key("local"), mint_key("local")
AS_ANALYST, AS_OPERATOR, AS_CLIENT = ({"X-API-Key": key.text} for key in (ANALYST, OPERATOR, CLIENT))
IDS = [f"01989c3e-7a8e-7c55-b5a5-00000000000{number}" for number in range(5)]


@pytest.fixture
def desk() -> MemoryTaskDesk:
    states = (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.RUNNING, TaskState.QUEUED, TaskState.QUEUED)
    records = [
        task_record(
            task_id=task_id,
            state=state,
            name="mail.send" if number % 2 else "models.train",
            failure=TaskFailure("mail.away", "No server.") if state is TaskState.FAILED else None,
            progress=TaskProgress("send", 2, 5, "messages"),
        )
        for number, (task_id, state) in enumerate(zip(IDS, states, strict=True))
    ]
    return MemoryTaskDesk(records[::-1])


@pytest.fixture
def app(app: FastAPI, desk: MemoryTaskDesk) -> FastAPI:
    clock = FixedClock(AT)
    store = MemoryKeyStore(clock)
    for name, key in (("analyst", ANALYST), ("operator", OPERATOR), ("client", CLIENT)):
        store.add(KeyRecord(key.key_id, name, SCOPES.granted([name]), key.digest(b"pepper"), AT, "test"))
    ring = KeyRing(store.all)
    ring.reload()
    app.state.authenticator = Authenticator(
        ring, pepper=b"pepper", token_secret=b"s" * 32, token_ttl_s=900, clock=clock
    )
    app.include_router(task_routes(desk))
    return app


async def test_pages_follow_each_other_to_the_end(client) -> None:
    seen, path = [], "/tasks?limit=2"
    while path:
        page = (await client.get(path, headers=AS_ANALYST)).json()
        seen += [item["task_id"] for item in page["items"]]
        path = f"/tasks?limit=2&cursor={page['next']}" if page["next"] else ""
    assert seen == IDS[::-1]


async def test_tasks_are_chosen_by_state_and_name(client) -> None:
    failed = (await client.get("/tasks?state=failed", headers=AS_ANALYST)).json()["items"]
    assert [(item["task_id"], item["error"]) for item in failed] == [
        (IDS[1], {"code": "mail.away", "detail": "No server."})
    ]
    mails = (await client.get("/tasks?name=mail.send&limit=1", headers=AS_ANALYST)).json()
    assert [item["task_id"] for item in mails["items"]] == [IDS[3]] and mails["next"] == IDS[3]


async def test_a_task_shows_how_far_it_is(client) -> None:
    shown = (await client.get(f"/tasks/{IDS[2]}", headers=AS_ANALYST)).json()
    assert shown["progress"] == {"stage": "send", "done": 2, "total": 5, "unit": "messages"}
    assert (shown["state"], shown["requested_by"], shown["created_at"]) == (
        "running",
        "ada",
        "2026-05-01T12:00:00.000000Z",
    )


async def test_a_failed_task_is_tried_again_and_a_queued_one_cancelled(client) -> None:
    again = await client.post(f"/tasks/{IDS[1]}/retry", headers=AS_OPERATOR)
    assert (again.status_code, again.json()["state"]) == (200, "queued")
    cancelled = await client.post(f"/tasks/{IDS[3]}/cancel", headers=AS_OPERATOR)
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")


REFUSED = [
    ("GET", "/tasks", None, 401, "auth.missing"),
    ("GET", "/tasks", AS_CLIENT, 403, "auth.scope_missing"),
    ("POST", f"/tasks/{IDS[1]}/retry", AS_ANALYST, 403, "auth.scope_missing"),  # reads, changes nothing
    ("POST", f"/tasks/{IDS[1]}/cancel", AS_OPERATOR, 409, "tasks.ended"),
    ("POST", f"/tasks/{IDS[2]}/retry", AS_OPERATOR, 409, "tasks.not_ended"),
    ("GET", "/tasks/nothing", AS_ANALYST, 404, "tasks.not_found"),
    ("GET", "/tasks?state=lost", AS_ANALYST, 422, "input.invalid_parameter"),
    ("GET", "/tasks?limit=0", AS_ANALYST, 422, "input.invalid_parameter"),
    ("GET", "/tasks?limit=201", AS_ANALYST, 422, "input.invalid_parameter"),
]


@pytest.mark.parametrize(("method", "path", "headers", "status", "code"), REFUSED)
async def test_what_is_refused(client, method, path, headers, status, code) -> None:
    refused = await client.request(method, path, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_queues_and_workers_are_shown(client, desk: MemoryTaskDesk) -> None:
    desk.depth_list = [QueueDepth("default", 3, 1, 2, AT), QueueDepth("heavy", 0, 0, 1, None)]
    desk.worker_list = [TaskWorker("host-a", 71, ["default"], AT, AT, 2)]
    status = (await client.get("/tasks/status", headers=AS_ANALYST)).json()
    assert status["queues"][0] == {
        "queue": "default",
        "queued": 3,
        "scheduled": 1,
        "running": 2,
        "oldest_due_at": "2026-05-01T12:00:00.000000Z",
    }
    assert status["queues"][1]["oldest_due_at"] is None
    assert [(worker["worker"], worker["running"]) for worker in status["workers"]] == [("host-a:71", 2)]
