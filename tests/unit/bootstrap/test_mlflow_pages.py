"""MLflow's pages without the extra, or without a home: refused before anything is made or bound."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivetrain.bootstrap import mlflow_pages
from drivetrain.bootstrap.mlflow_pages import show_mlflow
from drivetrain.core.errors import DrivetrainError, NotFoundError, UnavailableError
from drivetrain.settings import Settings


def shown(home: Path) -> DrivetrainError:
    with pytest.raises(DrivetrainError) as refused:
        show_mlflow(Settings(home=home), 0, lambda _: pytest.fail("nothing to say"))
    return refused.value


def test_without_the_extra_no_password_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path)])  # no distribution is found there
    refusal = shown(tmp_path)
    assert isinstance(refusal, UnavailableError) and refusal.code == "mlflow.not_installed"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("home", "code"), [("nowhere", "home.none"), (".", "database.none")])
def test_without_a_home_or_a_database_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: str, code: str
) -> None:
    monkeypatch.setattr(mlflow_pages, "require_pages", lambda: None)
    refusal = shown(tmp_path / home)
    assert isinstance(refusal, NotFoundError) and refusal.code == code
    assert list(tmp_path.iterdir()) == []
