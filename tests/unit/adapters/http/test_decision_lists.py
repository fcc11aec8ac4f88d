"""Decisions are listed by what is asked for, page by page, as JSON or as a table that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from tests.support.callers_of_roles import AS, NOW, authenticator_of_roles
from tests.support.fakes import FixedClock

from drivetrain.adapters.http.decision_lists import CSV_COLUMNS, MOST_LISTED, decision_list_routes
from drivetrain.adapters.tabular.answers import write_csv
from drivetrain.core.errors import DeadlineExceededError
from drivetrain.lifecycle.serving.decision_search import DecisionFilter, ListedDecision, SearchWindow
from drivetrain.lifecycle.serving.predictions import ModelRef

DAY = timedelta(days=1)
IDS = [f"0198c0de-0000-7000-8000-{place:012d}" for place in range(5)]


def listed(decision_id: str, caller: str = "shop") -> ListedDecision:
    return ListedDecision(
        decision_id,
        NOW - DAY / 2,
        "rental",
        ModelRef("rental-price", "3"),
        {"model_key": "Citroën"},
        {"price_per_day": 118.4},
        900,
        caller,
        "request 1",
        has_outcome=False,
    )


class Ledger:
    """Remembers what it was asked for; holds five decisions."""

    def __init__(self) -> None:
        self.asked: list[tuple[DecisionFilter, UUID | None, int]] = []
        self.decisions = [listed(decision_id) for decision_id in reversed(IDS)]
        self.is_slow = False

    def newest(self, wanted: DecisionFilter, *, before: UUID | None, most: int) -> Sequence[ListedDecision]:
        self.asked.append((wanted, before, most))
        if self.is_slow:
            raise DeadlineExceededError("Too slow.", code="decisions.search_too_slow")
        later = [each for each in self.decisions if before is None or each.decision_id < str(before)]
        return later[:most]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def app(app: FastAPI, ledger) -> FastAPI:
    app.state.authenticator = authenticator_of_roles()
    app.include_router(decision_list_routes(ledger, FixedClock(NOW), write_csv))
    return app


async def ask(client, **query: object):
    return await client.get("/decisions", params=query, headers=AS["operator"])


async def test_without_a_word_it_is_the_last_day(client, ledger) -> None:
    answer = await ask(client)
    assert answer.status_code == 200
    assert answer.json()["items"][0] == {
        "decision_id": IDS[-1],
        "decided_at": "2026-05-01T00:00:00.000000Z",
        "product": "rental",
        "model": {"name": "rental-price", "version": "3"},
        "input": {"model_key": "Citroën"},
        "answer": {"price_per_day": 118.4},
        "latency_ms": 0.9,
        "caller": "shop",
        "request_id": "request 1",
        "has_outcome": False,
    }
    assert ledger.asked == [(DecisionFilter(SearchWindow(NOW - DAY, NOW)), None, 51)]


async def test_every_filter_reaches_the_ledger(client, ledger) -> None:
    filters = {"product": "rental", "model": "rental-price", "version": "3", "caller": "shop"}
    window = {"from": "2026-04-01T02:00:00+02:00", "to": "2026-04-02T00:00:00Z"}
    await ask(client, **filters, **window, has_outcome="true", limit=7)
    since, until = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)
    wanted = DecisionFilter(SearchWindow(since, until), **filters, has_outcome=True)
    assert ledger.asked == [(wanted, None, 8)]


async def test_pages_follow_each_other_and_hold_every_decision_once(client) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        page = (await ask(client, limit=2, **cursor)).json()
        seen += [item["decision_id"] for item in page["items"]]
        cursor = {"cursor": page["next"]}
    assert seen == list(reversed(IDS)) and page["next"] is None


async def test_a_table_has_the_same_rows_and_runs_nothing(client, ledger) -> None:
    ledger.decisions[0] = listed(IDS[-1], caller="=HYPERLINK(1)")
    headers = {**AS["operator"], "Accept": "text/csv"}
    answer = await client.get("/decisions?limit=2", headers=headers)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["x-next"] == IDS[-2]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [(row["decision_id"], row["caller"]) for row in rows] == [
        (IDS[-1], "'=HYPERLINK(1)"),
        (IDS[-2], "shop"),
    ]
    assert (rows[1]["model"], rows[1]["version"], rows[1]["input"]) == (
        "rental-price",
        "3",
        '{"model_key": "Citroën"}',
    )


async def test_the_last_page_of_a_table_names_no_other(client) -> None:
    answer = await client.get("/decisions", headers={**AS["operator"], "Accept": "text/csv"})
    assert "x-next" not in answer.headers and len(answer.text.splitlines()) == 1 + len(IDS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "yesterday"},
        {"from": "2026-04-01T00:00:00"},  # of which zone?
        {"from": "2026-05-02T00:00:00Z"},  # after now
        {"from": "2020-01-01T00:00:00Z"},  # years
        {"cursor": "1"},
        {"limit": 0},
        {"limit": MOST_LISTED + 1},
        {"caller": ""},
        {"has_outcome": "perhaps"},
    ],
    ids=str,
)
async def test_a_wish_that_makes_no_sense_is_refused(client, ledger, wrong) -> None:
    assert (await ask(client, **wrong)).status_code == 422
    assert ledger.asked == []


async def test_a_search_that_takes_too_long_says_so(client, ledger) -> None:
    ledger.is_slow = True
    answer = await ask(client)
    assert (answer.status_code, answer.json()["code"]) == (504, "decisions.search_too_slow")


@pytest.mark.parametrize(("headers", "status"), [(AS["client"], 403), ({}, 401)], ids=["client", "nobody"])
async def test_only_who_may_read_decisions_lists_them(client, ledger, headers, status) -> None:
    assert (await client.get("/decisions", headers=headers)).status_code == status
    assert ledger.asked == []
