"""What would have changed, and for whom: two versions' answers to the same requests, paired."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from drivetrain.lifecycle.data.contracts import Contract, ListColumn

MOVED_SHARE = 0.05
"""An answer that moves by more than this share is noticed by the people who asked."""

FEWEST_OF_A_GROUP = 30
MOST_GROUPS = 20
MOST_EXAMPLES = 5
MOST_LARGEST = 20
_EDGES = (-0.5, -0.25, -0.1, -0.05, -0.02, -0.01, 0.0, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5)
"""Between the bars of the histogram, relative changes: fine about 0, where most answers lie, and even on both sides."""

_OTHER_WORD = "to another word than the former answer"
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class Pair:
    """One request with both answers, as JSON text.

    Attributes:
        version: which version gave ``answer_json``.
        other_json: None when the other version could not answer.
    """

    decision_id: str
    caller: str
    version: str
    input_json: bytes
    answer_json: bytes
    other_json: bytes | None


@dataclass(slots=True)
class VersionCounts:
    """Answers of one version: compared, the same byte by byte, and those that could not be compared."""

    decisions: int = 0
    identical: int = 0
    failed: int = 0


@dataclass(slots=True)
class PairedDifference:
    """Collects pairs and says what they come to.

    Attributes:
        value_field: the amount in an answer, for example ``price_per_day``; or a word, whose change is 0 or
            1.
        group_fields: fields of the input by whose values the affected are told apart.
    """

    value_field: str
    group_fields: Sequence[str]
    count: int = 0
    identical: int = 0
    _failed_ids: list[str] = field(default_factory=list)
    _changes: list[float] = field(default_factory=list)
    _groups: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    _ids: list[str] = field(default_factory=list)
    _amounts: list[tuple[Any, Any]] = field(default_factory=list)
    _versions: dict[str, VersionCounts] = field(default_factory=lambda: defaultdict(VersionCounts))

    def add(self, pairs: Iterable[Pair]) -> None:
        """Take more pairs. One that cannot be compared is counted as failed and ends nothing."""
        for pair in pairs:
            try:
                self._take(pair)
            except (ValueError, LookupError, TypeError):  # no answer; or one logged in a shape of another day
                self._versions[pair.version].failed += 1
                self._failed_ids.append(pair.decision_id)

    def _take(self, pair: Pair) -> None:
        if pair.other_json is None:
            raise ValueError("no answer")
        ours, theirs = (
            json.loads(pair.answer_json)[self.value_field],
            json.loads(pair.other_json)[self.value_field],
        )
        change = _change(ours, theirs)
        fields = json.loads(pair.input_json)
        groups = [
            ("caller", pair.caller),
            *((name, str(fields[name])) for name in self.group_fields if name in fields),
        ]
        place = self.count
        self.count += 1
        is_identical = pair.answer_json == pair.other_json
        self.identical += is_identical
        self._changes.append(change)
        self._amounts.append((ours, theirs))
        self._ids.append(pair.decision_id)
        self._versions[pair.version].decisions += 1
        self._versions[pair.version].identical += is_identical
        for group in groups:
            self._groups[group].append(place)

    def report(self) -> dict[str, Any]:
        """Plain values: how many, how far, and who; shares and relative changes, not percent."""
        summary: dict[str, Any] = {
            "decisions": self.count,
            "identical": self.identical,
            "changed": self.count - self.identical,
            "failed": len(self._failed_ids),
            "answered_by": {
                version: counts.decisions for version, counts in self._versions.items() if counts.decisions
            },
        }
        if self._failed_ids:
            summary["failed_examples"] = self._failed_ids[:MOST_EXAMPLES]
        if not self.count:
            return summary
        changes = np.asarray(self._changes)
        return {
            **summary,
            "moved_share": _rounded((np.abs(changes) > MOVED_SHARE).mean()),
            "moved_means": _OTHER_WORD
            if isinstance(self._amounts[0][0], str)
            else f"by more than {MOVED_SHARE:.0%} of the former answer",
            "change": {
                "mean": _rounded(changes.mean()),
                "mean_absolute": _rounded(np.abs(changes).mean()),
                **{f"p{round(level * 100)}": _rounded(np.quantile(changes, level)) for level in _QUANTILES},
            },
            "affected": self._affected(changes),
            "largest": self._largest(changes),
            "unmoved": int((changes == 0.0).sum()),
            **({} if isinstance(self._amounts[0][0], str) else {"histogram": _histogram(changes)}),
        }

    def by_version(self) -> list[dict[str, Any]]:
        """The counts of ``report`` for each version that gave former answers, lowest version first."""
        return [
            {
                "version": version,
                "decisions": counts.decisions,
                "identical": counts.identical,
                "changed": counts.decisions - counts.identical,
                "failed": counts.failed,
            }
            for version, counts in sorted(self._versions.items(), key=lambda item: (len(item[0]), item[0]))
        ]

    def _affected(self, changes: np.ndarray[Any, np.dtype[np.float64]]) -> list[dict[str, Any]]:
        """Groups with the largest mean change, those of ``FEWEST_OF_A_GROUP`` decisions or more."""
        groups: list[dict[str, Any]] = [
            {
                "field": name,
                "value": value,
                "decisions": len(places),
                "mean_change": _rounded(changes[places].mean()),
                "moved_share": _rounded((np.abs(changes[places]) > MOVED_SHARE).mean()),
            }
            for (name, value), places in self._groups.items()
            if len(places) >= FEWEST_OF_A_GROUP
        ]
        groups.sort(key=lambda group: -abs(group["mean_change"]))
        return groups[:MOST_GROUPS]

    def _largest(self, changes: np.ndarray[Any, np.dtype[np.float64]]) -> list[dict[str, Any]]:
        places = np.argsort(-np.abs(changes), kind="stable")[:MOST_LARGEST]
        return [
            {
                "decision_id": self._ids[place],
                "from": self._amounts[place][0],
                "to": self._amounts[place][1],
                "change": _rounded(changes[place]),
            }
            for place in places
            if changes[place] != 0.0
        ]


def _histogram(changes: np.ndarray[Any, np.dtype[np.float64]]) -> list[dict[str, Any]]:
    """Answers that move, by how far: above ``above``, up to ``to``; the outermost bars are open. None of 0."""
    moved = changes[changes != 0.0]
    counts = np.bincount(np.searchsorted(_EDGES, moved, side="left"), minlength=len(_EDGES) + 1)
    bounds = zip((None, *_EDGES), (*_EDGES, None), counts.tolist(), strict=True)
    return [{"above": above, "to": to, "decisions": count} for above, to, count in bounds]


def group_fields(contract: Contract) -> list[str]:
    """The list columns of a contract: the words by which the affected are told apart."""
    return [column.name for column in contract.columns if isinstance(column, ListColumn)]


def in_words(report: Mapping[str, Any], subject: str) -> list[str]:
    """The report in a few sentences.

    Args:
        report: of ``PairedDifference``.
        subject: what the differences show, for example ``what version 4 would change``.
    """
    count, failed = report["decisions"], report["failed"]
    sentences = [f"Decisions that could not be answered again: {failed:,}."] if failed else []
    if not count:
        return ["There is no pair of answers to compare yet.", *sentences]
    if report["identical"] == count:
        return [f"All {count:,} answers are identical, byte by byte.", *sentences]
    sentences.append(
        f"{count:,} answers were compared to see {subject}; {report['identical']:,} are identical."
    )
    if report["moved_means"] == _OTHER_WORD:
        return [*sentences, f"{report['moved_share']:.1%} move {_OTHER_WORD}."]
    change = report["change"]
    sentences += [
        f"{report['moved_share']:.1%} move {report['moved_means']}. On average answers change by {change['mean']:+.1%}; "
        f"half of them by {change['p25']:+.1%} to {change['p75']:+.1%}, "
        f"nine in ten by {change['p5']:+.1%} to {change['p95']:+.1%}.",
    ]
    worst = [
        f"{group['field']} {group['value']} ({group['mean_change']:+.1%}, {group['decisions']:,})"
        for group in report["affected"][:3]
        if group["mean_change"]
    ]
    if worst:
        sentences.append(f"Most affected (mean change, decisions): {'; '.join(worst)}.")
    return sentences


def _change(ours: Any, theirs: Any) -> float:
    """Relative to the former answer; from nothing to something, or from word to word, counts as the whole of it."""
    if isinstance(ours, str):
        return float(theirs != ours)
    if ours == 0.0:
        return 0.0 if theirs == 0.0 else math.copysign(1.0, theirs)
    return float((theirs - ours) / abs(ours))


def _rounded(share: float) -> float:
    """To a hundredth of a percent of a percent: more digits only hide the others."""
    return round(float(share), 6)
