"""Events as text."""

from __future__ import annotations

import pytest

from drivetrain.core.errors import FieldError
from drivetrain.dispatch.events.adapters.decoding import decode_event


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "dispatch.not_json"),  # a message without a body
        (b"{", "dispatch.not_json"),
        (b'{"a": NaN}', "dispatch.not_json"),
        (b"\xff\xfe", "dispatch.not_json"),
        (b'{"a": 1, "a": 2}', "input.repeated_field"),
    ],
)
def test_text_that_is_no_event_gives_the_reason(text: bytes, code: str) -> None:
    error = decode_event(text)
    assert isinstance(error, FieldError)
    assert error.code == code


def test_json_is_given_as_it_is() -> None:
    assert decode_event(b'{"a": [1, null]}') == {"a": [1, None]}
