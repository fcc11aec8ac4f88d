"""The verdict finds nothing against a campaign in which all went well, and each thing that can go wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field, replace

import pytest
from bench.campaign.account import Account
from bench.campaign.oracle import Standing, Step
from bench.campaign.traffic import Report
from bench.campaign.verdict import (
    Dead,
    HeldDriver,
    KnownOffer,
    KnownStep,
    Poison,
    RideAccount,
    judge,
    wrong_drivers,
)

OFFER_US, RIDE_US = 1_000_000, 7_200_000_000
BAD: Dead = ("k", b"{}")


def report(driver_id: str, sequence: int) -> Report:
    return Report(driver_id, sequence, 40.0 + sequence, -74.0, "idle", "")


@dataclass
class Books:
    """A database as it stands after a campaign: one ride accepted, one offered, one untouched, one hold in vain."""

    steps: list[Step] = field(
        default_factory=lambda: [
            Step("r1", 1, "offered", "d1", 1, 0),
            Step("r1", 2, "accepted", "d1", 1, 500_000),
            Step("r2", 1, "offered", "d2", 2, 0),
            Step("r2", 2, "requested", "d2", 2, 100_000),
            Step("r2", 3, "offered", "d3", 3, 900_000),
        ]
    )
    logged: list[tuple[str, int, str]] = field(
        default_factory=lambda: [("r1", 2, "accepted"), ("r2", 2, "requested")]
    )
    table: list[tuple[str, Standing]] = field(
        default_factory=lambda: [
            ("r1", Standing("accepted", 2, "d1", 1)),
            ("r2", Standing("offered", 3, "d3", 3)),
            ("r3", Standing("requested", 0, None, None)),
        ]
    )
    holds: list[HeldDriver] = field(
        default_factory=lambda: [
            HeldDriver("d1", "r1", 1, RIDE_US),
            HeldDriver("d3", "r2", 3, 500_000),
            HeldDriver("d4", "r2", 4, 900_000),
        ]
    )
    due: set[str] = field(default_factory=set)
    decisions: list[str] = field(default_factory=lambda: ["o1", "o2", "o3", "m1"])
    reports: list[tuple[str, int]] = field(
        default_factory=lambda: [("d1", 1), ("d1", 2), ("d1", 2), ("d2", 1)]
    )
    requests: list[str] = field(default_factory=lambda: ["e1"])
    set_aside: list[Dead] = field(default_factory=lambda: [BAD])

    def history(self) -> Iterator[Step]:
        return iter(self.steps)

    def logged_steps(self) -> list[tuple[str, int, str]]:
        return self.logged

    def rides(self) -> list[tuple[str, Standing]]:
        return self.table

    def held(self) -> list[HeldDriver]:
        return self.holds

    def due_offers(self) -> Set[str]:
        return self.due

    def decision_ids(self) -> list[str]:
        return self.decisions

    def logged_reports(self) -> list[tuple[str, int]]:
        return self.reports

    def logged_requests(self) -> list[str]:
        return self.requests

    def dead(self) -> list[Dead]:
        return self.set_aside


@dataclass
class Campaign:
    """The books, and what clients know."""

    books: Books = field(default_factory=Books)
    account: Account = field(
        default_factory=lambda: Account(reports={"d1": {1, 2}, "d2": {1}}, requests={"e1"})
    )
    rides: RideAccount = field(
        default_factory=lambda: RideAccount(
            4,
            [KnownOffer("r1", "d1", 1, "o1"), KnownOffer("r2", "d3", 3, "o3")],
            [KnownStep("r1", 2, "accepted")],
            ["m1"],
        )
    )
    poison: Poison = field(default_factory=lambda: Poison(Counter([BAD]), Counter()))

    def findings(self) -> dict[str, list[str]]:
        found = judge(self.books, self.account, self.rides, self.poison, offer_us=OFFER_US, ride_us=RIDE_US)
        return {what: words for what, words in found.items() if words}


def test_nothing_is_found_where_all_is_well() -> None:
    assert Campaign().findings() == {}


def test_an_offer_that_is_over_and_not_ended_yet_needs_no_hold() -> None:
    campaign = Campaign()
    del campaign.books.holds[1]
    campaign.books.due = {"r2"}
    assert campaign.findings() == {}


def test_poison_whose_commit_was_not_answered_may_be_dead_or_not() -> None:
    for dead in ([BAD], []):
        campaign = Campaign(poison=Poison(Counter(), Counter([BAD])))
        campaign.books.set_aside = dead
        assert campaign.findings() == {}


def _hold_twice(campaign: Campaign) -> None:
    campaign.books.steps[4] = replace(campaign.books.steps[4], driver_id="d1")
    campaign.books.table[1] = ("r2", Standing("offered", 3, "d1", 3))


def _see_twice(campaign: Campaign) -> None:
    for fence in (1, 2):
        campaign.rides.watch.add("d9", f"r{fence}", fence, asked_s=0, answered_s=0, until_s=1)


def _go_back(campaign: Campaign) -> None:
    for fence, at_s in ((2, 0.0), (1, 5.0)):
        campaign.rides.watch.add("d9", f"r{fence}", fence, asked_s=at_s, answered_s=at_s, until_s=at_s + 1)


TWICE = "drivers held twice, by the histories"
STEPS = "steps that a ride does not have"
LOST = "acknowledged offers and steps that are not in the histories"
LEDGER = "acknowledged matches without their decision"
EVENTS = "acknowledged events lost, and events that nobody sent"
STANDINGS = "requests that do not stand as their history says"
LOG = "steps that the log and the histories do not both have"
HOLDS = "holds that do not fit the requests"
DEAD = "dead events that are no poison, and poison that is not dead"

HARM: list[tuple[str, Callable[[Campaign], object]]] = [
    (TWICE, _hold_twice),
    ("drivers held twice, as clients saw it", _see_twice),
    ("holds whose fence is not larger than an earlier one", _go_back),
    (STEPS, lambda c: c.books.steps.pop(3)),
    (LOST, lambda c: c.rides.offers.append(KnownOffer("r2", "d7", 5, "o3"))),
    (LOST, lambda c: c.rides.steps.append(KnownStep("r1", 3, "picked_up"))),
    (LOST, lambda c: c.books.steps.pop(1)),
    (LEDGER, lambda c: c.books.decisions.remove("o1")),
    (LEDGER, lambda c: c.books.decisions.append("o1")),
    (LEDGER, lambda c: c.books.decisions.remove("m1")),
    (EVENTS, lambda c: c.books.reports.remove(("d1", 1))),
    (EVENTS, lambda c: c.books.reports.append(("d3", 1))),
    (EVENTS, lambda c: c.books.requests.clear()),
    (EVENTS, lambda c: c.books.requests.append("e1")),
    (EVENTS, lambda c: c.books.requests.append("e2")),
    (STANDINGS, lambda c: c.books.table.pop(0)),
    (STANDINGS, lambda c: c.books.table.__setitem__(0, ("r1", Standing("picked_up", 3, "d1", 1)))),
    (STANDINGS, lambda c: c.books.table.__setitem__(0, ("r1", Standing("accepted", 2, "d1", 9)))),
    (STANDINGS, lambda c: c.books.table.__setitem__(2, ("r3", Standing("completed", 1, None, None)))),
    (LOG, lambda c: c.books.logged.pop()),
    (LOG, lambda c: c.books.logged.append(("r1", 2, "accepted"))),
    (LOG, lambda c: c.books.logged.append(("r1", 3, "picked_up"))),
    (HOLDS, lambda c: c.books.holds.pop(0)),
    (HOLDS, lambda c: c.books.holds.__setitem__(0, HeldDriver("d1", "r1", 8, RIDE_US))),
    (HOLDS, lambda c: c.books.holds.append(HeldDriver("d5", "r9", 9, OFFER_US + 1))),
    (DEAD, lambda c: c.books.set_aside.clear()),
    (DEAD, lambda c: c.books.set_aside.append(BAD)),
    (DEAD, lambda c: c.books.set_aside.append(("d1", b'{"driver_id": "d1"}'))),
    ("bodies of events that were answered wrongly", lambda c: c.account.wrong.append("x")),
    ("answers that no page describes", lambda c: c.account.answered("POST /match", 500)),
]


@pytest.mark.parametrize(("what", "harm"), HARM)
def test_each_thing_that_goes_wrong_is_found(what: str, harm: Callable[[Campaign], object]) -> None:
    campaign = Campaign()
    harm(campaign)
    assert what in campaign.findings()


def test_everything_that_is_judged_was_seen_to_fail() -> None:
    campaign = Campaign()
    judged = judge(
        campaign.books, campaign.account, campaign.rides, campaign.poison, offer_us=OFFER_US, ride_us=RIDE_US
    )
    assert {what for what, _ in HARM} == judged.keys()


EXPECTED = [("d1", report("d1", 2)), ("d2", report("d2", 1))]


def test_drivers_as_a_worker_knows_them() -> None:
    known = dict(EXPECTED)
    assert list(wrong_drivers(EXPECTED, known, worker="w")) == []
    assert list(wrong_drivers(EXPECTED, {**known, "d2": report("d2", 9)}, worker="w")) == [
        "w: d2: latitude 49.0 instead of 41.0"
    ]
    assert list(wrong_drivers(EXPECTED, {"d1": known["d1"]}, worker="w")) == ["w: d2 is not known"]
    stranger = {**known, "d3": report("d3", 1)}
    assert list(wrong_drivers(EXPECTED, stranger, worker="w")) == ["w: d3: nobody reported them"]
    busy = {**known, "d1": replace(known["d1"], status="on_trip", vehicle="van")}
    assert len(list(wrong_drivers(EXPECTED, busy, worker="w"))) == 2
