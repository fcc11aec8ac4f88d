"""Live listings, read from PostgreSQL for the index and for pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Engine, Row, Select, and_, select

from drivetrain.adapters.postgres.database import translating
from drivetrain.market.listings.adapters.store import SHOWN_LISTINGS, listing_of
from drivetrain.market.listings.adapters.tables import listing_values, listings
from drivetrain.market.listings.domain.car import Distance, DistanceUnit
from drivetrain.market.listings.domain.listing import Listing, ListingState
from drivetrain.market.listings.domain.money import Money
from drivetrain.market.search.domain.columns import ListedCar

_AT_ONCE = 10_000
_CARS = (
    select(
        *(
            listings.c[name]
            for name in (
                *(
                    "listing_id",
                    "make",
                    "model",
                    "price_minor",
                    "currency",
                    "year",
                    "distance",
                    "distance_unit",
                ),
                *("live_at", "variant", "fuel", "gearbox", "drive", "body", "color", "place", "country"),
                *("company_id", "power_kw", "engine_size_l", "doors", "seats", "owners", "equipment"),
                *("latitude", "longitude", "demonstration"),
            )
        ),
        listing_values.c.rating,
        listing_values.c.value_minor,
    )
    .outerjoin(
        listing_values,
        and_(
            listing_values.c.listing_id == listings.c.listing_id,
            listing_values.c.version == listings.c.version,
        ),
    )
    .where(listings.c.state == ListingState.LIVE)
)


class PostgresLiveCars:
    """The port ``LiveCars``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> Sequence[ListedCar]:
        """Every live listing, read in pieces behind each other's last id."""
        cars: list[ListedCar] = []
        last: UUID | None = None
        while True:
            query = _CARS if last is None else _CARS.where(listings.c.listing_id > last)
            piece = self._read(query.order_by(listings.c.listing_id).limit(_AT_ONCE))
            cars += piece
            if len(piece) < _AT_ONCE:
                return cars
            last = UUID(piece[-1].listing_id)

    def of(self, ids: Collection[str]) -> Sequence[ListedCar]:
        """Those of some listings that are live."""
        ordered = sorted(map(UUID, ids))
        pieces = [ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE)]
        return [car for piece in pieces for car in self._read(_CARS.where(listings.c.listing_id.in_(piece)))]

    def shown(self, ids: Collection[str]) -> Mapping[str, Listing]:
        """Those of some listings that are live, whole, by id."""
        if not ids:
            return {}
        query = SHOWN_LISTINGS.where(
            listings.c.listing_id.in_(sorted(map(UUID, ids))), listings.c.state == ListingState.LIVE
        )
        with translating(), self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return {row["listing_id"].hex: listing_of(row) for row in rows}

    def _read(self, query: Select[tuple[object, ...]]) -> list[ListedCar]:
        with translating(), self._engine.connect() as connection:
            return [_car(row) for row in connection.execute(query)]


def _car(row: Row[tuple[object, ...]]) -> ListedCar:
    return ListedCar(
        row.listing_id.hex,
        row.make,
        row.model,
        Money(row.price_minor, row.currency).amount,
        row.currency,
        row.year,
        Distance(row.distance, DistanceUnit(row.distance_unit)).km,
        row.live_at.timestamp(),
        row.variant,
        row.fuel,
        row.gearbox,
        row.drive,
        row.body,
        row.color,
        row.place,
        row.country,
        str(row.company_id),
        row.power_kw,
        row.engine_size_l,
        row.doors,
        row.seats,
        row.owners,
        frozenset(word for word in (row.equipment or "").split(", ") if word),
        row.latitude,
        row.longitude,
        row.rating,
        None if row.value_minor is None else row.price_minor / row.value_minor,
        row.demonstration,
    )
