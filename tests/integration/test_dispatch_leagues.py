"""Leagues are kept on a real database, and shown over HTTP."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import Engine
from tests.support.served import NamedCallers, caller_header, served_application, serving

from drivetrain.core.errors import NotFoundError
from drivetrain.dispatch.simulation.adapters.league_http import league_routes
from drivetrain.dispatch.simulation.adapters.league_store import PostgresLeagues, shipped


def test_the_last_league_of_a_city_is_shown_and_the_built_in_one_where_none_was_kept(engine: Engine) -> None:
    leagues = PostgresLeagues(engine)
    later = {**shipped(), "version": "later", "made_at": "2099-01-02T00:00:00.000000Z"}
    own = {**shipped(), "city": "own.csv", "version": "own", "made_at": "2026-12-01T00:00:00.000000Z"}
    application = served_application([league_routes(leagues)], NamedCallers())
    with (
        serving(application) as (address, _),
        httpx.Client(base_url=address, headers=caller_header("dispatch:read"), timeout=60) as client,
    ):
        assert client.get("/dispatch/league").json() == shipped()
        assert [one["city"] for one in client.get("/dispatch/leagues").json()["items"]] == ["synthetic"]
        for league in (own, later, own):  # the same one twice is kept once
            leagues.keep(league)  # type: ignore[arg-type]
        assert client.get("/dispatch/league").json()["version"] == "later"
        assert client.get("/dispatch/league", params={"city": "own.csv"}).json() == own
        listed = client.get("/dispatch/leagues").json()["items"]
        assert [(one["city"], one["version"]) for one in listed] == [
            ("own.csv", "own"),
            ("synthetic", "later"),
        ]
        missing = client.get("/dispatch/league", params={"city": "atlantis"})
        assert (missing.status_code, missing.json()["code"]) == (404, "dispatch.no_league")
    with pytest.raises(NotFoundError):
        leagues.newest("")
