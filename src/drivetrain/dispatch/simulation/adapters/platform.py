"""A running platform over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import httpx

from drivetrain.core.errors import InvalidInputError, NotAllowedError, UnavailableError
from drivetrain.core.time import Clock, iso_utc
from drivetrain.dispatch.events.domain.events import Place
from drivetrain.dispatch.events.domain.reading import DRIVER_UPDATE, RIDER_REQUEST
from drivetrain.dispatch.events.domain.synthetic import is_synthetic
from drivetrain.dispatch.matching.domain.life import RideStep
from drivetrain.dispatch.simulation.application.drive import RideOffer
from drivetrain.dispatch.simulation.domain.city import Position, Rider

_BODY_EVENTS = 1_000
_PATHS = {
    RideStep.ACCEPT: "accept",
    RideStep.DECLINE: "decline",
    RideStep.PICK_UP: "pick-up",
    RideStep.COMPLETE: "complete",
    RideStep.CANCEL_BY_RIDER: "cancel",
}
_TIMEOUT_S = 10.0
_EVERYWHERE = "-90,-180,90,180"
_MOST_LISTED = 2_000


class HttpPlatform:
    """The port ``Platform``.

    Args:
        key: an API key with the scopes ``events:write``, ``dispatch:match`` and ``dispatch:read``.
    """

    def __init__(
        self, url: str, key: str, clock: Clock, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._client = httpx.Client(
            base_url=url, headers={"X-API-Key": key}, timeout=_TIMEOUT_S, transport=transport, trust_env=False
        )
        self._clock = clock

    def close(self) -> None:
        """Let go of its connections."""
        self._client.close()

    def has_real_drivers(self) -> bool:
        """Whether any of the drivers that it heard of last is not made up."""
        with _translating():
            answer = self._client.get(
                "/dispatch/drivers", params={"bbox": _EVERYWHERE, "limit": _MOST_LISTED}
            )
        return not all(is_synthetic(driver["driver_id"]) for driver in _checked(answer).json()["items"])

    def report(self, positions: Sequence[Position]) -> int:
        """Report drivers, in bodies of a thousand."""
        now = self._clock.now()
        return self._send([_event(position, now) for position in positions])

    def request(self, riders: Sequence[Rider]) -> None:
        """Report the requests of riders."""
        now = self._clock.now()
        self._send([_request(rider, now) for rider in riders])

    def match(self, rider: Rider) -> RideOffer | None:
        """Ask for a driver, to be held, or for the offer that stands already."""
        body = {
            "rider_id": rider.rider_id,
            "request_id": rider.request_id,
            "pickup": _pair(rider.pickup),
            "dropoff": _pair(rider.dropoff),
            "top_k": 1,
            "hold": True,
        }
        with _translating():
            answer = self._client.post("/dispatch/matches", json=body)
        if answer.status_code == httpx.codes.CONFLICT:
            return self.offer(rider)
        offer = _checked(answer).json()["offer"]
        return None if offer is None else RideOffer(offer["driver_id"], offer["fence"])

    def offer(self, rider: Rider) -> RideOffer | None:
        """The offer that stands."""
        with _translating():
            answer = self._client.get(f"/dispatch/requests/{rider.request_id}")
        ride = _checked(answer).json()
        return RideOffer(ride["driver_id"], ride["fence"]) if ride["state"] == "offered" else None

    def step(self, request_id: str, step: RideStep, fence: int | None) -> bool:
        """Do a step of a ride."""
        body = None if fence is None else {"fence": fence}
        with _translating():
            answer = self._client.post(f"/dispatch/requests/{request_id}/{_PATHS[step]}", json=body)
        if answer.status_code == httpx.codes.CONFLICT:
            return False
        _checked(answer)
        return True

    def _send(self, events: Sequence[dict[str, object]]) -> int:
        return sum(
            self._report(events[start : start + _BODY_EVENTS])
            for start in range(0, len(events), _BODY_EVENTS)
        )

    def _report(self, events: Sequence[dict[str, object]]) -> int:
        with _translating():
            answer = _checked(self._client.post("/dispatch/events", json=events))
        accepted: int = answer.json()["counts"]["accepted"]
        return accepted


def _event(position: Position, now: datetime) -> dict[str, object]:
    return {
        "event_type": DRIVER_UPDATE,
        "driver_id": position.driver_id,
        "latitude": position.place.latitude,
        "longitude": position.place.longitude,
        "status": position.status.value,
        "vehicle": position.vehicle,
        "occurred_at": iso_utc(now),
    }


def _request(rider: Rider, now: datetime) -> dict[str, object]:
    return {
        "event_type": RIDER_REQUEST,
        "request_id": rider.request_id,
        "rider_id": rider.rider_id,
        "origin": _pair(rider.pickup),
        "destination": _pair(rider.dropoff),
        "occurred_at": iso_utc(now),
    }


def _pair(place: Place) -> dict[str, float]:
    return {"latitude": place.latitude, "longitude": place.longitude}


def _checked(answer: httpx.Response) -> httpx.Response:
    """The answer, if it is one.

    Raises:
        NotAllowedError: the key is wrong, or lacks a scope.
        UnavailableError: the platform cannot take it now.
        InvalidInputError: the platform refuses it.
    """
    if answer.is_success:
        return answer
    if answer.status_code in {401, 403}:
        raise NotAllowedError(f"The platform refuses the key: {_detail(answer)}", code="dispatch.key_refused")
    if answer.status_code >= 500 or answer.status_code in {408, 429}:
        raise UnavailableError(f"The platform answers {answer.status_code}.", code="dispatch.platform_away")
    raise InvalidInputError(f"The platform refuses it: {_detail(answer)}", code="dispatch.platform_refuses")


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"


@contextmanager
def _translating() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        raise UnavailableError(
            f"The platform cannot be reached ({type(error).__name__}).", code="dispatch.platform_away"
        ) from None
