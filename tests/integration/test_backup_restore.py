"""A backup of a home with a real database, restored into another one: what was acknowledged is there, damage is refused."""

from __future__ import annotations

import dataclasses
import json
import shutil
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from tests.support.platform import drivetrain, home_folder

from drivetrain.accounts.people.adapters.hashing import Argon2Hasher
from drivetrain.adapters.disk.backup_folder import backups_in
from drivetrain.adapters.disk.backup_manifest import read_manifest, write_manifest
from drivetrain.adapters.embedded.home_lock import HomeLock
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.postgres.database_state import read_database_state
from drivetrain.bootstrap.backups import scheduled
from drivetrain.bootstrap.backups.drill import drill
from drivetrain.bootstrap.backups.making import BackupMade, make_backup
from drivetrain.bootstrap.backups.noting import backup_note
from drivetrain.bootstrap.backups.restoring import restore_backup
from drivetrain.bootstrap.backups.scheduled import make_and_keep
from drivetrain.bootstrap.backups.verifying import BackupVerified, verify_backup
from drivetrain.bootstrap.home import Home
from drivetrain.bootstrap.installation import LocalInstallation, key_issuer, open_stores
from drivetrain.core.backups import Damage
from drivetrain.core.errors import (
    ConflictError,
    DrivetrainError,
    InvalidInputError,
    StorageFullError,
    UnavailableError,
)
from drivetrain.core.progress import SilentProgress
from drivetrain.core.time import SystemClock
from drivetrain.settings import Settings

PASSPHRASE = b"a passphrase of the operator"
SILENT = SilentProgress()
PERSON = """
    INSERT INTO drivetrain.people
        (person_id, email, email_key, name, language, time_zone, password_hash, created_at, created_by)
    VALUES (gen_random_uuid(), 'ada@example.com', 'ada@example.com', 'Ada', 'en', 'UTC', %s, now(), 'test')
"""


