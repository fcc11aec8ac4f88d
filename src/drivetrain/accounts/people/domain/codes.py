"""One-time codes of a second factor (TOTP, RFC 6238: SHA-1, six digits, 30 s), and codes for when it is lost."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote

STEP_S = 30
DIGITS = 6
SECRET_BYTES = 20
TOLERANCE = 1
"""Steps that a clock may be ahead or behind."""

RECOVERY_CODES = 10
_RECOVERY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that are mistaken for others
_RECOVERY_LENGTH = 12  # 31 letters: 59 bits, of which only a keyed hash is stored


def code_at(secret: bytes, step: int) -> str:
    """The code of a step (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def matching_step(secret: bytes, code: str, instant: datetime, last_step: int) -> int | None:
    """The step whose code this is, near the present and after the last one that was used; None where there is none."""
    present = int(instant.timestamp()) // STEP_S
    given = code.replace(" ", "").encode("utf-8", "surrogatepass")
    return next(
        (
            step
            for step in range(present - TOLERANCE, present + TOLERANCE + 1)
            if step > last_step and hmac.compare_digest(code_at(secret, step).encode(), given)
        ),
        None,
    )


def base32_secret(secret: bytes) -> str:
    """The secret as people type it into an app."""
    return base64.b32encode(secret).decode("ascii")


def otpauth_uri(secret: bytes, account: str, issuer: str = "drivetrain") -> str:
    """What the QR code of an app holds."""
    label = quote(f"{issuer}:{account}")
    return f"otpauth://totp/{label}?secret={base32_secret(secret)}&issuer={quote(issuer)}&digits={DIGITS}&period={STEP_S}"


def new_recovery_codes() -> list[str]:
    """Codes to keep on paper, such as ``k3fm-9x2p-ht7w``."""
    return [_recovery_code() for _ in range(RECOVERY_CODES)]


def recovery_digest(code: str, key: bytes) -> bytes:
    """What is stored of a recovery code: an HMAC under a key of the installation, however it was typed."""
    letters = "".join(filter(str.isalnum, code.lower()))
    return hmac.digest(key, letters.encode(), hashlib.sha256)


def _recovery_code() -> str:
    letters = "".join(secrets.choice(_RECOVERY_LETTERS) for _ in range(_RECOVERY_LENGTH))
    return "-".join(letters[start : start + 4] for start in range(0, _RECOVERY_LENGTH, 4))
