"""The routes of a request's life."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import StrictBody, json_answer, read_model
from drivetrain.adapters.http.openapi import answer, body, documented
from drivetrain.core.access import Caller
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.time import iso_utc
from drivetrain.dispatch.events.domain.identity import LONGEST_ID, identity
from drivetrain.dispatch.matching.adapters.metrics import RideMetrics
from drivetrain.dispatch.matching.application.live_rides import RideRecord, RideStore
from drivetrain.dispatch.matching.domain.life import RideState, RideStep
from drivetrain.dispatch.matching.domain.scopes import DISPATCH_MATCH
from drivetrain.dispatch.state.domain.scopes import DISPATCH_READ

_steps = Needs(DISPATCH_MATCH.name)
_reads = Needs(DISPATCH_READ.name)

RequestId = Annotated[str, Path(max_length=2 * LONGEST_ID, description="Of the rider's request.")]


class FenceBody(StrictBody):
    """What a driver's answer names: the fence of the offer."""

    fence: int = Field(ge=0, lt=2**63, description="As the offer has it.")


class RideEventAnswer(TypedDict):
    """A state that the request came to, and who did it."""

    state: RideState
    at: str
    driver_id: str | None
    fence: int | None
    actor: str


class RideAnswer(TypedDict):
    """A request as it stands; ``driver_id``, ``offer_id`` and ``fence`` are null where it has no driver."""

    request_id: str
    rider_id: str
    state: RideState
    version: int
    driver_id: str | None
    offer_id: str | None
    fence: int | None
    expires_at: str | None


class RideHistoryAnswer(RideAnswer):
    """The same with the states that it came to, oldest first."""

    history: list[RideEventAnswer]


_RIDE: RideAnswer = {
    "request_id": "0198c3a1-6f1e-7cc3-9d52-0f6f9a3c2b10",
    "rider_id": "rider_1",
    "state": RideState.ACCEPTED,
    "version": 2,
    "driver_id": "driver_7",
    "offer_id": "0198c3a1-6f1e-7cc3-9d52-0f6f9a3c2b11",
    "fence": 4711,
    "expires_at": None,
}


def ride_routes(store: RideStore, metrics: RideMetrics) -> APIRouter:
    """Routes under ``/dispatch/requests``."""
    router = APIRouter(prefix="/dispatch/requests", tags=["dispatch"])

    async def do(request_id: str, step: RideStep, fence: int | None, caller: Caller) -> Response:
        ride = await run_in_threadpool(store.step, _id(request_id), step, fence, caller.subject)
        metrics.stepped(step)
        return json_answer(_answer(ride))

    def by_driver(path: str, name: str, step: RideStep, sentence: str) -> None:
        async def handler(
            request: Request, request_id: RequestId, caller: Caller = Depends(_steps)
        ) -> Response:
            named = await read_model(request, FenceBody)
            return await do(request_id, step, named.fence, caller)

        handler.__name__, handler.__doc__ = name, sentence
        declared = documented(
            answer(RideAnswer, "The request after it.", example=_RIDE),
            body=body(FenceBody, example={"fence": 4711}),
            problems=[404, 409],
        )(handler)
        router.post(path)(declared)

    by_driver("/{request_id}/accept", "accept_ride", RideStep.ACCEPT, "Accept an offer, while it lasts.")
    by_driver(
        "/{request_id}/decline",
        "decline_ride",
        RideStep.DECLINE,
        "Decline an offer; the driver is not offered this ride again.",
    )
    by_driver(
        "/{request_id}/pick-up", "pick_up_rider", RideStep.PICK_UP, "Note that the rider is in the vehicle."
    )
    by_driver(
        "/{request_id}/complete",
        "complete_ride",
        RideStep.COMPLETE,
        "Note that the ride is over; the driver is free.",
    )
    by_driver(
        "/{request_id}/cancel-by-driver",
        "cancel_ride_by_driver",
        RideStep.CANCEL_BY_DRIVER,
        "Cancel an accepted ride for the driver, who is free then.",
    )

    @router.post("/{request_id}/cancel")
    @documented(answer(RideAnswer, "The request after it.", example=_RIDE), problems=[404, 409])
    async def cancel_ride(request_id: RequestId, caller: Caller = Depends(_steps)) -> Response:
        """Cancel a request for the rider, before they were picked up; its driver is free then."""
        return await do(request_id, RideStep.CANCEL_BY_RIDER, None, caller)

    @router.post("/{request_id}/give-up")
    @documented(answer(RideAnswer, "The request after it.", example=_RIDE), problems=[404, 409])
    async def give_up_ride(request_id: RequestId, caller: Caller = Depends(_steps)) -> Response:
        """Note that nobody will drive the rider."""
        return await do(request_id, RideStep.GIVE_UP, None, caller)

    @router.get("/{request_id}", dependencies=[Depends(_reads)])
    @documented(
        answer(RideHistoryAnswer, "The request with its history.", example={**_RIDE, "history": []}),
        problems=[404],
    )
    def show_ride(request_id: RequestId) -> Response:
        """Show a request, where it stands, and the states that it came to."""
        ride = store.find(_id(request_id))
        history = [
            {
                "state": each.state,
                "at": iso_utc(each.at),
                "driver_id": each.driver_id,
                "fence": each.fence,
                "actor": each.actor,
            }
            for each in ride.history
        ]
        return json_answer({**_answer(ride), "history": history})

    return router


def _id(text: str) -> str:
    known = identity(text)
    if known is None:
        detail = f"It must be a text of 1 to {LONGEST_ID} printable characters."
        raise ContractError([FieldError("dispatch.bad_id", detail, "/path/request_id")])
    return known


def _answer(ride: RideRecord) -> RideAnswer:
    return {
        "request_id": ride.request_id,
        "rider_id": ride.rider_id,
        "state": ride.state,
        "version": ride.version,
        "driver_id": ride.driver_id,
        "offer_id": ride.offer_id,
        "fence": ride.fence,
        "expires_at": None if ride.expires_at is None else iso_utc(ride.expires_at),
    }
