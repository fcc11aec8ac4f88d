"""The nearest word is found as by comparing all of them."""

from __future__ import annotations

import random

import pytest

from drivetrain.market.search.domain.spelling import Spelling, edits, most_edits

WORDS = (
    "volkswagen",
    "hyundai",
    "tucson",
    "fiesta",
    "focus",
    "golf",
    "golfplus",
    "3series",
    "5series",
    "208",
    "2008",
)


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [
        ("", "", 0),
        ("golf", "golf", 0),
        ("glof", "golf", 1),  # exchanged
        ("gol", "golf", 1),
        ("golff", "golf", 1),
        ("gulf", "golf", 1),
        ("kitten", "sitting", 3),
        ("", "abc", 3),
        ("ca", "abc", 3),  # alignment: no letter is edited twice
    ],
)
def test_edits(first, second, count):
    assert edits(first, second) == edits(second, first) == count


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("tucsn", "tucson"),
        ("tuscon", "tucson"),
        ("hunday", None),  # three edits
        ("hyunday", "hyundai"),
        ("volkswagon", "volkswagen"),
        ("wolkswagen", "volkswagen"),
        ("3seris", "3series"),
        ("4series", None),  # digits are never corrected
        ("209", None),
        ("gol", None),  # too short to be sure
        ("glof", "golf"),
    ],
)
def test_nearest(text, word):
    assert Spelling(dict.fromkeys(WORDS, 1)).nearest(text) == word


def test_of_two_that_are_as_near_the_frequent_one_is_meant():
    assert Spelling({"mondeo": 1, "mondea": 5}).nearest("monde") == "mondea"


def test_every_near_word_is_found():
    draw = random.Random(1)
    spelling = Spelling(dict.fromkeys(WORDS, 1))
    for _ in range(400):
        word = draw.choice([each for each in WORDS if each.isalpha()])
        place = draw.randrange(1, len(word))
        text = draw.choice(
            (
                word[:place] + word[place + 1 :],
                word[:place] + "z" + word[place:],
                word[:place] + "z" + word[place + 1 :],
            )
        )
        near = [each for each in WORDS if edits(text, each) <= most_edits(text)]
        found = spelling.nearest(text)
        assert (found is None) == (not near)
        assert found is None or found in near
