"""The links of mails that lead to pages for everybody, derived when a mail is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from drivetrain.accounts.notifications.domain.messages import Topic
from drivetrain.accounts.notifications.domain.unsubscribing import Unsubscription

UNSUBSCRIBE_KEY = "links to unsubscribe by"
"""Purpose of the key that is derived for these links."""

PAGE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class PageLinks:
    """The port ``MailLinks``.

    Attributes:
        base: where browsers reach the API.
    """

    base: str
    key: bytes = field(repr=False)

    def page(self, name: str) -> str:
        """A page of the web app."""
        return f"{self.base}/app/{name}"

    def unsubscribe(self, person: UUID, topic: Topic) -> str:
        """A link that ends the mails of a topic."""
        return f"{self.base}/{PAGE}/{Unsubscription(person, topic).text(self.key)}"
