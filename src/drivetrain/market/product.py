"""The card of market: everything the product contributes, in one place.

Built so far: listings and search.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from drivetrain.lifecycle.kit.imports import imported
from drivetrain.lifecycle.kit.installation import Installation
from drivetrain.lifecycle.kit.products import CommandGroup, ProductCard
from drivetrain.market.listings.domain.scopes import LISTINGS_READ, LISTINGS_WRITE
from drivetrain.market.search.adapters.settings import SearchSettings

if TYPE_CHECKING:
    from fastapi import APIRouter

    from drivetrain.adapters.http.ports import ServingPorts

NAME = "market"


def _routes(ports: ServingPorts, installation: Installation) -> Sequence[APIRouter]:
    from drivetrain.adapters.postgres.event_log import PostgresEventLog  # FastAPI and SQL: only for serving
    from drivetrain.market.listings.adapters.http import listing_routes
    from drivetrain.market.listings.adapters.store import PostgresListings
    from drivetrain.market.listings.application.keep_listings import KeepListings
    from drivetrain.market.search.adapters.http import search_routes, similar_routes
    from drivetrain.market.search.adapters.live_cars import PostgresLiveCars
    from drivetrain.market.search.application.find_similar import FindSimilar
    from drivetrain.market.search.application.follow_listings import FollowListings
    from drivetrain.market.search.application.search_listings import SearchListings

    settings = installation.settings(SearchSettings)
    log, cars = PostgresEventLog(ports.engine), PostgresLiveCars(ports.engine)
    following = FollowListings(cars, log, settings.rate_table)
    ports.repeat("market listings", following.look, settings.look_every_s)
    keep = KeepListings(PostgresListings(ports.engine, log), ports.clock)
    return [
        listing_routes(keep),
        search_routes(SearchListings(following, cars, settings.rate_table), settings.currency),
        similar_routes(FindSimilar(following, cars, keep, settings.rate_table)),
    ]


CARD = ProductCard(
    name=NAME,
    summary="Which used cars are on sale, and which of them somebody is looking for.",
    routes=_routes,
    commands=(
        CommandGroup(
            "market",
            "Market: demonstration stock.",
            imported("drivetrain.market.listings.adapters.commands:app"),
        ),
    ),
    migrations=("drivetrain.market.listings.adapters.migrations",),
    scopes=(LISTINGS_READ, LISTINGS_WRITE),
    settings=(SearchSettings,),
)
