"""Invitations: offering a post to somebody, taking the offer back, and accepting it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.companies.application.keep_companies import branch_of, record, within
from drivetrain.accounts.companies.application.ports import CompanyWork, OpenCompanyWork
from drivetrain.accounts.companies.domain.company import (
    Company,
    Invitation,
    Post,
    Reach,
    check_post,
)
from drivetrain.accounts.people.application.accounts import check_profile, existing
from drivetrain.accounts.people.application.ports import AddressReader, PasswordHasher
from drivetrain.accounts.people.domain.passwords import check_password
from drivetrain.accounts.people.domain.person import Address, Person
from drivetrain.accounts.people.domain.tokens import LIFE, Purpose, link_invalid, token_id_of
from drivetrain.core.access import Caller, ScopeSet, subject_of
from drivetrain.core.errors import ConflictError, ContractError, FieldError, NotFoundError
from drivetrain.core.ids import new_id
from drivetrain.core.time import Clock

INVITATION_LIFE = LIFE[Purpose.INVITATION]


@dataclass(frozen=True, slots=True)
class Guest:
    """Who is invited, as far as the inviter knows them; an account that exists keeps what it has."""

    email: str
    name: str
    language: str = "en"
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class KeepInvitations:
    """Makes, lists and withdraws invitations.

    The answer is the same whether or not the address has an account.
    """

    works: OpenCompanyWork
    addresses: AddressReader
    scopes: ScopeSet
    clock: Clock

    def create(self, company: UUID, guest: Guest, post: Post, reach: Reach, *, caller: Caller) -> Invitation:
        """Offer a post; a message with the link is on its way when this returns.

        An earlier invitation of the same address is replaced.

        Raises:
            ContractError: the address, the name, the language or the time zone cannot be used.
            InvalidInputError: ``companies.unknown_role``, ``companies.role_of_company``.
            NotAllowedError: ``companies.beyond_own_scopes``.
            NotFoundError: ``companies.not_found``, ``companies.branch_not_found``.
            ConflictError: ``companies.member_already``.
        """
        check_profile(guest.name, guest.language, guest.time_zone)
        address = self.addresses(guest.email)
        check_post(post, self.scopes.of_roles([post.role]), caller.scopes)
        with self.works() as work:
            row = within(work, company, reach, lock=True)
            if post.branch is not None:
                branch_of(work, company, post.branch)
            person = self._person(work, address, guest, caller)
            if any(member.person == person for member in work.companies.members(company)):
                raise ConflictError("This person works here already.", code="companies.member_already")
            invitation = self._offered(row, person, address, post, caller)
            work.companies.add_invitation(invitation, Purpose.INVITATION)
            work.write("invitation", person, {"token_id": str(invitation.invitation_id), "company": row.name})
            action = "invitations.create"
            record(work, caller.subject, action, company, person=person, role=post.role, branch=post.branch)
        return invitation

    def all(self, company: UUID, reach: Reach) -> Sequence[Invitation]:
        """The open invitations of a company, newest first.

        Raises:
            NotFoundError: ``companies.not_found``.
        """
        with self.works() as work:
            within(work, company, reach)
            return work.companies.invitations(company)

    def withdraw(self, company: UUID, invitation: UUID, reach: Reach, *, actor: str) -> None:
        """Take an offer back; its link is not good any more.

        Raises:
            NotFoundError: ``companies.not_found``, ``companies.invitation_not_found``.
        """
        with self.works() as work:
            within(work, company, reach)
            if not work.companies.remove_invitation(company, invitation):
                raise NotFoundError(
                    "The company has no open invitation of this id.", code="companies.invitation_not_found"
                )
            record(work, actor, "invitations.withdraw", company, invitation=invitation)

    def _person(self, work: CompanyWork, address: Address, guest: Guest, caller: Caller) -> UUID:
        """The account of an address; made where there is none, and of no use before the link is."""
        now = self.clock.now()
        newcomer = Person(
            person_id=UUID(new_id()),
            email=address,
            name=guest.name.strip(),
            language=guest.language,
            time_zone=guest.time_zone,
            created_at=now,
            created_by=caller.subject,
        )
        if work.people.add(newcomer):
            return newcomer.person_id
        person = work.people.by_email(address.key)
        if person is None:
            raise ConflictError("The account was erased meanwhile; invite again.", code="companies.changed")
        return person.person_id

    def _offered(
        self, company: Company, person: UUID, address: Address, post: Post, caller: Caller
    ) -> Invitation:
        now = self.clock.now()
        return Invitation(
            UUID(new_id()),
            company.company_id,
            person,
            address.text,
            post,
            caller.subject,
            now,
            now + INVITATION_LIFE,
        )


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    """Takes an offered post by the link of the message, which shows that the address is the guest's.

    Attributes:
        token_key: under which links are derived.
    """

    works: OpenCompanyWork
    hasher: PasswordHasher
    clock: Clock
    token_key: bytes

    async def __call__(self, link: str, password: str | None = None) -> Company:
        """Take the post. A newcomer chooses a password, and can sign in from then on.

        Whoever signs in with an account at an identity provider is no newcomer, and needs none.

        A password that is refused leaves the link as it was.

        Raises:
            InvalidInputError: ``people.link_invalid``.
            ContractError: ``people.weak_password``; ``companies.password_needed``, where the account has none yet.
            TooManyRequestsError: too many passwords wait to be hashed.
        """
        guest, is_newcomer = await asyncio.to_thread(self._guest, link)
        password_hash = None
        if is_newcomer:
            normal = check_password(_needed(password), (guest.name, guest.email.text))
            password_hash = await self.hasher.hash(normal)
        return await asyncio.to_thread(self._take, link, password_hash)

    def _guest(self, link: str) -> tuple[Person, bool]:
        """Whose link it is, and whether they cannot sign in yet; no password is hashed for one that is not good."""
        with self.works() as work:
            guest = existing(work.people, self._good(work, link).person)
            return guest, _is_newcomer(work, guest)

    def _take(self, link: str, password_hash: str | None) -> Company:
        now = self.clock.now()
        with self.works() as work:
            invitation = self._good(work, link)
            company = within(work, invitation.company, Reach(True, None), lock=True)
            person = invitation.person
            if _is_newcomer(work, existing(work.people, person)):
                if password_hash is None:
                    raise link_invalid()  # somebody else was quicker, and the account changed meanwhile
                work.people.set_password(person, password_hash, now)
            work.companies.set_post(company.company_id, person, invitation.post, by=invitation.invited_by)
            work.companies.remove_invitation(company.company_id, invitation.invitation_id)
            post = invitation.post
            record(
                work,
                subject_of(person),
                "invitations.accept",
                company.company_id,
                role=post.role,
                branch=post.branch,
                invited_by=invitation.invited_by,
            )
        return company

    def _good(self, work: CompanyWork, link: str) -> Invitation:
        """The invitation of a link, locked with it.

        Raises:
            InvalidInputError: ``people.link_invalid``.
        """
        token_id, now = token_id_of(link), self.clock.now()
        token = work.tokens.by_id(token_id)
        invitation = work.companies.invitation(token_id)
        is_good = (
            token is not None
            and invitation is not None
            and token.is_good(link, self.token_key, Purpose.INVITATION, now)
        )
        if invitation is None or not is_good:
            raise link_invalid()
        if existing(work.people, invitation.person).deactivated_at is not None:
            raise link_invalid()
        return invitation


def _is_newcomer(work: CompanyWork, guest: Person) -> bool:
    return guest.password_hash is None and not work.is_linked(guest.person_id)


def _needed(password: str | None) -> str:
    if password is None:
        detail = "Choose a password: this address has no account with one yet."
        raise ContractError(
            [FieldError("companies.password_needed", detail, pointer="/password")], subject="The request"
        )
    return password
