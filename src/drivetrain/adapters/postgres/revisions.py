"""A cheap way to see that models, keys or something of a product changed, for those who follow them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, text

from drivetrain.adapters.postgres.database import translating


@dataclass(frozen=True, slots=True)
class Revisions:
    """How often each subject has changed. A number that differs from the last one read means: look again."""

    counts: Mapping[str, int]

    def of(self, subject: str) -> int:
        """The number of one subject; 0 for one that has no line yet."""
        return self.counts.get(subject, 0)

    @property
    def models(self) -> int:
        """Of model versions and their releases."""
        return self.of("models")

    @property
    def keys(self) -> int:
        """Of API keys."""
        return self.of("keys")


_READ = text("SELECT subject, revision FROM drivetrain.revisions")


class PostgresRevisions:
    """Reads all numbers in one query on a table of a few rows: cheap enough for every 250 ms in every worker.

    Triggers raise the number in the transaction of the change itself, so whoever reads a new number also
    reads the change, and a change made by hand in psql counts as well.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")  # spares BEGIN and ROLLBACK

    def read(self) -> Revisions:
        """The numbers now.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        with translating(), self._engine.connect() as connection:
            return Revisions({row.subject: row.revision for row in connection.execute(_READ)})
