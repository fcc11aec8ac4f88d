"""The route that counts the cars of a search by where they stand."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.openapi import answer, documented
from drivetrain.core.access import Caller
from drivetrain.market.listings.domain.scopes import LISTINGS_READ
from drivetrain.market.search.adapters.parameters import LIMITS, described_limits, read_limits
from drivetrain.market.search.application.map_listings import MapListings

MAP_FILTERS = LIMITS - {"limit"}
_reads = Needs(LISTINGS_READ.name)


class CarCellAnswer(TypedDict):
    """Some cars: the bounds of their cell and the mean of where they stand, degrees. ``listing_id`` is that of an only car."""

    south: float
    west: float
    north: float
    east: float
    latitude: float
    longitude: float
    cars: int
    listing_id: str | None


class CarMapAnswer(TypedDict):
    """Where the cars of a search stand, by cells of a grid that spans them; ``without_place`` of them have no coordinates."""

    cells: list[CarCellAnswer]
    total: int
    without_place: int


def map_routes(show: MapListings, currency: str) -> APIRouter:
    """The route ``/market/search/cells``.

    Args:
        currency: of prices where the address names none.
    """
    router = APIRouter(prefix="/market/search", tags=["market"])

    @router.get("/cells")
    @documented(
        answer(CarMapAnswer, "The cells that hold cars."),
        parameters=described_limits(MAP_FILTERS),
        problems=[422],
    )
    def count_cars_by_cells(request: Request, _: Caller = Depends(_reads)) -> Response:
        """Count the cars that pass some filters by where they stand: a map beside the list."""
        places = show.following.snapshot.places
        seen = show(read_limits(request.query_params, MAP_FILTERS, currency, places).query)
        cells = [
            {**asdict(cell), "listing_id": None if cell.listing_id is None else str(UUID(cell.listing_id))}
            for cell in seen.cells
        ]
        return json_answer({"cells": cells, "total": seen.total, "without_place": seen.without_place})

    return router
