"""Trials and replays, wired: comparing live answers, ending bad trials, recomputing the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from drivetrain.adapters.postgres.catalog import PostgresModelCatalog
from drivetrain.adapters.postgres.ledger_window import PostgresLedgerWindow
from drivetrain.adapters.postgres.trials import PostgresTrialStore
from drivetrain.bootstrap.installation import Home
from drivetrain.core.errors import ConflictError
from drivetrain.core.progress import Progress, SilentProgress
from drivetrain.core.time import iso_utc
from drivetrain.lifecycle.comparison import PairedDifference, group_fields, in_words
from drivetrain.lifecycle.following import open_version
from drivetrain.lifecycle.predictions import ModelRef, Predictor
from drivetrain.lifecycle.registry import Alias, Challenger, Release
from drivetrain.lifecycle.replay import Window, replay
from drivetrain.lifecycle.trials import Evidence, GuardRails
from drivetrain.products import model_named

MOST_PAIRS = 50_000
GUARD = "guard rail"


@dataclass(frozen=True, slots=True)
class TrialDesk:
    """Looks at trials and replays of one installation. Blocking: for threads and commands."""

    engine: Engine
    home: Home
    catalog: PostgresModelCatalog
    rails: GuardRails = field(default_factory=GuardRails)

    def compare(self, name: str) -> dict[str, Any]:
        """How the challenger does: its rails, and its answers beside the champion's.

        Raises:
            ConflictError: no version is on trial.
        """
        champion, trial = self.catalog.live().get((name, Alias.CHAMPION)), self.catalog.challengers().get(name)
        if champion is None or trial is None:
            raise ConflictError(f"No version of {name} is on trial; `load` puts one there.", code="model.no_trial")
        challenger, since = trial.version.version, self._began(name)
        difference = _difference(name)
        for chunk in PostgresTrialStore(self.engine).pairs(name, champion.version, challenger, most=MOST_PAIRS):
            difference.add(chunk)
        rails = self.rails.rails(self._evidence(name, trial, since))
        report = difference.report()
        how = f"answers {trial.share:.0%} of the callers" if trial.share else "answers nobody (shadow)"
        return {
            "model": name,
            "champion": champion.version,
            "challenger": challenger,
            "share": trial.share,
            "since": iso_utc(since),
            "summary": [
                f"Version {challenger} is on trial beside version {champion.version} and {how}.",
                *in_words(report, f"what version {challenger} would change"),
                *(f"Rail {rail.state}: {rail.sentence}." for rail in rails),
            ],
            "guard_rails": [asdict(rail) for rail in rails],
            **report,
        }

    def replay(self, name: str, version: str, window: Window, progress: Progress | None = None) -> Mapping[str, Any]:
        """What a version would have answered to a window of the ledger.

        Raises:
            NotFoundError: no such model or version.
            ArtifactRefusedError: the version's files are not what was registered.
        """
        spec = model_named(name)
        known = self.catalog.version(name, version)
        model = spec.load(open_version(known, self.home.artifacts, self.home.verifier()), ModelRef(name, version))
        ledger = PostgresLedgerWindow(self.engine)
        held = ledger.count(name, since=window.since, until=window.until)
        with (progress or SilentProgress()).stage("replay", total=min(window.most, held), unit="decisions") as stage:
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
            evidence = self._evidence(name, trial, self._began(name))
            breaches = self.rails.breaches(evidence, **_seen_here(trial, (predictors or {}).get(name)))
            if breaches:
                reason = f"Version {trial.version.version} was taken out: {'; '.join(breaches)}."
                with suppress(ConflictError):  # another process looked at the same moment
                    ended.append(self.catalog.end_trial(name, actor=GUARD, reason=reason))
        return ended

    def _began(self, name: str) -> datetime:
        history = self.catalog.history(name)
        return next(each.at for each in history if each.alias is Alias.CHALLENGER and each.action == "load")

    def _evidence(self, name: str, trial: Challenger, since: datetime) -> Evidence:
        store, outcome = PostgresTrialStore(self.engine), model_named(name).outcome
        return store.evidence(name, trial.version.version, since=since, outcome=outcome, is_canary=trial.share > 0)


def _seen_here(trial: Challenger, predictor: Predictor[Any] | None) -> dict[str, int]:
    here = None if predictor is None else predictor.trial
    if predictor is None or here is None or here.ref.version != trial.version.version:
        return {"asked": 0, "failures": 0}
    return {"asked": predictor.trial_asked, "failures": predictor.trial_failures}


def _difference(name: str) -> PairedDifference:
    spec = model_named(name)
    return PairedDifference(spec.value_field, group_fields(spec.contract))
