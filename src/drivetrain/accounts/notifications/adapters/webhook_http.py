"""Routes of webhooks: subscriptions of oneself, of one's company, or of the installation."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.accounts.notifications.adapters.answers import (
    NewWebhookAnswer,
    WebhookAnswerBody,
    WebhookList,
    WebhookMessageList,
    message_answer,
    webhook_answer,
)
from drivetrain.accounts.notifications.adapters.subscriptions import Owner, PostgresSubscriptions
from drivetrain.accounts.notifications.domain.messages import Topic
from drivetrain.accounts.notifications.domain.scopes import WEBHOOKS_MANAGE
from drivetrain.accounts.notifications.domain.webhooks import SubscriptionState, read_endpoint
from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import StrictBody, json_answer, read_model
from drivetrain.adapters.http.openapi import Answer, answer, body, documented
from drivetrain.core.access import Caller
from drivetrain.core.errors import NotAllowedError

_manages = Needs(WEBHOOKS_MANAGE.name)
_LONGEST_URL = 2000
_LARGEST_SEQUENCE = 2**63 - 1

Url = Annotated[
    str, Field(min_length=1, max_length=_LONGEST_URL, description="https address of the receiver.")
]
Topics = Annotated[
    list[Annotated[Topic, Field(strict=False)]],
    Field(min_length=1, max_length=len(Topic), description="What it is told of."),
]


class OwnerKind(StrEnum):
    """Whose events a subscription gets: one's own, those of one's company, or those of the installation."""

    ME = "me"
    COMPANY = "company"
    PLATFORM = "platform"


class WebhookRequest(StrictBody):
    """What ``POST /webhooks`` takes."""

    url: Url
    topics: Topics
    owner: Annotated[OwnerKind, Field(strict=False)]


class WebhookChange(StrictBody):
    """What ``PATCH /webhooks/{id}`` takes; what is left out stays."""

    url: Url | None = None
    topics: Topics | None = None
    state: Annotated[SubscriptionState | None, Field(strict=False)] = None


_EXAMPLE = {"url": "https://dealer.example/hooks", "topics": ["models"], "owner": "company"}


def webhook_routes(subscriptions: PostgresSubscriptions, *, allow_loopback: bool) -> APIRouter:
    """Routes under ``/webhooks``.

    Args:
        allow_loopback: whether this machine itself may be a receiver; for development.
    """
    router = APIRouter(prefix="/webhooks", tags=["webhooks"])
    _add_subscriptions(router, subscriptions, allow_loopback)
    _add_single(router, subscriptions, allow_loopback)
    return router


def _add_subscriptions(router: APIRouter, subscriptions: PostgresSubscriptions, allow_loopback: bool) -> None:
    @router.post("", status_code=201)
    @documented(
        answer(NewWebhookAnswer, "The subscription; its secret is shown once.", status=201),
        body=body(WebhookRequest, example=_EXAMPLE),
        problems=[409],
    )
    async def create_webhook(request: Request, caller: Annotated[Caller, Depends(_manages)]) -> Response:
        """Subscribe a receiver to topics. The secret with which messages are signed is in this answer only."""
        asked = await read_model(request, WebhookRequest)
        owner = _owner(caller, asked.owner)
        url = read_endpoint(asked.url, allow_loopback=allow_loopback).url

        def create() -> Response:
            topics = [topic.value for topic in asked.topics]
            row, secret = subscriptions.create(owner, caller, url=url, topics=topics)
            return json_answer({**webhook_answer(row), "secret": secret}, status=201)

        return await run_in_threadpool(create)

    @router.get("")
    @documented(answer(WebhookList, "Subscriptions, newest first."))
    def list_webhooks(caller: Annotated[Caller, Depends(_manages)]) -> Response:
        """List one's own subscriptions and those of one's company, or of the installation."""
        rows = subscriptions.all(_owners(caller))
        return json_answer({"items": [webhook_answer(row) for row in rows], "next": None})


def _add_single(router: APIRouter, subscriptions: PostgresSubscriptions, allow_loopback: bool) -> None:
    @router.get("/{webhook_id}")
    @documented(answer(WebhookAnswerBody, "The subscription."), problems=[404])
    def show_webhook(webhook_id: UUID, caller: Annotated[Caller, Depends(_manages)]) -> Response:
        """Show a subscription: how many messages wait, and why the last attempt failed."""
        return json_answer(webhook_answer(subscriptions.get(_owners(caller), webhook_id)))

    @router.patch("/{webhook_id}")
    @documented(
        answer(WebhookAnswerBody, "The subscription as it is now."),
        body=body(WebhookChange, example={"state": "enabled"}),
        problems=[404],
    )
    async def change_webhook(
        webhook_id: UUID, request: Request, caller: Annotated[Caller, Depends(_manages)]
    ) -> Response:
        """Change address, topics or state; one that is enabled again begins with what waits."""
        asked = await read_model(request, WebhookChange)
        changes: dict[str, object] = {}
        if asked.url is not None:
            changes["url"] = read_endpoint(asked.url, allow_loopback=allow_loopback).url
        if asked.topics is not None:
            changes["topics"] = sorted({topic.value for topic in asked.topics})
        if asked.state is not None:
            changes["state"] = asked.state.value

        def change() -> Response:
            return json_answer(
                webhook_answer(subscriptions.change(_owners(caller), webhook_id, caller, changes))
            )

        return await run_in_threadpool(change)

    @router.delete("/{webhook_id}", status_code=204)
    @documented(Answer("Removed.", {}, 204), problems=[404])
    def remove_webhook(webhook_id: UUID, caller: Annotated[Caller, Depends(_manages)]) -> Response:
        """Remove a subscription with the messages that wait for it."""
        subscriptions.remove(_owners(caller), webhook_id, caller)
        return Response(status_code=204)

    @router.post("/{webhook_id}/secret")
    @documented(answer(NewWebhookAnswer, "The subscription with its new secret."), problems=[404])
    def replace_webhook_secret(webhook_id: UUID, caller: Annotated[Caller, Depends(_manages)]) -> Response:
        """Give a subscription a new secret, shown in this answer only; the former one signs too for 24 hours."""
        row, secret = subscriptions.replace_secret(_owners(caller), webhook_id, caller)
        return json_answer({**webhook_answer(row), "secret": secret})

    @router.post("/{webhook_id}/test", status_code=202)
    @documented(
        answer(WebhookAnswerBody, "Taken; the message waits for its turn.", status=202), problems=[404, 409]
    )
    def test_webhook(webhook_id: UUID, caller: Annotated[Caller, Depends(_manages)]) -> Response:
        """Send a message of type `test`, which takes its place in the sequence."""
        return json_answer(webhook_answer(subscriptions.send_test(_owners(caller), webhook_id)), status=202)

    @router.get("/{webhook_id}/messages")
    @documented(answer(WebhookMessageList, "Messages, newest first."), problems=[404])
    def list_webhook_messages(
        webhook_id: UUID,
        caller: Annotated[Caller, Depends(_manages)],
        cursor: Annotated[
            int | None, Query(ge=1, le=_LARGEST_SEQUENCE, description="`next` of the page before.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=200, description="Most items of a page.")] = 50,
    ) -> Response:
        """List messages of a subscription, newest first, with attempts and when each was accepted."""
        rows = subscriptions.messages(_owners(caller), webhook_id, cursor, limit + 1)
        page = rows[:limit]
        following = page[-1].sequence if len(rows) > limit else None
        return json_answer({"items": [message_answer(row) for row in page], "next": following})


def _owners(caller: Caller) -> Sequence[Owner]:
    """For whom a caller may act.

    Raises:
        NotAllowedError: for nobody: a branch has no webhooks of its own, and a key of it no person.
    """
    owners = [Owner(person=caller.person)] if caller.person is not None else []
    if caller.company is None:
        owners.append(Owner())
    elif caller.branch is None:
        owners.append(Owner(company=caller.company))
    if not owners:
        raise NotAllowedError("A branch has no webhooks; act for its company.", code="notifications.no_owner")
    return owners


def _owner(caller: Caller, kind: OwnerKind) -> Owner:
    """The owner of a new subscription.

    Raises:
        NotAllowedError: the caller may not act for it.
    """
    wanted = {
        OwnerKind.ME: caller.person is not None,
        OwnerKind.COMPANY: caller.company is not None and caller.branch is None,
        OwnerKind.PLATFORM: caller.company is None,
    }
    if not wanted[kind]:
        raise NotAllowedError(
            f"{caller.subject!r} cannot own webhooks as {kind.value!r}.", code="notifications.no_owner"
        )
    if kind is OwnerKind.ME:
        return Owner(person=caller.person)
    return Owner(company=caller.company)
