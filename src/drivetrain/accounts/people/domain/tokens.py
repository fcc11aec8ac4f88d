"""Links that are good for one use: what is stored of one, and how the link itself is derived.

The link holds the id of a row and an HMAC over the row under a key of the installation. So no stored row is a working
link, and the link can be written again whenever a message is.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from drivetrain.core.errors import InvalidInputError

_ID_BYTES = 16


class Purpose(StrEnum):
    """What a link is for.

    One that is mailed to sign in is apart from one that is handed over: whoever may ask for the first must not be able
    to replace the second.
    """

    VERIFY = "verify_email"
    RESET = "reset_password"
    WELCOME = "welcome"
    SIGN_IN = "sign_in"
    MAILED_SIGN_IN = "sign_in_link"
    INVITATION = "invitation"


LIFE = {
    Purpose.VERIFY: timedelta(minutes=30),
    Purpose.RESET: timedelta(minutes=30),
    Purpose.WELCOME: timedelta(hours=24),
    Purpose.SIGN_IN: timedelta(minutes=5),
    Purpose.MAILED_SIGN_IN: timedelta(minutes=30),
    Purpose.INVITATION: timedelta(days=7),
}
"""How long a link is good for. A welcome is handed over by a person, who may be away from the other's desk; an
invitation comes unasked."""


@dataclass(frozen=True, slots=True)
class OneTimeToken:
    """What is stored of a link."""

    token_id: UUID
    purpose: str
    person: UUID
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None

    def text(self, key: bytes) -> str:
        """The link's secret part, 64 letters.

        Args:
            key: of the installation, for these links alone.
        """
        return base64.urlsafe_b64encode(self.token_id.bytes + self._proof(key)).decode("ascii")

    def is_good(self, text: str, key: bytes, purpose: str, instant: datetime) -> bool:
        """True when ``text`` is this link, for this purpose, not used and not expired."""
        is_genuine = hmac.compare_digest(text.encode("utf-8", "surrogatepass"), self.text(key).encode())
        return is_genuine and self.purpose == purpose and self.used_at is None and instant < self.expires_at

    def _proof(self, key: bytes) -> bytes:
        message = self.token_id.bytes + self.person.bytes + self.purpose.encode()
        return hmac.digest(key, message, hashlib.sha256)


def token_id_of(text: str) -> UUID:
    """The id of the row that a link names.

    Raises:
        InvalidInputError: ``people.link_invalid``; it is no link of ours.
    """
    try:
        content = base64.urlsafe_b64decode(text.encode("ascii"))
    except (UnicodeEncodeError, binascii.Error):
        raise link_invalid() from None
    if len(content) != _ID_BYTES + hashlib.sha256().digest_size:
        raise link_invalid()
    return UUID(bytes=content[:_ID_BYTES])


def link_invalid() -> InvalidInputError:
    """The one refusal of every link that is not good: unknown, forged, used, expired, or for something else."""
    return InvalidInputError(
        "This link is not valid any more; it is good for one use and a short time. Ask for a new one.",
        code="people.link_invalid",
    )
