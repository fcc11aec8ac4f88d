"""Making a mail of its parts: headers, text and HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from drivetrain.core.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom mails come from.

    Attributes:
        name: of the installation, as people read it.
        address: of the header ``From``.
    """

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The part after the at sign, in Message-IDs."""
        return self.address.rpartition("@")[2]


def write_mail(
    mail_id: UUID,
    written_at: datetime,
    sender: Sender,
    recipient: str,
    *,
    subject: str,
    text: str,
    html: str,
    language: str,
    unsubscribe: str = "",
) -> EmailMessage:
    """A mail whose Message-ID is the same in every attempt, so that a repeat is known as one.

    Args:
        unsubscribe: link that a mail program may use by itself (RFC 8058); empty for none.

    Raises:
        InvalidInputError: ``notifications.bad_address``; the address cannot stand in a header.
    """
    message = EmailMessage()
    try:
        message["To"] = Address(addr_spec=recipient)
    except (ValueError, IndexError):
        raise InvalidInputError(
            "The e-mail address of the recipient cannot be used.", code="notifications.bad_address"
        ) from None
    message["From"] = Address(sender.name, addr_spec=sender.address)
    message["Subject"] = subject
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = f"<{mail_id}@{sender.domain}>"
    # no automatic answers to what no person wrote (RFC 3834)
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    message["Content-Language"] = language  # last: headers of that kind move into the parts
    return message


def shown_instant(instant: datetime, time_zone: str) -> str:
    """An instant for people of any language: date and minute in their zone, with its name."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone, time_zone = ZoneInfo("UTC"), "UTC"
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M} ({time_zone})"
