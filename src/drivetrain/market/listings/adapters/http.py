"""The routes of listings.

What is out of a caller's reach is answered exactly like what does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer, read_model
from drivetrain.adapters.http.openapi import answer, body, documented
from drivetrain.core.access import Caller
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.market.listings.adapters.schemas import (
    EditedListingBody,
    ListingAnswer,
    ListingList,
    NewListingBody,
    StateBody,
    listing_as_dict,
)
from drivetrain.market.listings.application.contract import LISTING
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.domain.listing import ListingState
from drivetrain.market.listings.domain.scopes import LISTINGS_READ, LISTINGS_WRITE

MOST_LISTED = 200
_BRANCH = "/branch_id"
_reads = Needs(LISTINGS_READ.name)
_writes = Needs(LISTINGS_WRITE.name)


def listing_routes(keep: KeepListings) -> APIRouter:
    """Routes under ``/market/listings``."""
    router = APIRouter(prefix="/market/listings", tags=["market"])

    @router.post("", status_code=201)
    @documented(
        answer(ListingAnswer, "The draft.", status=201),
        body=body(NewListingBody, example={"listing": LISTING.example()}),
    )
    async def create_listing(request: Request, caller: Caller = Depends(_writes)) -> Response:
        """Make a draft of a listing, of the company and branch that the caller acts for, or of a named branch."""
        given = await read_model(request, NewListingBody)
        with _inside("/listing"):
            listing, warnings = await run_in_threadpool(keep.create, given.listing, caller, given.branch_id)
        return json_answer(listing_as_dict(listing, caller, warnings), status=201)

    @router.get("/own")
    @documented(answer(ListingList, "The caller's listings, newest first."))
    def list_own_listings(
        state: Annotated[ListingState | None, Query(description="Only those in this state.")] = None,
        cursor: Annotated[UUID | None, Query(description="The `next` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50,
        caller: Caller = Depends(_writes),
    ) -> Response:
        """List what the caller's company, or branch, has made, in every state."""
        page = keep.own(caller, state=state, before=cursor, most=limit)
        items = [listing_as_dict(each, caller) for each in page.items]
        return json_answer({"items": items, "next": None if page.next is None else str(page.next)})

    @router.get("/{listing_id}")
    @documented(answer(ListingAnswer, "The listing with its price history."), problems=[404])
    def show_listing(listing_id: UUID, caller: Caller = Depends(_reads)) -> Response:
        """Show a listing: one that is or was on offer to everybody, a draft or a withdrawn one to its owner."""
        return json_answer(listing_as_dict(keep.find(listing_id, caller), caller))

    @router.put("/{listing_id}")
    @documented(
        answer(ListingAnswer, "The listing after it."),
        body=body(EditedListingBody, example={"version": 1, "listing": LISTING.example()}),
        problems=[404, 409],
    )
    async def edit_listing(listing_id: UUID, request: Request, caller: Caller = Depends(_writes)) -> Response:
        """Replace what is said of a car and asked for it; another price goes into the history."""
        given = await read_model(request, EditedListingBody)
        with _inside("/listing"):
            listing, warnings = await run_in_threadpool(
                keep.edit, listing_id, given.version, given.listing, caller
            )
        return json_answer(listing_as_dict(listing, caller, warnings))

    @router.post("/{listing_id}/state")
    @documented(
        answer(ListingAnswer, "The listing after it."),
        body=body(StateBody, example={"version": 1, "state": "live"}),
        problems=[404, 409],
    )
    async def move_listing(listing_id: UUID, request: Request, caller: Caller = Depends(_writes)) -> Response:
        """Bring a listing to another state: put it on offer, reserve it, note that it is sold, withdraw it."""
        given = await read_model(request, StateBody)
        state = ListingState(given.state)
        listing = await run_in_threadpool(keep.move, listing_id, given.version, state, caller)
        return json_answer(listing_as_dict(listing, caller))

    return router


@contextmanager
def _inside(pointer: str) -> Iterator[None]:
    """Errors of the contract name fields of a part of the body.

    Raises:
        ContractError: with the pointer before each field's.
    """
    try:
        yield
    except ContractError as error:
        inner = [
            each
            if each.pointer == _BRANCH
            else FieldError(each.code, each.detail, f"{pointer}{each.pointer}")
            for each in error.errors
        ]
        raise ContractError(inner) from None
