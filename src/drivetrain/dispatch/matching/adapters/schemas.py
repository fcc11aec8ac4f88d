"""Bodies and answers of the routes that match riders."""

from __future__ import annotations

from typing import NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from drivetrain.adapters.http.answers import ModelVersionRef
from drivetrain.adapters.http.bodies import StrictBody
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.time import iso_utc
from drivetrain.dispatch.events.domain.events import Place
from drivetrain.dispatch.events.domain.identity import LONGEST_ID, identity
from drivetrain.dispatch.events.domain.places import City, read_place
from drivetrain.dispatch.matching.application.match_rider import CANDIDATES, Match, RankedDriver, Ride
from drivetrain.dispatch.matching.application.offer_ride import Offer

_TOP_K = 5


class PlaceBody(StrictBody):
    """A place, degrees (WGS 84)."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class MatchRequest(StrictBody):
    """What ``POST /dispatch/matches`` takes."""

    rider_id: str = Field(max_length=2 * LONGEST_ID, description="Who wants to be driven.")
    request_id: str | None = Field(None, max_length=2 * LONGEST_ID, description="Of the rider's request.")
    pickup: PlaceBody
    dropoff: PlaceBody | None = None
    vehicle: str | None = Field(
        None, max_length=2 * LONGEST_ID, description="Only drivers of such a one, or of an unknown one."
    )
    top_k: int = Field(_TOP_K, ge=1, le=CANDIDATES, description="How many drivers are answered.")
    hold: bool = Field(False, description="Hold the best free driver for this request, which needs its id.")

    def ride(self, cities: tuple[City, ...]) -> Ride:
        """What the rider asks for.

        Raises:
            ContractError: an id is none, a place is not served, or a driver shall be held for no request.
        """
        errors: list[FieldError] = []
        if self.hold and self.request_id is None:
            detail = "A driver is held for a request; send its request_id."
            errors.append(FieldError("dispatch.request_id_needed", detail, "/request_id"))
        ride = Ride(
            _id(self.rider_id, "/rider_id", errors),
            None if self.request_id is None else _id(self.request_id, "/request_id", errors),
            _place(self.pickup, "/pickup", cities, errors),
            None if self.dropoff is None else _place(self.dropoff, "/dropoff", cities, errors),
            "" if self.vehicle is None else _id(self.vehicle, "/vehicle", errors),
        )
        if errors:
            raise ContractError(errors)
        return ride


class FlatMatchRequest(StrictBody):
    """What ``POST /match`` takes, as clients of public projects send it."""

    rider_id: str = Field(max_length=2 * LONGEST_ID, description="Who wants to be driven.")
    rider_lat: float = Field(ge=-90, le=90, description="Degrees.")
    rider_lon: float = Field(ge=-180, le=180, description="Degrees.")
    top_k: int = Field(_TOP_K, ge=1, le=CANDIDATES, description="How many drivers are answered.")

    def ride(self, cities: tuple[City, ...]) -> Ride:
        """What the rider asks for.

        Raises:
            ContractError: the id is none, or the place is not served.
        """
        errors: list[FieldError] = []
        rider_id = _id(self.rider_id, "/rider_id", errors)
        place = read_place(self.rider_lat, self.rider_lon, ("/rider_lat", "/rider_lon"), cities)
        if isinstance(place, FieldError):
            errors.append(place)
        if errors or isinstance(place, FieldError):
            raise ContractError(errors)
        return Ride(rider_id, None, place, None, "")


class WaitReason(TypedDict):
    """What a field adds to the expected wait, minutes."""

    field: str
    value: float
    effect: float


class MatchedDriver(TypedDict):
    """A driver: ``score`` in (0, 1], the larger the better; ``reasons`` add up to the expected wait."""

    driver_id: str
    score: float
    distance_m: int
    eta_min: float
    reasons: list[WaitReason]


class OfferAnswer(TypedDict):
    """The first driver is held until ``expires_at``; every later hold of the driver has a larger ``fence``."""

    offer_id: str
    driver_id: str
    fence: int
    expires_at: str


class MatchAnswer(TypedDict):
    """The best of ``candidates`` idle drivers, best first; none where nobody is there.

    ``offer`` is there where a driver should be held, and null where nobody is free.
    """

    matches: list[MatchedDriver]
    candidates: int
    policy: ModelVersionRef
    decision_id: str
    offer: NotRequired[OfferAnswer | None]


class FlatMatchedDriver(TypedDict):
    """A driver."""

    driver_id: str
    score: float
    distance_km: float


class FlatMatchAnswer(TypedDict):
    """The best idle drivers, best first."""

    matches: list[FlatMatchedDriver]


def match_answer(match: Match, start_min: float) -> MatchAnswer:
    """The answer to ``POST /dispatch/matches``."""
    return {
        "matches": [_matched(driver, start_min) for driver in match.drivers],
        "candidates": match.candidates,
        "policy": {"name": match.policy.name, "version": match.policy.version},
        "decision_id": match.decision_id,
    }


def offer_answer(offer: Offer | None) -> OfferAnswer | None:
    """The offer as it stands in an answer."""
    if offer is None:
        return None
    return {
        "offer_id": offer.offer_id,
        "driver_id": offer.driver_id,
        "fence": offer.fence,
        "expires_at": iso_utc(offer.expires_at),
    }


def flat_match_answer(match: Match) -> FlatMatchAnswer:
    """The answer to ``POST /match``."""
    return {
        "matches": [
            {
                "driver_id": driver.driver_id,
                "score": round(driver.score, 6),
                "distance_km": round(driver.distance_km, 3),
            }
            for driver in match.drivers
        ]
    }


def _matched(driver: RankedDriver, start_min: float) -> MatchedDriver:
    distance_m, eta_min = round(driver.distance_km * 1_000), round(driver.eta_min, 2)
    return {
        "driver_id": driver.driver_id,
        "score": round(driver.score, 6),
        "distance_m": distance_m,
        "eta_min": eta_min,
        "reasons": [
            {"field": "start", "value": 1.0, "effect": start_min},
            {"field": "distance_m", "value": distance_m, "effect": round(driver.eta_min - start_min, 2)},
            {
                "field": "position_age_s",
                "value": round(driver.age_s, 1),
                "effect": round(driver.unsure_min, 2),
            },
        ],
    }


def _id(text: str, pointer: str, errors: list[FieldError]) -> str:
    known = identity(text)
    if known is None:
        detail = f"It must be a text of 1 to {LONGEST_ID} printable characters."
        errors.append(FieldError("dispatch.bad_id", detail, pointer))
    return known or ""


def _place(body: PlaceBody, pointer: str, cities: tuple[City, ...], errors: list[FieldError]) -> Place:
    pointers = (f"{pointer}/latitude", f"{pointer}/longitude")
    place = read_place(body.latitude, body.longitude, pointers, cities)
    if isinstance(place, FieldError):
        errors.append(place)
        return Place(body.latitude, body.longitude)
    return place
