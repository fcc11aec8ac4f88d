"""The routes of reviews.

What is out of a caller's reach is answered exactly like what does not exist.
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
from drivetrain.core.access import Caller
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.market.listings.application.contract import plain_text
from drivetrain.market.listings.domain.scopes import LISTINGS_READ, LISTINGS_WRITE
from drivetrain.market.reviews.adapters.schemas import (
    EditedReviewBody,
    NewReviewBody,
    OwnReviewAnswer,
    OwnReviewList,
    ReviewAnswer,
    ReviewAnswerBody,
    ReviewDecisionBody,
    ReviewList,
    ReviewQueueAnswer,
    ReviewReportBody,
    ReviewReportReceipt,
    own_review_as_dict,
    queued_as_dict,
    rating_as_dict,
    report_as_dict,
    review_as_dict,
)
from drivetrain.market.reviews.application.moderate_reviews import ModerateReviews
from drivetrain.market.reviews.application.ports import About
from drivetrain.market.reviews.application.read_reviews import ReadReviews, one_of_two
from drivetrain.market.reviews.application.write_reviews import WriteReviews
from drivetrain.market.reviews.domain.report import ReviewReportReason
from drivetrain.market.reviews.domain.review import LONGEST_REMARK, LONGEST_TEXT, Rejection
from drivetrain.market.reviews.domain.scopes import REVIEWS_MODERATE, REVIEWS_WRITE

MOST_LISTED = 100
_LONGEST_BODY = 64 << 10
_reads = Needs(LISTINGS_READ.name)
_sells = Needs(LISTINGS_WRITE.name)
_writes = Needs(REVIEWS_WRITE.name)
_moderates = Needs(REVIEWS_MODERATE.name)

Limit = Annotated[int, Query(ge=1, le=MOST_LISTED)]
CursorParameter = Annotated[UUID | None, Query(description="The `next` of the page before.")]


def review_routes(write: WriteReviews, read: ReadReviews, moderate: ModerateReviews) -> APIRouter:
    """Routes under ``/market/reviews``."""
    router = APIRouter(prefix="/market/reviews", tags=["market"])
    _add_reading(router, read)
    _add_writing(router, write)
    _add_moderation(router, moderate)
    return router


def _add_reading(router: APIRouter, read: ReadReviews) -> None:
    @router.get("")
    @documented(answer(ReviewList, "Published reviews, newest first, and what they say together."))
    def list_reviews(
        company: Annotated[UUID | None, Query(description="The dealer whose reviews are wanted.")] = None,
        listing: Annotated[UUID | None, Query(description="The car whose reviews are wanted.")] = None,
        cursor: CursorParameter = None,
        limit: Limit = 20,
        caller: Caller = Depends(_reads),
    ) -> Response:
        """List what people say of a dealer or of a car; one of the two is named."""
        rating, page = read(About(company, listing), before=cursor, most=limit)
        return json_answer(
            {
                "rating": rating_as_dict(rating),
                "items": [review_as_dict(each, caller) for each in page.items],
                "next": None if page.next is None else str(page.next),
            }
        )


def _add_writing(router: APIRouter, write: WriteReviews) -> None:
    @router.post("", status_code=201)
    @documented(
        answer(OwnReviewAnswer, "The review, which a moderator reads first.", status=201),
        body=body(
            NewReviewBody,
            example={
                "company_id": "0192f0c4-0000-7000-8000-000000000000",
                "stars": 4,
                "text": "Friendly and quick.",
            },
        ),
        problems=[409, 429],
    )
    async def write_review(request: Request, caller: Caller = Depends(_writes)) -> Response:
        """Review a dealer, or a car, that the caller has written to before; once each."""
        given = await read_model(request, NewReviewBody, limit=_LONGEST_BODY)
        about, text = one_of_two(About(given.company_id, given.listing_id)), _text(given.text)
        review = await run_in_threadpool(write.write, about, given.stars, text, caller)
        return json_answer(own_review_as_dict(review, caller), status=201)

    @router.get("/own")
    @documented(answer(OwnReviewList, "The caller's reviews, newest first."))
    def list_own_reviews(
        cursor: CursorParameter = None, limit: Limit = 20, caller: Caller = Depends(_writes)
    ) -> Response:
        """List what the caller has written, in every state and with its history."""
        page = write.own(caller, before=cursor, most=limit)
        items = [own_review_as_dict(each, caller) for each in page.items]
        return json_answer({"items": items, "next": None if page.next is None else str(page.next)})

    @router.put("/{review_id}")
    @documented(
        answer(OwnReviewAnswer, "The review after it, which a moderator reads again."),
        body=body(EditedReviewBody, example={"version": 1, "stars": 3, "text": "Slower than I thought."}),
        problems=[404, 409, 429],
    )
    async def edit_review(review_id: UUID, request: Request, caller: Caller = Depends(_writes)) -> Response:
        """Say something else; what was said before stays for moderators to see."""
        given = await read_model(request, EditedReviewBody, limit=_LONGEST_BODY)
        text = _text(given.text)
        review = await run_in_threadpool(write.edit, review_id, given.version, given.stars, text, caller)
        return json_answer(own_review_as_dict(review, caller))

    @router.delete("/{review_id}", status_code=204)
    @documented(Answer("Deleted.", {}, 204), problems=[404])
    def remove_review(review_id: UUID, caller: Caller = Depends(_writes)) -> Response:
        """Delete an own review for good."""
        write.remove(review_id, caller)
        return Response(status_code=204)

    @router.post("/{review_id}/answer", status_code=201)
    @documented(
        answer(ReviewAnswer, "The review with its answer.", status=201),
        body=body(ReviewAnswerBody, example={"text": "Thank you."}),
        problems=[404, 409],
    )
    async def answer_review(review_id: UUID, request: Request, caller: Caller = Depends(_sells)) -> Response:
        """Answer a published review of the caller's company; once."""
        given = await read_model(request, ReviewAnswerBody, limit=_LONGEST_BODY)
        review = await run_in_threadpool(write.answer, review_id, _text(given.text), caller)
        return json_answer(review_as_dict(review, caller), status=201)


