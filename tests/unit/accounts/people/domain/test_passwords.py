"""Passwords that everybody tries are refused, and long ones of one's own words are taken."""

from __future__ import annotations

import pytest

from drivetrain.accounts.people.domain.common_words import COMMON_WORDS
from drivetrain.accounts.people.domain.passwords import LONGEST, SHORTEST, check_password, normal_form
from drivetrain.core.errors import ContractError

OWN_WORDS = ("Magdalena Kowalczyk", "magda.kowal@wheels-of-lodz.example")


@pytest.mark.parametrize(
    "password",
    [
        "",
        "Xk7#mQ2vLp9",  # random, but eleven characters
        "a" * 200,
        "Password1234",  # a common word and a run
        "P4ssw0rd!2026",  # the same with other signs, and a year
        "qwertyuiop12",  # a row of the keyboard
        "0987654321qwerty",
        "azertyuiop89",
        "drivetrain2026!",  # the installation's own word
        "blueblueblueblue",  # one word, repeated
        "ababababababab",
        "correcthorsebatterystaple",  # the best known passphrase
        "iloveyou-sunshine",
        "letmein-letmein-now",
        "magdakowalczyk!",  # the owner's name
        "wheels-of-lodz-1",  # the owner's address
        "Willkommen2026!",
        "long enough but\x00no",
        "\ud800" + "long enough words",  # half a character
    ],
)
def test_a_password_that_others_would_guess_is_refused_and_not_repeated(password: str) -> None:
    with pytest.raises(ContractError) as refused:
        check_password(password, OWN_WORDS, field="/new_password")
    (error,) = refused.value.errors
    assert (error.code, error.pointer) == ("people.weak_password", "/new_password")
    assert not password or password not in error.detail + refused.value.detail


@pytest.mark.parametrize(
    "password",
    [
        "kettle sofa ninety rivers",
        "Xk7#mQ2vLp9z",
        "grüne Fahrräder überall",
        "пароль из слов без смысла",
        "صندوق أزرق فوق الجبل",
        "🚲🛶🎺🪁🧵🪴🦔🧇🪑🥁 kayak zither",
        "tt9 vv7 pp3 kk2",
    ],
)
def test_a_password_of_ones_own_is_taken(password: str) -> None:
    assert check_password(password, OWN_WORDS) == normal_form(password)


def test_two_ways_to_type_one_letter_are_one_password() -> None:
    assert check_password("grüne Fahrräder überall") == check_password("grüne Fahrräder überall")


def test_the_bounds_are_those_that_are_announced() -> None:
    words = "kettle sofa ninety rivers zinc moped " * 4
    assert check_password(words[:LONGEST].strip("x"))
    with pytest.raises(ContractError):
        check_password((words * 2)[: LONGEST + 1])
    assert len(check_password("kettle sofa9")) == SHORTEST


def test_the_list_of_common_words_holds_nothing_that_would_refuse_everything() -> None:
    assert min(map(len, COMMON_WORDS)) >= 3
    assert all(word == word.casefold() and word.isalpha() for word in COMMON_WORDS)
