"""Uploaded tables in the background: previewed, added, refused; the upload is removed once nothing needs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from tests.support.tables import MAPPING, english_rows, french_rows, write_table

from drivetrain.bootstrap.installation import home_of
from drivetrain.bootstrap.table_tasks import add_upload, preview_upload
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.kit.tasks import TaskPorts
from drivetrain.settings import Settings

TABLE = "rental-pricing"
PORTS = cast(TaskPorts, None)


@pytest.fixture
def upload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DRIVETRAIN_HOME", str(tmp_path / "home"))
    folder = home_of(Settings()).uploads / "one"
    folder.mkdir(parents=True)
    return write_table(folder / "table.csv", french_rows(english_rows(tmp_path, 300)))


def arguments(file: Path, **changes: Any) -> dict[str, Any]:
    usual = {
        "name": TABLE,
        "file": f"{file.parent.name}/{file.name}",
        "mapping": list(MAPPING),
        "source": "Lyon",
        "licence": None,
        "accept_refused": False,
    }
    return {**usual, **changes}


def test_a_preview_changes_nothing_and_proposes_a_mapping(upload: Path) -> None:
    preview = preview_upload(PORTS, arguments(upload, mapping=[]), SilentProgress())
    assert "mileage" in json.dumps(preview)
    assert not upload.parent.exists()
    assert home_of(Settings()).datastore().history(TABLE) == ()


def test_an_added_table_is_current_with_its_source(upload: Path) -> None:
    result = add_upload(PORTS, arguments(upload), SilentProgress())
    current = home_of(Settings()).datastore().current(TABLE)
    assert json.loads(json.dumps(result))["table"]["version"] == current.version
    assert (current.source, current.is_synthetic) == ("Lyon", False)
    assert not upload.parent.exists()


def test_a_table_that_is_declared_synthetic_is_kept_as_such(upload: Path) -> None:
    add_upload(PORTS, arguments(upload, is_synthetic=True), SilentProgress())
    assert home_of(Settings()).datastore().current(TABLE).is_synthetic


def test_a_refused_table_changes_nothing(upload: Path) -> None:
    with pytest.raises(InvalidInputError) as refused:
        add_upload(PORTS, arguments(upload, mapping=[]), SilentProgress())
    assert refused.value.code == "data.missing_columns"
    assert home_of(Settings()).datastore().history(TABLE) == ()
    assert not upload.parent.exists()
