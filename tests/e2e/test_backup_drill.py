"""A backup of a running platform is drilled: models, the admin key, people and the audit trail work when restored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from tests.support.platform import EXAMPLE, drivetrain, running

from drivetrain.accounts.people.adapters.hashing import Argon2Hasher
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_what_a_running_platform_had_works_when_it_is_restored(new_home: Callable[[], Path]) -> None:
    home = new_home()
    passphrase = home.with_name("passphrase")
    passphrase.write_text("a passphrase of the operator\n")
    with running(home) as platform:
        assert drivetrain(home, "people", "create", "ada@example.com", "--name", "Ada").code == 0
        with psycopg.connect(EmbeddedPostgres(home / "postgres").expected_url) as connection:
            hashed = Argon2Hasher().hash_now("a long way to Chicago")
            connection.execute("UPDATE drivetrain.people SET password_hash = %s", [hashed])
        with platform.client() as client:
            client.post("/rental/price", json=dict(EXAMPLE)).raise_for_status()
        made = drivetrain(
            home, "backup", "make", home.with_name("backups"), "--passphrase-file", passphrase, "--json"
        )
        assert made.code == 0, made.err

    backup = made.json()["folder"]
    drilled = drivetrain(home, "backup", "drill", backup, "--passphrase-file", passphrase, "--json")
    assert drilled.code == 0, drilled.out + drilled.err
    details = {finding["subject"]: finding["detail"] for finding in drilled.json()["findings"]}
    assert "identical figures" in details["model rental-price"]
    assert details["admin key"] == "is accepted"
    assert details["audit trail"].endswith("lines, whole")
    assert "hashes of passwords can be checked" in details["people"]


def test_a_drill_without_the_secrets_says_what_does_not_work(new_home: Callable[[], Path]) -> None:
    home = new_home()
    made = drivetrain(home, "backup", "make", home.with_name("backups"), "--json")
    drilled = drivetrain(home, "backup", "drill", made.json()["folder"], "--json")
    assert drilled.code == 1
    well = {finding["subject"]: finding["is_well"] for finding in drilled.json()["findings"]}
    assert not well["model rental-price"]
    assert not well["audit trail"]
    assert well["rows"]
