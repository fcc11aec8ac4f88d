"""Instants in bodies and addresses: ISO 8601 with a zone, or refused."""

from __future__ import annotations

from datetime import UTC, datetime

from drivetrain.core.errors import ContractError, FieldError

LONGEST_INSTANT = 40


def read_instant(text: str, pointer: str) -> datetime:
    """The instant that a text names, in UTC.

    Args:
        pointer: where the text stands, for the error.

    Raises:
        ContractError: it is no ISO 8601 instant, or has no zone.
    """
    try:
        instant = datetime.fromisoformat(text)
        if instant.utcoffset() is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    detail = "An ISO 8601 instant with its zone is needed, for example 2026-05-01T09:30:00Z."
    raise ContractError([FieldError("input.bad_instant", detail, pointer=pointer)])
