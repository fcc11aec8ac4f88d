"""What is sent to the platform, and what its answers mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from tests.support.dispatch import LIMITS, NOW
from tests.support.fakes import FixedClock

from drivetrain.core.errors import DrivetrainError, InvalidInputError, NotAllowedError, UnavailableError
from drivetrain.dispatch.events.domain.events import DriverStatus, DriverUpdate, Place, RiderRequest
from drivetrain.dispatch.events.domain.reading import read_event
from drivetrain.dispatch.matching.adapters.schemas import MatchRequest
from drivetrain.dispatch.matching.domain.life import RideStep
from drivetrain.dispatch.simulation.adapters.platform import HttpPlatform
from drivetrain.dispatch.simulation.application.drive import RideOffer
from drivetrain.dispatch.simulation.domain.city import Position, Rider

RIDER = Rider("synthetic-q", "synthetic-r", Place(41.88, -87.63), Place(41.9, -87.6))
POSITION = Position("synthetic-d", Place(41.88, -87.63), DriverStatus.IDLE, "sedan")


def platform(answer: Callable[[httpx.Request], httpx.Response]) -> HttpPlatform:
    return HttpPlatform("http://test", "dt_key", FixedClock(NOW), httpx.MockTransport(answer))


def answering(status: int, body: Any) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, json=body)


def test_positions_go_in_bodies_of_a_thousand_events_that_the_platform_reads() -> None:
    bodies: list[list[Any]] = []

    def take(request: httpx.Request) -> httpx.Response:
        assert request.headers["X-API-Key"] == "dt_key"
        bodies.append(orjson.loads(request.content))
        return httpx.Response(200, json={"counts": {"accepted": len(bodies[-1])}})

    assert platform(take).report([POSITION] * 2_300) == 2_300
    assert [len(body) for body in bodies] == [1_000, 1_000, 300]
    event = read_event(bodies[0][0], NOW, LIMITS)
    assert isinstance(event, DriverUpdate)
    assert (event.driver_id, event.place, event.vehicle) == ("synthetic-d", POSITION.place, "sedan")


def test_a_rider_asks_for_a_driver_who_is_held() -> None:
    def take(request: httpx.Request) -> httpx.Response:
        asked = MatchRequest.model_validate(orjson.loads(request.content))
        assert asked.hold
        assert asked.ride(()).request_id == "synthetic-q"
        return httpx.Response(200, json={"offer": {"driver_id": "synthetic-d", "fence": 7}})

    assert platform(take).match(RIDER) == RideOffer("synthetic-d", 7)
    assert platform(answering(200, {"offer": None})).match(RIDER) is None


@pytest.mark.parametrize(("state", "offer"), [("offered", RideOffer("d", 7)), ("accepted", None)])
def test_a_request_that_has_an_offer_already_takes_that(state: str, offer: RideOffer | None) -> None:
    def take(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(409, json={"code": "dispatch.already_offered"})
        assert request.url.path == "/dispatch/requests/synthetic-q"
        return httpx.Response(200, json={"state": state, "driver_id": "d", "fence": 7})

    assert platform(take).match(RIDER) == offer


def test_requests_are_events_that_the_platform_reads() -> None:
    bodies: list[Any] = []

    def take(request: httpx.Request) -> httpx.Response:
        bodies.extend(orjson.loads(request.content))
        return httpx.Response(200, json={"counts": {"accepted": 1}})

    platform(take).request([RIDER])
    event = read_event(bodies[0], NOW, LIMITS)
    assert isinstance(event, RiderRequest)
    assert (event.request_id, event.origin, event.destination) == ("synthetic-q", RIDER.pickup, RIDER.dropoff)


def test_a_step_names_the_fence_and_may_come_too_late() -> None:
    def take(request: httpx.Request) -> httpx.Response:
        assert (request.url.path, orjson.loads(request.content)) == (
            "/dispatch/requests/q/pick-up",
            {"fence": 7},
        )
        return httpx.Response(200, json={})

    assert platform(take).step("q", RideStep.PICK_UP, 7)
    assert not platform(answering(409, {})).step("q", RideStep.CANCEL_BY_RIDER, None)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"detail": "unknown"}, NotAllowedError),
        (403, [], NotAllowedError),
        (422, {"detail": "wrong"}, InvalidInputError),
        (400, "text", InvalidInputError),
        (429, {}, UnavailableError),
        (503, {}, UnavailableError),
        (500, {}, UnavailableError),
    ],
)
def test_what_a_refusal_means(status: int, body: Any, error: type[DrivetrainError]) -> None:
    with pytest.raises(error):
        platform(answering(status, body)).match(RIDER)


def test_a_platform_that_cannot_be_reached_is_away() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(UnavailableError):
        platform(fail).report([POSITION])


@pytest.mark.parametrize(
    ("drivers", "is_real"),
    [([], False), (["synthetic-1-driver-7"], False), (["synthetic-d", "driver_7"], True)],
)
def test_drivers_of_other_names_are_real(drivers: list[str], is_real: bool) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.params["bbox"] == "-90,-180,90,180"
        return httpx.Response(200, json={"items": [{"driver_id": driver} for driver in drivers]})

    assert platform(answer).has_real_drivers() is is_real