def _add_moderation(router: APIRouter, moderate: ModerateReviews) -> None:
    @router.post("/{review_id}/reports", status_code=201)
    @documented(
        answer(ReviewReportReceipt, "The report was taken.", status=201),
        body=body(ReviewReportBody, example={"reason": "offensive"}),
        problems=[404, 409, 429],
    )
    async def report_review(review_id: UUID, request: Request, caller: Caller = Depends(_reads)) -> Response:
        """Report that something is wrong with a published review; once for each."""
        given = await read_model(request, ReviewReportBody)
        remark = plain_text(given.remark, "remark", LONGEST_REMARK)
        reason = ReviewReportReason(given.reason)
        report = await run_in_threadpool(moderate.report, review_id, reason, remark, caller)
        return json_answer(report_as_dict(report), status=201)

    @router.get("/queue")
    @documented(answer(ReviewQueueAnswer, "Reviews that are pending or reported, oldest first."))
    def list_review_queue(
        cursor: CursorParameter = None, limit: Limit = 20, caller: Caller = Depends(_moderates)
    ) -> Response:
        """List the reviews that moderators have to read."""
        page = moderate.queue(caller, after=cursor, most=limit)
        items = [queued_as_dict(each, caller) for each in page.items]
        return json_answer({"items": items, "next": None if page.next is None else str(page.next)})

    @router.post("/{review_id}/decision")
    @documented(
        answer(OwnReviewAnswer, "The review after it."),
        body=body(ReviewDecisionBody, example={"version": 1, "decision": "published"}),
        problems=[404, 409],
    )
    async def decide_review(
        review_id: UUID, request: Request, caller: Caller = Depends(_moderates)
    ) -> Response:
        """Publish the version of a review that was read, or reject it with a reason; its reports are closed."""
        given = await read_model(request, ReviewDecisionBody)
        reason = _rejection(given)
        remark = plain_text(given.remark, "remark", LONGEST_REMARK)
        review = await run_in_threadpool(moderate.decide, review_id, given.version, reason, remark, caller)
        return json_answer(own_review_as_dict(review, caller))


def _rejection(given: ReviewDecisionBody) -> Rejection | None:
    """Why a review is rejected; None for a published one.

    Raises:
        ContractError: ``market.rejection_reason``.
    """
    if (given.decision == "rejected") != (given.reason is not None):
        detail = "A rejected review needs a reason, a published one has none."
        raise ContractError([FieldError("market.rejection_reason", detail, pointer="/reason")])
    return None if given.reason is None else Rejection(given.reason)


def _text(text: str) -> str:
    """The text of a review without spaces around it.

    Raises:
        ContractError: ``market.bad_text``, ``market.no_text``.
    """
    plain = plain_text(text, "text", LONGEST_TEXT)
    if plain is None:
        raise ContractError([FieldError("market.no_text", "Write something.", pointer="/text")])
    return plain
