"""Trials and replays, wired: comparing live answers, ending bad trials, recomputing the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from drivetrain.adapters.postgres.catalog import PostgresModelCatalog
from drivetrain.adapters.postgres.ledger_window import PostgresLedgerWindow
from drivetrain.adapters.postgres.trials import PostgresTrialStore
from drivetrain.bootstrap.installation import Home
from drivetrain.core.errors import ConflictError
from drivetrain.core.progress import Progress, SilentProgress
from drivetrain.lifecycle.comparison import PairedDifference, group_fields
from drivetrain.lifecycle.following import open_version
from drivetrain.lifecycle.predictions import ModelRef
from drivetrain.lifecycle.registry import Alias, Release
from drivetrain.lifecycle.replay import Window, replay
from drivetrain.lifecycle.trials import GuardRails
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

    def compare(self, name: str, champion: str, challenger: str) -> Mapping[str, Any]:
        """The report on the requests that both versions answered."""
        difference = _difference(name)
        for chunk in PostgresTrialStore(self.engine).pairs(name, champion, challenger, most=MOST_PAIRS):
            difference.add(chunk)
        return difference.report()

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
        total = min(window.most, ledger.count(name, since=window.since, until=window.until))
        with (progress or SilentProgress()).stage("replay", total=total, unit="decisions") as stage:
            return replay(ledger, name, model, window, spec.rule.ledger_answers, _difference(name), stage)

    def guard(self) -> list[Release]:
        """End the trials that broke a rail; the history says why."""
        ended = []
        for name, trial in self.catalog.challengers().items():
            began = next(each.at for each in self.catalog.history(name) if each.alias is Alias.CHALLENGER)
            store, outcome = PostgresTrialStore(self.engine), model_named(name).outcome
            breaches = self.rails.breaches(store.evidence(name, trial.version.version, since=began, outcome=outcome))
            if breaches:
                reason = f"Version {trial.version.version} was taken out: {'; '.join(breaches)}."
                with suppress(ConflictError):  # another process looked at the same moment
                    ended.append(self.catalog.take_away(name, Alias.CHALLENGER, actor=GUARD, reason=reason))
        return ended


def _difference(name: str) -> PairedDifference:
    spec = model_named(name)
    return PairedDifference(spec.value_field, group_fields(spec.contract))
