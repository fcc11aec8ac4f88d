"""Prefect's server without the extra: refused before anything is made or bound."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from drivetrain.bootstrap.prefect_server import PrefectServer, show_prefect
from drivetrain.core.errors import UnavailableError
from drivetrain.settings import Settings


@pytest.fixture(autouse=True)
def without_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the extra were not installed."""
    monkeypatch.setitem(sys.modules, "prefect", None)


def test_the_server_is_refused_and_its_folder_not_made(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as refused:
        PrefectServer(tmp_path / "prefect", "secret")
    assert refused.value.code == "prefect.not_installed"
    assert not (tmp_path / "prefect").exists()


def test_the_command_is_refused_and_no_password_made(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as refused:
        show_prefect(Settings(home=tmp_path), 4200, lambda _: pytest.fail("nothing to say"))
    assert refused.value.code == "prefect.not_installed"
    assert not list(tmp_path.rglob("*prefect*"))
