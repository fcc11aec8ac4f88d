"""The routes of stock: tables that dealers send, how they are read, and what came of them.

What is out of a caller's reach is answered exactly like what does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as PathParameter
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer, read_model, spool_upload
from drivetrain.adapters.http.openapi import Answer, Content, answer, body, documented, upload_of
from drivetrain.core.access import Caller
from drivetrain.core.errors import NotFoundError
from drivetrain.core.ids import new_id
from drivetrain.lifecycle.kit.task_records import TaskDesk
from drivetrain.market.listings.domain.listing import owner_of
from drivetrain.market.listings.domain.scopes import LISTINGS_WRITE
from drivetrain.market.stock.adapters.schemas import (
    ConfirmationBody,
    FeedAnswer,
    FeedList,
    MappingAnswer,
    MappingBody,
    PullAnswer,
    PullBody,
    SourceList,
    StockChangeList,
    feed_as_dict,
    mapping_as_dict,
    pull_as_dict,
)
from drivetrain.market.stock.application.keep_feeds import MAIN, FeedRequest, KeepFeeds
from drivetrain.market.stock.application.keep_mappings import KeepMappings
from drivetrain.market.stock.application.keep_pulls import KeepPulls
from drivetrain.market.stock.domain.difference import ChangeKind
from drivetrain.market.stock.domain.feed import Feed

MOST_LISTED = 200
MOST_CHANGES = 1_000
_SOURCE = r"^[a-z0-9][a-z0-9-]{0,39}$"
_writes = Needs(LISTINGS_WRITE.name)

SourceName = Annotated[
    str, Query(pattern=_SOURCE, description="Where the table comes from, of your own naming.")
]
SourcePath = Annotated[
    str, PathParameter(pattern=_SOURCE, description="Of a source; `main` where there is one.")
]


@dataclass(frozen=True, slots=True)
class StockPorts:
    """What the routes ask.

    Attributes:
        most_bytes: of an upload.
        refused_file: where the refused rows of a feed lie.
    """

    feeds: KeepFeeds
    mappings: KeepMappings
    pulls: KeepPulls
    desk: TaskDesk
    most_bytes: int
    refused_file: Callable[[UUID], Path]


def stock_routes(ports: StockPorts) -> APIRouter:
    """Routes under ``/market/stock``."""
    router = APIRouter(prefix="/market/stock", tags=["market"])
    _add_feed_routes(router, ports)
    _add_result_routes(router, ports)
    _add_mapping_routes(router, ports)
    _add_pull_routes(router, ports.pulls)
    return router


def _add_feed_routes(router: APIRouter, ports: StockPorts) -> None:
    @router.post("/feeds", status_code=202)
    @documented(
        answer(FeedAnswer, "The feed, which is taken in the background.", status=202),
        body=upload_of(["of listings, or those that the mapping names"]),
        problems=[409, 429, 503],
    )
    async def send_stock(
        request: Request,
        source: SourceName = MAIN,
        preview: Annotated[bool, Query(description="Change nothing: show what would be.")] = False,
        accept_removals: Annotated[
            int,
            Query(ge=0, lt=2**31, description="How many cars it may remove where that is more than 30 %."),
        ] = 0,
        caller: Caller = Depends(_writes),
    ) -> Response:
        """Send a table of all cars that a dealer has: new ones go on sale, missing ones are withdrawn. All or nothing.

        XML is read as well: an element for each car, its leaves and attributes as columns.
        """
        owner = owner_of(caller)
        ports.feeds.folder.mkdir(parents=True, exist_ok=True)
        spooled = ports.feeds.folder / f"{new_id()}.part"
        try:
            name = await spool_upload(request, spooled, limit=ports.most_bytes)
            asked = FeedRequest(owner, caller.subject, source, name, preview, accept_removals)
            feed = await run_in_threadpool(ports.feeds.receive, spooled, asked)
        finally:
            spooled.unlink(missing_ok=True)
        return _accepted(feed)

    @router.get("/feeds")
    @documented(answer(FeedList, "The caller's feeds, newest first."))
    def list_feeds(
        cursor: Annotated[UUID | None, Query(description="The `next` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50,
        caller: Caller = Depends(_writes),
    ) -> Response:
        """List the tables that the caller's company, or branch, has sent."""
        page = ports.feeds.own(caller, before=cursor, most=limit)
        items = [feed_as_dict(each, whole=False) for each in page.items]
        return json_answer({"items": items, "next": None if page.next is None else str(page.next)})

    @router.get("/feeds/{feed_id}")
    @documented(answer(FeedAnswer, "The feed, how far it is, and what came of it."), problems=[404])
    def show_feed(feed_id: UUID, caller: Caller = Depends(_writes)) -> Response:
        """Show a table that was sent: what was read and refused and why, what may be meant, and what changed."""
        feed = ports.feeds.find(feed_id, caller)
        try:
            task = None if feed.task_id is None else ports.desk.get(str(feed.task_id))
        except NotFoundError:  # tasks are not kept for as long as feeds
            task = None
        return json_answer(feed_as_dict(feed, task))

    @router.post("/feeds/{feed_id}/confirmation", status_code=202)
    @documented(
        answer(FeedAnswer, "The feed, which is taken in the background.", status=202),
        body=body(ConfirmationBody, example={"removals": 40}),
        problems=[404, 409],
    )
    async def confirm_feed(feed_id: UUID, request: Request, caller: Caller = Depends(_writes)) -> Response:
        """Have a held table taken, although it removes many cars."""
        given = await read_model(request, ConfirmationBody)
        return _accepted(await run_in_threadpool(ports.feeds.confirm, feed_id, given.removals, caller))


