"""A campaign with a finding misses its target; one without meets all."""

from __future__ import annotations

from collections import Counter

import pytest
from bench.campaign.account import Account
from bench.campaign.campaign import LONG, Outcome
from bench.campaign.measure import figures_of
from bench.campaign.verdict import RideAccount


def outcome(words: list[str]) -> Outcome:
    findings = {"drivers held twice, as clients saw it": words, "steps that a ride does not have": []}
    return Outcome(Account(), RideAccount(matches=900), Counter(worker=3, database=2), 7, findings, 3.0)


@pytest.mark.parametrize("words", [[], ["d1: r2 (2) beside r1 (1)"]])
def test_each_finding_misses_its_target(words: list[str]) -> None:
    figures = {figure.what.strip(): figure for figure in figures_of("clean", LONG, outcome(words))}
    assert figures["drivers held twice, as clients saw it"].is_met is (words == [])
    assert figures["drivers held twice, as clients saw it"].raw["first"] == words
    assert figures["steps that a ride does not have"].is_met is True
    assert figures["killed"].raw == {"runs": [5], "worker": 3, "database": 2}
    assert figures["matches"].raw["runs"] == [300.0]


def test_what_was_found_is_told_the_first_few_of_each_kind() -> None:
    assert outcome([]).against() == {}
    assert outcome([str(number) for number in range(9)]).against() == {
        "drivers held twice, as clients saw it": ["0", "1", "2", "3", "4"]
    }
