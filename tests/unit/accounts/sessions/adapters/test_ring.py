"""A session seen lately costs no look-up; one that was ended is forgotten with the next change."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tests.support.fakes import FixedClock
from tests.support.threads import shared_threads_hang

from drivetrain.accounts.sessions.adapters.ring import SessionRing
from drivetrain.accounts.sessions.adapters.stores import KnownSession
from drivetrain.accounts.sessions.domain.session import Session, SessionTerms, secret_digest
from drivetrain.core.errors import UnauthenticatedError, UnavailableError
from drivetrain.products import SCOPES

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
TERMS = SessionTerms(idle=timedelta(minutes=30), absolute=timedelta(hours=12))
KEY = b"k" * 32
PERSON = UUID(int=2)


class MemoryLookup:
    """Sessions by digest, and how often they were asked for."""

    def __init__(self) -> None:
        self.rows: dict[bytes, KnownSession] = {}
        self.looks = 0
        self.touched: list[datetime] = []
        self.is_away = False

    def add(self, secret: str, *, roles: Sequence[str] = ("buyer",), seen_at: datetime = NOW) -> None:
        session = Session(
            UUID(int=len(self.rows) + 1),
            PERSON,
            NOW,
            seen_at,
            NOW + TERMS.absolute,
            "password",
            False,
            "",
            "",
        )
        self.rows[secret_digest(secret, KEY)] = KnownSession(session, roles)

    def known(self, digests: Sequence[bytes]) -> Mapping[bytes, KnownSession]:
        self.looks += 1
        if self.is_away:
            raise UnavailableError("The database cannot be reached.")
        return {digest: self.rows[digest] for digest in digests if digest in self.rows}

    def touch(self, session: UUID, instant: datetime) -> None:
        self.touched.append(instant)


class Desk:
    """A ring with its look-up and its clock."""

    def __init__(self) -> None:
        self.clock, self.lookup = FixedClock(NOW), MemoryLookup()
        self.ring = SessionRing(self.lookup, SCOPES, TERMS, self.clock, cookie="c", key=KEY)

    async def is_in(self, secret: str = "one") -> bool:
        try:
            await self.ring.caller(secret)
        except UnauthenticatedError as refused:
            assert refused.code == "auth.session_ended"
            return False
        return True

    def later(self, **time: int) -> None:
        self.clock.advance(**time)


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.lookup.add("one")
    return desk


async def test_the_caller_is_the_person_with_the_scopes_of_their_roles(desk: Desk) -> None:
    caller = await desk.ring.caller("one")
    assert caller.subject == f"person:{PERSON}"
    assert (caller.person, caller.company, caller.branch) == (PERSON, None, None)
    assert caller.scopes == SCOPES.of_roles(["buyer"])
    assert caller.expires_at == NOW + TERMS.absolute


async def test_a_session_that_was_seen_lately_is_not_looked_up(desk: Desk) -> None:
    for _ in range(10):
        assert await desk.is_in()
    assert desk.lookup.looks == 1
    desk.later(seconds=61)
    assert await desk.is_in()
    assert desk.lookup.looks == 2


async def test_an_unknown_cookie_is_nobody(desk: Desk) -> None:
    for secret in ("", "two", "one ", "\udcff"):
        assert not await desk.is_in(secret)


async def test_an_ended_session_is_forgotten_with_the_next_change(desk: Desk) -> None:
    desk.lookup.add("two")
    assert await desk.is_in("one")
    assert await desk.is_in("two")
    del desk.lookup.rows[secret_digest("one", KEY)]
    desk.ring.reload()
    assert not await desk.is_in("one")
    assert await desk.is_in("two")


async def test_an_ended_session_that_is_being_looked_up_meanwhile_is_not_remembered(desk: Desk) -> None:
    """What a thread read before the change must not come back after it."""
    known = desk.lookup.known

    def read_and_then_end(digests: Sequence[bytes]) -> Mapping[bytes, KnownSession]:
        read = known(digests)
        desk.lookup.rows.clear()
        desk.lookup.known = known  # type: ignore[method-assign]
        desk.ring.reload()
        return read

    desk.lookup.known = read_and_then_end  # type: ignore[method-assign]
    await desk.is_in()
    assert not await desk.is_in()


async def test_idle_and_absolute_limits_hold(desk: Desk) -> None:
    assert await desk.is_in()
    desk.later(minutes=31)
    assert not await desk.is_in()
    desk.lookup.add("busy", seen_at=NOW + TERMS.absolute - timedelta(seconds=20))
    desk.clock.at = NOW + TERMS.absolute - timedelta(seconds=10)
    assert await desk.is_in("busy")
    desk.later(seconds=10)
    assert not await desk.is_in("busy")


async def test_being_seen_is_noted_once_a_minute(desk: Desk) -> None:
    assert await desk.is_in()
    desk.later(seconds=90)
    assert await desk.is_in()
    assert await desk.is_in()
    await asyncio.gather(*desk.ring._touching)
    assert desk.lookup.touched == [NOW + timedelta(seconds=90)]


async def test_what_a_page_keeps_open_does_not_keep_a_session_alive(desk: Desk) -> None:
    for _ in range(29):
        desk.later(minutes=1)
        assert (await desk.ring.peek("one")).person == PERSON
    desk.later(seconds=90)
    with pytest.raises(UnauthenticatedError):
        await desk.ring.peek("one")
    assert desk.lookup.touched == []


async def test_a_session_that_was_only_peeked_at_lately_has_its_idle_limit(desk: Desk) -> None:
    desk.later(minutes=29, seconds=50)
    await desk.ring.peek("one")
    desk.later(seconds=10)
    assert not await desk.is_in()


async def test_requests_beside_an_open_stream_keep_a_session_alive(desk: Desk) -> None:
    """The stream's looks must not hide from them that it is time to note the use."""
    for _ in range(3):
        desk.later(seconds=61)
        await desk.ring.peek("one")
        assert await desk.is_in()
    await asyncio.gather(*desk.ring._touching)
    assert desk.lookup.touched == [NOW + timedelta(seconds=61 * count) for count in (1, 2, 3)]


async def test_a_use_of_a_session_that_was_ended_meanwhile_does_not_bring_it_back(desk: Desk) -> None:
    assert await desk.is_in()
    desk.later(seconds=59)
    await desk.is_in()
    del desk.lookup.rows[secret_digest("one", KEY)]
    desk.ring.reload()
    desk.later(seconds=1)
    assert not await desk.is_in()


async def test_a_session_is_looked_up_while_all_shared_threads_hang(desk: Desk) -> None:
    with shared_threads_hang():
        assert await asyncio.wait_for(desk.is_in(), 60)


async def test_without_the_database_known_sessions_go_on_and_others_wait(desk: Desk) -> None:
    assert await desk.is_in()
    desk.lookup.is_away = True
    with pytest.raises(UnavailableError):
        desk.ring.reload()
    assert await desk.is_in()
    with pytest.raises(UnavailableError):
        await desk.ring.caller("two")
