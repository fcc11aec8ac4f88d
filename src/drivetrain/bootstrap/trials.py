"""Trials and replays, wired: comparing live answers, ending bad trials, recomputing the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Engine

from drivetrain.adapters.postgres.catalog import PostgresModelCatalog
from drivetrain.adapters.postgres.ledger_window import PostgresLedgerWindow
from drivetrain.adapters.postgres.trials import PostgresTrialStore
from drivetrain.bootstrap.installation import Home
from drivetrain.core.errors import ConflictError
from drivetrain.core.progress import Progress, SilentProgress
from drivetrain.core.time import iso_utc
from drivetrain.lifecycle.releasing.comparison import PairedDifference, group_fields, in_words
from drivetrain.lifecycle.releasing.registry import Alias, Challenger, Release, standing_champions
from drivetrain.lifecycle.releasing.replay import Window, replay
from drivetrain.lifecycle.releasing.trials import Evidence, GuardRails
from drivetrain.lifecycle.serving.predictions import ModelRef, Predictor
from drivetrain.products import model_named

MOST_PAIRS = 50_000
GUARD = "guard rail"


@dataclass(frozen=True, slots=True)
class Trials:
    """Looks at trials and replays of one installation. Blocking: for threads and commands."""

    engine: Engine
    home: Home
    catalog: PostgresModelCatalog
    rails: GuardRails = field(default_factory=GuardRails)

    def compare(self, name: str) -> dict[str, Any]:
        """How the challenger does, or did in the last trial: its rails, and its answers beside the champion's.

        Raises:
            ConflictError: no version was ever on trial.
        """
        history = self.catalog.history(name)
        lines = [each for each in history if each.alias is Alias.CHALLENGER]
        began = next((each for each in lines if each.action == "load"), None)
        champion = _champion_beside(began, history)
        if began is None or began.version is None or champion is None:
            raise ConflictError(
                f"No version of {name} is or was on trial; `load` puts one there.", code="model.no_trial"
            )
        ended = (
            next((each for each in lines if each.action == "unload"), None)
            if lines[0].version is None
            else None
        )
        difference = _difference(name)
        for chunk in PostgresTrialStore(self.engine).pairs(name, champion, began.version, most=MOST_PAIRS):
            difference.add(chunk)
        report = difference.report()
        rails = self.rails.rails(self._evidence(began))
        return {
            "model": name,
            "champion": champion,
            "challenger": began.version,
            "share": began.share,
            "since": iso_utc(began.at),
            "ended": None
            if ended is None
            else {"at": iso_utc(ended.at), "actor": ended.actor, "reason": ended.reason},
            "summary": [
                _how_it_stands(began, champion, ended),
                *in_words(report, f"what version {began.version} would change"),
                *(f"Rail {rail.state}: {rail.sentence}." for rail in rails),
            ],
            "guard_rails": [asdict(rail) for rail in rails],
            **report,
        }

    def replay(
        self, name: str, version: str, window: Window, progress: Progress | None = None
    ) -> Mapping[str, Any]:
        """What a version would have answered to a window of the ledger.

        Raises:
            NotFoundError: no such model or version.
            ArtifactRefusedError: the version's files are not what was registered.
        """
        spec = model_named(name)
        known = self.catalog.version(name, version)
        model = spec.load(self.home.open_version(known), ModelRef(name, version))
        ledger = PostgresLedgerWindow(self.engine)
        held = ledger.count(name, since=window.since, until=window.until)
        with (progress or SilentProgress()).stage(
            "replay", total=min(window.most, held), unit="decisions"
        ) as stage:
            report = replay(ledger, name, model, window, spec.rule.ledger_answers, _difference(name), stage)
        return {
            "model": name,
            "version": version,
            "window": {"since": iso_utc(window.since), "until": iso_utc(window.until), "decisions": held},
            "summary": in_words(report, f"what version {version} would have changed"),
            **report,
        }

    def guard(self, predictors: Mapping[str, Predictor[Any]] | None = None) -> list[Release]:
        """End the trials that broke a rail; the history says why.

        Args:
            predictors: the live handles of this process, by model, if it serves.
        """
        ended = []
        for name, trial in self.catalog.challengers().items():
            breaches = self.rails.breaches(
                self._evidence(self._began(name)), **_seen_here(trial, (predictors or {}).get(name))
            )
            if breaches:
                reason = f"Version {trial.version.version} was taken out: {'; '.join(breaches)}."
                # another process looked at the same moment; there may be another trial by now
                with suppress(ConflictError):
                    ended.append(
                        self.catalog.end_trial(
                            name, actor=GUARD, reason=reason, version=trial.version.version
                        )
                    )
        return ended

    def _began(self, name: str) -> Release:
        history = self.catalog.history(name)
        return next(each for each in history if each.alias is Alias.CHALLENGER and each.action == "load")

    def _evidence(self, began: Release) -> Evidence:
        store, outcome = PostgresTrialStore(self.engine), model_named(began.model).outcome
        version, is_canary = began.version or "", began.share > 0
        return store.evidence(began.model, version, since=began.at, outcome=outcome, is_canary=is_canary)


def _champion_beside(trial: Release | None, history: Sequence[Release]) -> str | None:
    """The champion; of a challenger that has become one, the champion before it."""
    standing = standing_champions(reversed(history))
    others = [version for version in standing if trial is None or version != trial.version]
    return others[-1] if others else None


def _how_it_stands(began: Release, champion: str, ended: Release | None) -> str:
    how = f"answers {began.share:.0%} of the callers" if began.share else "answers nobody (shadow)"
    if ended is None:
        return f"Version {began.version} is on trial beside version {champion} and {how}."
    return f"The trial of version {began.version} beside version {champion} has ended, by {ended.actor}: {ended.reason}"


def _seen_here(trial: Challenger, predictor: Predictor[Any] | None) -> dict[str, int]:
    here = None if predictor is None else predictor.trial
    if predictor is None or here is None or here.ref.version != trial.version.version:
        return {"asked": 0, "failures": 0}
    return {"asked": predictor.trial_asked, "failures": predictor.trial_failures}


def _difference(name: str) -> PairedDifference:
    spec = model_named(name)
    return PairedDifference(spec.value_field, group_fields(spec.contract))
