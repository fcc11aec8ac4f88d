"""Two spellings of one address are one account; what nobody can write to is refused."""

from __future__ import annotations

import pytest

from drivetrain.accounts.people.adapters.addresses import read_address
from drivetrain.core.errors import ContractError


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada@Example.ORG ", "ada@example.org"),
        ("ADA@EXAMPLE.ORG", "ada@example.org"),
        ("jürgen@example.org", "jürgen@example.org"),
        ("ju\u0308rgen@example.org", "jürgen@example.org"),  # decomposed, as macOS types it
        ("ada@münchen.example.org", "ada@münchen.example.org"),
        ("ada@xn--mnchen-3ya.example.org", "ada@münchen.example.org"),  # punycode
        ("straße@example.org", "strasse@example.org"),
        ("ada+cars@example.org", "ada+cars@example.org"),  # another address, as providers disagree
        ("admin@drivetrain.internal", "admin@drivetrain.internal"),
    ],
)
def test_one_address_has_one_key(text: str, key: str) -> None:
    assert read_address(text).key == key


def test_the_address_is_written_to_as_it_was_given() -> None:
    assert read_address(" Ada.Lovelace@Example.org ").text == "Ada.Lovelace@example.org"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "@cars.example.org",
        "ada@example",
        "ada@@example.org",
        "ada @example.org",
        "a\x00da@example.org",
        "ada@example.org\nBcc: all@example.org",  # a second header
        "Ada <ada@example.org>",
        '"quoted words"@example.org',
        "ada@[127.0.0.1]",
        "ada@exam\ud800ple.org",
        "a" * 300 + "@example.org",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ContractError) as refused:
        read_address(text, field="/email")
    (error,) = refused.value.errors
    assert (error.code, error.pointer) == ("people.bad_email", "/email")
    assert not text or text not in error.detail
