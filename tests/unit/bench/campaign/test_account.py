"""What clients count, and answers that do not say what they must."""

from __future__ import annotations

from typing import Any

import pytest
from bench.campaign.account import Account
from bench.campaign.traffic import Report, Row

GOOD = Row(b"{}", Report("d1", 3, 1.0, 2.0, "idle", ""))
POISON = Row(b"x", code="dispatch.not_json")
REQUEST = Row(b"{}", request_id="e1")


def answer(accepted: int, repeated: int, refused: dict[int, str]) -> dict[str, Any]:
    return {
        "counts": {"accepted": accepted, "repeated": repeated, "refused": len(refused)},
        "refused": [{"row": row, "errors": [{"code": code}]} for row, code in refused.items()],
    }


def test_what_is_not_refused_is_acknowledged() -> None:
    account = Account()
    account.acknowledge([GOOD, POISON, REQUEST], answer(2, 0, {2: "dispatch.not_json"}))
    assert account.reports == {"d1": {3}}
    assert account.requests == {"e1"}
    assert dict(account.drivers.items()) == {"d1": GOOD.report}
    assert account.events == 2
    assert account.poison == {"dispatch.not_json": 1}
    assert account.wrong == []


def test_the_same_again_counts_once() -> None:
    account = Account()
    for _ in range(2):
        account.acknowledge([GOOD, REQUEST], answer(1, 1, {}))
    assert account.events == 2


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ([GOOD, POISON], answer(2, 0, {})),  # poison was accepted
        ([GOOD, POISON], answer(1, 0, {2: "dispatch.bad_id"})),  # for another reason
        (
            [GOOD, POISON],
            answer(0, 0, {1: "dispatch.not_json", 2: "dispatch.not_json"}),
        ),  # a good one was refused
        ([GOOD, GOOD], answer(1, 0, {})),  # one is not accounted for
    ],
)
def test_an_answer_that_does_not_say_what_it_must_is_a_finding(
    rows: list[Row], wrong: dict[str, Any]
) -> None:
    account = Account()
    account.acknowledge(rows, wrong)
    assert account.wrong


def test_a_refused_report_is_not_acknowledged() -> None:
    account = Account()
    account.acknowledge([GOOD, REQUEST], answer(1, 0, {1: "dispatch.bad_id"}))
    assert account.reports == {}
    assert len(account.drivers) == 0


def test_of_more_poison_than_is_named_the_first_hundred_are_compared() -> None:
    account = Account()
    rows = [POISON] * 150
    named = answer(0, 0, dict.fromkeys(range(1, 101), POISON.code))
    named["counts"]["refused"] = 150
    account.acknowledge(rows, named)
    assert account.wrong == []


@pytest.mark.parametrize(
    ("status", "is_documented"),
    [(0, True), (200, True), (409, True), (503, True), (500, False), (422, False)],
)
def test_answers_that_no_page_describes_are_findings(status: int, is_documented: bool) -> None:
    account = Account()
    account.answered("POST /match", status)
    assert account.statuses == {status: 1}
    assert (account.undocumented == []) is is_documented
