"""A field that an object has twice is refused wherever it stands, and nothing else is."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.adapters.http.repeated_fields import has_all_fields, refuse_repeated_fields
from drivetrain.core.errors import ContractError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(':"\\{},a', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(':"\\{},a', max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


_COLON = "\ue000"
"""Takes the place of a colon until it is escaped."""


def _with_other_colons(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(":", _COLON)
    if isinstance(value, list):
        return [_with_other_colons(item) for item in value]
    if isinstance(value, dict):
        return {_with_other_colons(key): _with_other_colons(item) for key, item in value.items()}
    return value


def pointers(text: bytes) -> list[str]:
    """Where the refusal points."""
    assert not has_all_fields(text, orjson.loads(text))
    with pytest.raises(ContractError) as refused:
        refuse_repeated_fields(text, orjson.loads(text))
    assert {error.code for error in refused.value.errors} == {"input.repeated_field"}
    return [error.pointer for error in refused.value.errors]


@given(VALUES)
def test_json_without_repeated_fields_passes_whatever_its_strings_contain(value: Any) -> None:
    plain, escaped = json.dumps(value), json.dumps(_with_other_colons(value), ensure_ascii=False)
    for text in (
        plain,
        json.dumps(value, ensure_ascii=False, indent=1),
        escaped.replace(_COLON, "\\u003a"),
        escaped.replace(_COLON, "\\u003A"),
    ):
        assert json.loads(text) == value
        assert has_all_fields(text.encode(), orjson.loads(text))
        refuse_repeated_fields(text.encode(), orjson.loads(text))


@given(VALUES, VALUES)
def test_a_repeated_field_is_refused_whatever_stands_beside_it(first: Any, second: Any) -> None:
    text = b'{"a": %s, "b": %s, "a": 1}' % (json.dumps(first).encode(), json.dumps(second).encode())
    assert pointers(text) == ["/a"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'{"a": 1, "a": 1}', ["/a"]),
        (b'{"a": 1, "\\u0061": 2}', ["/a"]),  # the same name in another spelling
        (b'{"a/b": 1, "a/b": 2}', ["/a~1b"]),
        (b'[{"a": 1}, {"b": {"c": 1, "c": 2, "c": 3}}]', ["/1/b/c"]),
        (b'{"a": 1, "a": "\\u003a"}', ["/a"]),  # a colon that is not written as one
        (b'{"a": 1, "a": 2, "b": 1, "b": 2}', ["/a", "/b"]),
        (b'{"a": "%s", "a": 1}' % (b"x" * (1 << 20)), ["/"]),  # too large to look for the place
        (b'{"a": 1, "a": %s1%s}' % (b"[" * 1_000, b"]" * 1_000), ["/"]),
    ],
)
def test_the_place_is_named(text: bytes, expected: list[str]) -> None:
    assert pointers(text) == expected


def test_the_same_name_in_different_objects_is_no_repetition() -> None:
    text = b'[{"at": "12:30:00", "x": {"at": "1:2"}}, {"at": "12:30:00"}]'
    refuse_repeated_fields(text, orjson.loads(text))


@pytest.mark.parametrize("inner", ['{"a": ":", "b": "\\u003a"}', "1"])
def test_what_is_nested_too_deeply_for_the_fast_comparison_is_compared_slowly(inner: str) -> None:
    text = f"{'[' * 600}{inner}{']' * 600}".encode()
    assert not has_all_fields(text, orjson.loads(text))
    refuse_repeated_fields(text, orjson.loads(text))
