"""The routes of public links, and the page that they lead to."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs, public
from drivetrain.adapters.http.bodies import StrictBody, json_answer, read_model
from drivetrain.adapters.http.openapi import Answer, Content, answer, body, documented
from drivetrain.adapters.http.plain_pages import preferred_language
from drivetrain.core.access import Caller
from drivetrain.core.time import iso_utc
from drivetrain.market.shares.adapters.page import LANGUAGES, gone_page, listing_page
from drivetrain.market.shares.application.keep_shares import KeepShares
from drivetrain.market.shares.application.open_share import OpenShare
from drivetrain.market.shares.domain.share import LISTINGS_SHARE, MOST_DAYS, USUAL_DAYS, Share

_shares = Needs(LISTINGS_SHARE.name)
_HTML = {"text/html": Content({"type": "string"})}


class ShareBody(StrictBody):
    """How long a link is to last."""

    days: int = Field(default=USUAL_DAYS, ge=1, le=MOST_DAYS, description="After so many days it ends.")


class ShareAnswer(TypedDict):
    """A public link; ``opened`` counts how often its page was shown, and nothing of who looked at it."""

    share_id: str
    listing_id: str
    created_at: str
    expires_at: str
    opened: int


class NewShareAnswer(ShareAnswer):
    """A link that was just made. ``path`` is shown here alone: of its token only the hash is kept."""

    path: str


class ShareList(TypedDict):
    """One's links to a listing, newest first."""

    items: list[ShareAnswer]


def share_routes(keep: KeepShares) -> APIRouter:
    """Routes ``/market/listings/{listing_id}/shares`` and ``/market/shares/{share_id}``."""
    router = APIRouter(prefix="/market", tags=["market"])

    @router.post("/listings/{listing_id}/shares", status_code=201)
    @documented(
        answer(NewShareAnswer, "The link.", status=201),
        body=body(ShareBody, example={"days": USUAL_DAYS}),
        problems=[404, 409],
    )
    async def share_listing(
        listing_id: UUID, request: Request, caller: Caller = Depends(_shares)
    ) -> Response:
        """Make a public link to a live listing."""
        days = (await read_model(request, ShareBody)).days
        share, token = await run_in_threadpool(keep.create, listing_id, days, caller)
        return json_answer({**_as_dict(share), "path": f"/shared/{token}"}, status=201)

    @router.get("/listings/{listing_id}/shares")
    @documented(answer(ShareList, "One's links to the listing, newest first."))
    def list_shares(listing_id: UUID, caller: Caller = Depends(_shares)) -> Response:
        """List one's own links to a listing that have not ended."""
        return json_answer({"items": [_as_dict(each) for each in keep.own(listing_id, caller)]})

    @router.delete("/shares/{share_id}", status_code=204)
    @documented(Answer("Revoked.", {}, 204), problems=[404])
    def revoke_share(share_id: UUID, caller: Caller = Depends(_shares)) -> Response:
        """Revoke a link: its page shows nothing of the listing from then on."""
        keep.revoke(share_id, caller)
        return Response(status_code=204)

    return router


def shared_page_routes(open_share: OpenShare) -> APIRouter:
    """The page ``/shared/{token}``, for everybody."""
    router = APIRouter(prefix="/shared", tags=["market"], dependencies=[Depends(public)])

    @router.get("/{token}")
    @documented(
        Answer("The page of the listing.", _HTML),
        Answer("The page says that it is not on offer.", _HTML, 404),
    )
    def show_shared_listing(
        token: Annotated[str, Path(max_length=64, description="As the link has it.")], request: Request
    ) -> Response:
        """Show a shared listing to whoever has the link, while it is on offer."""
        language = preferred_language(request.headers.get("accept-language", ""), LANGUAGES)
        listing = open_share(token)
        return gone_page(language) if listing is None else listing_page(listing, language)

    return router


def _as_dict(share: Share) -> dict[str, object]:
    return {
        "share_id": str(share.share_id),
        "listing_id": str(share.listing),
        "created_at": iso_utc(share.created_at),
        "expires_at": iso_utc(share.expires_at),
        "opened": share.opened,
    }
