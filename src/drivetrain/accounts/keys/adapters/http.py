"""Routes over API keys: make, list, revoke. A key is shown once, when it is made.

Whoever administers sees and revokes all keys; a person without that right their own.
"""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import StrictBody, json_answer, read_model
from drivetrain.adapters.http.openapi import answer, body, documented
from drivetrain.core.access import Caller, KeyRecord, PlatformScope
from drivetrain.core.errors import NotAllowedError
from drivetrain.core.key_issuing import KeyIssuer, NewKey
from drivetrain.core.time import iso_utc

_administers_or_own = Needs(PlatformScope.USERS_ADMIN, or_person=True)


class KeyRequest(StrictBody):
    """What ``POST /keys`` takes."""

    name: str = Field(min_length=1, max_length=64, description="Who or what uses it.")
    grants: list[str] = Field(min_length=1, max_length=20, description="Roles and scopes.")
    days: int | None = Field(None, ge=1, le=3650, description="Days until it expires; never if omitted.")
    of_installation: bool = Field(
        False,
        description="Make a key that belongs to nobody and outlives its maker's account; its name is recorded in the "
        "ledger as the caller. Needs `users:admin`. Keys made with such a key always are.",
    )


class KeyAnswer(TypedDict):
    """A key without its secret.

    Null are ``expires_at`` of a key without an end, ``person`` and ``company`` of a key of the installation, and
    ``last_used_at`` of one that was never used.
    """

    key_id: str
    name: str
    scopes: list[str]
    created_at: str
    created_by: str
    expires_at: str | None
    revoked_at: str | None
    person: str | None
    company: str | None
    last_used_at: str | None


class NewKeyAnswer(KeyAnswer):
    """A key just made, with the text to present."""

    api_key: str


class KeyList(TypedDict):
    """The keys, newest first, revoked ones included."""

    items: list[KeyAnswer]
    next: None


def key_routes(issuer: KeyIssuer) -> APIRouter:
    """Routes under ``/keys``; each worker follows a change within a second."""
    router = APIRouter(prefix="/keys", tags=["access"])

    @router.post("", status_code=201)
    @documented(
        answer(NewKeyAnswer, "The key: it is shown once.", status=201),
        body=body(KeyRequest, example={"name": "shop app", "grants": ["client"], "days": 90}),
        problems=[409],
    )
    async def create_key(request: Request, caller: Caller = Depends(_administers_or_own)) -> Response:
        """Create a key, of the person who asks or of the installation. It is shown in this answer only."""
        body = await read_model(request, KeyRequest)
        if more := issuer.scopes.granted(body.grants) - caller.scopes:
            raise NotAllowedError(
                f"A key cannot have scopes that its creator lacks; {caller.subject!r} lacks {', '.join(sorted(more))}.",
                code="keys.beyond_own_scopes",
            )
        if body.of_installation and not _administers(caller):
            raise NotAllowedError(
                f"A key of the installation needs the scope {PlatformScope.USERS_ADMIN}.",
                code="keys.beyond_own_scopes",
            )
        owner = None if body.of_installation or caller.person is None else caller

        def make() -> NewKey:
            return issuer.create(
                name=body.name, grants=body.grants, days=body.days, actor=caller.subject, owner=owner
            )

        key = await run_in_threadpool(make)
        return json_answer({"api_key": key.text, **key_as_dict(key.record)}, status=201)

    @router.get("")
    @documented(answer(KeyList, "The keys, newest first."))
    def list_keys(caller: Caller = Depends(_administers_or_own)) -> Response:
        """List one's own keys, or all for those who administer, newest first, revoked ones included."""
        records = issuer.keys.all(person=_visible(caller))
        return json_answer({"items": [key_as_dict(record) for record in records], "next": None})

    @router.delete("/{key_id}")
    @documented(answer(KeyAnswer, "The key, with the time from which on it is refused."), problems=[404])
    def revoke_key(key_id: str, caller: Caller = Depends(_administers_or_own)) -> Response:
        """Revoke a key; revoking twice changes nothing."""
        record = issuer.keys.revoke(key_id, issuer.clock.now(), actor=caller.subject, person=_visible(caller))
        return json_answer(key_as_dict(record))

    return router


def _administers(caller: Caller) -> bool:
    return PlatformScope.USERS_ADMIN in caller.scopes


def _visible(caller: Caller) -> UUID | None:
    """Whose keys the caller sees; None for all."""
    return None if _administers(caller) else caller.person


def key_as_dict(record: KeyRecord) -> KeyAnswer:
    """A key as it stands in an answer: never its hash."""
    return {
        "key_id": record.key_id,
        "name": record.name,
        "scopes": sorted(record.scopes),
        "created_at": iso_utc(record.created_at),
        "created_by": record.created_by,
        "expires_at": None if record.expires_at is None else iso_utc(record.expires_at),
        "revoked_at": None if record.revoked_at is None else iso_utc(record.revoked_at),
        "person": None if record.person is None else str(record.person),
        "company": None if record.company is None else str(record.company),
        "last_used_at": None if record.last_used_at is None else iso_utc(record.last_used_at),
    }
