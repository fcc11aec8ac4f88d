"""How a line of the trail stands in answers of routes and commands."""

from __future__ import annotations

from typing_extensions import TypedDict

from drivetrain.accounts.audit.domain.chain import AuditLine
from drivetrain.core.audit import Detail
from drivetrain.core.time import iso_utc


class AuditLineAnswer(TypedDict):
    """One line: who did what to what, when, from which network, and with what result.

    ``company`` is null for matters of the installation itself; ``detail`` differs by action.
    """

    position: int
    recorded_at: str
    actor: str
    action: str
    object: str
    result: str
    origin: str
    company: str | None
    detail: Detail


def line_as_dict(line: AuditLine) -> AuditLineAnswer:
    """A line as it stands in an answer: without its HMAC."""
    entry = line.entry
    return {
        "position": line.position,
        "recorded_at": iso_utc(line.recorded_at),
        "actor": entry.actor,
        "action": entry.action,
        "object": entry.object,
        "result": entry.result,
        "origin": line.origin,
        "company": None if entry.company is None else str(entry.company),
        "detail": entry.detail,
    }
