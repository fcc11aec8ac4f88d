"""The installation's own secrets: made once, kept under the home, readable by their owner only."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from drivetrain.core.errors import UnavailableError
from drivetrain.core.files import write_private

_SECRET_BYTES = 32
MakeBytes = Callable[[], bytes]


def secret(home: Path, name: str) -> bytes:
    """The 32 random bytes called ``name``; made on the first call, the same ever after.

    Raises:
        UnavailableError: the file cannot be read or written, or holds something else.
    """
    return _read_or_make(home / "secrets" / f"{name}.key", lambda: secrets.token_bytes(_SECRET_BYTES))


class Ed25519Signer:
    """Signs manifests with the installation's private key. Only training has one."""

    def __init__(self, home: Path) -> None:
        raw = _read_or_make(home / "secrets" / "signing.key", _new_private_key)
        self._key = Ed25519PrivateKey.from_private_bytes(raw)
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        if _read_or_make(home / "secrets" / "signing.pub", lambda: public) != public:
            raise UnavailableError(
                "signing.key and signing.pub are not a pair; restore the secrets folder from a backup."
            )

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""
        return self._key.sign(message)


class Ed25519Verifier:
    """Checks signatures with the public key alone; this is all that serving is given."""

    def __init__(self, home: Path) -> None:
        path = home / "secrets" / "signing.pub"
        try:
            self._key = Ed25519PublicKey.from_public_bytes(path.read_bytes())
        except (OSError, ValueError) as error:
            raise UnavailableError(
                f"The public signing key cannot be read ({error}). Run `drivetrain up` once, or restore secrets/ from a backup."
            ) from error

    def is_genuine(self, message: bytes, signature: bytes) -> bool:
        """True when the signature is this installation's."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


def _read_or_make(path: Path, make: MakeBytes) -> bytes:
    try:
        if not path.exists():
            write_private(path, make())
        content = path.read_bytes()
    except OSError as error:
        raise UnavailableError(
            f"The secret {path.name} cannot be read or written: {error.strerror}."
        ) from error
    if len(content) != _SECRET_BYTES:
        raise UnavailableError(
            f"The secret {path.name} is damaged; restore the secrets folder from a backup."
        )
    return content


def _new_private_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
