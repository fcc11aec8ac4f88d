"""Photos of conversations: rows in PostgreSQL, files in the store of objects."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.core.objects import Objects
from drivetrain.core.pictures import WIDTHS
from drivetrain.market.conversations.adapters.tables import conversation_photos, conversations
from drivetrain.market.conversations.application.ports import SharedPhoto
from drivetrain.market.conversations.domain.conversation import Conversation, Side

_COLUMNS = conversation_photos.c
FOLDER = "conversations"


class PostgresSharedPhotos:
    """The port ``SharedPhotos``: the files of a conversation stand in a folder of its own, and go with it."""

    def __init__(self, engine: Engine, objects: Objects) -> None:
        self._engine = engine
        self._objects = objects

    def add(
        self, conversation: Conversation, side: Side, photo: SharedPhoto, at: datetime, *, most: int
    ) -> None:
        """Keep the files, then the row, under a lock of the conversation."""
        its_row = conversations.c.conversation_id == conversation.conversation_id
        count = select(func.count()).where(_COLUMNS.conversation_id == conversation.conversation_id)
        row = {
            "conversation_id": conversation.conversation_id,
            "side": side.value,
            "photo_id": photo.photo_id,
            "width": photo.width,
            "height": photo.height,
            "created_at": at,
        }
        with transaction(self._engine) as connection:
            connection.execute(select(conversations.c.conversation_id).where(its_row).with_for_update())
            if (connection.scalar(count) or 0) >= most:
                raise ConflictError(
                    f"A conversation has at most {most} photos.", code="market.too_many_photos"
                )
            for width, picture in zip(WIDTHS, photo.pictures, strict=True):
                self._objects.put_new(
                    _name(conversation.conversation_id, photo.photo_id, width), picture.data
                )
            connection.execute(insert(conversation_photos).values(row).on_conflict_do_nothing())

    def file(self, conversation: Conversation, side: Side, photo_id: str, width: int) -> bytes:
        """A photo that the side has sent, or that a message shows."""
        query = select(_COLUMNS.photo_id).where(
            _COLUMNS.conversation_id == conversation.conversation_id,
            _COLUMNS.photo_id == photo_id,
            or_(_COLUMNS.side == side.value, _COLUMNS.position.is_not(None)),
        )
        with translating(), self._engine.connect() as connection:
            is_there = connection.scalar(query.limit(1)) is not None
        if not is_there:
            raise NotFoundError("There is no such photo.", code="market.unknown_photo")
        return self._objects.get(_name(conversation.conversation_id, photo_id, width))


def remove_files(objects: Objects, there: Collection[str], kept: Collection[UUID]) -> int:
    """Remove the files of conversations that are not among those that are kept; how many.

    Args:
        there: names of files in the folder.
    """
    folders = {str(each) for each in kept}
    gone = [name for name in there if name.split("/")[1] not in folders]
    objects.remove(gone)
    return len(gone)


def _name(conversation_id: UUID, photo_id: str, width: int) -> str:
    return f"{FOLDER}/{conversation_id}/{photo_id}-{width}.webp"
