"""The routes of interactions: what somebody did with listings, and what they like."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import StrictBody, json_answer, read_model
from drivetrain.adapters.http.openapi import Answer, answer, body, documented
from drivetrain.core.access import Caller
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.text import is_plain
from drivetrain.core.time import iso_utc
from drivetrain.market.recommendations.application.keep_interactions import KeepInteractions
from drivetrain.market.recommendations.domain.interaction import (
    LONGEST_POLICY,
    MOST_AT_ONCE,
    MOST_POSITIONS,
    OPINIONS,
    VISITOR_PATTERN,
    Interaction,
    InteractionKind,
    Opinion,
    SlatePlace,
    actor_of,
)
from drivetrain.market.recommendations.domain.scopes import INTERACTIONS_WRITE

MOST_OPINIONS = 1_000
_BATCH_BYTES = 65_536
_writes = Needs(INTERACTIONS_WRITE.name)

Visitor = Annotated[
    str | None,
    Query(
        pattern=f"^{VISITOR_PATTERN}$",
        description="Id of a visit, for keys of the installation; who is signed in leaves it out.",
    ),
]
"""For whom a key asks."""


class VisitorBody(StrictBody):
    """A visitor who is not signed in, for whom a key speaks."""

    id: str = Field(pattern=f"^{VISITOR_PATTERN}$", description="Opaque: no name, no address.")
    consent: Literal[True] = Field(description="That the visitor has agreed to this being kept.")


class SlateBody(StrictBody):
    """Where the listing stood when it was shown, as the answer with the slate said it."""

    slate_id: UUID = Field(strict=False)
    position: int = Field(ge=1, le=MOST_POSITIONS, description="From 1.")
    policy: str = Field(min_length=1, max_length=LONGEST_POLICY, description="Version of the policy.")
    propensity: float = Field(gt=0, le=1, description="Probability of this listing in this place.")


class InteractionBody(StrictBody):
    """Something that was done with a listing."""

    id: UUID = Field(strict=False, description="Chosen by the sender; the same id is taken once.")
    listing_id: UUID = Field(strict=False)
    kind: Literal["view", "like", "dislike", "contact", "share", "compare", "impression"]
    slate: SlateBody | None = Field(default=None, description="Needed for an impression.")


class InteractionsBody(StrictBody):
    """What one person or visitor did, in its order."""

    visitor: VisitorBody | None = Field(default=None, description="For keys; not for who is signed in.")
    interactions: list[InteractionBody] = Field(min_length=1, max_length=MOST_AT_ONCE)


class InteractionsReceipt(TypedDict):
    """What became of them; nothing is kept of ``unknown_listings``."""

    taken: int
    repeated: int
    unknown_listings: list[str]


class OpinionAnswer(TypedDict):
    """What somebody thinks of a listing."""

    listing_id: str
    kind: Literal["like", "dislike"]
    at: str


class OpinionList(TypedDict):
    """Opinions, newest first; ``next`` is the cursor of the following page, null at the end."""

    items: list[OpinionAnswer]
    next: str | None


_EXAMPLE = {
    "interactions": [
        {
            "id": "0198c0de-0000-7000-8000-000000000001",
            "listing_id": "0198c0de-0000-7000-8000-000000000002",
            "kind": "like",
        }
    ]
}


def interaction_routes(keep: KeepInteractions) -> APIRouter:
    """Routes under ``/market/interactions``."""
    router = APIRouter(prefix="/market/interactions", tags=["market"])

    @router.post("")
    @documented(
        answer(InteractionsReceipt, "What became of them."),
        body=body(InteractionsBody, example=_EXAMPLE),
        problems=[422, 429],
    )
    async def record_interactions(request: Request, caller: Caller = Depends(_writes)) -> Response:
        """Say what was done with listings: by the caller, or by a visitor for whom a key speaks and who has agreed."""
        given = await read_model(request, InteractionsBody, limit=_BATCH_BYTES)
        actor = actor_of(caller, None if given.visitor is None else given.visitor.id)
        read = [_interaction(each, place) for place, each in enumerate(given.interactions)]
        taken = await run_in_threadpool(keep.record, actor, read)
        return json_answer(
            {
                "taken": taken.taken,
                "repeated": taken.repeated,
                "unknown_listings": [str(each) for each in taken.unknown],
            }
        )

    @router.get("/own")
    @documented(answer(OpinionList, "What the caller likes and dislikes."), problems=[422])
    def list_opinions(
        visitor: Visitor = None,
        kind: Annotated[Literal["like", "dislike"] | None, Query(description="Only these.")] = None,
        cursor: Annotated[UUID | None, Query(description="The `next` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_OPINIONS)] = 200,
        caller: Caller = Depends(_writes),
    ) -> Response:
        """List what the caller, or a visitor, likes and dislikes, newest first."""
        kinds = OPINIONS if kind is None else {InteractionKind(kind)}
        page = keep.opinions(actor_of(caller, visitor), kinds, after=cursor, most=limit)
        following = None if page.next is None else str(page.next)
        return json_answer({"items": [_as_dict(each) for each in page.items], "next": following})

    @router.delete("/own", status_code=204)
    @documented(Answer("Nothing of it is kept any more.", {}, 204), problems=[422])
    def erase_interactions(visitor: Visitor = None, caller: Caller = Depends(_writes)) -> Response:
        """Forget everything that the caller, or a visitor, did with listings."""
        keep.forget(actor_of(caller, visitor))
        return Response(status_code=204)

    @router.delete("/own/{listing_id}", status_code=204)
    @documented(Answer("There is no opinion about it.", {}, 204), problems=[422])
    def take_opinion_back(
        listing_id: UUID, visitor: Visitor = None, caller: Caller = Depends(_writes)
    ) -> Response:
        """Neither like nor dislike a listing any more."""
        keep.take_back(actor_of(caller, visitor), listing_id)
        return Response(status_code=204)

    return router


def _interaction(given: InteractionBody, place: int) -> Interaction:
    kind, slate = InteractionKind(given.kind), given.slate
    pointer = f"/interactions/{place}/slate"
    if kind is InteractionKind.IMPRESSION and slate is None:
        raise ContractError([FieldError("market.no_slate", "Say where it was shown.", pointer=pointer)])
    if slate is not None and not is_plain(slate.policy, longest=LONGEST_POLICY):
        detail = "It must be the policy of the answer with the slate."
        raise ContractError([FieldError("market.bad_policy", detail, pointer=f"{pointer}/policy")])
    if slate is None:
        return Interaction(given.id, given.listing_id, kind)
    shown = SlatePlace(slate.slate_id, slate.position, slate.policy, slate.propensity)
    return Interaction(given.id, given.listing_id, kind, shown)


def _as_dict(opinion: Opinion) -> dict[str, object]:
    return {"listing_id": str(opinion.listing_id), "kind": opinion.kind, "at": iso_utc(opinion.at)}
