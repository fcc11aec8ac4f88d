"""Asking for a new password: the answer is the same whether or not the address has an account."""

from __future__ import annotations

from dataclasses import dataclass

from drivetrain.accounts.people.application.accounts import send_link
from drivetrain.accounts.people.application.ports import AddressReader, OpenWork
from drivetrain.accounts.people.domain.limits import RESET_BY_ACCOUNT, RESET_BY_ADDRESS, account_subject
from drivetrain.accounts.people.domain.tokens import Purpose
from drivetrain.core.limits import RateLimiter, require_room
from drivetrain.core.time import Clock


@dataclass(frozen=True, slots=True)
class RequestReset:
    """Sends a link to whoever has an account under an address.

    Attributes:
        account_key: under which addresses are hashed for counting.
    """

    works: OpenWork
    addresses: AddressReader
    limiter: RateLimiter
    clock: Clock
    account_key: bytes

    def __call__(self, email: str, *, client_host: str) -> None:
        """Send it, and tell nobody whether that happened.

        Raises:
            ContractError: it is no address.
            TooManyRequestsError: too many from this network address.
        """
        require_room(self.limiter, [(RESET_BY_ADDRESS, client_host)])
        address = self.addresses(email)
        if self.limiter.hit(RESET_BY_ACCOUNT, account_subject(address.key, self.account_key)) is not None:
            return
        with self.works() as work:
            person = work.people.by_email(address.key)
            if person is not None and person.may_sign_in:
                send_link(work, Purpose.RESET, person.person_id, self.clock.now())
