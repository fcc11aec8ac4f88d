"""One process keeps in step with the database, goes on from disk without it, and tells a lost disk from a lost database."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.support.fakes import FixedClock, MemoryKeyStore, MemoryModelCatalog

from drivetrain.adapters.disk.last_good import LastGood
from drivetrain.adapters.http.access import KeyRing
from drivetrain.adapters.postgres.revisions import Revisions
from drivetrain.bootstrap.refreshing import Refresher, RefreshTargets, Repeated
from drivetrain.core.access import KeyRecord, PlatformScope
from drivetrain.core.errors import UnavailableError
from drivetrain.lifecycle.learning.artifacts import write_artifact
from drivetrain.lifecycle.releasing.following import LiveFollower
from drivetrain.lifecycle.releasing.registry import Alias, ModelVersion, ReleaseRequest
from drivetrain.lifecycle.serving.predictions import Predictor

MODEL = "rental-price"
AWAY = UnavailableError("The database cannot be reached.", code="database.unavailable")


@pytest.fixture(autouse=True)
def log_lines():
    with structlog.testing.capture_logs() as lines:
        yield lines


class OpenLock:
    """Every signature is the same one."""

    def sign(self, message: bytes) -> bytes:
        return b"signed"

    def is_genuine(self, message: bytes, signature: bytes) -> bool:
        return signature == b"signed"


class Database:
    """What a process sees of it; can be away."""

    def __init__(self) -> None:
        clock = FixedClock()
        self.catalog = MemoryModelCatalog(clock)
        self.keys = MemoryKeyStore(clock)
        self.is_away = False
        self.reported: list[Mapping[str, str]] = []
        self.counts = {"models": 1, "keys": 1, "buffer": 1}

    def read(self) -> Revisions:
        if self.is_away:
            raise AWAY
        return Revisions(dict(self.counts))

    def report(self, serving: Mapping[str, str]) -> None:
        self.reported.append(dict(serving))

    def all(self) -> list[KeyRecord]:
        if self.is_away:
            raise AWAY
        return list(self.keys.all())

    def add_key(self, key_id: str) -> None:
        self.keys.add(
            KeyRecord(key_id, key_id, frozenset({PlatformScope.PREDICT}), b"d", FixedClock().now(), "test")
        )
        self.counts["keys"] += 1


class Process:
    """One serving process on a home; another one on the same home is another start."""

    def __init__(self, home: Path, database: Database) -> None:
        self.artifacts, self.database = home / "artifacts", database
        self.ring = KeyRing(database.all)
        self.predictor: Predictor[bytes] = Predictor(MODEL, lambda files, ref: files["f"])
        follower = LiveFollower([self.predictor], self.artifacts, OpenLock())
        self.last_good = LastGood(home / "last-good")
        targets = RefreshTargets(self.ring, follower, {MODEL: self.predictor}, self.last_good)
        stores: Any = database
        self.refresher = Refresher(stores, database.catalog, stores, targets)

    def release(self, version: str, content: bytes | None = None) -> Path:
        folder = self.artifacts / MODEL / version
        folder.parent.mkdir(parents=True, exist_ok=True)
        digest = write_artifact(folder, {"f": content or version.encode()}, {"model": MODEL}, OpenLock())
        known = ModelVersion(
            MODEL, version, FixedClock().now(), f"{MODEL}/{version}", digest, {}, {}, {}, True, "run"
        )
        self.database.catalog.add_version(known)
        self.database.catalog.release(
            ReleaseRequest(MODEL, Alias.CHAMPION, version, action="promote", actor="test", reason="test")
        )
        self.database.counts["models"] += 1
        return folder / "f"


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def process(tmp_path, database) -> Process:
    process = Process(tmp_path, database)
    process.release("1")
    database.add_key("first")
    process.refresher.refresh()
    return process


def test_it_serves_reports_and_remembers_what_is_live(process, database):
    assert process.predictor.current() == b"1"
    assert process.ring.get("first") is not None
    assert database.reported == [{MODEL: "1"}]
    assert process.refresher.database.state == process.refresher.last_good.state == "ok"
    assert process.last_good.live().champions[MODEL].version == "1"
    (remembered,) = process.last_good.keys()
    assert remembered.key_id == "first"


def test_a_release_and_a_revoked_key_are_followed_and_a_release_is_reported_at_once(process, database):
    process.release("2")
    database.keys.revoke("first", FixedClock().now(), actor="an admin")
    database.counts["keys"] += 1
    process.refresher.refresh()
    assert process.predictor.current() == b"2"
    assert not process.ring.get("first").is_live(FixedClock().now())
    assert database.reported[-1] == {MODEL: "2"}


def test_a_lost_database_is_degraded_and_what_is_served_goes_on(process, database, log_lines):
    database.is_away = True
    for _ in range(3):
        process.refresher.refresh()
    assert process.predictor.current() == b"1"
    assert (process.refresher.database.state, process.refresher.last_good.state) == ("degraded", "ok")
    assert [line["event"] for line in log_lines].count("database lost") == 1
    database.is_away = False
    process.refresher.refresh()
    assert process.refresher.database.state == "ok"


def test_a_start_without_the_database_goes_on_from_disk_until_it_is_back(process, database, tmp_path):
    database.is_away = True
    later = Process(tmp_path, database)
    later.refresher.refresh()
    assert later.predictor.current() == b"1"
    assert later.ring.get("first") is not None
    assert later.refresher.database.state == "degraded"
    database.is_away = False
    process.release("2")
    later.refresher.refresh()
    assert later.predictor.current() == b"2"


def test_a_first_start_without_the_database_has_nothing_and_does_not_fall_over(tmp_path, database):
    database.is_away = True
    process = Process(tmp_path, database)
    process.refresher.refresh()
    assert (process.predictor.ref, process.refresher.database.state) == (None, "degraded")


def test_what_is_refused_is_not_remembered_and_a_later_start_falls_back(process, database, tmp_path):
    """The catalog says version 2, the disk holds a damaged one: the next start serves what was served last."""
    process.release("2").write_bytes(b"damaged")
    process.refresher.refresh()
    assert process.predictor.current() == b"1"
    assert process.last_good.live().champions[MODEL].version == "1"
    later = Process(tmp_path, database)
    later.refresher.refresh()
    assert later.predictor.current() == b"1"
    assert "version 2 is not served" in later.predictor.reason
    assert "Version 1, which was served last, answers meanwhile." in later.predictor.reason
    assert database.reported[-1] == {MODEL: "1"}


def test_a_home_that_cannot_be_written_is_no_lost_database(process, database, tmp_path, log_lines):
    folder, elsewhere = tmp_path / "last-good", tmp_path / "elsewhere"
    folder.rename(elsewhere)
    folder.touch()  # a file in its place: nothing can be written into it, not even by root
    process.release("2")
    for _ in range(3):
        process.refresher.refresh()
    assert (process.refresher.database.state, process.refresher.last_good.state) == ("ok", "degraded")
    assert "json cannot be written: File exists" in process.refresher.last_good.why
    assert (process.predictor.current(), database.reported[-1]) == (b"2", {MODEL: "2"})
    assert [line["event"] for line in log_lines].count("last good copy not written") == 1
    folder.unlink()
    elsewhere.rename(folder)
    process.refresher.refresh()
    assert process.refresher.last_good.state == "ok"
    assert process.last_good.live().champions[MODEL].version == "2"


def test_who_watches_a_subject_is_called_at_the_start_and_when_it_changes(process, database):
    calls: list[str] = []
    later = Process(process.artifacts.parent, database)
    later.refresher.watch("buffer", lambda: calls.append("buffer"))
    later.refresher.refresh()
    later.refresher.refresh()
    assert calls == ["buffer"]
    database.counts["buffer"] += 1
    later.refresher.refresh()
    assert calls == ["buffer", "buffer"]


class TestRepeated:
    """A job goes on whatever one of its calls comes to."""

    @pytest.mark.parametrize(
        "failure", [UnavailableError("away"), ZeroDivisionError()], ids=["away", "a bug"]
    )
    def test_a_failing_call_ends_nothing(self, failure):
        called, enough = [], threading.Event()

        def job() -> None:
            called.append(1)
            if len(called) == 3:
                enough.set()
            raise failure

        repeated = Repeated("test", job, 0.001)
        repeated.start()
        assert enough.wait(10)
        repeated.stop()
        assert len(called) >= 3

    def test_it_is_called_once_before_start_returns(self):
        called: list[int] = []
        repeated = Repeated("test", lambda: called.append(1), 3_600)
        repeated.start()
        assert called == [1]
        repeated.stop()
