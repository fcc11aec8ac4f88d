"""Deleting what nobody needs any more: accounts that were never confirmed, used-up links, and ended sessions."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, Table, delete
from sqlalchemy.sql.elements import ColumnElement

from drivetrain.accounts.people.adapters.tables import one_time_tokens, people
from drivetrain.accounts.people.application.sign_up import BY_SIGN_UP
from drivetrain.accounts.sessions.adapters.tables import sessions
from drivetrain.accounts.sessions.adapters.use_cases import session_terms
from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.tasks import Arguments, Result, TaskPorts

UNCONFIRMED = timedelta(days=7)
"""How long a sign-up may wait for its owner; the link itself is good for half an hour, and may be asked for again."""

USED_LINKS = timedelta(days=1)


def sweep(ports: TaskPorts, arguments: Arguments, progress: Progress) -> Result:
    """Delete them; how many of each there were."""
    now, idle = ports.installation.clock.now(), session_terms(ports.installation).idle
    unconfirmed = people.c.verified_at.is_(None) & (people.c.created_by == BY_SIGN_UP)
    with transaction(ports.database.engine) as connection:  # doing it twice does no harm
        return {
            "unconfirmed_accounts": _delete(
                connection, people, unconfirmed & (people.c.created_at < now - UNCONFIRMED)
            ),
            "links": _delete(connection, one_time_tokens, one_time_tokens.c.expires_at < now - USED_LINKS),
            "sessions": _delete(
                connection, sessions, (sessions.c.expires_at < now) | (sessions.c.last_seen_at < now - idle)
            ),
        }


def _delete(connection: Connection, table: Table, rows: ColumnElement[bool]) -> int:
    return connection.execute(delete(table).where(rows)).rowcount
