"""Positions that come back as they were given, and who learns of what."""

from __future__ import annotations

from uuid import UUID

import pytest

from drivetrain.core.access import Caller
from drivetrain.core.changes import Audience, Change, Position, Topic
from drivetrain.core.errors import InvalidInputError

ANN, FIRM, OTHER_FIRM = UUID(int=1), UUID(int=2), UUID(int=3)


def caller(*scopes: str, person: UUID | None = None, company: UUID | None = None) -> Caller:
    return Caller("somebody", "credential", frozenset(scopes), person=person, company=company)


@pytest.mark.parametrize("text", ["1.7:7:", "1764478028.741:745:742,744", "0.1:999999999999999999:1"])
def test_a_position_is_read_as_it_was_written(text: str) -> None:
    assert str(Position.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",  # of a stream that counted
        "7:7:",  # without its instant
        "1.0:7:",  # no transaction has this number
        "1.9:7:",  # ends before it begins
        "1.5:9:4",  # in progress before the oldest one in progress
        "1.5:9:9",  # in progress, and not begun
        "1.5:9:7,6",  # out of order
        "1.5:9:6,6",  # twice
        "1.5:9:6,",
        "1.5:9:6 ",
        "1.٥:9:",  # digits, of another script
        "1.5:9:" + ",".join(["6"] * 10_000),  # longer than any
    ],
)
def test_anything_else_is_no_position(text: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        Position.parse(text)
    assert raised.value.code == "events.bad_position"


@pytest.mark.parametrize(
    ("audience", "of", "owner", "concerns"),
    [
        (Audience.PLATFORM, caller("read"), None, True),
        (Audience.PLATFORM, caller("write"), None, False),
        (Audience.PERSON, caller("read", person=ANN), ANN, True),
        (Audience.PERSON, caller("read", person=ANN), FIRM, False),
        (Audience.PERSON, caller("read", person=ANN), None, False),
        (Audience.PERSON, caller("read"), None, False),  # a key has nothing of its own
        (Audience.COMPANY, caller("read", person=ANN, company=FIRM), FIRM, True),
        (Audience.COMPANY, caller("read", person=ANN, company=FIRM), OTHER_FIRM, False),
        (Audience.COMPANY, caller("read", person=ANN), FIRM, False),  # acts for none
        (Audience.COMPANY, caller("read"), None, False),
        (Audience.COMPANY, caller("read", "admin", person=ANN), FIRM, True),  # the whole platform
        (Audience.COMPANY, caller("read", "admin", company=FIRM), OTHER_FIRM, True),  # still all of it
        (Audience.COMPANY, caller("admin", company=FIRM), FIRM, False),
        (Audience.PERSON, caller("read", "admin", person=ANN), FIRM, False),  # people's own stays theirs
        (Audience.COMPANY, caller("write", person=ANN, company=FIRM), FIRM, False),
    ],
)
def test_a_change_concerns_whom_it_belongs_to(
    audience: Audience, of: Caller, owner: UUID | None, concerns: bool
) -> None:
    topic = Topic("cars", "read", audience, everywhere="admin")
    assert topic.concerns(of, Change("cars", owner)) is concerns
    assert not topic.concerns(of, Change("boats", owner))
