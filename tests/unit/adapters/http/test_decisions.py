"""A decision can be read back as it was made, and what proved true is joined to it once."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from tests.support.fakes import FixedClock, MemoryDecisionLog, MemoryKeyStore
from tests.support.samples import decision

from drivetrain.adapters.http.access import Authenticator, KeyRing
from drivetrain.adapters.http.decisions import decision_routes
from drivetrain.core.access import KeyRecord, PlatformScope, mint_key
from drivetrain.core.errors import ConflictError, UnavailableError
from drivetrain.lifecycle.releasing.explain_decision import DecisionReasons
from drivetrain.lifecycle.serving.predictions import LoggedDecision, ModelRef

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
READER, WRITER = mint_key("local"), mint_key("local")
AS_READER, AS_WRITER = {"X-API-Key": READER.text}, {"X-API-Key": WRITER.text}
AGREED = {"name": "agreed_price_per_day_eur", "value": 112.0}


@pytest.fixture
def log() -> MemoryDecisionLog:
    return MemoryDecisionLog()


@pytest.fixture
async def made(log):
    one = decision()
    await log.append(one)
    return one


class Explainer:
    """Remembers what it was asked; can be held up."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.began, self.may_end = threading.Event(), threading.Event()
        self.may_end.set()

    def __call__(self, decision: LoggedDecision, version: str | None) -> DecisionReasons:
        self.asked.append((decision.decision_id, version))
        self.began.set()
        assert self.may_end.wait(60)
        if version == "9":
            raise ConflictError("It cannot answer.", code="decision.not_answerable")
        ref = ModelRef(decision.model.name, version or decision.model.version)
        return DecisionReasons(decision.decision_id, ref, decision.answer, version is None, {"reasons": []})


@pytest.fixture
def explainer() -> Explainer:
    return Explainer()


@pytest.fixture
def app(app: FastAPI, log, explainer) -> FastAPI:
    clock = FixedClock(NOW)
    store = MemoryKeyStore(clock)
    for name, key, scope in (
        ("reader", READER, PlatformScope.DECISIONS_READ),
        ("shop", WRITER, PlatformScope.EVENTS_WRITE),
    ):
        store.add(KeyRecord(key.key_id, name, frozenset({scope}), key.digest(b"pepper"), NOW, "test"))
    ring = KeyRing(store.all)
    ring.reload()
    app.state.authenticator = Authenticator(
        ring, pepper=b"pepper", token_secret=b"s" * 32, token_ttl_s=900, clock=clock
    )
    app.include_router(decision_routes(log, explainer, clock, patience_s=0.0))
    return app


async def tell(client, decision_id: str, **changed: object):
    return await client.post(
        f"/decisions/{decision_id}/outcome", json={**AGREED, **changed}, headers=AS_WRITER
    )


async def test_a_decision_is_shown_as_it_was_made(client, made):
    shown = (await client.get(f"/decisions/{made.decision_id}", headers=AS_READER)).json()
    assert shown["input"] == {"model_key": "Citroën", "mileage": 148300}
    assert shown["features"] == [148300.0, 3.0, 0.1]
    assert shown["answer"] == {"price_per_day": 118.4, "currency": "EUR"}
    assert shown["model"] == {"name": "rental-price", "version": "3"}
    assert shown["decided_at"] == "2026-03-29T00:59:59.999999Z"
    assert shown["outcomes"] == []


@pytest.mark.parametrize("write", [str.upper, lambda text: text.replace("-", "")])
async def test_an_id_is_known_in_every_form_of_a_uuid(client, made, write):
    assert (await client.get(f"/decisions/{write(made.decision_id)}", headers=AS_READER)).status_code == 200


@pytest.mark.parametrize(
    "unknown", ["0198c0de-0000-7000-8000-000000000000", "nonsense", "1", "%00", "..%2f..%2fetc"]
)
async def test_an_unknown_id_is_not_found_whatever_its_form(client, unknown):
    assert (await client.get(f"/decisions/{unknown}", headers=AS_READER)).status_code == 404
    assert (await tell(client, unknown)).status_code == 404


async def test_an_outcome_joins_its_decision_with_the_name_of_who_told_it(client, made):
    answer = await tell(client, made.decision_id, observed_at="2026-04-30T10:00:00+02:00")
    outcome = {**AGREED, "observed_at": "2026-04-30T08:00:00.000000Z", "recorded_by": "shop"}
    assert (answer.status_code, answer.json()) == (
        201,
        {"decision_id": made.decision_id, **outcome, "is_new": True},
    )
    assert (await client.get(f"/decisions/{made.decision_id}", headers=AS_READER)).json()["outcomes"] == [
        outcome
    ]


