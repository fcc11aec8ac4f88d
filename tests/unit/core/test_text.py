"""What people write is compared without accents, case and separators, and the nearest accepted word is found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.core.text import compact, is_plain, nearest, spelling_key


@pytest.mark.parametrize("text", ["Citroën", "citroen", "CITROËN", " citroën ", "Citroe\u0308n", "CITROEN"])
def test_spellings_of_one_make_share_a_key(text):
    assert spelling_key(text) == "citroen"


@pytest.mark.parametrize(
    "text", ["mercedes-benz", "Mercedes_Benz", "MERCEDES  BENZ", "mercedes\u00a0benz", "mercedes -_ benz"]
)
def test_separators_do_not_matter(text):
    assert spelling_key(text) == "mercedes benz"


@pytest.mark.parametrize(("one", "other"), [("Opel", "Open"), ("alfa", "alpha"), ("a b", "ab")])
def test_different_words_keep_different_keys(one, other):
    assert spelling_key(one) != spelling_key(other)


@pytest.mark.parametrize("text", ["RAV4", "RAV 4", "rav-4", "R.A.V. 4!"])
def test_a_compact_key_has_neither_spaces_nor_punctuation(text):
    assert compact(spelling_key(text)) == "rav4"


@given(st.text())
def test_a_key_is_its_own_key(text):
    assert spelling_key(spelling_key(text)) == spelling_key(text)


def test_the_nearest_word_comes_first_in_its_canonical_spelling():
    assert nearest("DIESL", ["petrol", "diesel", "electro"]) == ["diesel"]
    assert nearest("hybrid", ["hybrid_petrol", "petrol", "diesel"])[0] == "hybrid_petrol"


def test_nothing_is_near_to_nonsense():
    assert nearest("qqqqqq", ["petrol", "diesel"]) == []
    assert nearest("", ["petrol"]) == []


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Citroën", True),
        ("比亚迪", True),
        ("", True),
        ("x" * 64, True),
        ("x" * 65, False),
        ("a\nb", False),
        ("a\x00b", False),
        ("a\x1bb", False),  # would drive a terminal
        ("a\ud800b", False),  # half a character
    ],
)
def test_plain_text_is_short_and_without_control_characters(text, plain):
    assert is_plain(text, longest=64) is plain
