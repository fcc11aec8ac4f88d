"""A session whose rights change gets a new id and a new secret, and lasts no longer than before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tests.support.fakes import FixedClock
from tests.support.limits import MemoryRateLimiter
from tests.support.people import MemoryWork, plain_address

from drivetrain.accounts.people.application.second_factor import SecondFactor
from drivetrain.accounts.people.domain.codes import STEP_S, code_at
from drivetrain.accounts.people.domain.person import Person
from drivetrain.accounts.sessions.application.renew_session import ChooseCompany, ConfirmFactor, RenewSession
from drivetrain.accounts.sessions.domain.session import Session, Workplace, secret_digest
from drivetrain.core.errors import ContractError, NotFoundError, TooManyRequestsError, UnauthenticatedError

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ADA, FIRM, BRANCH = UUID(int=1), UUID(int=2), UUID(int=3)
KEY = b"k" * 32
FORMER = Session(
    UUID(int=9), ADA, NOW, NOW, NOW + timedelta(hours=3), "password", False, "192.0.2.1", "tests"
)
CLOCK = FixedClock(NOW)


@pytest.fixture
def work() -> MemoryWork:
    work = MemoryWork()
    work.people.add(
        Person(ADA, plain_address("ada@example.org"), "Ada", "en", "UTC", NOW, "tests", verified_at=NOW)
    )
    work.sessions.add(FORMER, b"digest")
    work.places[ADA] = [Workplace(FIRM, "Firm", "dealer", BRANCH)]
    return work


def choose(work: MemoryWork) -> ChooseCompany:
    return ChooseCompany(work, RenewSession(KEY), CLOCK)


def confirm(work: MemoryWork) -> ConfirmFactor:
    factor = SecondFactor(work, MemoryRateLimiter(), CLOCK, b"r" * 32)
    return ConfirmFactor(work, factor, RenewSession(KEY), CLOCK)


def test_the_chosen_company_is_that_of_the_new_session(work: MemoryWork) -> None:
    signed_in = choose(work)(ADA, str(FORMER.session_id), FIRM)
    ((session, digest),) = work.open_sessions.values()
    assert session == signed_in.session
    assert session.session_id != FORMER.session_id
    assert digest == secret_digest(signed_in.secret, KEY)
    assert replace(session, session_id=FORMER.session_id) == replace(FORMER, company=FIRM, branch=BRANCH)
    assert work.actions == ["sessions.renew"]
    none = choose(work)(ADA, str(session.session_id), None)
    assert (none.session.company, none.session.branch) == (None, None)


def test_a_company_where_nobody_works_changes_nothing(work: MemoryWork) -> None:
    with pytest.raises(NotFoundError):
        choose(work)(ADA, str(FORMER.session_id), UUID(int=8))
    assert list(work.open_sessions) == [FORMER.session_id]


@pytest.mark.parametrize("session", [str(UUID(int=8)), "key-id"])
def test_a_session_that_has_ended_cannot_be_renewed(work: MemoryWork, session: str) -> None:
    with pytest.raises(UnauthenticatedError):
        choose(work)(ADA, session, FIRM)


def test_confirming_a_factor_gives_it_to_the_session(work: MemoryWork) -> None:
    secret = b"s" * 20
    work.factors.enroll(ADA, secret, NOW)
    code = code_at(secret, int(NOW.timestamp()) // STEP_S)
    recovery, signed_in = confirm(work)(ADA, str(FORMER.session_id), code)
    assert len(set(recovery)) == 10
    assert not {code.encode() for code in recovery} & work.recovery[ADA]  # hashes only
    assert signed_in.session == replace(
        FORMER, session_id=signed_in.session.session_id, has_second_factor=True
    )
    assert work.actions == ["sessions.renew", "people.confirm_factor"]
    with pytest.raises(NotFoundError):  # nothing waits any more
        confirm(work)(ADA, str(signed_in.session.session_id), code)


def test_a_wrong_code_changes_nothing_and_cannot_be_tried_for_long(work: MemoryWork) -> None:
    work.factors.enroll(ADA, b"s" * 20, NOW)
    confirming = confirm(work)
    for _ in range(10):
        with pytest.raises(ContractError):
            confirming(ADA, str(FORMER.session_id), "wrong")
    with pytest.raises(TooManyRequestsError):
        confirming(ADA, str(FORMER.session_id), "wrong")
    assert list(work.open_sessions) == [FORMER.session_id]
    factor = work.factors.of_person(ADA)
    assert factor is not None
    assert factor.confirmed_at is None
