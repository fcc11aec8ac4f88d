"""What the use cases of the trail ask of its store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from drivetrain.accounts.audit.domain.chain import AuditLine, ChainHead
from drivetrain.core.audit import AuditResult


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which lines are asked for; None for any.

    Attributes:
        action: exact, or with a dot at its end for all of a subject: ``keys.``.
        begin, end: recorded at or after, before.
        company: whose matters; set for callers of a company, who see no others.
    """

    actor: str | None = None
    action: str | None = None
    object: str | None = None
    result: AuditResult | None = None
    company: UUID | None = None
    begin: datetime | None = None
    end: datetime | None = None


class AuditReader(Protocol):
    """Reads the trail. Every method raises UnavailableError while it cannot be reached."""

    def newest(self, wanted: AuditFilter, *, before: int | None, most: int) -> Sequence[AuditLine]:
        """Lines, newest first.

        Args:
            before: only lines with a smaller position; None for all.
        """
        ...

    def oldest_first(self) -> Iterator[AuditLine]:
        """All lines, in the order of their positions, a few at a time from the store."""
        ...

    def head(self) -> ChainHead:
        """The last line."""
        ...
