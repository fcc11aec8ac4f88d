"""What clients were acknowledged, counted by the clients: nothing here comes from the platform's own books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.campaign.oracle import LastReports
from bench.campaign.traffic import Row

MOST_NAMED = 100
"""Refused rows that an answer names."""

DOCUMENTED = frozenset({200, 409, 429, 503, 504})
"""What a client may be answered while something is killed; 0 stands for a connection that broke before an answer."""


@dataclass(slots=True)
class Account:
    """Events that were acknowledged, and answers that are wrong.

    Attributes:
        reports: acknowledged sequences of each driver.
        drivers: how each driver must end, by the acknowledged reports.
        wrong: bodies whose answer does not say what it must, in words.
        statuses: of all answers of any route.
        undocumented: answers that no page describes, in words.
    """

    reports: dict[str, set[int]] = field(default_factory=dict)
    requests: set[str] = field(default_factory=set)
    drivers: LastReports = field(default_factory=LastReports)
    poison: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    undocumented: list[str] = field(default_factory=list)

    @property
    def events(self) -> int:
        """How many different events were acknowledged."""
        return sum(map(len, self.reports.values())) + len(self.requests)

    def answered(self, what: str, status: int) -> None:
        """Count an answer; 0 where there was none."""
        self.statuses[status] += 1
        if status and status not in DOCUMENTED:
            self.undocumented.append(f"{what}: {status}")

    def acknowledge(self, rows: Sequence[Row], answer: Mapping[str, Any]) -> None:
        """Take an answer with status 200 to a body of events: what it does not refuse is durable."""
        refused = {each["row"]: each["errors"][0]["code"] for each in answer["refused"]}
        expected = {number: row.code for number, row in enumerate(rows, 1) if row.code}
        if refused != dict(list(expected.items())[:MOST_NAMED]):
            self.wrong.append(f"refused {refused}, expected {expected}")
        counts = answer["counts"]
        if counts["refused"] != len(expected) or sum(counts.values()) != len(rows):
            self.wrong.append(f"counted {counts} of {len(rows)} rows with {len(expected)} of poison")
        self.poison.update(expected.values())
        for number, row in enumerate(rows, 1):
            if number in refused:
                continue
            if row.report is not None:
                self.reports.setdefault(row.report.driver_id, set()).add(row.report.sequence)
                self.drivers.add(row.report)
            elif row.request_id:
                self.requests.add(row.request_id)
