"""The routes of saved searches and alerts: of the person who asks."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer, read_model
from drivetrain.adapters.http.openapi import Answer, answer, body, documented
from drivetrain.core.access import Caller
from drivetrain.market.alerts.adapters.schemas import (
    AlertList,
    KeptSearchAnswer,
    SavedSearchBody,
    SavedSearchList,
    SeenCount,
    alert_as_dict,
    search_as_dict,
)
from drivetrain.market.alerts.application.keep_searches import KeepSearches
from drivetrain.market.alerts.application.read_alerts import ReadAlerts
from drivetrain.market.alerts.domain.saved_search import MOST_SEARCHES
from drivetrain.market.alerts.domain.scopes import SEARCHES_SAVE

MOST_ALERTS = 200
_keeps = Needs(SEARCHES_SAVE.name)
_EXAMPLE = {
    "name": "Diesel estate",
    "search": "fuel=diesel&body=estate&price_max=15000",
    "notices": ["new_match", "price_drop"],
    "drop_share": 0.05,
    "frequency": "daily",
}


def saved_search_routes(keep: KeepSearches) -> APIRouter:
    """Routes under ``/market/saved-searches``."""
    router = APIRouter(prefix="/market/saved-searches", tags=["market"])

    @router.post("", status_code=201)
    @documented(
        answer(KeptSearchAnswer, "The search.", status=201),
        body=body(SavedSearchBody, example=_EXAMPLE),
        problems=[404, 409],
    )
    async def save_search(request: Request, caller: Caller = Depends(_keeps)) -> Response:
        """Keep a search, or watch a listing, and be told what changes."""
        wishes = (await read_model(request, SavedSearchBody)).wishes()
        search, unread = await run_in_threadpool(keep.create, wishes, caller)
        return json_answer({**search_as_dict(search), "unread": list(unread)}, status=201)

    @router.get("")
    @documented(answer(SavedSearchList, "One's searches, oldest first."))
    def list_saved_searches(caller: Caller = Depends(_keeps)) -> Response:
        """List one's own searches."""
        return json_answer(
            {"items": [search_as_dict(each) for each in keep.own(caller)], "most": MOST_SEARCHES}
        )

    @router.put("/{search_id}")
    @documented(
        answer(KeptSearchAnswer, "The search from now on."),
        body=body(SavedSearchBody, example=_EXAMPLE),
        problems=[404],
    )
    async def change_saved_search(
        search_id: UUID, request: Request, caller: Caller = Depends(_keeps)
    ) -> Response:
        """Replace what a search is, and what is told of it."""
        wishes = (await read_model(request, SavedSearchBody)).wishes()
        search, unread = await run_in_threadpool(keep.change, search_id, wishes, caller)
        return json_answer({**search_as_dict(search), "unread": list(unread)})

    @router.delete("/{search_id}", status_code=204)
    @documented(Answer("Removed.", {}, 204), problems=[404])
    def remove_saved_search(search_id: UUID, caller: Caller = Depends(_keeps)) -> Response:
        """Remove a search with its alerts."""
        keep.remove(search_id, caller)
        return Response(status_code=204)

    return router


def alert_routes(read: ReadAlerts) -> APIRouter:
    """Routes under ``/market/alerts``."""
    router = APIRouter(prefix="/market/alerts", tags=["market"])

    @router.get("")
    @documented(answer(AlertList, "One's alerts, newest first."))
    def list_alerts(
        search: Annotated[UUID | None, Query(description="Only those of this saved search.")] = None,
        cursor: Annotated[UUID | None, Query(description="The `next` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_ALERTS, description="Most items of a page.")] = 50,
        caller: Caller = Depends(_keeps),
    ) -> Response:
        """List what happened to the cars of one's searches."""
        page, shown = read.page(caller, search=search, before=cursor, most=limit)
        return json_answer(
            {
                "items": [alert_as_dict(each, shown, caller) for each in page.items],
                "unseen": page.unseen,
                "next": None if page.next is None else str(page.next),
            }
        )

    @router.post("/seen")
    @documented(answer(SeenCount, "How many were marked."))
    def mark_alerts_seen(
        up_to: Annotated[UUID, Query(description="`alert_id` of the newest one that was shown.")],
        caller: Caller = Depends(_keeps),
    ) -> Response:
        """Mark all alerts up to one as seen; one that comes meanwhile stays unseen."""
        return json_answer({"marked": read.mark_seen(caller, up_to)})

    return router
