"""Bodies and answers of signing in at an identity provider."""

from __future__ import annotations

from pydantic import Field
from typing_extensions import TypedDict

from drivetrain.accounts.people.adapters.schemas import Code
from drivetrain.accounts.sessions.domain.provider import Identity
from drivetrain.adapters.http.bodies import StrictBody
from drivetrain.core.time import iso_utc

_LONGEST_STATE = 100
_LONGEST_ANSWER = 2048


class ProviderAnswerBody(StrictBody):
    """What the provider sent the browser back with, as it stands in the address."""

    state: str = Field(max_length=_LONGEST_STATE, description="`state` of the address.")
    authorization_code: str = Field("", max_length=_LONGEST_ANSWER, description="`code` of the address.")
    issuer: str = Field("", max_length=_LONGEST_ANSWER, description="`iss` of the address, where it has one.")
    error: str = Field(
        "", max_length=_LONGEST_ANSWER, description="`error` of the address, where it has one."
    )


class ProviderSignInBody(ProviderAnswerBody):
    """What ``POST /sessions/providers/completions`` takes."""

    code: str = Code


class ProviderAnswer(TypedDict):
    """An identity provider that people may sign in at."""

    label: str


class ProvidersAnswer(TypedDict):
    """The providers; none, or one."""

    items: list[ProviderAnswer]
    next: None


class AttemptAnswer(TypedDict):
    """A sign-in that has begun; its cookie comes with this answer."""

    url: str


class IdentityAnswer(TypedDict):
    """An account at a provider that is linked to one's own."""

    identity_id: str
    issuer: str
    subject: str
    linked_at: str
    last_used_at: str


class IdentitiesAnswer(TypedDict):
    """The accounts at providers that are linked to one's own."""

    items: list[IdentityAnswer]
    next: None


def identity_as_dict(identity: Identity) -> IdentityAnswer:
    """A link as it stands in an answer."""
    return {
        "identity_id": str(identity.identity_id),
        "issuer": identity.issuer,
        "subject": identity.subject,
        "linked_at": iso_utc(identity.linked_at),
        "last_used_at": iso_utc(identity.last_used_at),
    }
