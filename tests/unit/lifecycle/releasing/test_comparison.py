"""The report says how many answers moved, how far, and for whom; figures worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from drivetrain.lifecycle.releasing.comparison import (
    FEWEST_OF_A_GROUP,
    MOST_LARGEST,
    Pair,
    PairedDifference,
    group_fields,
    in_words,
)
from drivetrain.rental.price.model.contract import RENTAL_PRICE


def pair(
    number: int, ours: float, theirs: float, fuel: str = "diesel", caller: str = "shop", version: str = "1"
) -> Pair:
    def answer(price: float) -> bytes:
        return json.dumps({"price": price}).encode()

    return Pair(
        f"id-{number}", caller, version, json.dumps({"fuel": fuel}).encode(), answer(ours), answer(theirs)
    )


def report(*pairs: Pair):
    difference = PairedDifference("price", ["fuel"])
    for at in range(0, len(pairs), 7):  # in chunks, as a store gives them
        difference.add(pairs[at : at + 7])
    return difference.report()


def test_without_pairs_the_report_is_empty():
    assert report() == {"decisions": 0, "identical": 0, "changed": 0, "failed": 0, "answered_by": {}}


def test_what_cannot_be_compared_is_counted_with_its_ids_and_ends_nothing():
    """No answer, an answer of another day without the amount, and one that is no JSON."""
    whole = pair(1, 100, 110)
    odd = [
        replace(pair(2, 100, 1), other_json=None),
        replace(pair(3, 100, 1), answer_json=b'{"amount": 3}'),
        replace(pair(5, 100, 1), answer_json=b"{"),
    ]
    told = report(*odd, whole)
    assert (told["decisions"], told["failed"], told["failed_examples"]) == (1, 3, ["id-2", "id-3", "id-5"])
    assert told["change"]["mean"] == pytest.approx(0.1)
    assert report(*odd)["failed"] == 3
    assert report(replace(whole, input_json=b"{}"))["decisions"] == 1  # a row need not have every field


def test_from_nothing_to_something_is_the_whole_of_it():
    told = report(pair(1, 0, 0), pair(2, 0, 5), pair(3, 0, -5), pair(4, -10, -5))
    assert sorted(case["change"] for case in told["largest"]) == [-1.0, 0.5, 1.0]


class TestInWords:
    def test_the_same_answers(self):
        assert in_words(report(pair(1, 5, 5), pair(2, 7, 7)), "x") == [
            "All 2 answers are identical, byte by byte."
        ]

    def test_nothing_yet(self):
        assert in_words(report(), "x") == ["There is no pair of answers to compare yet."]

    def test_what_changes_how_far_and_for_whom(self):
        pairs = [pair(number, 100, 110, fuel="electro") for number in range(30)]
        pairs += [pair(number, 100, 100) for number in range(30, 60)]
        told = in_words(
            report(*pairs, replace(pair(60, 1, 1), other_json=None)), "what version 2 would change"
        )
        assert told == [
            "Decisions that could not be answered again: 1.",
            "60 answers were compared to see what version 2 would change; 30 are identical.",
            "50.0% move by more than 5% of the former answer. On average answers change by +5.0%; "
            "half of them by +0.0% to +10.0%, nine in ten by +0.0% to +10.0%.",
            "Most affected (mean change, decisions): fuel electro (+10.0%, 30); caller shop (+5.0%, 60).",
        ]


def test_four_pairs_by_hand():
    """Changes: 0, +10 %, -20 %, +5 % (which is not more than 5 %)."""
    told = report(pair(1, 100, 100), pair(2, 100, 110), pair(3, 50, 40, version="3"), pair(4, 200, 210))
    assert (told["decisions"], told["identical"], told["answered_by"]) == (4, 1, {"1": 3, "3": 1})
    assert told["moved_share"] == 0.5
    assert told["change"]["mean"] == pytest.approx(-0.0125)
    assert told["change"]["mean_absolute"] == pytest.approx(0.0875)
    assert told["change"]["p50"] == pytest.approx(0.025)
    assert [(case["decision_id"], case["from"], case["to"]) for case in told["largest"]] == [
        ("id-3", 50, 40),
        ("id-2", 100, 110),
        ("id-4", 200, 210),
    ]
    assert told["affected"] == []  # nobody is named by so few cases
    assert (told["changed"], told["unmoved"]) == (3, 1)


def test_the_histogram_holds_each_answer_that_moves_once_and_a_bar_ends_at_its_bound():
    """-60, -50, -20, 0, +0.5, +1, +5, +5.5 and +200 %."""
    theirs = [40, 50, 80, 100, 100.5, 101, 105, 105.5, 300]
    bars = report(*(pair(number, 100, price) for number, price in enumerate(theirs)))["histogram"]
    assert [(bar["above"], bar["to"], bar["decisions"]) for bar in bars if bar["decisions"]] == [
        (None, -0.5, 2),
        (-0.25, -0.1, 1),
        (0.0, 0.01, 2),
        (0.02, 0.05, 1),
        (0.05, 0.1, 1),
        (0.5, None, 1),
    ]
    assert [bar["above"] for bar in bars[1:]] == [bar["to"] for bar in bars[:-1]]


def test_the_largest_changes_are_named_twenty_at_most():
    pairs = [pair(number, 100, 100 + number) for number in range(2 * MOST_LARGEST)]
    largest = report(*pairs)["largest"]
    assert [case["decision_id"] for case in largest] == [
        f"id-{number}" for number in range(2 * MOST_LARGEST - 1, MOST_LARGEST - 1, -1)
    ]


def test_the_most_affected_group_comes_first_and_small_ones_are_left_out():
    dear = [pair(number, 100, 120, fuel="electro", caller="fleet") for number in range(FEWEST_OF_A_GROUP)]
    same = [pair(number, 100, 100) for number in range(2 * FEWEST_OF_A_GROUP)]
    few = [pair(number, 100, 300, fuel="petrol", caller="shop") for number in range(FEWEST_OF_A_GROUP - 1)]
    affected = report(*dear, *same, *few)["affected"]
    groups = {(group["field"], group["value"]): group for group in affected}
    assert set(groups) == {("fuel", "electro"), ("fuel", "diesel"), ("caller", "fleet"), ("caller", "shop")}
    assert groups["fuel", "electro"]["mean_change"] == pytest.approx(0.2)
    assert groups["fuel", "electro"]["moved_share"] == 1.0
    assert groups["fuel", "diesel"]["mean_change"] == 0.0
    changes = [abs(group["mean_change"]) for group in affected]
    assert changes == sorted(changes, reverse=True)


def test_groups_are_told_apart_by_the_words_of_the_contract():
    assert group_fields(RENTAL_PRICE) == ["model_key", "fuel", "paint_color", "car_type"]


def test_words_move_when_they_are_another_word():
    """Segments of buyers: two of four answers name another one."""
    difference = PairedDifference("segment", [])
    words = [("s1", "s1"), ("s1", "s2"), ("s3", "s1"), ("s2", "s2")]
    difference.add(
        Pair(
            f"id-{at}",
            "shop",
            "1",
            b"{}",
            json.dumps({"segment": ours}).encode(),
            json.dumps({"segment": theirs}).encode(),
        )
        for at, (ours, theirs) in enumerate(words)
    )
    told = difference.report()
    assert "histogram" not in told
    assert (told["identical"], told["moved_share"], told["change"]["mean"]) == (2, 0.5, 0.5)
    assert told["moved_means"] == "to another word than the former answer"
    assert [(case["from"], case["to"]) for case in told["largest"]] == [("s1", "s2"), ("s3", "s1")]
    assert in_words(told, "what version 2 would change") == [
        "4 answers were compared to see what version 2 would change; 2 are identical.",
        "50.0% move to another word than the former answer.",
    ]
