"""``GET /home``: what the signed-in person has to decide now, a few figures, and the last decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import ANY_CALLER
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.decision_lists import ListedDecisionAnswer
from drivetrain.adapters.http.openapi import answer, documented
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.core.time import Clock, iso_utc
from drivetrain.lifecycle.kit.home import DailyFigure, HomeSource, Matter
from drivetrain.lifecycle.serving.decision_search import DecisionFilter, DecisionSearch, SearchWindow

LAST_DECISIONS = 10
_RECENT = timedelta(days=1)


class MatterAnswer(TypedDict):
    """Something that waits for a decision of people; ``code`` is stable, ``subject`` the name of what it is about."""

    code: str
    subject: str
    count: int
    detail: str
    since: str | None


class DayValue(TypedDict):
    """The value of a day, UTC."""

    day: str
    value: float


class DailyFigureAnswer(TypedDict):
    """A figure by day, oldest first; the last day goes on, and one that was not counted yet is missing."""

    code: str
    subject: str
    unit: str
    days: list[DayValue]


class HomeAnswer(TypedDict):
    """What the caller may see of it; lists are empty where that is nothing."""

    matters: list[MatterAnswer]
    figures: list[DailyFigureAnswer]
    decisions: list[ListedDecisionAnswer]


def home_routes(sources: Sequence[HomeSource], search: DecisionSearch, clock: Clock) -> APIRouter:
    """The route of the home page.

    Args:
        sources: the platform's and those of the products, in the order of the page.
    """
    router = APIRouter(tags=["platform"])

    @router.get("/home")
    @documented(answer(HomeAnswer, "The parts that the caller may see."), problems=[504])
    def show_home(caller: Annotated[Caller, Depends(ANY_CALLER)]) -> Response:
        """Show what waits for a decision, decisions per day of two weeks, and the last decisions of a day."""
        parts = [source.read() for source in sources if source.scope in caller.scopes]
        decisions = []
        if PlatformScope.DECISIONS_READ in caller.scopes:
            now = clock.now()
            recent = DecisionFilter(SearchWindow(now - _RECENT, now))
            decisions = [each.as_dict() for each in search.newest(recent, before=None, most=LAST_DECISIONS)]
        return json_answer(
            {
                "matters": [_matter(each) for part in parts for each in part.matters],
                "figures": [_figure(each) for part in parts for each in part.figures],
                "decisions": decisions,
            }
        )

    return router


def _matter(matter: Matter) -> MatterAnswer:
    return {
        "code": matter.code,
        "subject": matter.subject,
        "count": matter.count,
        "detail": matter.detail,
        "since": None if matter.since is None else iso_utc(matter.since),
    }


def _figure(figure: DailyFigure) -> DailyFigureAnswer:
    return {
        "code": figure.code,
        "subject": figure.subject,
        "unit": figure.unit,
        "days": [{"day": day.isoformat(), "value": value} for day, value in figure.days],
    }
