"""Secrets of webhooks, sealed with a key of the installation (AES-256-GCM): a dump of the database opens none."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from drivetrain.core.errors import UnavailableError

WEBHOOK_KEY = "webhook secrets"
"""Purpose of the installation's key under which the secrets of webhooks are sealed."""

_NONCE_BYTES = 12


class Seal:
    """Seals and opens short secrets.

    Args:
        key: 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, secret: bytes, owner: bytes) -> bytes:
        """The sealed secret.

        Args:
            owner: whose it is; it opens in no other's place.
        """
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, owner)

    def open(self, sealed: bytes, owner: bytes) -> bytes:
        """The secret.

        Raises:
            UnavailableError: it was sealed under another key; the secrets folder is not the one of the database.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner)
        except InvalidTag:
            raise UnavailableError(
                "The secret of a webhook cannot be opened: restore the secrets folder that belongs to this database.",
                code="notifications.sealed",
            ) from None
