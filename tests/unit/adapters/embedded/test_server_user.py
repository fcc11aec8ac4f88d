"""What changes on disk so that another user can run the server: as little as possible."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from drivetrain.adapters.embedded.server_user import ServerUser, user_for
from drivetrain.core.errors import UnavailableError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
STRANGER = ServerUser(uid=54_321, gid=54_321)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@as_root
def test_a_closed_folder_above_the_data_gets_the_traverse_bit_and_nothing_else(tmp_path: Path) -> None:
    closed, readable = tmp_path / "closed", tmp_path / "closed" / "readable"
    readable.mkdir(parents=True)
    closed.chmod(0o700)
    readable.chmod(0o755)

    STRANGER.let_through(readable)

    assert (_mode(closed), _mode(readable)) == (0o701, 0o755)


@as_root
def test_a_folder_of_the_same_group_is_opened_for_the_group_because_others_would_not_apply(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o700)
    os.chown(folder, 0, STRANGER.gid)

    STRANGER.let_through(folder)

    assert _mode(folder) == 0o710


@as_root
def test_root_runs_the_server_as_the_owner_of_existing_data(tmp_path: Path) -> None:
    os.chown(tmp_path, STRANGER.uid, STRANGER.gid)

    assert user_for(tmp_path) == STRANGER


@as_root
def test_programs_installed_with_a_strict_umask_become_readable_for_the_server(tmp_path: Path) -> None:
    for name, mode in (("bin/postgres", 0o700), ("share/postgres.bki", 0o600)):
        path = tmp_path / name
        path.parent.mkdir(mode=0o700)
        path.touch()
        path.chmod(mode)

    STRANGER.let_read_programs(tmp_path)

    assert [_mode(tmp_path / name) for name in ("bin", "bin/postgres", "share/postgres.bki")] == [
        0o705,
        0o705,
        0o604,
    ]


def test_a_private_folder_is_closed_to_others(tmp_path: Path) -> None:
    ourselves = ServerUser(os.geteuid(), os.getegid())
    (tmp_path / "open").mkdir(mode=0o777)

    for name in ("new", "open"):
        ourselves.make_private_folder(tmp_path / name)
        assert _mode(tmp_path / name) == 0o700


def test_a_link_in_place_of_a_private_folder_is_refused_and_its_target_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    target.chmod(0o755)
    (tmp_path / "link").symlink_to(target)

    with pytest.raises(UnavailableError, match="belongs to another user"):
        ServerUser(os.geteuid(), os.getegid()).make_private_folder(tmp_path / "link")
    assert _mode(target) == 0o755
