"""A running platform over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import httpx

from drivetrain.core.errors import InvalidInputError, NotAllowedError, UnavailableError
from drivetrain.core.time import Clock, iso_utc
from drivetrain.dispatch.events.domain.reading import DRIVER_UPDATE
from drivetrain.dispatch.simulation.domain.city import Position, Rider

_BODY_EVENTS = 1_000
_TIMEOUT_S = 10.0


class HttpPlatform:
    """The port ``Platform``.

    Args:
        key: an API key with the scopes ``events:write`` and ``dispatch:match``.
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

    def report(self, positions: Sequence[Position]) -> int:
        """Report drivers, in bodies of a thousand."""
        now = self._clock.now()
        return sum(
            self._report([_event(position, now) for position in positions[start : start + _BODY_EVENTS]])
            for start in range(0, len(positions), _BODY_EVENTS)
        )

    def match(self, rider: Rider) -> str | None:
        """Ask for a driver, to be held."""
        body = {
            "rider_id": rider.rider_id,
            "request_id": rider.request_id,
            "pickup": {"latitude": rider.pickup.latitude, "longitude": rider.pickup.longitude},
            "dropoff": {"latitude": rider.dropoff.latitude, "longitude": rider.dropoff.longitude},
            "top_k": 1,
            "hold": True,
        }
        with _translating():
            answer = _checked(self._client.post("/dispatch/matches", json=body))
        offer = answer.json()["offer"]
        return None if offer is None else str(offer["driver_id"])

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
