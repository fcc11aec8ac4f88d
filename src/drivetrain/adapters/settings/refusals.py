"""Why the value of a setting cannot be used, in our words: what is accepted, and what was given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

LONGEST_SHOWN = 60
"""Characters of a refused value that are repeated; the start is enough to find it."""

_KINDS: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    SecretStr: "a text that is kept secret",
}
_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
_CHOICES = re.compile(r"\^\(([\w|]+)\)\$")


def refusal(field: FieldInfo, error: Mapping[str, Any]) -> str:
    """One sentence about a refused value.

    Args:
        field: the setting.
        error: one error of pydantic's ``ValidationError.errors()``.

    Returns:
        What the setting is, what it accepts, and the value, which is left out where it is a secret.
    """
    rule = error["ctx"]["error"] if error["type"] == "value_error" else f"accepts {accepted(field)}"
    return f"{(field.description or '').rstrip('.')}: {rule}; {_given(field, error['input'])}."


def accepted(field: FieldInfo) -> str:
    """What a setting accepts, from its type and constraints: ``a whole number, at least 1, at most 64``."""
    pattern = next((rule.pattern for rule in field.metadata if getattr(rule, "pattern", None)), None)
    if pattern is not None:
        choices = _CHOICES.fullmatch(pattern)
        return f"one of {', '.join(choices[1].split('|'))}" if choices else f"text of the form {pattern}"
    kind = next((_KINDS[each] for each in types_of(field) if each in _KINDS), "text")
    bounds = [
        f"{words} {getattr(rule, name)}"
        for rule in field.metadata
        for name, words in _BOUNDS.items()
        if getattr(rule, name, None) is not None
    ]
    return ", ".join([kind, *bounds])


def _given(field: FieldInfo, value: object) -> str:
    if is_secret(field):
        return "the value given is not shown"
    shown = repr(value)
    return f"given was {shown if len(shown) <= LONGEST_SHOWN else f'{shown[:LONGEST_SHOWN]} ...'}"


def is_secret(field: FieldInfo) -> bool:
    """True for a setting that is never shown."""
    return SecretStr in types_of(field)


def types_of(field: FieldInfo) -> tuple[Any, ...]:
    """The types that a setting may have."""
    return get_args(field.annotation) or (field.annotation,)
