"""Which branches a company has: asked by products that keep things of branches, answered by the one that keeps companies."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID


class Branches(Protocol):
    """Knows the branches of companies. Blocking."""

    def has(self, company: UUID, branch: UUID) -> bool:
        """Whether a branch is one of a company.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...
