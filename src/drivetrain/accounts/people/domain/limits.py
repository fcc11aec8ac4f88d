"""How often an account may be asked for, so that nobody can guess for long, flood a mailbox, or lock its owner out.

Guesses are counted by address, by address and account together, and more loosely by account. The last count alone
could lock an owner out, so it leaves out browsers in which the owner has signed in before: those carry a cookie of
their own, and are counted each for itself. Links by mail are counted by account without a refusal: nothing more is sent
for a while, and the link that was sent last goes on being good.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass

from drivetrain.core.limits import RateRule

_MINUTE, _HOUR = 60, 3600

SIGN_UP_BY_ADDRESS = RateRule("people.sign_up.address", 20, _HOUR)
SIGN_UP_BY_ACCOUNT = RateRule("people.sign_up.account", 3, _HOUR)
RESET_BY_ADDRESS = RateRule("people.reset.address", 20, _HOUR)
RESET_BY_ACCOUNT = RateRule("people.reset.account", 3, _HOUR)
SIGN_IN_LINK_BY_ADDRESS = RateRule("people.sign_in_link.address", 20, _HOUR)
SIGN_IN_LINK_BY_ACCOUNT = RateRule("people.sign_in_link.account", 3, _HOUR)

SIGN_IN_BY_ADDRESS = RateRule("sessions.sign_in.address", 60, 10 * _MINUTE, guards_password=True)
SIGN_IN_BY_PAIR = RateRule("sessions.sign_in.address_and_account", 10, 10 * _MINUTE, guards_password=True)
SIGN_IN_BY_ACCOUNT = RateRule("sessions.sign_in.account", 100, _HOUR, guards_password=True)
SIGN_IN_BY_DEVICE = RateRule("sessions.sign_in.device", 20, 10 * _MINUTE, guards_password=True)
CODE_BY_PERSON = RateRule("sessions.code.person", 10, 10 * _MINUTE, guards_password=True)
PASSWORD_BY_PERSON = RateRule("people.password.person", 10, 10 * _MINUTE, guards_password=True)

_ID_BYTES = 16


def account_subject(email_key: str, key: bytes) -> str:
    """How an account is counted, whether or not it exists: a keyed hash of its address."""
    return hmac.digest(key, email_key.encode(), hashlib.sha256)[:_ID_BYTES].hex()


@dataclass(frozen=True, slots=True)
class Device:
    """A browser in which somebody has signed in to an account.

    Attributes:
        text: value of its cookie: a random id, and an HMAC that binds it to the account.
    """

    device_id: str
    text: str


def new_device(account: str, key: bytes) -> Device:
    """A browser in which somebody has just signed in.

    Args:
        account: as ``account_subject`` gives it.
    """
    device_id = os.urandom(_ID_BYTES)
    return Device(
        device_id.hex(), base64.urlsafe_b64encode(device_id + _proof(device_id, account, key)).decode()
    )


def known_device(text: str, account: str, key: bytes) -> Device | None:
    """The browser of a cookie, if somebody has signed in to this account in it."""
    try:
        content = base64.urlsafe_b64decode(text.encode("ascii"))
    except (UnicodeEncodeError, binascii.Error):
        return None
    device_id, proof = content[:_ID_BYTES], content[_ID_BYTES:]
    return (
        Device(device_id.hex(), text) if hmac.compare_digest(proof, _proof(device_id, account, key)) else None
    )


def _proof(device_id: bytes, account: str, key: bytes) -> bytes:
    return hmac.digest(key, device_id + account.encode(), hashlib.sha256)
