"""Small secret files in one sealed file, which opens with a passphrase or a key file of the operator."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.core.files import write_private

SHORTEST_PASSPHRASE = 16
"""Bytes. Whoever has the sealed file may guess for as long as they like."""

_MAGIC = b"drivetrain sealed 1\n"
_SALT_BYTES, _NONCE_BYTES, _KEY_BYTES = 16, 12, 32
_COST, _BLOCK, _LANES = 1 << 17, 8, 1
"""Of scrypt, as OWASP recommends: 128 MiB for each guess."""

_LONGEST_PASSPHRASE = 1 << 16


def read_passphrase(file: Path) -> bytes:
    """The passphrase or key in a file, without the end of its line.

    Raises:
        InvalidInputError: ``backup.passphrase``; it cannot be read, or is too short.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(_LONGEST_PASSPHRASE).rstrip(b"\r\n")
    except OSError as error:
        raise InvalidInputError(
            f"The passphrase file {file} cannot be read: {error.strerror}.", code="backup.passphrase"
        ) from error
    if len(content) < SHORTEST_PASSPHRASE:
        raise InvalidInputError(
            f"The passphrase in {file} is shorter than {SHORTEST_PASSPHRASE} bytes; "
            "`head -c 32 /dev/urandom | base64` makes a good one.",
            code="backup.passphrase",
        )
    return content


def seal(files: Mapping[str, bytes], passphrase: bytes, target: Path) -> None:
    """Write the files, sealed.

    Args:
        files: contents by path in the home.

    Raises:
        OSError: the disk is full.
    """
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    plain = json.dumps({path: base64.b64encode(content).decode() for path, content in files.items()})
    sealed = ChaCha20Poly1305(_key(passphrase, salt)).encrypt(nonce, plain.encode(), _MAGIC + salt)
    write_private(target, _MAGIC + salt + nonce + sealed)


def unseal(file: Path, passphrase: bytes) -> dict[str, bytes]:
    """The files that ``seal`` was given.

    Raises:
        InvalidInputError: ``backup.wrong_passphrase``.
        UnavailableError: ``backup.damaged``.
    """
    content = file.read_bytes()
    if not content.startswith(_MAGIC):
        raise UnavailableError(
            f"{file.name} was not sealed by this release or an older one.", code="backup.damaged"
        )
    salt, nonce, sealed = _parts(content.removeprefix(_MAGIC))
    try:
        plain = ChaCha20Poly1305(_key(passphrase, salt)).decrypt(nonce, sealed, _MAGIC + salt)
    except InvalidTag:
        raise InvalidInputError(
            f"{file.name} does not open with this passphrase.", code="backup.wrong_passphrase"
        ) from None
    return {path: base64.b64decode(text) for path, text in json.loads(plain).items()}


def _parts(content: bytes) -> tuple[bytes, bytes, bytes]:
    nonce_at, sealed_at = _SALT_BYTES, _SALT_BYTES + _NONCE_BYTES
    return content[:nonce_at], content[nonce_at:sealed_at], content[sealed_at:]


def _key(passphrase: bytes, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=_KEY_BYTES, n=_COST, r=_BLOCK, p=_LANES).derive(passphrase)
