"""The members that every problem answer has (RFC 9457), for whoever writes one without the framework."""

from __future__ import annotations

from typing import Any

PROBLEM = "application/problem+json"


def problem_fields(status: int, *, code: str, title: str, detail: str, request_id: str) -> dict[str, Any]:
    """The members of a problem answer, in their order."""
    return {
        "type": f"urn:drivetrain:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
    }