def add_row(url: str, number: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO kept.rows VALUES (%s)", [number])


def rows(url: str) -> set[int]:
    with psycopg.connect(url) as connection:
        return {number for (number,) in connection.execute("SELECT number FROM kept.rows").fetchall()}


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """A home at rest, with tables of all products, secrets and some files."""
    with home_folder() as folder:
        home = Home(folder / "home")
        home.signer()
        home.pepper()
        home.admin_key.write_text("dt_local_admin")
        for name in (
            "artifacts/1/model.txt",
            "spool/a.open.jsonl",
            "outbox/mail.eml",
            "run/note",
            "feeds/feed.csv",
        ):
            (home.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (home.folder / name).write_text(name)
        with (
            LocalInstallation(settings_of(home), home).database() as opened,
            psycopg.connect(opened.url) as connection,
        ):
            connection.execute("CREATE SCHEMA kept")
            connection.execute("CREATE TABLE kept.rows (number integer PRIMARY KEY)")
            connection.execute("INSERT INTO kept.rows VALUES (1)")
        yield home


def settings_of(home: Home) -> Settings:
    return Settings(home=home.folder, database_url=None)


@pytest.fixture(scope="module")
def made(home: Home) -> BackupMade:
    return make_backup(settings_of(home), home.folder.parent / "backups", PASSPHRASE, SILENT)


def copy_of(made: BackupMade, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made.folder, tmp_path / made.folder.name))


@pytest.fixture
def target() -> Iterator[Path]:
    with home_folder() as folder:
        yield folder / "restored"


def test_a_stopped_home_comes_back_with_its_rows_files_and_secrets(
    home: Home, made: BackupMade, target: Path
) -> None:
    assert verify_backup(made.folder, SILENT).is_whole
    restored = restore_backup(settings_of(home), made.folder, target, PASSPHRASE, SILENT)
    assert restored.kept_rows == made.manifest.kept_rows
    assert {"decisions", "outcomes", "model_releases"} <= restored.kept_rows.keys()
    assert (target / "secrets/pepper.key").read_bytes() == (home.folder / "secrets/pepper.key").read_bytes()
    assert (target / "secrets/signing.key").read_bytes() == (home.folder / "secrets/signing.key").read_bytes()
    assert stat.S_IMODE((target / "secrets/signing.key").stat().st_mode) == 0o600
    assert (target / "admin.key").read_text() == "dt_local_admin"
    for name in ("artifacts/1/model.txt", "spool/a.open.jsonl", "feeds/feed.csv"):
        assert (target / name).read_text() == name
    assert not (target / "outbox").exists()  # holds working links
    assert not (target / "run" / "note").exists()
    with LocalInstallation(settings_of(home), Home(target)).database() as opened:
        assert rows(opened.url) >= {1}


def test_only_the_owner_can_read_a_backup(made: BackupMade) -> None:
    for path in (made.folder, *made.folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    everything = b"".join(path.read_bytes() for path in made.folder.rglob("*") if path.is_file())
    assert b"dt_local_admin" not in everything


def test_what_was_acknowledged_before_a_backup_of_a_busy_server_began_is_in_it(
    home: Home, target: Path
) -> None:
    server, stop, acknowledged = EmbeddedPostgres(home.postgres), threading.Event(), [1]

    def write() -> None:
        for number in range(1_000, 1_000_000):
            if stop.is_set():
                return
            add_row(url, number)
            acknowledged.append(number)

    with HomeLock(home.folder):
        url = server.start()
        writer = threading.Thread(target=write)
        writer.start()
        try:
            before = set(acknowledged)
            while len(before) < 20:
                before = set(acknowledged)
            made = make_backup(settings_of(home), home.folder.parent / "busy", None, SILENT)
        finally:
            stop.set()
            writer.join()
            server.stop()
    assert made.manifest.secrets == "left out"
    restore_backup(settings_of(home), made.folder, target, None, SILENT)
    assert not (target / "secrets").exists()
    with LocalInstallation(settings_of(home), Home(target)).database() as opened:
        present = rows(opened.url)
    assert before <= present
    assert present == {1, *range(1_000, 1_000 + len(present) - 1)}  # of one instant


def test_damaged_files_are_named_and_nothing_is_restored(
    made: BackupMade, tmp_path: Path, target: Path
) -> None:
    backup = copy_of(made, tmp_path)
    page = backup / "postgres" / "base" / "1" / "1259"
    content = bytearray(page.read_bytes())
    content[5_000] ^= 4
    page.write_bytes(content)
    (damage,) = verify_backup(backup, SILENT).damages
    assert damage.path == "postgres/base/1/1259"
    with pytest.raises(UnavailableError, match="postgres/base/1/1259 has another content") as refused:
        restore_backup(Settings(database_url=None), backup, target, PASSPHRASE, SILENT)
    assert refused.value.code == "backup.damaged"
    assert not target.exists()


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        ("wrong passphrase", "backup.wrong_passphrase"),
        ("no passphrase", "backup.passphrase"),
        ("used home", "backup.home_not_empty"),
        ("own server", "backup.embedded_only"),
        ("newer release", "database.newer_than_code"),
        ("lost rows", "backup.rows_lost"),
    ],
)
def test_a_restore_that_cannot_go_well_leaves_nothing(
    made: BackupMade, tmp_path: Path, target: Path, problem: str, code: str
) -> None:
    backup, settings = made.folder, Settings(database_url=None)
    passphrase: bytes | None = PASSPHRASE
    if problem == "wrong passphrase":
        passphrase = b"another passphrase of somebody"
    elif problem == "no passphrase":
        passphrase = None
    elif problem == "used home":
        target.mkdir()
        (target / "file").write_text("mine")
    elif problem == "own server":
        settings = Settings(database_url=SecretStr("postgresql://nobody@127.0.0.1:1/none"))
    else:
        backup = copy_of(made, tmp_path)
        manifest = read_manifest(backup)
        changed = (
            {"migrations": {**manifest.migrations, "alembic_version": "m9999"}}
            if problem == "newer release"
            else {"kept_rows": {**manifest.kept_rows, "decisions": 1_000_000}}
        )
        write_manifest(backup, dataclasses.replace(manifest, **changed))
    with pytest.raises(DrivetrainError) as refused:
        restore_backup(settings, backup, target, passphrase, SILENT)
    assert refused.value.code == code
    assert [entry.name for entry in target.parent.rglob("*")] == (
        ["restored", "file"] if problem == "used home" else []
    )


def test_a_backup_inside_the_home_or_on_a_full_disk_is_not_begun(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        make_backup(settings_of(home), home.folder / "datasets" / "..", None, SILENT)
    assert refused.value.code == "backup.inside_home"

    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(2**40, 2**40 - 10, 10))
    with pytest.raises(StorageFullError, match="GiB free"):
        make_backup(settings_of(home), tmp_path / "full", None, SILENT)
    assert [entry.name for entry in (tmp_path / "full").iterdir()] == [".backup.lock"]


def test_a_database_of_ones_own_is_dumped_and_loaded_into_an_empty_one(
    home: Home, migrated_url: str, postgres_server: EmbeddedPostgres, target: Path
) -> None:
    settings = Settings(home=home.folder, database_url=SecretStr(migrated_url))
    with psycopg.connect(migrated_url) as connection:
        connection.execute("CREATE SCHEMA kept")
        connection.execute("CREATE TABLE kept.rows AS SELECT 7 AS number")
    made = make_backup(settings, home.folder.parent / "dumps", PASSPHRASE, SILENT)
    assert made.manifest.database == "dump"
    assert verify_backup(made.folder, SILENT).is_whole
    with pytest.raises(ConflictError) as refused:
        restore_backup(settings, made.folder, target, PASSPHRASE, SILENT)
    assert refused.value.code == "backup.database_not_empty"
    assert not target.exists()

    with psycopg.connect(postgres_server.url, autocommit=True) as admin:
        admin.execute("CREATE DATABASE restored")
    url = migrated_url.replace(migrated_url.rpartition("/")[2].partition("?")[0], "restored")
    try:
        empty = Settings(home=home.folder, database_url=SecretStr(url))
        restored = restore_backup(empty, made.folder, target, PASSPHRASE, SILENT)
        assert restored.kept_rows == made.manifest.kept_rows
        assert rows(url) == {7}
        assert read_database_state(url).migrations == made.manifest.migrations
        assert not (target / "postgres").exists()
    finally:
        with psycopg.connect(postgres_server.url, autocommit=True) as admin:
            admin.execute("DROP DATABASE restored WITH (FORCE)")


