"""The messages: their arguments are checked, and languages are known by their tag."""

from __future__ import annotations

import pytest

from drivetrain.accounts.notifications.domain.messages import KINDS, Channel, Language, kind_of, language_of
from drivetrain.core.errors import InvalidInputError

PROMOTED = {"model": "m", "version": "3", "actor": "ann", "reason": "better", "at": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("tag", "language"),
    [("de", "de"), ("de-AT", "de"), ("AR", "ar"), ("ar-EG", "ar"), ("fr", "en"), ("", "en"), (None, "en")],
)
def test_a_tag_gives_a_language_that_messages_are_written_in(tag: str | None, language: str) -> None:
    assert language_of(tag) is Language(language)


def test_arabic_runs_from_right_to_left() -> None:
    assert [language.direction for language in Language] == ["ltr", "ltr", "rtl"]


def test_the_arguments_of_a_message_are_taken() -> None:
    kind_of("model_promoted").check(PROMOTED)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {name: value for name, value in PROMOTED.items() if name != "reason"},
        {**PROMOTED, "link": "https://x.example"},  # a link is never an argument
        {**PROMOTED, "reason": "x" * 501},
    ],
)
def test_others_are_refused(arguments: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError) as raised:
        kind_of("model_promoted").check(arguments)
    assert raised.value.code == "notifications.bad_arguments"


def test_an_unknown_message_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="verify_email"):
        kind_of("greeting")


def test_a_message_with_a_link_goes_by_mail_alone() -> None:
    """Whoever holds the session of a browser must not read a link that proves who holds the mailbox."""
    for kind in KINDS.values():
        if kind.link:
            assert kind.channels == {Channel.MAIL}
            assert kind.is_essential
            assert "token_id" in kind.arguments
