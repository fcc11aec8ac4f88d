"""What people say is wrong with a published review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ReviewReportReason(StrEnum):
    """What may be wrong with a review."""

    OFFENSIVE = "offensive"
    PERSONAL_DATA = "personal_data"
    OFF_TOPIC = "off_topic"
    NOT_GENUINE = "not_genuine"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """A report; open until a moderator rules on the review."""

    report_id: UUID
    review_id: UUID
    reporter: str
    reason: ReviewReportReason
    remark: str | None
    created_at: datetime
