"""What an empty home lacks, or a new release of this package: done by a process that ends before anything is served.

It imports what the supervisor would otherwise hold for as long as it runs: SQLAlchemy, Alembic, polars, the products.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from drivetrain.adapters.disk.datasets import DatasetStore
from drivetrain.adapters.disk.set_up_report import SetUpReport, SetUpState
from drivetrain.adapters.embedded.children import end_with_parent
from drivetrain.adapters.embedded.side_by_side import CommandResult, run_side_by_side
from drivetrain.adapters.postgres.migrate import migrate
from drivetrain.bootstrap.installation import (
    Home,
    LocalInstallation,
    Stores,
    home_of,
    key_issuer,
    open_stores,
)
from drivetrain.bootstrap.preparation import KeptCommand, Plan, StopRequest, end_of, write_outcome
from drivetrain.core.errors import DrivetrainError, UnavailableError
from drivetrain.core.files import write_private
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.learning.training import SIDE_BY_SIDE
from drivetrain.products import MIGRATIONS, MODELS, PROCESSES, PRODUCTS, TABLES
from drivetrain.settings import Settings

GENERATED_SEED = 1

_REAL_ROWS = (
    "For real figures set DRIVETRAIN_DATA_DIR, or run `drivetrain data add {name} FILE` and start again."
)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SetUp:
    """The steps after the database has its tables, each of which finds done what an earlier start did.

    Attributes:
        report: tells those who ask how far it is.
    """

    settings: Settings
    home: Home
    url: str
    say: Say
    progress: Progress
    stop: StopRequest
    report: SetUpReport

    def make_keys(self) -> None:
        """Make what has to be there before anything is served.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        self.home.signer()  # makes the signing key pair where there is none
        self._make_admin_key(self._stores())

    def learn(self) -> None:
        """Take the tables and train what has no champion, while the rest is served.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        try:
            self._take_tables()
            self._train_missing(self._stores())
        finally:
            self.report.clear()

    def _stores(self) -> Stores:
        return open_stores(self.settings, self.home, self.url)

    def _make_admin_key(self, stores: Stores) -> None:
        issuer, admin_key = key_issuer(self.settings, self.home, stores.keys), self.settings.admin_key
        if admin_key is not None:
            issuer.adopt_admin_key(admin_key.get_secret_value())
        elif (key := issuer.create_admin_key()) is not None:
            write_private(self.home.admin_key, key.text.encode())
            self.say(f"Admin key, shown once: {key.text}\n  also in {self.home.admin_key} (mode 0600)")

    def _take_tables(self) -> None:
        store = self.home.datastore()
        datasets = {reference.name: reference for reference in store.list()}
        for table in TABLES:
            name = table.name
            path = store.find(name, self.settings.data_search_path)
            if path is not None and (name not in datasets or datasets[name].is_synthetic):
                dataset = store.add(
                    name, path, source=table.source, licence=table.licence, is_synthetic=False
                )
                kind = "SYNTHETIC (it carries the mark of generated rows)" if dataset.is_synthetic else "real"
                self.say(f"Table {name}: {kind}, {path.name}")
            elif name not in datasets:
                self._generate(store, name, table.usual_rows)
            elif datasets[name].is_synthetic:
                self.say(f"Table {name}: SYNTHETIC. {_REAL_ROWS.format(name=name)}")

    def _generate(self, store: DatasetStore, name: str, rows: int) -> None:
        self.report.write(SetUpState(f"Generating rows of {name}"))
        store.generate(name, rows=rows, seed=GENERATED_SEED, progress=self.progress)
        self.say(
            f"Table {name}: no real one was found; {rows:,} SYNTHETIC rows were generated; results are not real.\n"
            f"  {_REAL_ROWS.format(name=name)}"
        )

    def _train_missing(self, stores: Stores) -> None:
        datasets = {reference.name: reference for reference in self.home.datastore().list()}
        missing = []
        for model in MODELS:
            champion = stores.catalog.champion(model.name)
            is_outgrown = (
                champion is not None and champion.is_synthetic and not datasets[model.table.name].is_synthetic
            )
            if champion is None or is_outgrown:
                missing.append(model.name)
        if missing:
            self.say(f"Training {', '.join(missing)} ...")
        self._report_trainings(missing, len(missing))
        trainings = train_models(
            missing, dict(os.environ), actor="up", progress=self.progress, stopped=self.stop.is_requested
        )
        waiting = list(missing)
        for training in trainings:
            waiting.remove(training.name)
            self._report_trainings(waiting, len(missing))
            if self.stop.is_requested():
                continue
            if training.output:
                self.say(training.output)
            if training.code:
                self.say(f"Training {training.name} failed; `drivetrain train {training.name}` shows why.")

    def _report_trainings(self, waiting: Sequence[str], total: int) -> None:
        """The first ones of those that wait are being trained."""
        if waiting:
            stage = f"Training {' and '.join(waiting[:SIDE_BY_SIDE])}"
            self.report.write(SetUpState(stage, total - len(waiting), total))


def train_models(
    models: Sequence[str],
    environment: Mapping[str, str],
    *,
    actor: str,
    progress: Progress,
    stopped: Callable[[], bool],
) -> Iterator[CommandResult]:
    """Train models in processes of their own; one result as each ends.

    A training fits two models at a time itself, but reads, packs and registers with one core: the second
    process uses the other one meanwhile.

    Args:
        environment: of the processes; names the home and the database.
        stopped: True once nothing more shall be trained; what runs is then ended.
    """
    train = [sys.executable, "-m", "drivetrain.entrypoints.cli", "train"]
    commands = {model: [*train, model, "--actor", actor] for model in models}
    return run_side_by_side(
        commands, environment, action="train", at_once=SIDE_BY_SIDE, stopped=stopped, progress=progress
    )


def plan_of(settings: Settings) -> Plan:
    """What the settings and the products ask for beside the workers."""
    jobs = [name for product in PRODUCTS for name in product.startup_jobs]
    installation = LocalInstallation(settings, home_of(settings))
    processes = [
        KeptCommand(process.summary, ["drivetrain.entrypoints.process", process.name])
        for process in PROCESSES
        if process.is_enabled(installation) and not process.is_loop(installation)
    ]
    tasks = KeptCommand("The task worker", ["drivetrain.entrypoints.work"], needs_models=False)
    return Plan(jobs, [*processes, tasks])


def welcome_lines(settings: Settings, url: str) -> list[str]:
    """Have each product make what a new installation lacks; what they have to say once the platform serves."""
    installation = LocalInstallation(settings, home_of(settings))
    database = installation.opened(url, pool_size=1)
    try:
        return [
            line
            for product in PRODUCTS
            if product.welcome is not None
            for line in product.welcome(installation, database)
        ]
    finally:
        database.engine.dispose()


def set_up(outcome: Path, say: Say, progress: Progress, *, tables_only: bool = False) -> int:
    """Prepare the home of the settings, for the supervisor that started this process.

    Args:
        outcome: where to write the plan of what is to run, and what went wrong, as soon as it can be served; beside
            it, at the end, what came of the rest.
        tables_only: whether to migrate the database and do nothing else.

    Returns:
        The exit code.
    """
    end_with_parent()
    settings = Settings()
    if settings.database_url is None:
        raise UnavailableError("The set-up is told its database by what starts it.")
    home, url = home_of(settings), settings.database_url.get_secret_value()
    plan = plan_of(settings)
    with StopRequest().listening() as stop:
        steps = SetUp(settings, home, url, say, progress, stop, SetUpReport(home.set_up_report))

        def begin() -> None:
            migrate(url, *MIGRATIONS)
            if not tables_only:
                steps.make_keys()

        failure = _failure_of(begin)
        if failure is None and not tables_only:
            plan = replace(plan, lines=welcome_lines(settings, url))
        write_outcome(outcome, plan, failure)
        if failure is None and not tables_only:
            failure = _failure_of(steps.learn)
            write_outcome(end_of(outcome), plan_of(settings), failure)
    return int(failure is not None)


def _failure_of(step: Callable[[], None]) -> DrivetrainError | None:
    try:
        step()
    except DrivetrainError as error:
        return error
    return None
