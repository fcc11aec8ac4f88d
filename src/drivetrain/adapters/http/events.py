"""``GET /events``: one stream for all that a page shows, which says what has changed and not how."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from drivetrain.adapters.http.access import ANY_ONLOOKER, Authenticator
from drivetrain.adapters.http.event_streams import EventStreams
from drivetrain.adapters.http.openapi import Answer, Content, documented
from drivetrain.core.access import Caller
from drivetrain.core.changes import Position, Topic
from drivetrain.core.errors import ContractError, FieldError, NotAllowedError

_MEDIA_TYPE = "text/event-stream"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def event_routes(streams: EventStreams, topics: Sequence[Topic]) -> APIRouter:
    """The route of the stream.

    Args:
        topics: the platform's and those of the products.
    """
    router = APIRouter(tags=["platform"])

    @router.get("/events")
    @documented(
        Answer(
            'Events: `event` is `change`, `data` is `{"topics": [...]}`, `id` the position behind it.',
            {_MEDIA_TYPE: Content({"type": "string"})},
        ),
        problems=[429],
    )
    async def stream_events(
        request: Request,
        caller: Annotated[Caller, Depends(ANY_ONLOOKER)],
        wanted: Annotated[
            str | None,
            Query(
                alias="topics",
                max_length=400,
                description="Topics, separated by commas; all that the caller may read when left out.",
            ),
        ] = None,
        since: Annotated[
            str | None, Query(description="As `Last-Event-ID`, which wins, where no header can be sent.")
        ] = None,
        last_event_id: Annotated[
            str | None, Header(description="`id` of the last event that was received.")
        ] = None,
    ) -> Response:
        """Say which topics have changed, as server-sent events; after a break it goes on behind `Last-Event-ID`.

        Ask the routes of a topic again to see what is new. Changes that come together are one event.
        """
        chosen = _chosen(topics, caller, wanted)
        received = last_event_id or since
        last = Position.parse(received) if received else None
        authenticator = request.app.state.authenticator
        if request.state.method == "HEAD":  # there is no body that could go on
            return Response(media_type=_MEDIA_TYPE, headers=_HEADERS)
        streams.admit(caller)
        request.state.is_stream = True

        async def is_allowed() -> None:
            await _still(authenticator, request, caller, chosen)

        events = streams.events(caller, chosen, last, is_allowed)
        return _EventResponse(events, lambda: streams.release(caller))

    return router


class _EventResponse(StreamingResponse):
    """A stream that gives its place back, also where its client was gone before it began."""

    def __init__(self, events: AsyncIterator[bytes], release: Callable[[], None]) -> None:
        super().__init__(events, media_type=_MEDIA_TYPE, headers=_HEADERS)
        self._release = release

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._release()


def _chosen(topics: Sequence[Topic], caller: Caller, wanted: str | None) -> Sequence[Topic]:
    """The topics of a stream.

    Raises:
        ContractError: one of them does not exist.
        NotAllowedError: the caller may not read one of them, or none at all.
    """
    if wanted is None:
        chosen = [topic for topic in topics if topic.is_open_to(caller)]
        if not chosen:
            raise NotAllowedError(f"{caller.subject!r} has the scope of no topic.")
        return chosen
    by_name = {topic.name: topic for topic in topics}
    names = wanted.split(",")
    if not set(names) <= by_name.keys():
        detail = f"topics must be some of {', '.join(by_name)}, separated by commas."
        raise ContractError([FieldError("input.invalid_parameter", detail, pointer="/query/topics")])
    chosen = [by_name[name] for name in dict.fromkeys(names)]
    for topic in chosen:
        _require(topic, caller)
    return chosen


def _require(topic: Topic, caller: Caller) -> None:
    if not topic.is_open_to(caller):
        raise NotAllowedError(
            f"The topic {topic.name} needs the scope {topic.scope}, "
            f"and a person where it is people's own; {caller.subject!r} does not have it."
        )


async def _still(
    authenticator: Authenticator, request: Request, caller: Caller, topics: Sequence[Topic]
) -> None:
    """Refuse a stream whose credential is not good any more, acts for others, or has lost a right.

    Raises:
        UnauthenticatedError, NotAllowedError: as for a new request.
    """
    now = await authenticator.peek(request)
    if (now.person, now.company) != (caller.person, caller.company):
        raise NotAllowedError("The caller acts for somebody else now.")
    for topic in topics:
        _require(topic, now)
        if topic.reaches_all(caller) and not topic.reaches_all(now):
            raise NotAllowedError("The caller has lost a right.")
