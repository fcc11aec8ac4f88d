"""Mail as files, for an installation without a mail server: any mail program opens them."""

from __future__ import annotations

import re
from email.message import EmailMessage
from pathlib import Path

from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.core.files import write_private

_MESSAGE_ID = re.compile(r"<([A-Za-z0-9-]{1,64})@[^>]+>")


class MailFiles:
    """Writes each message to ``<id>.eml`` in a folder that only its owner can read.

    The files hold working links. A message written again replaces its file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMessage) -> None:
        """Write the message.

        Raises:
            InvalidInputError: its Message-ID cannot be the name of a file.
            UnavailableError: the disk refuses it.
        """
        match = _MESSAGE_ID.fullmatch(str(message["Message-ID"]))
        if match is None:
            raise InvalidInputError("The message has no Message-ID of ours.", code="mail.bad_message")
        try:
            write_private(self._folder / f"{match[1]}.eml", message.as_bytes())
        except OSError as error:
            raise UnavailableError(
                f"The mail cannot be written to the outbox: {error.strerror}.", code="mail.not_written"
            ) from error
