"""How well a thing we depend on is, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

State = Literal["ok", "degraded", "down"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One dependency as it is now; ``why`` is empty when all is well."""

    name: str
    state: State
    why: str = ""

    def as_dict(self) -> dict[str, str]:
        """The condition as it stands in an answer."""
        return {"name": self.name, "state": self.state, "why": self.why}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at on request, for people: what, whether it is well, and what was found."""

    subject: str
    is_well: bool
    detail: str

    def as_dict(self) -> dict[str, object]:
        """Plain values."""
        return asdict(self)


def worst(conditions: Sequence[Condition]) -> State:
    """The state of the whole: as bad as its worst part."""
    states = {condition.state for condition in conditions}
    return "down" if "down" in states else "degraded" if "degraded" in states else "ok"
