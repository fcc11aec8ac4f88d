"""The routes of reported conversations: what those who take part say is wrong, and the moderators' desk."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer, read_model
from drivetrain.adapters.http.openapi import answer, body, documented
from drivetrain.core.access import Caller
from drivetrain.market.conversations.adapters.schemas import (
    ConversationDecisionBody,
    ConversationReportAnswer,
    ConversationReportBody,
    ConversationReportList,
    ConversationReportReceipt,
    ReportedMessageList,
    messages_as_dicts,
    receipt_as_dict,
    report_as_dict,
)
from drivetrain.market.conversations.application.report_conversations import ReportConversations
from drivetrain.market.conversations.domain.report import (
    LONGEST_REMARK,
    ConversationReason,
    ConversationReportState,
)
from drivetrain.market.conversations.domain.scopes import CONVERSATIONS_SUPPORT, CONVERSATIONS_WRITE
from drivetrain.market.listings.application.contract import plain_text

MOST_REPORTS = 200
_writes = Needs(CONVERSATIONS_WRITE.name)
_supports = Needs(CONVERSATIONS_SUPPORT.name)


def conversation_report_routes(reports: ReportConversations) -> APIRouter:
    """Routes ``/market/conversations/{conversation_id}/reports`` and under ``/market/conversation-reports``."""
    router = APIRouter(prefix="/market", tags=["market"])

    @router.post("/conversations/{conversation_id}/reports", status_code=201)
    @documented(
        answer(ConversationReportReceipt, "The report was taken.", status=201),
        body=body(ConversationReportBody, example={"reason": "spam"}),
        problems=[404, 409, 429],
    )
    async def report_conversation(
        conversation_id: UUID, request: Request, caller: Caller = Depends(_writes)
    ) -> Response:
        """Report a conversation that the caller is a part of, once; moderators read its messages from then on."""
        given = await read_model(request, ConversationReportBody)
        remark = plain_text(given.remark, "remark", LONGEST_REMARK)
        reason = ConversationReason(given.reason)
        report = await run_in_threadpool(reports.report, conversation_id, reason, remark, caller)
        return json_answer(receipt_as_dict(report), status=201)

    @router.get("/conversation-reports")
    @documented(answer(ConversationReportList, "Reports, oldest first."))
    def list_conversation_reports(
        state: Annotated[
            ConversationReportState | None, Query(description="Only those in this state.")
        ] = None,
        cursor: Annotated[UUID | None, Query(description="The `next` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_REPORTS)] = 50,
        caller: Caller = Depends(_supports),
    ) -> Response:
        """List what people say is wrong with conversations."""
        page = reports.page(caller, state=state, after=cursor, most=limit)
        items = [report_as_dict(each) for each in page.items]
        return json_answer({"items": items, "next": None if page.next is None else str(page.next)})

    @router.get("/conversation-reports/{report_id}/messages")
    @documented(answer(ReportedMessageList, "The latest messages, in their order."), problems=[404])
    def list_reported_messages(report_id: UUID, caller: Caller = Depends(_supports)) -> Response:
        """List the latest hundred messages of a reported conversation."""
        messages = reports.messages(report_id, caller)
        return json_answer({"items": messages_as_dicts(messages, None)})

    @router.post("/conversation-reports/{report_id}/decision")
    @documented(
        answer(ConversationReportAnswer, "The report after it."),
        body=body(ConversationDecisionBody, example={"decision": "upheld"}),
        problems=[404, 409],
    )
    async def decide_conversation_report(
        report_id: UUID, request: Request, caller: Caller = Depends(_supports)
    ) -> Response:
        """Uphold a report, which ends the conversation for good, or dismiss it."""
        given = await read_model(request, ConversationDecisionBody)
        remark = plain_text(given.remark, "remark", LONGEST_REMARK)
        state = ConversationReportState(given.decision)
        report = await run_in_threadpool(reports.decide, report_id, state, remark, caller)
        return json_answer(report_as_dict(report))

    return router
