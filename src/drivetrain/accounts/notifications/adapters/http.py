"""Routes of notifications: one's own, what one wants to be told, webhooks, and the mails of the outbox."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.accounts.notifications.adapters.answers import (
    MailList as MailListAnswer,
)
from drivetrain.accounts.notifications.adapters.answers import (
    NotificationList,
    PreferencesAnswer,
    ReadCount,
    mail_answer,
    notification_answer,
)
from drivetrain.accounts.notifications.adapters.mail_list import MailList
from drivetrain.accounts.notifications.adapters.reading import Place, PostgresNotifications
from drivetrain.accounts.notifications.application.ports import MailState
from drivetrain.accounts.notifications.domain.messages import Channel, Topic
from drivetrain.accounts.notifications.domain.scopes import MAILS_READ, NOTIFICATIONS_READ
from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import StrictBody, json_answer, read_model
from drivetrain.adapters.http.openapi import Answer, answer, body, documented
from drivetrain.core.access import Caller
from drivetrain.core.errors import ContractError, FieldError, NotAllowedError

_reads = Needs(NOTIFICATIONS_READ.name)
_administers = Needs(MAILS_READ.name)
_LARGEST_POSITION = 2**63 - 1
_MOST_ITEMS = 200
_CURSOR = re.compile(r"([ur])([1-9][0-9]{0,18})")

Limit = Annotated[int, Query(ge=1, le=_MOST_ITEMS, description="Most items of a page.")]


class OptOut(StrictBody):
    """What is not wanted on a channel."""

    topic: Topic = Field(strict=False)
    channel: Channel = Field(strict=False)


class PreferencesRequest(StrictBody):
    """What ``PUT /notifications/preferences`` takes: all that is not wanted."""

    unwanted: list[OptOut] = Field(max_length=len(Topic) * len(Channel))


def notification_routes(reader: PostgresNotifications) -> APIRouter:
    """Routes under ``/notifications``: of the person who asks."""
    router = APIRouter(prefix="/notifications", tags=["notifications"])
    _add_list(router, reader)
    _add_preferences(router, reader)
    return router


def _add_list(router: APIRouter, reader: PostgresNotifications) -> None:
    @router.get("")
    @documented(answer(NotificationList, "One's notifications, unread ones first."))
    def list_notifications(
        caller: Annotated[Caller, Depends(_reads)],
        cursor: Annotated[str | None, Query(max_length=20, description="`next` of the page before.")] = None,
        limit: Limit = 50,
    ) -> Response:
        """List one's own notifications, unread ones first, newest first."""
        person = _person(caller)
        shown = reader.page(person, _place(cursor), limit + 1)
        page = shown[:limit]
        last = page[-1] if len(shown) > limit else None
        following = None if last is None else f"{'u' if last.read_at is None else 'r'}{last.position}"
        return json_answer(
            {
                "items": [notification_answer(each) for each in page],
                "unread": reader.unread(person),
                "next": following,
            }
        )

    @router.post("/{notification_id}/read", status_code=204)
    @documented(Answer("Marked.", {}, 204), problems=[404])
    def mark_notification_read(notification_id: UUID, caller: Annotated[Caller, Depends(_reads)]) -> Response:
        """Mark one of one's notifications as read; a second time changes nothing."""
        reader.mark_read(_person(caller), notification_id)
        return Response(status_code=204)

    @router.post("/read")
    @documented(answer(ReadCount, "How many were marked."))
    def mark_notifications_read(
        caller: Annotated[Caller, Depends(_reads)],
        up_to: Annotated[
            int,
            Query(ge=1, le=_LARGEST_POSITION, description="`position` of the newest one that was shown."),
        ],
    ) -> Response:
        """Mark all notifications up to a position as read; one that appears meanwhile stays unread."""
        return json_answer({"marked": reader.mark_all_read(_person(caller), up_to)})


def _add_preferences(router: APIRouter, reader: PostgresNotifications) -> None:
    @router.get("/preferences")
    @documented(answer(PreferencesAnswer, "What is not wanted, and what there is."))
    def show_notification_preferences(caller: Annotated[Caller, Depends(_reads)]) -> Response:
        """Show what one does not want to be told, by topic and channel."""
        return json_answer(_preferences(reader.unwanted(_person(caller))))

    @router.put("/preferences")
    @documented(
        answer(PreferencesAnswer, "What is not wanted from now on."),
        body=body(PreferencesRequest, example={"unwanted": [{"topic": "models", "channel": "mail"}]}),
    )
    async def set_notification_preferences(
        request: Request, caller: Annotated[Caller, Depends(_reads)]
    ) -> Response:
        """Replace what one does not want; mails that the security of the account needs are sent all the same."""
        person = _person(caller)
        wanted = await read_model(request, PreferencesRequest)
        unwanted = [(each.topic, each.channel) for each in wanted.unwanted]
        await run_in_threadpool(reader.set_unwanted, person, unwanted)
        return json_answer(_preferences(sorted(set(unwanted))))


def mail_routes(mails: MailList) -> APIRouter:
    """The one route over the outbox."""
    router = APIRouter(prefix="/mails", tags=["notifications"])

    @router.get("", dependencies=[Depends(_administers)])
    @documented(answer(MailListAnswer, "Mails, newest first."))
    def list_mails(
        state: MailState | None = None,
        cursor: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
        limit: Limit = 50,
    ) -> Response:
        """List mails with recipient, subject and state; what they say, links above all, is stored nowhere."""
        rows = mails.newest(state, cursor, limit + 1)
        page = rows[:limit]
        return json_answer(
            {
                "items": [mail_answer(row, subject) for row, subject in page],
                "next": str(page[-1][0].mail_id) if len(rows) > limit else None,
            }
        )

    return router


def _person(caller: Caller) -> UUID:
    """Whose notifications are asked for.

    Raises:
        NotAllowedError: the credential is no person's.
    """
    if caller.person is None:
        raise NotAllowedError(
            f"The key {caller.subject!r} belongs to no person, and only people have notifications.",
            code="notifications.no_person",
        )
    return caller.person


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    match = _CURSOR.fullmatch(cursor)
    if match is None or int(match[2]) > _LARGEST_POSITION:
        raise _wrong("cursor", "cursor must be the `next` of the page before.")
    return Place(match[1] == "r", int(match[2]))


def _wrong(name: str, detail: str) -> ContractError:
    return ContractError([FieldError("input.invalid_parameter", detail, pointer=f"/query/{name}")])


def _preferences(unwanted: Sequence[tuple[Topic, Channel]]) -> PreferencesAnswer:
    return {
        "unwanted": [{"topic": topic.value, "channel": channel.value} for topic, channel in unwanted],
        "topics": [topic.value for topic in Topic],
        "channels": [channel.value for channel in Channel],
    }
