"""The home page shows each caller the parts that their scopes open, in the order of the sources."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from tests.support.callers_of_roles import AS, NOW, authenticator_of_roles
from tests.support.fakes import FixedClock

from drivetrain.adapters.http.home import LAST_DECISIONS, home_routes
from drivetrain.core.access import PlatformScope
from drivetrain.lifecycle.kit.home import DailyFigure, HomePart, HomeSource, Matter
from drivetrain.lifecycle.serving.decision_search import DecisionFilter, ListedDecision, SearchWindow
from drivetrain.lifecycle.serving.predictions import ModelRef

MISSING = Matter("models.no_champion", "rental-price", 1, "No version of rental-price is live.")
FAILED = Matter("tasks.failed", "mail.send", 3, "Failed tasks mail.send: 3.", NOW)
BY_DAY = DailyFigure("decisions.by_day", "rental", "decisions", [(date(2026, 4, 30), 7.0), (NOW.date(), 2.0)])


class Ledger:
    """Holds one decision, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[DecisionFilter, UUID | None, int]] = []

    def newest(self, wanted: DecisionFilter, *, before: UUID | None, most: int) -> Sequence[ListedDecision]:
        self.asked.append((wanted, before, most))
        return [
            ListedDecision(
                "id-1",
                NOW,
                "rental",
                ModelRef("rental-price", "3"),
                {},
                {},
                900,
                "shop",
                "r",
                has_outcome=False,
            )
        ]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def app(app: FastAPI, ledger) -> FastAPI:
    sources = [
        HomeSource(PlatformScope.MODELS_READ, lambda: HomePart([MISSING])),
        HomeSource(PlatformScope.TASKS_READ, lambda: HomePart([FAILED])),
        HomeSource(PlatformScope.DECISIONS_READ, lambda: HomePart(figures=[BY_DAY])),
    ]
    app.state.authenticator = authenticator_of_roles()
    app.include_router(home_routes(sources, ledger, FixedClock(NOW)))
    return app


async def home(client, role: str):
    answer = await client.get("/home", headers=AS[role])
    assert answer.status_code == 200
    return answer.json()


async def test_an_operator_sees_what_waits_the_figures_and_the_last_decisions(client, ledger) -> None:
    shown = await home(client, "operator")
    assert shown["matters"] == [
        {
            "code": "models.no_champion",
            "subject": "rental-price",
            "count": 1,
            "detail": "No version of rental-price is live.",
            "since": None,
        },
        {
            "code": "tasks.failed",
            "subject": "mail.send",
            "count": 3,
            "detail": "Failed tasks mail.send: 3.",
            "since": "2026-05-01T12:00:00.000000Z",
        },
    ]
    assert shown["figures"] == [
        {
            "code": "decisions.by_day",
            "subject": "rental",
            "unit": "decisions",
            "days": [{"day": "2026-04-30", "value": 7.0}, {"day": "2026-05-01", "value": 2.0}],
        }
    ]
    assert [each["decision_id"] for each in shown["decisions"]] == ["id-1"]
    window = SearchWindow(NOW - timedelta(days=1), NOW)
    assert ledger.asked == [(DecisionFilter(window), None, LAST_DECISIONS)]


@pytest.mark.parametrize(("role", "codes"), [("viewer", ["models.no_champion"]), ("client", [])])
async def test_others_see_what_their_scopes_open_and_the_ledger_is_not_asked(
    client, ledger, role, codes
) -> None:
    shown = await home(client, role)
    assert [matter["code"] for matter in shown["matters"]] == codes
    assert (shown["figures"], shown["decisions"], ledger.asked) == ([], [], [])


async def test_nobody_has_no_home(client) -> None:
    assert (await client.get("/home")).status_code == 401
