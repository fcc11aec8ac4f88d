"""Messages to people as files, one for each, readable by their owner alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from drivetrain.accounts.people.adapters.stores import PostgresPeople
from drivetrain.accounts.people.adapters.tables import one_time_tokens
from drivetrain.accounts.people.domain.tokens import OneTimeToken
from drivetrain.core.errors import UnavailableError
from drivetrain.core.files import write_private
from drivetrain.core.ids import new_id
from drivetrain.core.time import Clock

TEXTS: Mapping[str, tuple[str, str]] = {
    "people.verify": ("Confirm your address", "Choose a password to finish making your account:"),
    "people.reset": ("Choose a new password", "Somebody, probably you, asked for a new password:"),
    "people.account_exists": (
        "You have an account",
        "Somebody, probably you, tried to make an account with this address. There is one already; sign in, "
        "or ask for a new password.",
    ),
    "people.password_changed": (
        "Your password was changed",
        "If that was not you, ask for a new password at once; all sessions were ended.",
    ),
}
"""Subject and text of each message."""


@dataclass(frozen=True, slots=True)
class EmlLetters:
    """The port ``Letters`` on a folder of ``.eml`` files, mode 0600."""

    folder: Path
    link: Callable[[OneTimeToken], str]
    clock: Clock

    def write(self, connection: Any, template: str, person: UUID, token: UUID | None = None) -> None:
        """Write the file.

        Raises:
            UnavailableError: it cannot be written.
        """
        recipient = PostgresPeople(connection).by_id(person)
        if recipient is None:
            return
        subject, text = TEXTS[template]
        message = EmailMessage()
        message["To"] = recipient.email.text
        message["Subject"] = subject
        message["Date"] = format_datetime(self.clock.now())
        message.set_content("\n\n".join([text, *self._links(connection, token)]))
        try:
            write_private(self.folder / f"{new_id()}.eml", bytes(message))
        except OSError as error:
            raise UnavailableError(f"A message cannot be written: {error.strerror}.") from error

    def _links(self, connection: Any, token: UUID | None) -> list[str]:
        if token is None:
            return []
        columns = one_time_tokens.c
        row = connection.execute(one_time_tokens.select().where(columns.token_id == token)).one()
        return [
            self.link(OneTimeToken(row.token_id, row.purpose, row.person_id, row.created_at, row.expires_at))
        ]
