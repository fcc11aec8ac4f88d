"""Which branches a company has, for other products."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Engine, select

from drivetrain.accounts.companies.adapters.tables import branches
from drivetrain.adapters.postgres.database import translating


class PostgresBranches:
    """The port ``Branches``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def has(self, company: UUID, branch: UUID) -> bool:
        """Whether a branch is one of a company."""
        query = select(branches.c.branch_id).where(
            branches.c.company_id == company, branches.c.branch_id == branch
        )
        with translating(), self._engine.connect() as connection:
            return connection.scalar(query) is not None
