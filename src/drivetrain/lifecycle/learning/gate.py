"""The gate: whether a candidate may become champion without a person deciding so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from drivetrain.lifecycle.learning.validation import mean_over_folds

TOLERANCE = 0.01
"""A candidate may be this much worse than the champion (share of the champion's error) and still replace it:
newer data is worth something, and differences below this are noise on tables of some thousand rows."""


@dataclass(frozen=True, slots=True)
class Check:
    """One question of the gate with its answer."""

    question: str
    passed: bool
    figures: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says, question by question."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """True when every question was answered well."""
        return all(check.passed for check in self.checks)

    def reason(self) -> str:
        """One sentence for the history."""
        failed = [check.question for check in self.checks if not check.passed]
        return "All checks of the gate passed." if not failed else f"Not passed: {'; '.join(failed)}."

    def as_dict(self) -> dict[str, object]:
        """Plain values for the report."""
        return {"passed": self.passed, "checks": [asdict(check) for check in self.checks]}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Verdict:
        """The verdict of a report."""
        return cls(tuple(Check(**check) for check in plain["checks"]))


def beats_baseline(
    candidate: Sequence[float], baseline: Sequence[float], parts: int, name: str, *, measure: str = "RMSE"
) -> Check:
    """Ask whether the error is below the baseline's on the same folds, beyond the noise of the folds.

    Args:
        candidate, baseline: errors fold by fold, the same folds in the same order.
        measure: what the errors are called.
    """
    difference = mean_over_folds(
        [ours - theirs for ours, theirs in zip(candidate, baseline, strict=True)], parts
    )
    return Check(f"better than {name}", difference.high < 0, f"difference in {measure} {difference.text()}")


def holds_against_champion(
    candidate: Sequence[float], champion: Sequence[float], parts: int, *, measure: str = "RMSE"
) -> Check:
    """Ask whether the error is at most ``TOLERANCE`` above the champion's recipe on the same folds."""
    pairs = list(zip(candidate, champion, strict=True))
    difference = mean_over_folds([ours - theirs for ours, theirs in pairs], parts)
    allowed = TOLERANCE * sum(theirs for _, theirs in pairs) / len(pairs)
    figures = f"difference in {measure} {difference.text()}"
    return Check("not worse than the champion's recipe", difference.value <= allowed, figures)
