"""Reading a model's recipe from what a person or an earlier version wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from drivetrain.core.errors import FieldError, InvalidInputError

R = TypeVar("R")


def read_recipe(kind: type[R], plain: Mapping[str, Any]) -> R:
    """The recipe of these settings; what is left out keeps its default.

    Args:
        kind: a dataclass whose fields all have defaults of plain types.

    Raises:
        InvalidInputError: a setting is not known or has the wrong type.
    """
    types = {field.name: type(field.default) for field in fields(kind)}  # type: ignore[arg-type]
    errors = [
        FieldError(
            "train.bad_setting",
            f"{name} is not a setting of {types.get(name, 'this recipe')}.",
            pointer=f"/{name}",
        )
        for name, value in plain.items()
        if name not in types or not _is_a(types[name], value)
    ]
    if errors:
        raise InvalidInputError(
            f"The recipe has unknown or wrong settings; known: {', '.join(types)}.", errors=errors
        )
    return kind(**plain)


def _is_a(wanted: type, value: object) -> bool:
    """True for a value of the type; whole numbers are numbers, booleans are not."""
    if wanted is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return type(value) is wanted
