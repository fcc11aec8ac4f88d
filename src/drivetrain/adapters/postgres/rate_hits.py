"""Hits of the rules that guard passwords, counted in a row each while Redis is away."""

from __future__ import annotations

from sqlalchemy import Engine, text

from drivetrain.adapters.postgres.database import transaction

_HIT = text(
    "INSERT INTO drivetrain.rate_hits AS row (rule, subject, hits, ends_at)"
    " VALUES (:rule, :subject, 1, now() + make_interval(secs => :window_s))"
    " ON CONFLICT (rule, subject) DO UPDATE SET"
    " hits = CASE WHEN row.ends_at <= now() THEN 1 ELSE row.hits + 1 END,"
    " ends_at = CASE WHEN row.ends_at <= now() THEN EXCLUDED.ends_at ELSE row.ends_at END"
    " WHERE row.ends_at <= now() OR row.hits < :most RETURNING hits"
)
_REST = text(
    "SELECT ceil(extract(epoch FROM ends_at - now())) FROM drivetrain.rate_hits"
    " WHERE rule = :rule AND subject = :subject"
)
_FORGET = text("DELETE FROM drivetrain.rate_hits WHERE ends_at < now() - interval '1 hour'")


class PostgresPasswordHits:
    """The port ``PasswordHits``: a window that begins with its first hit; of hits at once exactly ``most`` pass."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def hit(self, rule: str, subject: str, most: int, window_s: int) -> int | None:
        """Count one hit, unless there were ``most`` in the window; then seconds until its end.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        of = {"rule": rule, "subject": subject}
        with transaction(self._engine) as connection:
            connection.execute(_FORGET)
            if connection.execute(_HIT, {**of, "most": most, "window_s": window_s}).scalar() is not None:
                return None
            return max(1, int(connection.execute(_REST, of).scalar() or 1))
