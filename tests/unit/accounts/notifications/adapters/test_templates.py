"""Every message is written in every language, and takes the same values there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from jinja2 import Environment, UndefinedError, meta

from drivetrain.accounts.notifications.adapters.templates import FOLDER, summarized, worded
from drivetrain.accounts.notifications.domain.messages import KINDS, LISTS, Language, MessageKind

LANGUAGES = list(Language)
OF_EVERY_MAIL = {
    *("name", "sender", "link", "until", "unsubscribe", "subject", "language", "direction", "layout"),
}
each_message = pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def variables(path: Path) -> set[str]:
    """The variables of one template file."""
    environment = Environment()
    environment.filters["isolate"] = str
    return meta.find_undeclared_variables(environment.parse(path.read_text(encoding="utf-8"))) - {"layout"}


def values_of(kind: MessageKind, **others: str) -> Mapping[str, object]:
    shown = {
        name: [f"the {name}", "more"] if name in LISTS else f"the {name}"
        for name in kind.arguments
        if name != "token_id"
    }
    link = "https://cars.example/verify?token=a&b" if kind.link else ""
    leave = "" if kind.is_essential else "https://cars.example/unsubscribe/x"
    return {
        **{"name": "Ann", "sender": "Cars", "link": link, "until": "noon", "unsubscribe": leave},
        **shown,
        **others,
    }


def test_the_folder_holds_the_messages_and_nothing_else() -> None:
    for language in LANGUAGES:
        names = {path.stem for path in (FOLDER / language).glob("*.j2")}
        assert names == {*KINDS, "_frame"}
    assert {path.name for path in FOLDER.iterdir()} == {*LANGUAGES, "layout.txt.j2", "layout.html.j2"}


@pytest.mark.parametrize("name", [*KINDS, "_frame"])
def test_a_template_takes_the_same_values_in_every_language(name: str) -> None:
    taken = [variables(FOLDER / language / f"{name}.j2") for language in LANGUAGES]
    assert taken[0] == taken[1] == taken[2]


@each_message
def test_a_template_takes_what_its_message_gives(kind: MessageKind) -> None:
    taken = variables(FOLDER / "en" / f"{kind.name}.j2")
    assert taken <= {*kind.arguments, *OF_EVERY_MAIL} - {"token_id"}
    assert ("until" in taken) == bool(kind.link)
    assert {*kind.arguments} - {"token_id"} <= taken  # nothing is stored that nobody reads


@each_language
@each_message
def test_text_and_html_hold_every_value_and_the_link(kind: MessageKind, language: Language) -> None:
    wording = worded(kind.name, language, values_of(kind))
    assert wording.subject and "\n" not in wording.subject
    for name in kind.arguments:
        if name != "token_id":
            assert f"the {name}" in wording.text + wording.subject
            assert f"the {name}" in wording.html
    assert ("https://cars.example/verify?token=a&b" in wording.text) == bool(kind.link)
    assert ('href="https://cars.example/verify?token=a&amp;b"' in wording.html) == bool(kind.link)
    assert ("https://cars.example/unsubscribe/x" in wording.text) == (not kind.is_essential)
    assert ('href="https://cars.example/unsubscribe/x"' in wording.html) == (not kind.is_essential)
    assert f'<html lang="{language}" dir="{language.direction}">' in wording.html
    assert "{{" not in wording.text + wording.html
    assert "{%" not in wording.text + wording.html


@each_language
def test_a_name_adds_neither_markup_nor_a_line(language: Language) -> None:
    evil = 'A<script>alert(1)</script>"\r\nBcc: x@y.example\n\nYour prize'
    wording = worded("invitation", language, values_of(KINDS["invitation"], company=evil))
    assert "<script>" not in wording.html
    assert "&lt;script&gt;" in wording.html
    assert "\n" not in wording.subject and "\r" not in wording.subject
    assert not re.search(r"^(Bcc|Your prize)", wording.text, re.MULTILINE)


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="company"):
        worded("invitation", Language.ENGLISH, {"name": "", "sender": "", "link": "", "until": ""})


@each_language
def test_foreign_words_do_not_move_arabic_punctuation(language: Language) -> None:
    wording = worded("invitation", language, values_of(KINDS["invitation"]))
    assert ("\N{FIRST STRONG ISOLATE}the company\N{POP DIRECTIONAL ISOLATE}" in wording.text) == (
        language == "ar"
    )
    assert ("<bdi>the company</bdi>" in wording.html) == (language == "ar")


@each_language
def test_the_application_shows_the_message_without_greeting_and_footer(language: Language) -> None:
    kind = KINDS["task_failed"]
    title, text = summarized(kind.name, language, values_of(kind))
    assert "the task" in title
    assert "the reason" in text
    assert "Ann" not in text and "Cars" not in text


@each_language
def test_a_line_of_a_list_is_one_line(language: Language) -> None:
    values = {**values_of(KINDS["saved_searches"]), "new_cars": ["A\n\nYour prize", "B"], "cheaper_cars": []}
    wording = worded("saved_searches", language, values)
    assert re.search(r"A Your prize", wording.text)
    assert wording.text.count("\n- ") == 6