async def test_an_outcome_without_an_instant_is_of_now(client, made):
    assert (await tell(client, made.decision_id)).json()["observed_at"] == "2026-05-01T12:00:00.000000Z"


async def test_the_same_outcome_again_changes_nothing_and_another_value_is_a_conflict(client, made):
    first = await tell(client, made.decision_id, observed_at="2026-04-30T08:00:00Z")
    again = await tell(client, made.decision_id, observed_at="2026-05-01T08:00:00Z")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "is_new": False}  # what is kept, and not what was sent
    assert (await tell(client, made.decision_id, value=113.0)).status_code == 409
    outcomes = (await client.get(f"/decisions/{made.decision_id}", headers=AS_READER)).json()["outcomes"]
    assert [outcome["value"] for outcome in outcomes] == [112.0]


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Agreed Price"},
        {"name": ""},
        {"name": "x" * 65},
        {"value": "112"},
        {"value": True},
        {"value": None},
        {"observed_at": "yesterday"},
        {"observed_at": "2026-05-01T09:30:00"},  # whose half past nine?
        {"observed_at": "2026-13-01T09:30:00Z"},
        {"observed_at": "0001-01-01T00:00:00+14:00"},  # before the first year, in UTC
        {"observed_at": 1_777_777_777},
        {"more": 1},
    ],
    ids=str,
)
async def test_an_outcome_that_is_not_well_formed_is_refused(client, made, changed):
    assert (await tell(client, made.decision_id, **changed)).status_code == 422


async def test_a_ledger_that_is_away_is_a_503_and_not_a_404(client, made, log):
    log.failure = UnavailableError("The ledger is away.")
    answer = await client.get(f"/decisions/{made.decision_id}", headers=AS_READER)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_reading_and_telling_are_different_rights(client, made):
    assert (await client.get(f"/decisions/{made.decision_id}", headers=AS_WRITER)).status_code == 403
    answer = await client.post(f"/decisions/{made.decision_id}/outcome", json=AGREED, headers=AS_READER)
    assert answer.status_code == 403


async def reasons_of(client, decision_id: str, headers=AS_READER, **query: str):
    return await client.get(f"/decisions/{decision_id}/reasons", params=query, headers=headers)


async def test_reasons_come_from_the_version_that_decided_unless_another_is_named(client, made, explainer):
    own = await reasons_of(client, made.decision_id.upper())
    assert (own.status_code, own.json()) == (
        200,
        {
            "decision_id": made.decision_id,
            "model": {"name": "rental-price", "version": "3"},
            "answer": {"price_per_day": 118.4, "currency": "EUR"},
            "is_identical": True,
            "explanation": {"reasons": []},
        },
    )
    other = (await reasons_of(client, made.decision_id, version="4")).json()
    assert (other["model"]["version"], other["is_identical"]) == ("4", False)
    assert explainer.asked == [(made.decision_id, None), (made.decision_id, "4")]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"version": "9"}, 409, "decision.not_answerable"),
        ({"version": "latest"}, 422, "input.invalid_parameter"),
        ({"version": ""}, 422, "input.invalid_parameter"),
    ],
)
async def test_what_has_no_reasons_is_a_problem_with_a_code(client, made, query, status, code):
    answer = await reasons_of(client, made.decision_id, **query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("unknown", ["0198c0de-0000-7000-8000-000000000000", "nonsense"])
async def test_an_unknown_decision_has_no_reasons(client, explainer, unknown):
    assert (await reasons_of(client, unknown)).json()["code"] == "ledger.decision_not_found"
    assert explainer.asked == []


async def test_only_who_may_read_decisions_sees_their_reasons(client, made, explainer):
    assert (await reasons_of(client, made.decision_id, AS_WRITER)).status_code == 403
    assert explainer.asked == []


async def test_one_decision_is_explained_at_a_time_and_the_next_one_after_it(client, made, explainer):
    explainer.may_end.clear()
    first = asyncio.create_task(reasons_of(client, made.decision_id))
    assert await asyncio.to_thread(explainer.began.wait, 60)
    second = await reasons_of(client, made.decision_id)
    assert (second.status_code, second.json()["code"]) == (429, "limits.too_many_requests")
    explainer.may_end.set()
    assert (await first).status_code == 200
    assert (await reasons_of(client, made.decision_id)).status_code == 200
