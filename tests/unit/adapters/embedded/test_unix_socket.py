"""Where the socket goes, whatever the home is called."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.adapters.embedded.unix_socket import LONGEST_PATH, SOCKET_NAME, socket_folder_for, socket_url


def test_a_short_home_keeps_its_socket() -> None:
    assert socket_folder_for(Path("/srv/drivetrain/postgres")) == Path("/srv/drivetrain/postgres/socket")


@pytest.mark.parametrize(
    "folder",
    [
        "/srv/" + "x" * 100,  # too long for a socket address
        "/srv/" + "ü" * 45,  # short in characters, too long in bytes
        "/srv/a,b",  # PostgreSQL and libpq read a comma as the end of a folder
        '/srv/a"b',  # a quote begins a quoted folder
    ],
)
def test_a_home_that_does_not_fit_gets_a_folder_of_its_own_in_the_temporary_directory(folder: str) -> None:
    chosen = socket_folder_for(Path(folder))

    assert chosen.parent == Path(tempfile.gettempdir()).resolve()
    assert chosen == socket_folder_for(Path(folder))
    assert chosen != socket_folder_for(Path(folder + "2"))


@given(
    st.text(st.characters(blacklist_characters="/\0", blacklist_categories=("Cs",)), min_size=1, max_size=200)
)
def test_the_socket_path_always_fits_and_the_url_leads_back_to_it(name: str) -> None:
    folder = socket_folder_for(Path("/home") / name)

    assert len(os.fsencode(folder / SOCKET_NAME)) <= LONGEST_PATH
    assert parse_qs(urlsplit(socket_url(folder, "drivetrain")).query)["host"] == [str(folder)]
