"""Events as somebody sends them: JSON, each field once."""

from __future__ import annotations

import orjson

from drivetrain.adapters.http.repeated_fields import has_all_fields, refuse_repeated_fields
from drivetrain.core.errors import ContractError, FieldError


def decode_event(text: bytes) -> object:
    """One event; a ``FieldError`` where the text is none."""
    try:
        event: object = orjson.loads(text)
        if not has_all_fields(text, event):
            refuse_repeated_fields(text, event)
    except orjson.JSONDecodeError:
        return FieldError("dispatch.not_json", "The event is not JSON; NaN and Infinity are not either.")
    except ContractError as error:
        return error.errors[0]
    return event
