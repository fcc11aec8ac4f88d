"""What was learned, as one row of PostgreSQL: arrays without code, written and read without pickle."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, Engine, case, delete, func, insert, select

from drivetrain.adapters.postgres.database import translating
from drivetrain.market.listings.adapters.store import SHOWN_LISTINGS, listing_of
from drivetrain.market.listings.adapters.tables import listings
from drivetrain.market.recommendations.adapters.tables import interactions, recommendation_fits
from drivetrain.market.recommendations.domain.fit import Fit, Looks, TypeFactors
from drivetrain.market.recommendations.domain.interaction import INTEREST
from drivetrain.market.search.domain.columns import ID_DTYPE, ListedCar

MOST_LOOKS = 2_000_000
"""Pairs of a buyer and a car from which is learned: the latest ones."""

_MOST_OF_ONE = 5.0
"""Most that one buyer's interest in one car counts, in views: nobody makes a car popular by opening it all day."""

_KEPT = 5
_AT_ONCE = 10_000


class PostgresFits:
    """The port ``Fits``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def latest_version(self) -> int:
        """The version of the latest fit."""
        with translating(), self._engine.connect() as connection:
            return connection.scalar(select(func.max(recommendation_fits.c.version))) or 0

    def latest(self) -> Fit:
        """The latest fit."""
        newest = select(recommendation_fits).order_by(recommendation_fits.c.version.desc()).limit(1)
        with translating(), self._engine.connect() as connection:
            row = connection.execute(newest).one_or_none()
        return Fit() if row is None else unpacked(row.contents, row.version)

    def looks(self, since: datetime) -> tuple[Looks, Sequence[ListedCar]]:
        """Who looked at which cars since an instant."""
        columns = interactions.c
        amount = case({kind.value: weight for kind, weight in INTEREST.items()}, value=columns.kind)
        pairs = (
            select(
                columns.actor,
                columns.listing_id,
                func.least(func.sum(amount), _MOST_OF_ONE).label("amount"),
            )
            .where(columns.created_at >= since, columns.kind.in_(sorted(INTEREST)))
            .group_by(columns.actor, columns.listing_id)
            .order_by(func.max(columns.created_at).desc())
            .limit(MOST_LOOKS)
        )
        buyers: dict[str, int] = {}
        places: dict[UUID, int] = {}
        rows: list[tuple[int, int, float]] = []
        with translating(), self._engine.connect() as connection:
            for actor, listing_id, number in connection.execute(pairs):
                buyer = buyers.setdefault(actor, len(buyers))
                rows.append((buyer, places.setdefault(listing_id, len(places)), float(number)))
            cars = [
                car
                for begin in range(0, len(places), _AT_ONCE)
                for car in _cars(connection, list(places)[begin : begin + _AT_ONCE])
            ]
        cars.sort(key=lambda car: places[UUID(car.listing_id)])
        viewers, viewed, amounts = zip(*rows, strict=True) if rows else ((), (), ())
        looks = Looks(np.array(viewers, np.int64), np.array(viewed, np.int64), np.array(amounts, np.float64))
        return looks, cars


def keep_fit(connection: Connection, fit: Fit, at: datetime) -> None:
    """Store a fit in a transaction of the caller's; the oldest ones make room."""
    row = {"version": fit.version, "fitted_at": at, "buyers": fit.buyers, "contents": packed(fit)}
    connection.execute(insert(recommendation_fits).values(row))
    connection.execute(
        delete(recommendation_fits).where(recommendation_fits.c.version <= fit.version - _KEPT)
    )


def packed(fit: Fit) -> bytes:
    """A fit as one file of arrays."""
    about = {
        "types": {level: list(factors.types) for level, factors in fit.levels.items()},
        "since_s": fit.since_s,
        "usual_rate": fit.usual_rate,
        "buyers": fit.buyers,
    }
    file = io.BytesIO()
    np.savez_compressed(
        file,
        allow_pickle=False,
        about=np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
        viewed=fit.viewed,
        views=fit.views,
        **{f"factors_{level}": factors.factors.astype(np.float32) for level, factors in fit.levels.items()},
    )
    return file.getvalue()


def unpacked(contents: bytes, version: int) -> Fit:
    """What ``packed`` wrote."""
    with np.load(io.BytesIO(contents), allow_pickle=False) as arrays:
        about = json.loads(arrays["about"].tobytes())
        levels = {
            level: TypeFactors(types, arrays[f"factors_{level}"].astype(np.float64))
            for level, types in about["types"].items()
        }
        return Fit(
            version,
            levels,
            arrays["viewed"].astype(ID_DTYPE),
            arrays["views"],
            about["since_s"],
            about["usual_rate"],
            about["buyers"],
        )


def _cars(connection: Connection, ids: Sequence[UUID]) -> list[ListedCar]:
    rows = connection.execute(SHOWN_LISTINGS.where(listings.c.listing_id.in_(ids))).mappings()
    return [ListedCar.of(listing_of(row)) for row in rows]
