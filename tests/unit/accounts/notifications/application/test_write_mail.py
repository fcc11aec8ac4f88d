"""The parts of a mail."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import pytest

from drivetrain.accounts.notifications.application.write_mail import Sender, shown_instant, write_mail
from drivetrain.core.errors import InvalidInputError

MAIL_ID = UUID("01890000-0000-7000-8000-000000000001")
AT = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)


def mail(recipient: str = "ann@example.com", subject: str = "Hello") -> EmailMessage:
    return write_mail(
        MAIL_ID,
        AT,
        Sender("Cars", "no-reply@cars.example"),
        recipient,
        subject=subject,
        text="Grüße",
        html="<p>Grüße</p>",
        language="de",
    )


def test_a_mail_has_two_forms_and_an_id_of_its_own() -> None:
    read = message_from_bytes(mail(subject="مرحبًا").as_bytes(), policy=policy.default)
    assert read["Message-ID"] == f"<{MAIL_ID}@cars.example>"
    assert read["From"] == "Cars <no-reply@cars.example>"
    assert read["To"] == "ann@example.com"
    assert read["Subject"] == "مرحبًا"
    assert read["Content-Language"] == "de"
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Date"] == "Mon, 01 Jun 2026 12:30:00 +0000"
    assert read.get_body(("plain",)).get_content().strip() == "Grüße"  # type: ignore[union-attr]
    assert read.get_body(("html",)).get_content().strip() == "<p>Grüße</p>"  # type: ignore[union-attr]


def test_a_repeat_has_the_same_id() -> None:
    assert mail()["Message-ID"] == mail()["Message-ID"]


@pytest.mark.parametrize(
    "recipient",
    ["", "ann", "ann@example.com, eve@evil.example", "ann@example.com\r\nBcc: eve@evil.example", "a b@c.d"],
)
def test_what_is_not_one_address_is_refused(recipient: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        mail(recipient)
    assert raised.value.code == "notifications.bad_address"


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "2026-06-01 12:30 (UTC)"),
        ("Europe/Berlin", "2026-06-01 14:30 (Europe/Berlin)"),
        ("Mars/Base", "2026-06-01 12:30 (UTC)"),  # of a person whose zone was dropped from the tables
        ("../etc/passwd", "2026-06-01 12:30 (UTC)"),
    ],
)
def test_instants_are_shown_in_the_zone_of_the_person(zone: str, shown: str) -> None:
    assert shown_instant(AT, zone) == shown
