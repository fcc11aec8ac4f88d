"""What a product puts on the home page: matters that somebody has to decide now, and a few figures over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that waits for a decision of people.

    Attributes:
        code: stable, ``subject.what``; pages translate by it.
        subject: the name of what it is about: a model, a task.
        count: how many of them there are, >= 1.
        detail: for people, one sentence.
        since: when it began, where that is known.
    """

    code: str
    subject: str
    count: int
    detail: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class DailyFigure:
    """A figure by day, oldest first; the last day goes on.

    Attributes:
        code: stable, ``subject.what``.
        subject: whose figure it is, for example a product.
    """

    code: str
    subject: str
    unit: str
    days: Sequence[tuple[date, float]]


@dataclass(frozen=True, slots=True)
class HomePart:
    """What one source has to show now."""

    matters: Sequence[Matter] = field(default=())
    figures: Sequence[DailyFigure] = field(default=())


@dataclass(frozen=True, slots=True)
class HomeSource:
    """Reads a part of the home page while somebody waits: a query or two, milliseconds.

    Attributes:
        scope: that a caller needs to see the part.
    """

    scope: str
    read: Callable[[], HomePart]
