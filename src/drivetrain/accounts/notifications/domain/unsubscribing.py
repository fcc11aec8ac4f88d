"""Links that end the mails of one topic to one person: good for ever, for nothing else, and stored nowhere."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.notifications.domain.messages import Topic
from drivetrain.core.errors import NotFoundError

_ID_BYTES, _PROOF_BYTES = 16, 16
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """What such a link stands for."""

    person: UUID
    topic: Topic

    def text(self, key: bytes) -> str:
        """The link's last part.

        Args:
            key: of the installation, for these links alone.
        """
        content = self.person.bytes + self._proof(key) + self.topic.value.encode()
        return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")

    @classmethod
    def parse(cls, text: str, key: bytes) -> Unsubscription:
        """Read what ``text`` wrote.

        Raises:
            NotFoundError: ``notifications.bad_link``; it is no link of ours.
        """
        try:
            content = base64.urlsafe_b64decode(f"{text[:_LONGEST]}{'=' * (-len(text) % 4)}".encode("ascii"))
            proof = content[_ID_BYTES : _ID_BYTES + _PROOF_BYTES]
            topic = Topic(content[_ID_BYTES + _PROOF_BYTES :].decode("ascii"))
            link = cls(UUID(bytes=content[:_ID_BYTES]), topic)
        except (UnicodeError, binascii.Error, ValueError):
            raise _bad() from None
        if len(text) > _LONGEST or not hmac.compare_digest(proof, link._proof(key)):
            raise _bad()
        return link

    def _proof(self, key: bytes) -> bytes:
        message = self.person.bytes + self.topic.value.encode()
        return hmac.digest(key, message, hashlib.sha256)[:_PROOF_BYTES]


def _bad() -> NotFoundError:
    return NotFoundError(
        "This is no link to unsubscribe by; it may have been cut short.", code="notifications.bad_link"
    )
