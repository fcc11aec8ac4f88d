"""The routes of the league: policies beside each other."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.openapi import answer, documented
from drivetrain.dispatch.simulation.adapters.answers import LeagueAnswer, LeagueList
from drivetrain.dispatch.simulation.adapters.league_store import PostgresLeagues, shipped
from drivetrain.dispatch.simulation.domain.cities import SYNTHETIC
from drivetrain.dispatch.state.domain.scopes import DISPATCH_READ

_reads = Needs(DISPATCH_READ.name)


def league_routes(leagues: PostgresLeagues) -> APIRouter:
    """``GET /dispatch/league`` and ``/dispatch/leagues``."""
    router = APIRouter(prefix="/dispatch", tags=["dispatch"])

    @router.get("/league", dependencies=[Depends(_reads)])
    @documented(answer(LeagueAnswer, "Policies by market.", example=_example()), problems=[404])
    def read_dispatch_league(
        city: Annotated[
            str, Query(max_length=255, description="Of the league; the built-in one by default.")
        ] = SYNTHETIC.name,
    ) -> Response:
        """Show dispatch policies beside each other in simulated cities, with 95 % intervals."""
        return json_answer(leagues.newest(city))

    @router.get("/leagues", dependencies=[Depends(_reads)])
    @documented(
        answer(
            LeagueList,
            "The last league of each city.",
            example={
                "items": [
                    {"city": "synthetic", "version": "0123456789ab", "made_at": "2026-05-01T09:23:02.104220Z"}
                ],
                "next": None,
            },
        )
    )
    def list_dispatch_leagues() -> Response:
        """List the cities whose league was kept."""
        return json_answer({"items": leagues.list(), "next": None})

    return router


def _example() -> LeagueAnswer:
    """The league that comes with the platform: one market, two policies."""
    league = shipped()
    market = league["markets"][0]
    return {
        **league,
        "policies": league["policies"][:2],
        "markets": [{**market, "standings": market["standings"][:2]}],
    }
