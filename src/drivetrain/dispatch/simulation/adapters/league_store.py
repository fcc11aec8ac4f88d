"""Leagues in PostgreSQL, and the one that comes with the platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, cast

import orjson
from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import insert

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.errors import NotFoundError
from drivetrain.core.time import iso_utc, read_instant
from drivetrain.dispatch.simulation.adapters.answers import KeptLeague, LeagueAnswer
from drivetrain.dispatch.simulation.adapters.tables import leagues


class PostgresLeagues:
    """Keeps leagues; what was kept is never changed.

    Every method raises UnavailableError without the database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, league: LeagueAnswer) -> None:
        """Keep a league; the same figures once."""
        row = {
            "version": league["version"],
            "city": league["city"],
            "made_at": read_instant(league["made_at"]),
            "league": league,
        }
        with transaction(self._engine) as connection:
            connection.execute(insert(leagues).values(row).on_conflict_do_nothing())

    def newest(self, city: str) -> LeagueAnswer:
        """The last one of a city; of the built-in city that of the platform where none was kept.

        Raises:
            NotFoundError: ``dispatch.no_league``.
        """
        wanted = select(leagues.c.league).where(leagues.c.city == city)
        with translating(), self._engine.connect() as connection:
            kept = connection.scalar(wanted.order_by(leagues.c.made_at.desc()).limit(1))
        if kept is not None:
            return cast(LeagueAnswer, kept)
        if city == shipped()["city"]:
            return shipped()
        raise NotFoundError(
            f"No league of the city {city!r} was kept; there are leagues of {', '.join(self._cities())}.",
            code="dispatch.no_league",
        )

    def row(self, policy: str, weights: Mapping[str, float]) -> Mapping[str, Any] | None:
        """What the newest league that knows a policy with these weights says of it, by market; None where none does."""
        newest = select(leagues.c.league).order_by(leagues.c.made_at.desc()).limit(_MOST_LOOKED_AT)
        with translating(), self._engine.connect() as connection:
            kept = connection.scalars(newest).all()
        rows = (_row(league, policy, weights) for league in [*kept, shipped()])
        return next((row for row in rows if row is not None), None)

    def list(self) -> Sequence[KeptLeague]:
        """The last one of each city, by the name of the city."""
        wanted = (
            select(leagues.c.city, leagues.c.version, leagues.c.made_at)
            .distinct(leagues.c.city)
            .order_by(leagues.c.city, leagues.c.made_at.desc())
        )
        with translating(), self._engine.connect() as connection:
            rows = connection.execute(wanted).all()
        own = shipped()
        kept = {own["city"]: KeptLeague(city=own["city"], version=own["version"], made_at=own["made_at"])}
        kept |= {
            row.city: KeptLeague(city=row.city, version=row.version, made_at=iso_utc(row.made_at))
            for row in rows
        }
        return [kept[city] for city in sorted(kept)]

    def _cities(self) -> Sequence[str]:
        return [one["city"] for one in self.list()]


_MOST_LOOKED_AT = 50
"""Leagues in which a policy is looked for."""


def _row(league: LeagueAnswer, policy: str, weights: Mapping[str, float]) -> Mapping[str, Any] | None:
    if not any(one["key"] == policy and one["weights"] == weights for one in league["policies"]):
        return None
    markets = {
        market["name"]: {"means": standing["means"], "differences": standing["differences"]}
        for market in league["markets"]
        for standing in market["standings"]
        if standing["policy"] == policy
    }
    return {
        "version": league["version"],
        "city": league["city"],
        "reference": league["reference"],
        "markets": markets,
    }


@cache
def shipped() -> LeagueAnswer:
    """The league that comes with the platform, as ``drivetrain simulate dispatch --json`` printed it."""
    file = files("drivetrain.dispatch.simulation.adapters").joinpath("leagues/synthetic.json")
    return cast(LeagueAnswer, orjson.loads(file.read_bytes()))
