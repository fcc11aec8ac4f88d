"""What would have changed, and for whom: two versions' answers to the same requests, paired."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from drivetrain.lifecycle.contracts import Contract, ListColumn

MOVED_SHARE = 0.05
"""An answer that moves by more than this share is noticed by the people who asked."""

FEWEST_OF_A_GROUP = 30
MOST_GROUPS = 20
MOST_EXAMPLES = 5
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class Pair:
    """One request with both answers, as JSON text.

    Attributes:
        version: which version gave ``answer_json``.
    """

    decision_id: str
    caller: str
    version: str
    input_json: bytes
    answer_json: bytes
    other_json: bytes


@dataclass(slots=True)
class PairedDifference:
    """Collects pairs and says what they come to.

    Attributes:
        value_field: the amount in an answer, for example ``price_per_day``; or a word, whose change is 0 or 1.
        group_fields: fields of the input by whose values the affected are told apart.
    """

    value_field: str
    group_fields: Sequence[str]
    count: int = 0
    identical: int = 0
    _changes: list[float] = field(default_factory=list)
    _groups: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    _ids: list[str] = field(default_factory=list)
    _amounts: list[tuple[Any, Any]] = field(default_factory=list)
    _versions: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, pairs: Iterable[Pair]) -> None:
        """Take more pairs."""
        for pair in pairs:
            ours, theirs = json.loads(pair.answer_json)[self.value_field], json.loads(pair.other_json)[self.value_field]
            asked = json.loads(pair.input_json)
            place = self.count
            self.count += 1
            self.identical += pair.answer_json == pair.other_json
            self._changes.append(float(theirs != ours) if isinstance(ours, str) else (theirs - ours) / ours)
            self._amounts.append((ours, theirs))
            self._ids.append(pair.decision_id)
            self._versions[pair.version] += 1
            self._groups["caller", pair.caller].append(place)
            for name in self.group_fields:
                self._groups[name, str(asked[name])].append(place)

    def report(self) -> dict[str, Any]:
        """Plain values: how many, how far, and who; shares and relative changes, not percent."""
        if not self.count:
            return {"decisions": 0, "identical": 0, "answered_by": {}}
        changes = np.asarray(self._changes)
        return {
            "decisions": self.count,
            "identical": self.identical,
            "answered_by": dict(self._versions),
            "moved_share": float((np.abs(changes) > MOVED_SHARE).mean()),
            "moved_means": "to another word than the former answer"
            if isinstance(self._amounts[0][0], str)
            else f"by more than {MOVED_SHARE:.0%} of the former answer",
            "change": {
                "mean": float(changes.mean()),
                "mean_absolute": float(np.abs(changes).mean()),
                **{f"p{round(level * 100)}": float(np.quantile(changes, level)) for level in _QUANTILES},
            },
            "affected": self._affected(changes),
            "largest": self._largest(changes),
        }

    def _affected(self, changes: np.ndarray[Any, np.dtype[np.float64]]) -> list[dict[str, Any]]:
        """Groups with the largest mean change, those of ``FEWEST_OF_A_GROUP`` decisions or more."""
        found: list[dict[str, Any]] = [
            {
                "field": name,
                "value": value,
                "decisions": len(places),
                "mean_change": float(changes[places].mean()),
                "moved_share": float((np.abs(changes[places]) > MOVED_SHARE).mean()),
            }
            for (name, value), places in self._groups.items()
            if len(places) >= FEWEST_OF_A_GROUP
        ]
        found.sort(key=lambda group: -abs(group["mean_change"]))
        return found[:MOST_GROUPS]

    def _largest(self, changes: np.ndarray[Any, np.dtype[np.float64]]) -> list[dict[str, Any]]:
        places = np.argsort(-np.abs(changes), kind="stable")[:MOST_EXAMPLES]
        return [
            {
                "decision_id": self._ids[at],
                "from": self._amounts[at][0],
                "to": self._amounts[at][1],
                "change": float(changes[at]),
            }
            for at in places
            if changes[at] != 0.0
        ]


def group_fields(contract: Contract) -> list[str]:
    """The list columns of a contract: the words by which the affected are told apart."""
    return [column.name for column in contract.columns if isinstance(column, ListColumn)]
