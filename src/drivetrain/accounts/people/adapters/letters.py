"""Messages to people as files, one for each, readable by their owner alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from drivetrain.accounts.people.adapters.settings import PeopleSettings
from drivetrain.accounts.people.adapters.stores import PostgresPeople
from drivetrain.accounts.people.adapters.tables import one_time_tokens
from drivetrain.accounts.people.adapters.use_cases import TOKEN_KEY, link_address
from drivetrain.accounts.people.domain.tokens import OneTimeToken
from drivetrain.core.errors import UnavailableError
from drivetrain.core.files import write_private
from drivetrain.core.ids import new_id
from drivetrain.core.time import Clock
from drivetrain.lifecycle.kit.installation import Installation

TEXTS: Mapping[str, tuple[str, str]] = {
    "verify_email": ("Confirm your address", "Choose a password to finish making your account:"),
    "reset_password": ("Choose a new password", "Somebody, probably you, asked for a new password:"),
    "account_exists": (
        "You have an account",
        "Somebody, probably you, tried to make an account with this address. There is one already; sign in, "
        "or ask for a new password.",
    ),
    "password_changed": (
        "Your password was changed",
        "If that was not you, ask for a new password at once; all sessions were ended.",
    ),
}
"""Subject and text of each message."""


def eml_letters(installation: Installation) -> EmlLetters:
    """Letters into the folder ``outbox`` of the home."""
    base = installation.settings(PeopleSettings).public_url or installation.address
    link = link_address(base, installation.derived_key(TOKEN_KEY))
    return EmlLetters(installation.folder / "outbox", link, installation.clock)


@dataclass(frozen=True, slots=True)
class EmlLetters:
    """The port ``Letters`` on a folder of ``.eml`` files, mode 0600."""

    folder: Path
    link: Callable[[OneTimeToken], str]
    clock: Clock

    def write(self, connection: Any, message: str, person: UUID, arguments: Mapping[str, str]) -> None:
        """Write the file.

        Raises:
            UnavailableError: it cannot be written.
        """
        recipient = PostgresPeople(connection).by_id(person)
        if recipient is None:
            return
        subject, text = TEXTS[message]
        mail = EmailMessage()
        mail["To"] = recipient.email.text
        mail["Subject"] = subject
        mail["Date"] = format_datetime(self.clock.now())
        mail.set_content("\n\n".join([text, *self._links(connection, arguments.get("token_id"))]))
        try:
            write_private(self.folder / f"{new_id()}.eml", bytes(mail))
        except OSError as error:
            raise UnavailableError(f"A message cannot be written: {error.strerror}.") from error

    def _links(self, connection: Any, token_id: str | None) -> list[str]:
        if token_id is None:
            return []
        by_id = one_time_tokens.select().where(one_time_tokens.c.token_id == UUID(token_id))
        row = connection.execute(by_id).one()
        return [
            self.link(OneTimeToken(row.token_id, row.purpose, row.person_id, row.created_at, row.expires_at))
        ]
