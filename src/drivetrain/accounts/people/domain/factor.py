"""A second factor as it is stored, its secret opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Factor:
    """A secret of one-time codes.

    Attributes:
        confirmed_at: from when on it is asked for; None until a first code has shown that it works.
        last_step: of the last code that was used; no code is good twice.
    """

    secret: bytes = field(repr=False)
    confirmed_at: datetime | None
    last_step: int