def _add_result_routes(router: APIRouter, ports: StockPorts) -> None:
    @router.get("/feeds/{feed_id}/changes")
    @documented(answer(StockChangeList, "What the feed changed."), problems=[404])
    def list_changes(
        feed_id: UUID,
        kind: Annotated[ChangeKind | None, Query(description="Only these.")] = None,
        cursor: Annotated[UUID | None, Query(description="The `next` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_CHANGES)] = 200,
        caller: Caller = Depends(_writes),
    ) -> Response:
        """List the listings that a table made, changed, brought back or withdrew."""
        page = ports.feeds.changes(feed_id, caller, kind=kind, after=cursor, most=limit)
        items = [{"listing_id": str(listing_id), "kind": each} for listing_id, each in page.items]
        return json_answer({"items": items, "next": None if page.next is None else str(page.next)})

    @router.get("/feeds/{feed_id}/refused-rows")
    @documented(
        Answer(
            "The rows as they were, with their numbers and the reasons.",
            {"text/csv": Content({"type": "string"})},
        ),
        problems=[404],
    )
    def download_refused_rows(feed_id: UUID, caller: Caller = Depends(_writes)) -> Response:
        """Download the refused rows of a table, to correct them and send the whole table again."""
        file = ports.refused_file(ports.feeds.find(feed_id, caller).feed_id)
        if not file.is_file():
            raise NotFoundError("The feed has no refused rows.", code="market.no_refused_rows")
        return FileResponse(file, media_type="text/csv", filename="refused-rows.csv")


def _add_mapping_routes(router: APIRouter, ports: StockPorts) -> None:
    @router.get("/sources")
    @documented(answer(SourceList, "The sources, by name."))
    def list_sources(caller: Caller = Depends(_writes)) -> Response:
        """List the sources that the caller's company, or branch, has named: each has a stock and a mapping of its own."""
        pulls = ports.pulls.all(caller)
        items = [
            {
                "source": each.name,
                "mapping_version": each.mapping_version,
                "pull": pull_as_dict(pulls[each.name]) if each.name in pulls else None,
            }
            for each in ports.mappings.sources(caller)
        ]
        return json_answer({"items": items})

    @router.get("/sources/{source}/mapping")
    @documented(answer(MappingAnswer, "The mapping."), problems=[404])
    def show_mapping(
        source: SourcePath,
        version: Annotated[int | None, Query(ge=1, lt=2**31, description="One of before.")] = None,
        caller: Caller = Depends(_writes),
    ) -> Response:
        """Show how the tables of a source are read: headings, words, and values of all rows."""
        return json_answer(mapping_as_dict(source, ports.mappings.present(source, caller, version)))

    @router.put("/sources/{source}/mapping")
    @documented(
        answer(MappingAnswer, "The new version."),
        body=body(
            MappingBody,
            example={
                "version": 0,
                "columns": {"Preis": "price"},
                "words": {"fuel": {"Benzin": "petrol"}},
                "fixed": {"currency": "EUR"},
            },
        ),
        problems=[409],
    )
    async def replace_mapping(
        source: SourcePath, request: Request, caller: Caller = Depends(_writes)
    ) -> Response:
        """Correct how the tables of a source are read, from the next one on; what was there before stays a version."""
        given = await read_model(request, MappingBody)
        plain = {"columns": given.columns, "words": given.words, "fixed": given.fixed}
        new = await run_in_threadpool(ports.mappings.replace, source, given.version, plain, caller)
        return json_answer(mapping_as_dict(source, new))


def _add_pull_routes(router: APIRouter, pulls: KeepPulls) -> None:
    @router.get("/sources/{source}/pull")
    @documented(answer(PullAnswer, "From where, how often, and how the last look ended."), problems=[404])
    def show_pull(source: SourcePath, caller: Caller = Depends(_writes)) -> Response:
        """Show from where the table of a source is fetched."""
        return json_answer(pull_as_dict(pulls.find(source, caller)))

    @router.put("/sources/{source}/pull")
    @documented(
        answer(PullAnswer, "From where, and how often."),
        body=body(PullBody, example={"url": "https://dealer.example/stock.csv", "every_h": 24}),
        problems=[409],
    )
    async def set_pull(source: SourcePath, request: Request, caller: Caller = Depends(_writes)) -> Response:
        """Have the table of a source fetched, now and then every so many hours; another one than the last is taken."""
        given = await read_model(request, PullBody)
        pull = await run_in_threadpool(pulls.set, source, given.url, given.every_h, caller)
        return json_answer(pull_as_dict(pull))

    @router.delete("/sources/{source}/pull", status_code=204)
    @documented(Answer("It is fetched no more.", {}, 204), problems=[404])
    def remove_pull(source: SourcePath, caller: Caller = Depends(_writes)) -> Response:
        """Fetch the table of a source no more."""
        pulls.remove(source, caller)
        return Response(status_code=204)


def _accepted(feed: Feed) -> Response:
    accepted = json_answer(feed_as_dict(feed), status=202)
    accepted.headers["Location"] = f"/market/stock/feeds/{feed.feed_id}"
    return accepted
