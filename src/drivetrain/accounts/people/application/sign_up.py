"""Signing up: the answer is the same whether or not the address has an account."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.people.application.accounts import check_profile, person_object, send_link
from drivetrain.accounts.people.application.ports import AddressReader, OpenWork, Work
from drivetrain.accounts.people.domain.limits import SIGN_UP_BY_ACCOUNT, SIGN_UP_BY_ADDRESS, account_subject
from drivetrain.accounts.people.domain.person import Person
from drivetrain.accounts.people.domain.tokens import Purpose
from drivetrain.core.access import subject_of
from drivetrain.core.audit import AuditEntry
from drivetrain.core.errors import NotAllowedError
from drivetrain.core.ids import new_id
from drivetrain.core.limits import RateLimiter, require_room
from drivetrain.core.time import Clock

BY_SIGN_UP = "sign-up"


@dataclass(frozen=True, slots=True)
class SignUpRequest:
    """What somebody says about themselves. A password is chosen by the link, so that nobody can choose one for another."""

    email: str
    name: str
    language: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class SignUp:
    """Makes an account that is not verified yet, and sends its link.

    Attributes:
        is_open: whether anybody may.
        account_key: under which addresses are hashed for counting.
    """

    works: OpenWork
    addresses: AddressReader
    limiter: RateLimiter
    clock: Clock
    is_open: bool
    account_key: bytes

    def __call__(self, request: SignUpRequest, *, client_host: str) -> None:
        """Do what the address needs, and tell nobody what that was.

        Raises:
            NotAllowedError: ``people.sign_up_closed``.
            ContractError: the address, the name, the language or the time zone cannot be used.
            TooManyRequestsError: too many from this network address.
        """
        if not self.is_open:
            raise NotAllowedError(
                "Sign-up is closed here; ask an administrator for an account.", code="people.sign_up_closed"
            )
        require_room(self.limiter, [(SIGN_UP_BY_ADDRESS, client_host)])
        check_profile(request.name, request.language, request.time_zone)
        person = self._person(request)
        is_flood = self.limiter.hit(SIGN_UP_BY_ACCOUNT, account_subject(person.email.key, self.account_key))
        if is_flood is None:
            with self.works() as work:
                self._add_or_remind(work, person)

    def _person(self, request: SignUpRequest) -> Person:
        return Person(
            person_id=UUID(new_id()),
            email=self.addresses(request.email),
            name=request.name.strip(),
            language=request.language,
            time_zone=request.time_zone,
            created_at=self.clock.now(),
            created_by=BY_SIGN_UP,
        )

    def _add_or_remind(self, work: Work, person: Person) -> None:
        if work.people.add(person):
            send_link(work, Purpose.VERIFY, person.person_id, person.created_at)
            self_made = subject_of(person.person_id)
            work.record(AuditEntry(self_made, "people.sign_up", person_object(person.person_id)))
            return
        existing = work.people.by_email(person.email.key)
        if existing is None or existing.deactivated_at is not None:
            return
        if existing.verified_at is None:
            send_link(work, Purpose.VERIFY, existing.person_id, person.created_at)
        else:
            work.write("account_exists", existing.person_id, {})
