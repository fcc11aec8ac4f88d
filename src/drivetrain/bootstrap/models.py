"""What the command line does with models: train, look, promote, roll back."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING
from uuid import UUID

from drivetrain.adapters.postgres.database import open_engine
from drivetrain.adapters.postgres.ledger_search import PostgresDecisionSearch
from drivetrain.bootstrap.installation import Home, Stores, database, existing_home, home_of, open_stores
from drivetrain.bootstrap.trials import Trials
from drivetrain.core.errors import NotFoundError
from drivetrain.core.progress import Progress
from drivetrain.core.time import SystemClock
from drivetrain.lifecycle.learning.artifacts import CARD
from drivetrain.lifecycle.releasing.find_misread_decisions import MisreadDecision, SearchCounts
from drivetrain.lifecycle.releasing.following import read_live
from drivetrain.lifecycle.releasing.promotion import Promotion, Releases
from drivetrain.lifecycle.releasing.registry import ModelVersion, Release
from drivetrain.lifecycle.releasing.replay import Window
from drivetrain.lifecycle.serving.decision_search import DecisionFilter, ListedDecision, SearchWindow
from drivetrain.products import MODELS, model_named
from drivetrain.settings import Settings

if TYPE_CHECKING:
    from drivetrain.lifecycle.releasing.train_model import TrainingResult


_COMMAND_SEARCH_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class ModelCommands:
    """The models of one installation."""

    home: Home
    stores: Stores
    approvals: int

    def train(
        self, model: str, *, settings: Mapping[str, object], actor: str, progress: Progress
    ) -> TrainingResult:
        """Train, register, and let the gate decide."""
        from drivetrain.bootstrap.training import training_of  # MLflow, polars: only for training

        train = training_of(model_named(model), self.home, self.stores, approvals=self.approvals)
        return train(settings, actor=actor, progress=progress)

    def champions(self) -> dict[str, ModelVersion | None]:
        """What is live, for every model of the platform."""
        champions = read_live(self.stores.catalog).champions
        return {model.name: champions.get(model.name) for model in MODELS}

    def versions(self, model: str) -> Sequence[ModelVersion]:
        """Every version, newest first."""
        return self.stores.catalog.versions(model_named(model).name)

    def version(self, model: str, version: str | None) -> ModelVersion:
        """One version; the live one when none is named.

        Raises:
            NotFoundError: there is no such version, or none is live.
        """
        if version is not None:
            return self.stores.catalog.version(model_named(model).name, version)
        champion = self.stores.catalog.champion(model_named(model).name)
        if champion is None:
            raise NotFoundError(
                f"No version of {model} is live; run `drivetrain train {model}`.", code="model.no_champion"
            )
        return champion

    def card(self, version: ModelVersion) -> str:
        """The version's card, from its verified files."""
        return self.home.open_version(version)[CARD].decode()

    def history(self, model: str) -> Sequence[Release]:
        """Its releases, newest first."""
        return self.stores.catalog.history(model_named(model).name)

    @property
    def releases(self) -> Releases:
        """Moves champion and challenger."""
        return Releases(self.stores.catalog, self.home.verify, self.approvals)

    def promote(self, model: str, version: str, *, reason: str, actor: str) -> Promotion:
        """Approve a version, and make it champion when enough people did."""
        return self.releases.promote(model_named(model).name, version, actor=actor, reason=reason)

    def roll_back(self, model: str, *, reason: str, actor: str) -> Release:
        """Go back to the version that was live before."""
        return self.releases.roll_back(model_named(model).name, actor=actor, reason=reason)

    def load(self, model: str, version: str, *, share: float, reason: str, actor: str) -> Release:
        """Put a version on trial beside the champion; ``share`` 0 is a shadow."""
        return self.releases.load(model_named(model).name, version, share=share, actor=actor, reason=reason)

    def unload(self, model: str, *, reason: str, actor: str) -> Release:
        """End the trial of the challenger."""
        return self.releases.unload(model_named(model).name, actor=actor, reason=reason)

    def comparison(self, model: str) -> Mapping[str, object]:
        """How the challenger does: its rails, and its answers beside the champion's.

        Raises:
            ConflictError: no version is on trial.
        """
        return self._trials().compare(model_named(model).name)

    def replay(
        self,
        model: str,
        version: str | None,
        *,
        since: datetime | None,
        until: datetime,
        most: int,
        progress: Progress,
    ) -> Mapping[str, object]:
        """As ``ReplayDecisions`` says, for a window of the ledger."""
        return self._trials().replay(
            model_named(model).name, version, Window.of_request(since, until, most), progress
        )

    def misread(
        self,
        models: Sequence[str],
        *,
        since: datetime,
        until: datetime,
        single_rows: bool,
        progress: Progress,
    ) -> tuple[Iterator[MisreadDecision], SearchCounts]:
        """As ``FindMisreadDecisions`` says, model by model; all models where none is named. The counts grow with it."""
        names = [model_named(name).name for name in models] or [model.name for model in MODELS]
        window, counts, trials = Window.of_request(since, until, sys.maxsize), SearchCounts(), self._trials()
        decisions = chain.from_iterable(
            trials.misread(name, window, progress, counts, single_rows=single_rows) for name in names
        )
        return decisions, counts

    def decisions(
        self,
        since: datetime | None,
        until: datetime | None,
        *,
        product: str | None,
        model: str | None,
        version: str | None,
        caller: str | None,
        has_outcome: bool | None,
        before: UUID | None,
        most: int,
    ) -> Sequence[ListedDecision]:
        """As ``DecisionSearch`` says; nobody waits behind a command, so that it may take longer."""
        window = SearchWindow.of_request(since, until, SystemClock().now())
        wanted = DecisionFilter(window, product, model, version, caller, has_outcome)
        search = PostgresDecisionSearch(
            open_engine(self.stores.url, pool_size=1), timeout_s=_COMMAND_SEARCH_TIMEOUT_S
        )
        return search.newest(wanted, before=before, most=most)

    def _trials(self) -> Trials:
        return Trials(open_engine(self.stores.url, pool_size=1), self.home, self.stores.catalog)

    def mirror(self) -> None:
        """Show in MLflow what is live.

        Raises:
            UnavailableError: MLflow's tables cannot be reached; what is live does not depend on it.
        """
        from drivetrain.bootstrap.training import model_registry
        from drivetrain.lifecycle.releasing.train_model import mirror_aliases

        mirror_aliases(self.stores.catalog, model_registry(self.home, self.stores))


@contextmanager
def model_commands(settings: Settings, *, reads_only: bool = False) -> Iterator[ModelCommands]:
    """The commands, on the running platform's database or one started for as long as the block runs.

    Args:
        reads_only: whether nothing may be made: neither a home, nor a database in it, nor a signing key.

    Raises:
        NotFoundError: there is nothing to read yet.
    """
    home = existing_home(settings, with_database=True) if reads_only else home_of(settings)
    with database(settings, home) as url:
        if not reads_only:
            home.signer()
        yield ModelCommands(home, open_stores(settings, home, url), settings.promotion_approvals)
