"""The cookie of a sign-in that was begun at an identity provider: sealed, short-lived, and of one browser."""

from __future__ import annotations

import base64
from dataclasses import asdict
from datetime import UTC, datetime
from uuid import UUID

import orjson
from cryptography.fernet import Fernet, InvalidToken

from drivetrain.accounts.sessions.domain.provider import Attempt, Claims

ATTEMPT_KEY = "sign-ins at a provider"
"""Purpose of the installation's key under which attempts are sealed."""


class AttemptSeal:
    """Seals attempts, so that the server keeps nothing of them and a browser can neither read nor change its own.

    Args:
        key: 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = Fernet(base64.urlsafe_b64encode(key))

    def close(self, attempt: Attempt) -> str:
        """The value of its cookie."""
        return self._cipher.encrypt(orjson.dumps(asdict(attempt))).decode("ascii")

    def open(self, text: str) -> Attempt | None:
        """The attempt of a cookie, whether or not its time has passed; None for a cookie that is not ours."""
        try:
            content = orjson.loads(self._cipher.decrypt(text.encode("utf-8", "surrogatepass")))
        except InvalidToken:
            return None
        claims, person = content.pop("claims"), content.pop("person")
        ends = datetime.fromisoformat(content.pop("expires_at")).astimezone(UTC)
        return Attempt(
            **content,
            expires_at=ends,
            person=None if person is None else UUID(person),
            claims=None if claims is None else Claims(**claims),
        )
