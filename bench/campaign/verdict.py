"""Holding what clients were acknowledged against what stands in the database: findings in words, none where all is well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Protocol

from bench.campaign.account import Account
from bench.campaign.holds import HoldWatch, meeting, spans
from bench.campaign.oracle import HOLDING, Standing, Step, standings, wrong_steps
from bench.campaign.traffic import Report

LONGEST_WAIT_US = 6_000_000
"""Longest that a statement of the platform waits for a lock, with room."""

Dead = tuple[str, bytes]
"""Key and body of a dead event."""


@dataclass(frozen=True, slots=True)
class HeldDriver:
    """A row of the holds that are not over."""

    driver_id: str
    request_id: str
    fence: int
    left_us: int


@dataclass(frozen=True, slots=True)
class KnownOffer:
    """An offer that a client was answered."""

    request_id: str
    driver_id: str
    fence: int
    decision_id: str


@dataclass(frozen=True, slots=True)
class KnownStep:
    """A step that a client was answered."""

    request_id: str
    version: int
    state: str


@dataclass(slots=True)
class RideAccount:
    """What riders and drivers were answered.

    Attributes:
        matches: how many matches were answered, with a driver or without.
        decisions: of matches without an offer.
    """

    matches: int = 0
    offers: list[KnownOffer] = field(default_factory=list)
    steps: list[KnownStep] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    watch: HoldWatch = field(default_factory=HoldWatch)


class Evidence(Protocol):
    """The database at one instant; each method may be asked once or more."""

    def history(self) -> Iterator[Step]:
        """All steps, by request and version."""
        ...

    def logged_steps(self) -> Iterable[tuple[str, int, str]]:
        """Request, version and state of the steps in the log of events; offers do not stand there."""
        ...

    def rides(self) -> Iterable[tuple[str, Standing]]:
        """Where each request stands by the table of rides; driver and fence as they are there."""
        ...

    def held(self) -> Iterable[HeldDriver]:
        """Holds whose time is not over."""
        ...

    def due_offers(self) -> Set[str]:
        """Requests whose offer is over and was not ended yet."""
        ...

    def decision_ids(self) -> Iterable[str]:
        """Ids of the decisions in the ledger."""
        ...

    def logged_reports(self) -> Iterable[tuple[str, int]]:
        """Driver and sequence of each update in the log."""
        ...

    def logged_requests(self) -> Iterable[str]:
        """Id of each request in the log."""
        ...

    def dead(self) -> Iterable[Dead]:
        """Key and body of each event that was set aside."""
        ...


@dataclass(frozen=True, slots=True)
class Poison:
    """What a foreign writer put into the log.

    Attributes:
        planted: whose commit was acknowledged.
        unsure: whose commit was not.
    """

    planted: Counter[Dead]
    unsure: Counter[Dead]


def judge(
    evidence: Evidence, account: Account, rides: RideAccount, poison: Poison, *, offer_us: int, ride_us: int
) -> dict[str, list[str]]:
    """Everything that must hold of a campaign, each with what was found against it."""
    return {
        "drivers held twice, as clients saw it": rides.watch.twice,
        "drivers held twice, by the histories": list(
            meeting(spans(evidence.history(), offer_us=offer_us, ride_us=ride_us), wait_us=LONGEST_WAIT_US)
        ),
        "holds whose fence is not larger than an earlier one": rides.watch.stale,
        "steps that a ride does not have": list(wrong_steps(evidence.history(), offer_us=offer_us)),
        "acknowledged offers and steps that are not in the histories": list(
            lost_steps(evidence.history(), rides)
        ),
        "acknowledged matches without their decision": list(lost_decisions(evidence.decision_ids(), rides)),
        "acknowledged events lost, and events that nobody sent": list(wrong_events(evidence, account)),
        "requests that do not stand as their history says": list(
            wrong_standings(standings(evidence.history()), evidence.rides())
        ),
        "steps that the log and the histories do not both have": list(
            unequal_steps(evidence.history(), evidence.logged_steps())
        ),
        "holds that do not fit the requests": list(
            wrong_holds(evidence.rides(), evidence.held(), evidence.due_offers(), offer_us=offer_us)
        ),
        "dead events that are no poison, and poison that is not dead": list(
            wrong_dead(poison, evidence.dead())
        ),
        "bodies of events that were answered wrongly": account.wrong,
        "answers that no page describes": account.undocumented,
    }


def lost_steps(history: Iterable[Step], rides: RideAccount) -> Iterator[str]:
    """Acknowledged offers and steps that no history has."""
    offers, steps = set[tuple[str, str | None, int | None]](), set[KnownStep]()
    for step in history:
        steps.add(KnownStep(step.request_id, step.version, step.state))
        if step.state == "offered":
            offers.add((step.request_id, step.driver_id, step.fence))
    for offer in rides.offers:
        if (offer.request_id, offer.driver_id, offer.fence) not in offers:
            yield f"{offer.request_id}: the offer of {offer.driver_id} ({offer.fence})"
    for known in rides.steps:
        if known not in steps:
            yield f"{known.request_id}: version {known.version}, {known.state}"


def lost_decisions(decision_ids: Iterable[str], rides: RideAccount) -> Iterator[str]:
    """Acknowledged matches whose decision is not in the ledger, or is there twice."""
    counts = Counter(decision_ids)
    for decision_id in [*(offer.decision_id for offer in rides.offers), *rides.decisions]:
        if counts[decision_id] != 1:
            yield f"decision {decision_id} stands {counts[decision_id]} times"


def wrong_events(evidence: Evidence, account: Account) -> Iterator[str]:
    """Acknowledged events that the log lacks, requests that stand twice, and events that nobody was acknowledged."""
    reports: dict[str, set[int]] = {}
    for driver_id, sequence in evidence.logged_reports():
        reports.setdefault(driver_id, set()).add(sequence)
    for driver_id in sorted(account.reports.keys() | reports.keys()):
        known, logged = account.reports.get(driver_id, set()), reports.get(driver_id, set())
        if lost := known - logged:
            yield f"{driver_id}: lost {sorted(lost)}"
        if strange := logged - known:
            yield f"{driver_id}: nobody sent {sorted(strange)}"
    requests = Counter(evidence.logged_requests())
    for request_id in sorted(account.requests | requests.keys()):
        expected = int(request_id in account.requests)
        if requests[request_id] != expected:
            yield f"{request_id}: stands {requests[request_id]} times instead of {expected}"


def wrong_standings(
    expected: Iterable[tuple[str, Standing]], rides: Iterable[tuple[str, Standing]]
) -> Iterator[str]:
    """Requests that do not stand as they must. One without a history has not been touched."""
    due = dict(expected)
    for request_id, standing in rides:
        must = due.pop(request_id, Standing("requested", 0, None, None))
        seen = (
            standing if standing.state in HOLDING else Standing(standing.state, standing.version, None, None)
        )
        if seen != must:
            yield f"{request_id}: {seen} instead of {must}"
    for request_id in sorted(due):
        yield f"{request_id}: no such ride"


def unequal_steps(history: Iterable[Step], logged: Iterable[tuple[str, int, str]]) -> Iterator[str]:
    """Steps that only one of history and log has, or the log twice; offers stand in histories alone."""
    counts = Counter(
        (step.request_id, step.version, step.state) for step in history if step.state != "offered"
    )
    counts.subtract(Counter(logged))
    for (request_id, version, state), count in counts.items():
        if count:
            yield f"{request_id}: version {version}, {state}: {'not in' if count > 0 else 'only in'} the log"


def wrong_holds(
    rides: Iterable[tuple[str, Standing]], held: Iterable[HeldDriver], due: Set[str], *, offer_us: int
) -> Iterator[str]:
    """Drivers of standing requests who are not held, and holds without a request that last longer than an offer.

    A hold without a request, no longer than an offer, is one in vain: the process ended before it could take it back.

    Args:
        due: requests whose offer is over: their driver need not be held.
    """
    holds = {hold.driver_id: hold for hold in held}
    for request_id, standing in rides:
        if standing.state not in HOLDING:
            continue
        hold = holds.get(standing.driver_id or "")
        if hold is not None and (hold.request_id, hold.fence) == (request_id, standing.fence):
            del holds[hold.driver_id]
        elif request_id not in due:
            yield f"{request_id}: {standing.driver_id} ({standing.fence}) is not held for it"
    for hold in holds.values():
        if hold.left_us > offer_us:
            yield f"{hold.driver_id}: held for {hold.request_id} ({hold.fence}), which has no offer"


def wrong_dead(poison: Poison, dead: Iterable[Dead]) -> Iterator[str]:
    """Dead events that are no poison, that stand twice, or that are missing."""
    counts = Counter(dead)
    for event in poison.planted | poison.unsure | counts:
        least, most = poison.planted[event], poison.planted[event] + poison.unsure[event]
        if not least <= counts[event] <= most:
            yield f"{event!r} is dead {counts[event]} times instead of {least}"


def wrong_drivers(
    expected: Iterable[tuple[str, Report]], known: Mapping[str, Report], *, worker: str
) -> Iterator[str]:
    """Drivers whom a worker knows otherwise than their last report says; sequences are not shown.

    Args:
        known: as the worker shows them.
    """
    rest = dict(known)
    for driver_id, report in expected:
        seen = rest.pop(driver_id, None)
        if seen is None:
            yield f"{worker}: {driver_id} is not known"
            continue
        for name in ("latitude", "longitude", "status", "vehicle"):
            if getattr(seen, name) != getattr(report, name):
                yield f"{worker}: {driver_id}: {name} {getattr(seen, name)} instead of {getattr(report, name)}"
    for driver_id in sorted(rest):
        yield f"{worker}: {driver_id}: nobody reported them"
