"""The one rule of e-mail addresses: RFC 5321 and 6531 by email-validator, compared in NFC and without case."""

from __future__ import annotations

import unicodedata

from drivetrain.accounts.people.domain.person import Address
from drivetrain.core.errors import ContractError, FieldError

LONGEST = 254


def read_address(text: str, *, field: str = "/email") -> Address:
    """Read an address; nobody is asked whether the domain receives mail.

    Domains are written in their internationalized form; case is kept for writing and ignored for comparing, also
    left of the ``@``, where no provider of today tells it apart.

    Raises:
        ContractError: ``people.bad_email``; the text is not repeated.
    """
    from email_validator import EmailNotValidError, validate_email  # 65 ms that a start need not wait for

    stripped = text.strip()
    if len(stripped) > LONGEST:
        raise _refusal(field)
    try:
        read = validate_email(stripped, check_deliverability=False)
    except EmailNotValidError:
        raise _refusal(field) from None
    normal = unicodedata.normalize("NFC", read.normalized)
    return Address(normal, unicodedata.normalize("NFC", normal.casefold()))


def _refusal(field: str) -> ContractError:
    error = FieldError("people.bad_email", "Give an e-mail address such as name@example.org.", pointer=field)
    return ContractError([error], subject="The e-mail address")
