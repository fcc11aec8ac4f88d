"""Trials and replays, wired: the use cases of releasing on the stores of one installation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from drivetrain.adapters.postgres.catalog import PostgresModelCatalog
from drivetrain.adapters.postgres.ledger_window import PostgresLedgerWindow
from drivetrain.adapters.postgres.trials import PostgresTrialStore
from drivetrain.bootstrap.installation import Home
from drivetrain.core.progress import Progress, SilentProgress
from drivetrain.lifecycle.releasing.compare_trial import CompareTrial
from drivetrain.lifecycle.releasing.find_misread_decisions import (
    FindMisreadDecisions,
    MisreadDecision,
    SearchCounts,
)
from drivetrain.lifecycle.releasing.guard_rails import GuardRails
from drivetrain.lifecycle.releasing.guard_trials import GuardTrials
from drivetrain.lifecycle.releasing.registry import Release
from drivetrain.lifecycle.releasing.replay import ReplayDecisions, Window
from drivetrain.lifecycle.serving.predictions import Predictor
from drivetrain.products import model_named


@dataclass(frozen=True, slots=True)
class Trials:
    """Trials and replays of one installation. Blocking: for threads and commands."""

    engine: Engine
    home: Home
    catalog: PostgresModelCatalog
    rails: GuardRails = field(default_factory=GuardRails)

    def compare(self, name: str) -> Mapping[str, object]:
        """As ``CompareTrial`` says."""
        store = PostgresTrialStore(self.engine)
        return CompareTrial(self.catalog, store, model_named, self.rails)(name)

    def replay(
        self, name: str, version: str | None, window: Window, progress: Progress | None = None
    ) -> Mapping[str, object]:
        """As ``ReplayDecisions`` says."""
        ledger = PostgresLedgerWindow(self.engine)
        replay = ReplayDecisions(self.catalog, ledger, model_named, self.home.open_version)
        return replay(name, version, window, progress or SilentProgress())

    def misread(
        self, name: str, window: Window, progress: Progress, counts: SearchCounts, *, single_rows: bool
    ) -> Iterator[MisreadDecision]:
        """As ``FindMisreadDecisions`` says."""
        ledger = PostgresLedgerWindow(self.engine)
        find = FindMisreadDecisions(self.catalog, ledger, model_named, self.home.open_version)
        return find(name, window, progress, counts, single_rows=single_rows)

    def guard(self, predictors: Mapping[str, Predictor[Any]] | None = None) -> list[Release]:
        """As ``GuardTrials`` says."""
        store = PostgresTrialStore(self.engine)
        return GuardTrials(self.catalog, store, model_named, self.rails)(predictors)
