"""Comparing two versions on trial: the challenger's guard rails, and its answers beside the champion's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Protocol

from drivetrain.core.errors import ConflictError
from drivetrain.core.time import iso_utc
from drivetrain.lifecycle.data.contracts import Contract
from drivetrain.lifecycle.releasing.comparison import PairedDifference, group_fields, in_words
from drivetrain.lifecycle.releasing.guard_rails import GuardRails, Rail
from drivetrain.lifecycle.releasing.registry import Alias, ModelCatalog, Release, standing_champions
from drivetrain.lifecycle.releasing.trial_store import TrialStore

MOST_PAIRS = 50_000


class ComparableModel(Protocol):
    """The part of a model's specification by which its versions are compared."""

    @property
    def contract(self) -> Contract:
        """Its list columns group the affected."""
        ...

    @property
    def value_field(self) -> str:
        """The amount or word in an answer."""
        ...

    @property
    def outcome(self) -> str:
        """Name of the outcome that shows the truth of an answer; empty where none does."""
        ...


@dataclass(frozen=True, slots=True)
class Trial:
    """One version's time as the challenger.

    Attributes:
        champion: the version beside which it was put, or the one it replaced.
        share: of the callers it answers, in [0, 1]; 0 is a shadow, which answers nobody.
        end: the line of history that ended it; None while it lasts.
    """

    model: str
    challenger: str
    champion: str
    share: float
    began_at: datetime
    end: Release | None

    def in_words(self) -> str:
        """A sentence for a person."""
        if self.end is not None:
            return (
                f"The trial of version {self.challenger} beside version {self.champion} has ended, "
                f"by {self.end.actor}: {self.end.reason}"
            )
        role = f"answers {self.share:.0%} of the callers" if self.share else "answers nobody (shadow)"
        return f"Version {self.challenger} is on trial beside version {self.champion} and {role}."


def latest_trial(model: str, history: Sequence[Release]) -> Trial:
    """The trial that goes on, or the last one.

    Args:
        history: of the model, newest first.

    Raises:
        ConflictError: no version was ever on trial beside a champion.
    """
    lines = [release for release in history if release.alias is Alias.CHALLENGER]
    begin = next((release for release in lines if release.action == "load"), None)
    challenger = None if begin is None else begin.version
    has_ended = bool(lines) and lines[0].version is None
    champion = _champion_beside(challenger, history[history.index(lines[0]) :] if has_ended else history)
    if begin is None or challenger is None or champion is None:
        raise ConflictError(
            f"No version of {model} is or was on trial; `load` puts one there.", code="model.no_trial"
        )
    end = next((release for release in lines if release.action == "unload"), None) if has_ended else None
    return Trial(model, challenger, champion, begin.share, begin.at, end)


@dataclass(frozen=True, slots=True)
class CompareTrial:
    """Reports what the latest trial of a model has shown.

    Attributes:
        model_named: the specification of a model.
    """

    catalog: ModelCatalog
    trials: TrialStore
    model_named: Callable[[str], ComparableModel]
    rails: GuardRails = field(default_factory=GuardRails)

    def __call__(self, model: str) -> dict[str, object]:
        """The trial, its rails and the differences of the answers, as plain values.

        Raises:
            ConflictError: no version was ever on trial.
        """
        trial = latest_trial(model, self.catalog.history(model))
        differences = self._differences(trial)
        rails = self._rails(trial)
        summary = [
            trial.in_words(),
            *in_words(differences, f"what version {trial.challenger} would change"),
            *(f"Rail {rail.state}: {rail.sentence}." for rail in rails),
        ]
        return {
            "model": model,
            "champion": trial.champion,
            "challenger": trial.challenger,
            "share": trial.share,
            "since": iso_utc(trial.began_at),
            "ended": _end_as_dict(trial.end),
            "summary": summary,
            "guard_rails": [asdict(rail) for rail in rails],
            **differences,
        }

    def _differences(self, trial: Trial) -> dict[str, object]:
        difference = difference_of(self.model_named(trial.model))
        pairs = self.trials.pairs(trial.model, trial.champion, trial.challenger, most=MOST_PAIRS)
        for chunk in pairs:
            difference.add(chunk)
        return difference.report()

    def _rails(self, trial: Trial) -> list[Rail]:
        evidence = self.trials.evidence(
            trial.model,
            trial.challenger,
            since=trial.began_at,
            outcome=self.model_named(trial.model).outcome,
            is_canary=trial.share > 0,
        )
        return self.rails.rails(evidence)


def difference_of(model: ComparableModel) -> PairedDifference:
    """An empty collection of pairs of a model's answers."""
    return PairedDifference(model.value_field, group_fields(model.contract))


def _champion_beside(challenger: str | None, history: Sequence[Release]) -> str | None:
    """The champion; of a challenger that has become one, the champion before it.

    Args:
        history: newest first, up to the end of the trial: what came later says nothing about it.
    """
    champions = [version for version in standing_champions(reversed(history)) if version != challenger]
    return champions[-1] if champions else None


def _end_as_dict(end: Release | None) -> dict[str, str] | None:
    return None if end is None else {"at": iso_utc(end.at), "actor": end.actor, "reason": end.reason}
