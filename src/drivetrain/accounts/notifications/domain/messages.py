"""Every message the platform writes to people: what it is about, what it says, and on which channels it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from drivetrain.core.announcements import MODEL_PROMOTED, MODEL_ROLLED_BACK, TASK_FAILED
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.text import shortened


class Language(StrEnum):
    """A language that messages are written in."""

    ENGLISH = "en"
    GERMAN = "de"
    ARABIC = "ar"

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``, as HTML writes it."""
        return "rtl" if self is Language.ARABIC else "ltr"


def language_of(tag: str | None) -> Language:
    """The language of a person's tag such as ``de-AT``; English for one that messages are not written in."""
    primary = (tag or "").lower().partition("-")[0]
    return Language(primary) if primary in set(Language) else Language.ENGLISH


class Topic(StrEnum):
    """What messages are about; the stream of a browser and webhooks are divided by it."""

    ACCOUNT = "account"
    COMPANY = "company"
    MARKET = "market"
    MODELS = "models"
    TASKS = "tasks"
    WEBHOOKS = "webhooks"
    SEARCHES = "searches"


class Channel(StrEnum):
    """A way to a person."""

    MAIL = "mail"
    APP = "app"


@dataclass(frozen=True, slots=True)
class MessageKind:
    """One message: its template in every language goes by its name.

    Attributes:
        arguments: what the cause of the message gives, with the longest text of each. None of them is secret.
        link: what the link of the message is for; empty where it has none. The link itself is made when the mail
            is written.
        channels: ways it goes by.
        is_essential: whether it goes by mail whatever a person prefers.
        page: of the web app, that the mail leads to where it has no link of its own; empty for none.
    """

    name: str
    topic: Topic
    arguments: Mapping[str, int] = field(default_factory=dict)
    link: str = ""
    channels: frozenset[Channel] = frozenset({Channel.MAIL, Channel.APP})
    is_essential: bool = False
    page: str = ""

    def check(self, arguments: Mapping[str, str]) -> None:
        """Refuse arguments that are not those of the message.

        Raises:
            InvalidInputError: one is missing, unknown or too long.
        """
        if arguments.keys() != self.arguments.keys():
            raise InvalidInputError(
                f"The message {self.name} takes {', '.join(sorted(self.arguments)) or 'no arguments'}, "
                f"not {', '.join(sorted(arguments)) or 'none'}.",
                code="notifications.bad_arguments",
            )
        for name, longest in self.arguments.items():
            if len(arguments[name]) > longest:
                raise InvalidInputError(
                    f"{name} of the message {self.name} is longer than {longest} characters.",
                    code="notifications.bad_arguments",
                )

    def fitted(self, arguments: Mapping[str, str]) -> dict[str, str]:
        """The arguments, each cut to the longest text that the message takes."""
        return {
            name: shortened(text, longest=self.arguments.get(name, len(text) or 1))
            for name, text in arguments.items()
        }


_MAIL = frozenset({Channel.MAIL})
_ID, _NAME, _INSTANT, _REASON, _LINES = 36, 200, 40, 500, 1_500

LISTS = frozenset({"searches", "new_cars", "cheaper_cars", "returned_cars", "good_deals"})
"""Arguments that hold a line for each item."""

KINDS: Mapping[str, MessageKind] = {
    kind.name: kind
    for kind in (
        MessageKind(
            "verify_email", Topic.ACCOUNT, {"token_id": _ID}, "verify_email", _MAIL, is_essential=True
        ),
        MessageKind("account_exists", Topic.ACCOUNT, {}, "", _MAIL, is_essential=True),
        MessageKind(
            "reset_password", Topic.ACCOUNT, {"token_id": _ID}, "reset_password", _MAIL, is_essential=True
        ),
        MessageKind("sign_in_link", Topic.ACCOUNT, {"token_id": _ID}, "sign_in", _MAIL, is_essential=True),
        MessageKind(
            "invitation",
            Topic.COMPANY,
            {"token_id": _ID, "company": _NAME},
            "invitation",
            _MAIL,
            is_essential=True,
        ),
        MessageKind("password_changed", Topic.ACCOUNT, {"at": _INSTANT}, is_essential=True),
        MessageKind(
            "new_sign_in",
            Topic.ACCOUNT,
            {"at": _INSTANT, "device": _NAME, "address": 45},
            is_essential=True,
        ),
        MessageKind("identity_linked", Topic.ACCOUNT, {"at": _INSTANT, "provider": _NAME}, is_essential=True),
        MessageKind(
            "identity_unlinked", Topic.ACCOUNT, {"at": _INSTANT, "provider": _NAME}, is_essential=True
        ),
        MessageKind(
            MODEL_PROMOTED,
            Topic.MODELS,
            {"model": _NAME, "version": _NAME, "actor": _NAME, "reason": _REASON, "at": _INSTANT},
        ),
        MessageKind(
            MODEL_ROLLED_BACK,
            Topic.MODELS,
            {"model": _NAME, "version": _NAME, "actor": _NAME, "reason": _REASON, "at": _INSTANT},
        ),
        MessageKind(
            TASK_FAILED,
            Topic.TASKS,
            {"task": _NAME, "task_id": _ID, "reason": _REASON, "at": _INSTANT},
        ),
        MessageKind("listing_blocked", Topic.MARKET, {"car": _NAME, "at": _INSTANT}),
        MessageKind("listings_expired", Topic.MARKET, {"cars": 20, "first": _NAME, "at": _INSTANT}),
        MessageKind("new_message", Topic.MARKET, {"car": _NAME, "at": _INSTANT}),
        MessageKind(
            "webhook_disabled",
            Topic.WEBHOOKS,
            {"host": 253, "since": _INSTANT, "reason": _REASON},
        ),
        MessageKind(
            "saved_searches",
            Topic.SEARCHES,
            {"cars": 20, **dict.fromkeys(sorted(LISTS), _LINES)},
            page="market/saved-searches",
        ),
    )
}
"""By name. What no template shows, such as the id of a task, leads from a notification to its subject."""


def kind_of(name: str) -> MessageKind:
    """The message of this name.

    Raises:
        InvalidInputError: there is none.
    """
    kind = KINDS.get(name)
    if kind is None:
        raise InvalidInputError(
            f"There is no message {name!r}; there are: {', '.join(KINDS)}.",
            code="notifications.unknown_message",
        )
    return kind
