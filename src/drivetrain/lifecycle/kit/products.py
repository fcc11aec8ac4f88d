"""What a product tells the platform about itself, and what it tells about each of its models."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from drivetrain.core.access import KeyStore, Scope
from drivetrain.core.announcements import Announcements
from drivetrain.core.audit import AuditTrail
from drivetrain.core.changes import Topic
from drivetrain.core.health import Finding
from drivetrain.core.time import Clock
from drivetrain.lifecycle.data.contracts import Contract, NumberColumn
from drivetrain.lifecycle.data.table_specs import TableSpec
from drivetrain.lifecycle.kit.branches import Branches
from drivetrain.lifecycle.kit.car_values import CarValues
from drivetrain.lifecycle.kit.home import HomeSource
from drivetrain.lifecycle.kit.installation import Installation, OpenDatabase
from drivetrain.lifecycle.kit.jobs import Job
from drivetrain.lifecycle.kit.personal_data import PersonalData
from drivetrain.lifecycle.kit.processes import Process
from drivetrain.lifecycle.kit.tasks import Task, TaskQueue
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.learning.recipes import Recipe
from drivetrain.lifecycle.learning.training import PointPrediction, Train
from drivetrain.lifecycle.serving.answering import DecisionRule
from drivetrain.lifecycle.serving.predictions import ModelRef


def recipe_in(file: str) -> Callable[[Files], Mapping[str, object]]:
    """Reads what a version's training was told from one of its JSON files, under ``recipe``."""

    def recipe_of(contents: Files) -> Mapping[str, object]:
        recipe: Mapping[str, object] = json.loads(contents[file])["recipe"]
        return recipe

    return recipe_of


def card_in(package: str) -> Callable[[], str]:
    """Reads the written part of the card in a model's folder."""
    return lambda: files(package).joinpath("CARD.md").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model of a product.

    Attributes:
        name: in routes, commands and the registry.
        table: what it learns from.
        load: makes a served model of a version's verified files; light to import.
        recipe: how it is trained where nothing else is asked for.
        recipe_of: what a version's training was told, and what the next training must know of it, from its
            verified files.
        rule: what is decided from the model's figures, with any loaded version.
        rendering: how lists and tables of answers are written. Typed loosely because this layer knows no HTTP
            library.
        value_field: the amount or word in an answer, by which two versions are compared.
        outcome: name of the outcome that shows the truth of an answer, in the unit of the range; empty where
            none does.
        card: the part of the model card that no figure changes: what the model is for, and its limits
            (Markdown).
        fewest_rows: good rows that it takes to learn and to be judged.
        point: how two versions are asked for what the target is the truth of; None where no table holds the truth.
        request_columns: numbers that a request may add to a row of the contract, and that the ledger then has.
        explained: what writes the reasons of an answer as JSON fields; None where the model gives none. Typed
            loosely because this layer knows no HTTP library.
    """

    name: str
    product: str
    summary: str
    contract: Contract
    table: TableSpec
    train: Train
    load: Callable[[Files, ModelRef], Any]
    recipe: Recipe
    recipe_of: Callable[[Files], Mapping[str, object]]
    card: Callable[[], str]
    rule: DecisionRule[Any, Any, Any]
    rendering: Callable[[], Any]
    value_field: str
    outcome: str
    fewest_rows: int
    point: PointPrediction | None
    request_columns: tuple[NumberColumn, ...] = ()
    explained: Callable[[], Any] | None = None


RestoreCheck = Callable[[Installation, OpenDatabase], Finding]
"""Looks at one thing of a restored installation, and changes nothing."""


@dataclass(frozen=True, slots=True)
class CommandGroup:
    """A word after ``drivetrain``, with the commands that follow it.

    Attributes:
        summary: its line in ``drivetrain --help``.
        build: gives the Typer app; called when one of its commands is. Typed loosely because this layer knows no
            command line.
    """

    name: str
    summary: str
    build: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class ProductCard:
    """All that a product contributes, in one place.

    Attributes:
        tables: what the product works on beside the tables its models learn from.
        routes: builds the product's HTTP routers from the ports of a serving process and the installation; None
            while there are none. Typed loosely because this layer knows no HTTP library.
        jobs: long work by name, each run in a process of its own.
        startup_jobs: those that the platform starts, without arguments and in the background, before it
            serves.
        scopes: the rights of its own that its routes ask for; joined with the platform's.
        commands: what the product adds to the command line.
        processes: what runs beside the API for as long as the platform does.
        tasks: work that is deferred in a transaction or by the clock, and done by worker processes.
        settings: groups of settings (``SettingsGroup``). Typed loosely because this layer knows no settings
            library.
        migrations: packages with the migrations of a capability's tables, one chain each, applied after the
            platform's own.
        audit_trail: opens the installation's audit trail; one card contributes it.
        announcements: where messages to all who hold a role are written, with the queue of the tasks that send
            them; one card contributes it.
        car_values: opens what values cars on offer, on an installation and its database; one card contributes it.
        personal_data: gives what knows the product's rows that belong to people, for their export and their erasure.
        branches: opens what knows the branches of companies, on a database engine; one card contributes it.
        key_store: opens the store of API keys on a database engine; one card contributes it.
        welcome: called by ``up`` when its database is ready: makes what a new installation lacks of the product's,
            and gives the lines that ``up`` prints once it serves.
        metrics: registers the product's Prometheus metrics on a registry, in each API process. Typed loosely
            because this layer knows no metrics library.
        home: gives what the product has on the home page, from the ports of a serving process and the installation.
        restore_checks: look whether what was restored from a backup is as it was; each opens what it needs.
        topics: what open pages are told of; triggers of the product's tables note the changes.
    """

    name: str
    summary: str
    models: tuple[ModelSpec, ...] = ()
    tables: tuple[TableSpec, ...] = ()
    routes: Callable[[Any, Installation], Sequence[Any]] | None = None
    jobs: Mapping[str, Job] = field(default_factory=dict)
    startup_jobs: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = ()
    commands: tuple[CommandGroup, ...] = ()
    processes: tuple[Process, ...] = ()
    tasks: tuple[Task, ...] = ()
    settings: tuple[type[Any], ...] = ()
    migrations: tuple[str, ...] = ()
    audit_trail: Callable[[Installation], AuditTrail] | None = None
    announcements: Callable[[Installation, TaskQueue], Announcements] | None = None
    car_values: Callable[[Installation, OpenDatabase], CarValues] | None = None
    personal_data: Callable[[], Sequence[PersonalData]] | None = None
    branches: Callable[[Any], Branches] | None = None
    key_store: Callable[[Any, Clock, AuditTrail], KeyStore] | None = None
    welcome: Callable[[Installation, OpenDatabase], Sequence[str]] | None = None
    metrics: Callable[[Any], object] | None = None
    home: Callable[[Any, Installation], Sequence[HomeSource]] | None = None
    restore_checks: tuple[RestoreCheck, ...] = ()
    topics: tuple[Topic, ...] = ()
