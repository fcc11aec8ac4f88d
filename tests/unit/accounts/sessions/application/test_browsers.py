"""A person is told of a sign-in with a browser that is not known, and of no other."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from tests.support.people import MemoryWork, plain_address

from drivetrain.accounts.people.domain.person import Person
from drivetrain.accounts.sessions.application.browsers import Browsers
from drivetrain.accounts.sessions.application.open_session import Origin, SignedIn
from drivetrain.accounts.sessions.domain.session import Session

NOW = datetime(2026, 11, 1, tzinfo=UTC)
BROWSERS = Browsers(b"a" * 32, b"d" * 32)


def person(number: int) -> Person:
    return Person(UUID(int=number), plain_address(f"p{number}@example.org"), "P", "en", "UTC", NOW, "tests")


def cookie_of(who: Person) -> str:
    session = Session(UUID(int=9), who.person_id, NOW, NOW, NOW, "password", False, "", "")
    return BROWSERS.remembered(SignedIn(who, session, "secret")).device


def test_a_known_browser_is_known_for_its_own_account_only() -> None:
    ada, bob, work = person(1), person(2), MemoryWork()
    origin = Origin("192.0.2.1", "Netscape", cookie_of(ada))
    BROWSERS.tell_of_new(work, ada, origin, NOW)
    assert work.messages == []
    BROWSERS.tell_of_new(work, bob, origin, NOW)
    assert [(message, who) for message, who, _ in work.messages] == [("new_sign_in", bob.person_id)]


def test_what_a_browser_says_of_itself_is_shortened_and_printable() -> None:
    work = MemoryWork()
    BROWSERS.tell_of_new(work, person(1), Origin("x" * 99, "N\x07etscape\n" + "y" * 999, "forged"), NOW)
    ((_, _, arguments),) = work.messages
    assert arguments["device"].startswith("Netscapey")
    assert len(arguments["device"]) == 200
    assert len(arguments["address"]) == 45
