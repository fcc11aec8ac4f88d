"""The task that deletes old conversations, and files of conversations that are gone."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, select

from drivetrain.adapters.disk.objects import FolderObjects
from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.objects import Objects
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.tasks import Arguments, Result, TaskPorts
from drivetrain.market.conversations.adapters.photo_store import FOLDER, remove_files
from drivetrain.market.conversations.adapters.settings import ConversationSettings
from drivetrain.market.conversations.adapters.tables import conversation_reports, conversations

_AT_ONCE = 1_000


def sweep_conversations(ports: TaskPorts, arguments: Arguments, progress: Progress) -> Result:
    """Delete conversations in which nobody has written for long, and remove files that nobody can see any more."""
    installation = ports.installation
    kept = timedelta(days=installation.settings(ConversationSettings).conversation_days)
    engine = ports.database.engine
    deleted = delete_old(engine, installation.clock.now() - kept)
    files = remove_orphans(engine, FolderObjects(installation.folder / "photos"))
    result = {"conversations": deleted, "files": files}
    with ports.effect(result):
        return result


def delete_old(engine: Engine, before: datetime) -> int:
    """Delete conversations whose last message is older, some at a time; how many."""
    columns, total = conversations.c, 0
    reported = select(conversation_reports.c.conversation_id).where(conversation_reports.c.state == "open")
    old = (
        select(columns.conversation_id)
        .where(columns.last_at < before, columns.conversation_id.not_in(reported))
        .order_by(columns.last_at)
        .limit(_AT_ONCE)
    )
    while True:
        with transaction(engine) as connection:
            count = connection.execute(delete(conversations).where(columns.conversation_id.in_(old))).rowcount
        total += count
        if count < _AT_ONCE:
            return total


def remove_orphans(engine: Engine, objects: Objects) -> int:
    """Remove the files of conversations that are gone; how many.

    The files are listed first: a conversation that is begun meanwhile has none of them.
    """
    there = objects.names(FOLDER)
    with translating(), engine.connect() as connection:
        kept = set(connection.scalars(select(conversations.c.conversation_id)))
    return remove_files(objects, there, kept)
