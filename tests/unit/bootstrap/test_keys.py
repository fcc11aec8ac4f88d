"""A key is named for who holds it, never for the platform."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.fakes import FixedClock, MemoryKeyStore

from drivetrain.bootstrap.installation import Home
from drivetrain.bootstrap.keys import NewKey, create_key
from drivetrain.core.errors import InvalidInputError
from drivetrain.settings import Settings


def make(home: Path, name: str) -> NewKey:
    return create_key(
        Settings(),
        Home(home),
        MemoryKeyStore(FixedClock()),
        name=name,
        grants=["viewer"],
        days=None,
        actor="admin",
    )


@pytest.mark.parametrize(
    "name", ["up", " Up ", "guard rail", "GATE", "platform", "settings", "root (command line)"]
)
def test_no_key_speaks_in_the_history_as_the_platform(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        make(tmp_path, name)
    assert raised.value.code == "keys.bad_name"


@pytest.mark.parametrize("name", ["shop", "upstream", "our gate at the airport"])
def test_other_names_are_free(tmp_path: Path, name: str) -> None:
    assert make(tmp_path, name).record.name == name
