"""Asking for a link by mail: the answer is the same whether or not the address has an account."""

from __future__ import annotations

from dataclasses import dataclass

from drivetrain.accounts.people.application.accounts import send_link
from drivetrain.accounts.people.application.ports import AddressReader, OpenWork
from drivetrain.accounts.people.domain.limits import (
    RESET_BY_ACCOUNT,
    RESET_BY_ADDRESS,
    SIGN_IN_LINK_BY_ACCOUNT,
    SIGN_IN_LINK_BY_ADDRESS,
    account_subject,
)
from drivetrain.accounts.people.domain.tokens import Purpose
from drivetrain.core.limits import RateLimiter, RateRule, require_room
from drivetrain.core.time import Clock


@dataclass(frozen=True, slots=True)
class LinkKind:
    """A link that anybody may ask for.

    Attributes:
        by_address: how many may be asked for from one network address.
        by_account: how many are sent to one account.
    """

    purpose: Purpose
    by_address: RateRule
    by_account: RateRule


RESET = LinkKind(Purpose.RESET, RESET_BY_ADDRESS, RESET_BY_ACCOUNT)
SIGN_IN_LINK = LinkKind(Purpose.MAILED_SIGN_IN, SIGN_IN_LINK_BY_ADDRESS, SIGN_IN_LINK_BY_ACCOUNT)


@dataclass(frozen=True, slots=True)
class RequestLink:
    """Sends a link to whoever has an account under an address.

    Attributes:
        account_key: under which addresses are hashed for counting.
    """

    works: OpenWork
    addresses: AddressReader
    limiter: RateLimiter
    clock: Clock
    account_key: bytes
    kind: LinkKind

    def __call__(self, email: str, *, client_host: str) -> None:
        """Send it, and tell nobody whether that happened.

        Raises:
            ContractError: it is no address.
            TooManyRequestsError: too many from this network address.
        """
        require_room(self.limiter, [(self.kind.by_address, client_host)])
        address = self.addresses(email)
        account = account_subject(address.key, self.account_key)
        if self.limiter.hit(self.kind.by_account, account) is not None:
            return
        with self.works() as work:
            person = work.people.by_email(address.key)
            if person is not None and person.may_sign_in:
                send_link(work, self.kind.purpose, person.person_id, self.clock.now())
