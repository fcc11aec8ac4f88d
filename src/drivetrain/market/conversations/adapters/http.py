"""The routes of conversations.

What a caller is no part of is answered exactly like what does not exist.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer, read_model
from drivetrain.adapters.http.openapi import Answer, answer, body, documented
from drivetrain.adapters.http.pictures import (
    PICTURE_ANSWER,
    PICTURE_BODY,
    PhotoId,
    PhotoWidth,
    PictureUploads,
    known_width,
    picture_answer,
)
from drivetrain.core.access import Caller
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.market.conversations.adapters.schemas import (
    ConversationAnswer,
    ConversationList,
    MessageBody,
    MessageList,
    NewConversationBody,
    ReadMarkBody,
    SharedPhotoAnswer,
    UnreadAnswer,
    WrittenAnswer,
    conversation_as_dict,
    messages_as_dicts,
    photo_as_dict,
)
from drivetrain.market.conversations.application.keep_conversations import KeepConversations
from drivetrain.market.conversations.application.ports import Written
from drivetrain.market.conversations.application.write_messages import WriteMessages
from drivetrain.market.conversations.domain.conversation import LONGEST_MESSAGE, Side
from drivetrain.market.conversations.domain.scopes import CONVERSATIONS_WRITE
from drivetrain.market.listings.application.contract import plain_text

MOST_LISTED = 100
MOST_MESSAGES = 200
_LONGEST_BODY = 64 << 10
_writes = Needs(CONVERSATIONS_WRITE.name)
_NOTHING = Answer("Done.", {}, 204)

SideParameter = Annotated[
    Side | None,
    Query(
        description="As whom: `dealer` by default for whoever acts for a company, `buyer` for others; "
        "`support` for those who answer for the platform."
    ),
]


def conversation_routes(write: WriteMessages, keep: KeepConversations, uploads: PictureUploads) -> APIRouter:
    """Routes under ``/market/conversations``."""
    router = APIRouter(prefix="/market/conversations", tags=["market"])
    _add_writing(router, write)
    _add_reading(router, keep)
    _add_blocking(router, keep)
    _add_photos(router, keep, uploads)
    return router


def _add_writing(router: APIRouter, write: WriteMessages) -> None:
    @router.post("", status_code=201)
    @documented(
        answer(WrittenAnswer, "What was written.", status=201),
        body=body(
            NewConversationBody,
            example={"listing_id": "0192f0c4-0000-7000-8000-000000000000", "text": "Is it still there?"},
        ),
        problems=[404, 409, 429],
    )
    async def begin_conversation(request: Request, caller: Caller = Depends(_writes)) -> Response:
        """Write to the dealer of a car, or to the support of the platform.

        There is one conversation of a person about a car: a second beginning goes on with it. While nobody of the
        dealer is there, the first message is answered from the listing's own data, marked as automatic.
        """
        given = await read_model(request, NewConversationBody, limit=_LONGEST_BODY)
        text = _text(given.text)
        done = await run_in_threadpool(write.begin, given.listing_id, text, caller)
        return _written(done)

    @router.post("/{conversation_id}/messages", status_code=201)
    @documented(
        answer(WrittenAnswer, "What was written.", status=201),
        body=body(MessageBody, example={"text": "Can I come on Friday?"}),
        problems=[404, 409, 429],
    )
    async def write_message(
        conversation_id: UUID, request: Request, caller: Caller = Depends(_writes)
    ) -> Response:
        """Write in a conversation. Where a side has blocked the other one, it is 403 `market.blocked`."""
        given = await read_model(request, MessageBody, limit=_LONGEST_BODY)
        text = "" if given.photos and not given.text.strip() else _text(given.text)
        return _written(await run_in_threadpool(write.write, conversation_id, text, given.photos, caller))


def _add_reading(router: APIRouter, keep: KeepConversations) -> None:
    @router.get("")
    @documented(answer(ConversationList, "Conversations, those written in last first."))
    def list_conversations(
        side: SideParameter = None,
        cursor: Annotated[
            str | None, Query(max_length=60, description="The `next` of the page before.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50,
        caller: Caller = Depends(_writes),
    ) -> Response:
        """List the conversations of the caller, of the company that they act for, or of the support."""
        page, desk = keep.page(caller, side, after=cursor, most=limit)
        items = [conversation_as_dict(view, desk) for view in page.items]
        return json_answer({"items": items, "next": page.next})

    @router.get("/unread")
    @documented(answer(UnreadAnswer, "How many conversations hold something new."))
    def count_unread(side: SideParameter = None, caller: Caller = Depends(_writes)) -> Response:
        """Count the conversations that hold something that the caller's side has not read; at most 1,000."""
        return json_answer({"conversations": keep.unread(caller, side)})

    @router.get("/{conversation_id}")
    @documented(answer(ConversationAnswer, "The conversation."), problems=[404])
    def show_conversation(conversation_id: UUID, caller: Caller = Depends(_writes)) -> Response:
        """Show a conversation without its messages."""
        return json_answer(conversation_as_dict(*keep.find(conversation_id, caller)))

    @router.get("/{conversation_id}/messages")
    @documented(answer(MessageList, "The latest messages, in their order."), problems=[404])
    def list_messages(
        conversation_id: UUID,
        before: Annotated[
            int | None, Query(ge=1, lt=2**31, description="The `before` of the page that follows.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_MESSAGES)] = 50,
        caller: Caller = Depends(_writes),
    ) -> Response:
        """List the messages of a conversation, the latest ones without `before`. Reading marks nothing as read."""
        _, side, messages = keep.messages(conversation_id, caller, before=before, most=limit)
        earlier = messages[0].position if messages and messages[0].position > 1 else None
        return json_answer({"items": messages_as_dicts(messages, side), "before": earlier})

    @router.put("/{conversation_id}/read", status_code=204)
    @documented(_NOTHING, body=body(ReadMarkBody, example={"position": 3}), problems=[404])
    async def mark_read(
        conversation_id: UUID, request: Request, caller: Caller = Depends(_writes)
    ) -> Response:
        """Note that the caller's side has read up to a message; a mark never goes back."""
        given = await read_model(request, ReadMarkBody)
        await run_in_threadpool(keep.mark, conversation_id, given.position, caller)
        return Response(status_code=204)


def _add_blocking(router: APIRouter, keep: KeepConversations) -> None:
    @router.put("/{conversation_id}/block", status_code=204)
    @documented(_NOTHING, problems=[404, 409])
    def block_other_side(conversation_id: UUID, caller: Caller = Depends(_writes)) -> Response:
        """Take no more messages from the other side, in any conversation of the two, and write none."""
        keep.block(conversation_id, caller, is_blocked=True)
        return Response(status_code=204)

    @router.delete("/{conversation_id}/block", status_code=204)
    @documented(_NOTHING, problems=[404, 409])
    def unblock_other_side(conversation_id: UUID, caller: Caller = Depends(_writes)) -> Response:
        """Take messages from the other side again."""
        keep.block(conversation_id, caller, is_blocked=False)
        return Response(status_code=204)


def _add_photos(router: APIRouter, keep: KeepConversations, uploads: PictureUploads) -> None:
    @router.post("/{conversation_id}/photos", status_code=201)
    @documented(
        answer(SharedPhotoAnswer, "The photo.", status=201),
        body=PICTURE_BODY,
        problems=[404, 409, 422, 429, 503],
    )
    async def share_photo(
        conversation_id: UUID, request: Request, caller: Caller = Depends(_writes)
    ) -> Response:
        """Send a photo to write with: JPEG, PNG or WebP. The other side sees it when a message names it."""
        await run_in_threadpool(keep.admit_photo, conversation_id, caller)
        pictures = await uploads.receive(request)
        photo = await run_in_threadpool(keep.share, conversation_id, pictures, caller)
        return json_answer(photo_as_dict(photo), status=201)

    @router.get("/{conversation_id}/photos/{photo_id}/{width}")
    @documented(PICTURE_ANSWER, problems=[404])
    def show_shared_photo(
        conversation_id: UUID, photo_id: PhotoId, width: PhotoWidth, caller: Caller = Depends(_writes)
    ) -> Response:
        """Show a photo of a conversation."""
        return picture_answer(keep.photo(conversation_id, photo_id, known_width(width), caller))


def _written(done: Written) -> Response:
    side = done.messages[0].side
    return json_answer(
        {
            "conversation_id": str(done.conversation.conversation_id),
            "items": messages_as_dicts(done.messages, side),
        },
        status=201,
    )


def _text(text: str) -> str:
    """The text of a message without spaces around it.

    Raises:
        ContractError: ``market.bad_text``, ``market.no_text``.
    """
    plain = plain_text(text, "text", LONGEST_MESSAGE)
    if plain is None:
        raise ContractError([FieldError("market.no_text", "Write something.", pointer="/text")])
    return plain
