"""The page to which the links lead by which a person ends the mails of a topic, without signing in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from drivetrain.accounts.notifications.adapters.reading import PostgresNotifications
from drivetrain.accounts.notifications.adapters.unsubscribing import PAGE
from drivetrain.accounts.notifications.domain.messages import Channel, Language
from drivetrain.accounts.notifications.domain.unsubscribing import Unsubscription
from drivetrain.adapters.http.access import public
from drivetrain.adapters.http.openapi import Answer, Content, documented
from drivetrain.adapters.http.plain_pages import plain_page

_PAGE = Answer("The page.", {"text/html": Content({"type": "string"})})
Link = Annotated[str, Path(max_length=64, description="As the mail has it.")]


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    question: str
    button: str
    done: str
    hint: str


_WORDS: Mapping[Language, _Words] = {
    Language.ENGLISH: _Words(
        "Unsubscribe",
        "End the mails of this kind to you? Notifications in the application stay.",
        "End these mails",
        "You get no more mails of this kind.",
        "On the page of your notifications you can choose again.",
    ),
    Language.GERMAN: _Words(
        "Abbestellen",
        "Möchten Sie keine E-Mails dieser Art mehr? Hinweise in der Anwendung bleiben.",
        "Diese E-Mails abbestellen",
        "Sie bekommen keine E-Mails dieser Art mehr.",
        "Auf der Seite Ihrer Hinweise können Sie neu wählen.",
    ),
    Language.ARABIC: _Words(
        "إلغاء الاشتراك",
        "هل تريد إيقاف هذا النوع من الرسائل؟ تبقى الإشعارات داخل التطبيق.",
        "إيقاف هذه الرسائل",
        "لن تصلك رسائل من هذا النوع بعد الآن.",
        "يمكنك تغيير اختيارك في صفحة إشعاراتك.",
    ),
}


def unsubscribe_routes(reader: PostgresNotifications, key: bytes) -> APIRouter:
    """Routes ``/unsubscribe/{link}``: looking at the page ends nothing, since mail programs look at links by themselves.

    Args:
        key: of the installation, for these links alone.
    """
    router = APIRouter(prefix=f"/{PAGE}", tags=["notifications"], dependencies=[Depends(public)])

    @router.get("/{link}")
    @documented(_PAGE, problems=[404])
    def show_unsubscribe_page(link: Link) -> Response:
        """Show the page that asks whether to end the mails of a topic."""
        language = reader.language(Unsubscription.parse(link, key).person)
        words = _WORDS[language]
        form = f'<form method="post"><button>{escape(words.button)}</button></form>'
        return plain_page(
            words.title,
            [f"<p>{escape(words.question)}</p>", form],
            language=language.value,
            policy={"form-action": "'self'"},
        )

    @router.post("/{link}")
    @documented(_PAGE, problems=[404])
    def end_mails(link: Link) -> Response:
        """End the mails of a topic to a person; also for mail programs, in one click (RFC 8058)."""
        asked = Unsubscription.parse(link, key)
        words = _WORDS[reader.opt_out(asked.person, asked.topic, Channel.MAIL) or Language.ENGLISH]
        parts = [f"<p>{escape(text)}</p>" for text in (words.done, words.hint)]
        return plain_page(words.title, parts, language=reader.language(asked.person).value)

    return router
