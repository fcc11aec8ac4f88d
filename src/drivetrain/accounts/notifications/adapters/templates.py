"""Messages in words: one template a message and language, from which text and HTML are made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from drivetrain.accounts.notifications.application.ports import Wording
from drivetrain.accounts.notifications.domain.messages import Language

FOLDER = Path(__file__).parent / "templates"

_ISOLATE, _POP = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


def worded(name: str, language: Language, values: Mapping[str, object]) -> Wording:
    """A message as it is sent by mail.

    Args:
        name: of the message.
        values: of the variables of its template; ``link`` and ``unsubscribe`` empty where the message has none.
    """
    values = _in_one_line(values)
    subject = _block(name, language, "subject", values)
    context = {**values, "subject": subject, "language": language.value, "direction": language.direction}
    text = _template("txt", name, language).render(context, layout="layout.txt.j2")
    html = _template("html", name, language).render(context, layout="layout.html.j2")
    return Wording(subject, text, html)


def summarized(name: str, language: Language, values: Mapping[str, object]) -> tuple[str, str]:
    """Title and text of a message as the application shows it, without greeting and footer; plain text."""
    values = _in_one_line(values)
    return _block(name, language, "subject", values), _block(name, language, "text", values).strip()


def subject_of(name: str, language: Language, values: Mapping[str, object]) -> str:
    """The subject of a message alone."""
    return _block(name, language, "subject", _in_one_line(values))


def _block(name: str, language: Language, block: str, values: Mapping[str, object]) -> str:
    template = _template("txt", name, language)
    return "".join(template.blocks[block](template.new_context({**values, "layout": "layout.txt.j2"})))


def _in_one_line(values: Mapping[str, object]) -> dict[str, object]:
    """The values without line breaks: a name must add neither a header to a mail nor a paragraph to its text."""
    return {name: _one_line(value) for name, value in values.items()}


def _one_line(value: object) -> object:
    if isinstance(value, list):
        return [_one_line(each) for each in value]
    return " ".join(value.split()) if isinstance(value, str) else value


@cache
def _environment(form: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=form == "html",  # noqa: S701 - in plain text there is nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["isolate"] = _isolated
    environment.filters["paragraphs"] = _paragraphs
    return environment


@cache
def _template(form: str, name: str, language: Language) -> Template:
    return _environment(form).get_template(f"{language.value}/{name}.j2")


@pass_eval_context
def _isolated(context: EvalContext, value: object) -> str:
    """A foreign word in Arabic text, so that its letters do not move the punctuation around it."""
    if context.autoescape:
        return Markup("<bdi>{}</bdi>").format(value)
    return f"{_ISOLATE}{value}{_POP}"


def _paragraphs(text: str) -> Markup:
    """Paragraphs divided by empty lines, as HTML."""
    parts = (part.strip() for part in re.split(r"\n\s*\n", str(escape(text))) if part.strip())
    lines = (part.replace("\n", "<br>\n") for part in parts)
    return Markup("\n".join(f"<p>{line}</p>" for line in lines))  # noqa: S704 - escaped above
