"""Who is the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.dispatch.events.domain.identity import LONGEST_ID, identity


@given(st.text(max_size=40))
def test_an_id_is_its_own_identity(text: str) -> None:
    known = identity(text)
    if known is not None:
        assert identity(known) == known
        assert 0 < len(known) <= LONGEST_ID
        assert known.isprintable()


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20))
def test_case_and_spaces_around_make_no_difference(text: str) -> None:
    assert identity(text) == identity(f"  {text.upper()} ") == identity(text.lower())


@pytest.mark.parametrize(
    "text", ["", "  ", "\x00", "a\x00b", "a\u200bb", "x" * 65, "\ud800", "x" + " " * 128]
)
def test_what_is_no_id(text: str) -> None:
    assert identity(text) is None


@pytest.mark.parametrize(("one", "other"), [("a b", "ab"), ("a-b", "a_b"), ("7", "07")])
def test_inside_of_an_id_everything_counts(one: str, other: str) -> None:
    assert identity(one) != identity(other)


def test_a_long_text_is_no_id_before_its_normal_form_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of the normal form grows with the square of the marks: an event of 64 KB took seconds."""

    def refuse(*_: object) -> str:
        raise AssertionError("normalized")

    with monkeypatch.context() as patch:
        patch.setattr(unicodedata, "normalize", refuse)
        known = identity("a" + "\u0301" * 50_000 + "\u0316" * 50_000)
    assert known is None
