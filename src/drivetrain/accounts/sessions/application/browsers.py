"""Browsers in which somebody has signed in before, and telling a person of one that is new."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from drivetrain.accounts.people.domain.limits import Device, account_subject, known_device, new_device
from drivetrain.accounts.people.domain.person import Person
from drivetrain.accounts.sessions.application.open_session import Origin, SignedIn
from drivetrain.accounts.sessions.application.ports import SessionWork
from drivetrain.accounts.sessions.domain.session import shown_agent
from drivetrain.core.time import iso_utc

_LONGEST_ADDRESS = 45
"""Of IPv6 with an embedded IPv4 address."""


@dataclass(frozen=True, slots=True)
class Browsers:
    """Knows browsers by their cookie.

    Attributes:
        account_key: under which addresses are hashed, for counting and for the audit trail.
        device_key: with which the cookies are made.
    """

    account_key: bytes
    device_key: bytes

    def account(self, email_key: str) -> str:
        """How an account is counted."""
        return account_subject(email_key, self.account_key)

    def known(self, email_key: str, origin: Origin) -> Device | None:
        """The browser of a request, if somebody has signed in to this account in it."""
        return known_device(origin.device, self.account(email_key), self.device_key)

    def tell_of_new(self, work: SessionWork, person: Person, origin: Origin, instant: datetime) -> None:
        """Write to a person who signs in with a browser that is not known; before the audit trail is written."""
        if self.known(person.email.key, origin) is None:
            arguments = {
                "at": iso_utc(instant),
                "device": shown_agent(origin.agent),
                "address": origin.address[:_LONGEST_ADDRESS],
            }
            work.write("new_sign_in", person.person_id, arguments)

    def remembered(self, signed_in: SignedIn) -> SignedIn:
        """The session with the cookie by which its browser is known the next time."""
        account = self.account(signed_in.person.email.key)
        return replace(signed_in, device=new_device(account, self.device_key).text)