def test_by_command_it_says_what_is_missing_and_gives_a_home_that_the_commands_work_on(
    home: Home, target: Path
) -> None:
    folder = target.parent / "backups"
    made = drivetrain(home.folder, "backup", "make", folder, "--json")
    assert made.code == 0, made.err
    assert made.json()["secrets"] == "left out"
    assert "secrets are NOT in it" in made.err
    verified = drivetrain(home.folder, "backup", "verify", made.json()["folder"])
    assert (verified.code, "as they were written" in verified.out) == (0, True)
    restored = drivetrain(home.folder, "restore", made.json()["folder"], "--home", target)
    assert restored.code == 0, restored.err
    assert "decisions 0" in restored.out
    assert "secrets/" in restored.err
    assert drivetrain(target, "keys", "list", "--json").json() == []

    (Path(made.json()["folder"]) / "home" / "feeds" / "feed.csv").write_text("another")
    damaged = drivetrain(home.folder, "backup", "verify", made.json()["folder"])
    assert (damaged.code, damaged.out.split()[0]) == (1, "home/feeds/feed.csv")


def test_by_the_clock_old_ones_go_only_after_a_newer_one_was_verified(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kept"
    settings = Settings(home=home.folder, database_url=None, backup_folder=folder, backup_keep=2)
    names = []
    for _ in range(3):
        names.append(Path(make_and_keep(settings, folder, SILENT, SystemClock())["folder"]).name)
    assert [backup.name for backup in backups_in(folder)] == names[:0:-1]
    noted = backup_note(settings, home).last_good_at()
    assert noted == read_manifest(folder / names[-1]).begun_at

    damaged = [Damage("postgres/base/1/1259", "has another content")]
    monkeypatch.setattr(scheduled, "verify_backup", lambda made, _: BackupVerified(made, None, damaged))
    with pytest.raises(UnavailableError, match="postgres/base/1/1259"):
        make_and_keep(settings, folder, SILENT, SystemClock())
    assert [backup.name for backup in backups_in(folder)] == names[:0:-1]
    assert backup_note(settings, home).last_good_at() == noted


def test_a_drill_tries_keys_people_and_the_audit_trail_with_the_restored_secrets(
    home: Home, tmp_path: Path
) -> None:
    settings = settings_of(home)
    with LocalInstallation(settings, home).database() as opened:
        issuer = key_issuer(settings, home, open_stores(settings, home, opened.url).keys)
        key = issuer.create(name="drilled", grants=["admin"], days=None, actor="test")
        with psycopg.connect(opened.url) as connection:
            connection.execute(PERSON, [Argon2Hasher().hash_now("a long way to Chicago")])
    before = home.admin_key.read_text()
    home.admin_key.write_text(key.text)
    try:
        made = make_backup(settings, tmp_path, PASSPHRASE, SILENT)
    finally:
        home.admin_key.write_text(before)
    report = drill(settings, made.folder, PASSPHRASE, SILENT, tmp_path)
    assert report.is_well, report.as_dict()
    details = {finding.subject: finding.detail for finding in report.findings}
    assert details["admin key"] == "is accepted"
    assert details["audit trail"] == "1 lines, whole"  # of the key
    assert details["people"] == "1 hashes of passwords can be checked, 0 second factors opened"
    assert "audit_lines 1" in details["rows"]
    assert [entry.name for entry in tmp_path.iterdir() if "drill" in entry.name] == []

    bare = make_backup(settings, tmp_path, None, SILENT)
    findings = {
        finding.subject: finding for finding in drill(settings, bare.folder, None, SILENT, tmp_path).findings
    }
    assert not findings["audit trail"].is_well  # its key was derived from secrets that are not there
    assert findings["rows"].is_well


def test_the_manifest_is_plain_json_for_whoever_looks(made: BackupMade) -> None:
    plain = json.loads((made.folder / "manifest.json").read_text())
    assert plain["secrets"] == "sealed"
    assert plain["migrations"]["alembic_version"].startswith("m0")
    assert {"path", "size_bytes", "sha256"} == plain["files"][0].keys()
