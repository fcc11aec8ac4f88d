"""A link by mail goes to whoever may sign in, three times an hour; who asks learns nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from tests.support.fakes import FixedClock
from tests.support.limits import MemoryRateLimiter
from tests.support.people import MemoryWork, plain_address

from drivetrain.accounts.people.application.request_link import RESET, SIGN_IN_LINK, LinkKind, RequestLink
from drivetrain.accounts.people.domain.person import Person
from drivetrain.core.errors import TooManyRequestsError

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ADA = UUID(int=1)


def person(**changes: object) -> Person:
    plain = {"name": "Ada", "language": "en", "time_zone": "UTC", "created_at": NOW, "created_by": "tests"}
    return Person(ADA, plain_address("Ada@example.org"), **{**plain, "verified_at": NOW, **changes})  # type: ignore[arg-type]


@pytest.fixture
def work() -> MemoryWork:
    return MemoryWork()


def request(work: MemoryWork, kind: LinkKind) -> RequestLink:
    return RequestLink(work, plain_address, MemoryRateLimiter(), FixedClock(NOW), b"k", kind)


@pytest.mark.parametrize(("kind", "message"), [(RESET, "reset_password"), (SIGN_IN_LINK, "sign_in_link")])
def test_the_message_names_the_stored_link(work: MemoryWork, kind: LinkKind, message: str) -> None:
    work.people.add(person())
    request(work, kind)(" ada@EXAMPLE.org", client_host="192.0.2.1")
    ((token_id, token),) = work.one_time.items()
    assert work.messages == [(message, ADA, {"token_id": str(token_id)})]
    assert (token.purpose, token.expires_at > NOW) == (message, True)


@pytest.mark.parametrize("changes", [{"verified_at": None}, {"deactivated_at": NOW}, None])
def test_nobody_else_gets_one_and_nobody_is_told(work: MemoryWork, changes: dict[str, object] | None) -> None:
    if changes is not None:
        work.people.add(person(**changes))
    request(work, SIGN_IN_LINK)("ada@example.org", client_host="192.0.2.1")
    assert work.messages == []
    assert work.one_time == {}


def test_a_mailbox_is_not_flooded(work: MemoryWork) -> None:
    work.people.add(person())
    asking = request(work, SIGN_IN_LINK)
    for number in range(10):
        asking("ada@example.org", client_host=f"192.0.2.{number}")
    assert len(work.messages) == 3
    assert len(work.one_time) == 1  # the last one that was sent goes on being good


def test_one_network_address_cannot_ask_for_ever(work: MemoryWork) -> None:
    asking = request(work, RESET)
    for number in range(20):
        asking(f"p{number}@example.org", client_host="192.0.2.1")
    with pytest.raises(TooManyRequestsError):
        asking("p20@example.org", client_host="192.0.2.1")
