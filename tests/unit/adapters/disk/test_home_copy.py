"""Files of a home that changes meanwhile: what was there before or after is in the copy."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from drivetrain.adapters.disk import home_copy
from drivetrain.adapters.disk.home_copy import copy_files, copy_settled, size_of_files
from drivetrain.core.errors import UnavailableError
from drivetrain.core.progress import SilentProgress

SILENT = SilentProgress()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    for name in (
        "artifacts/1/model.txt",
        "spool/a.open.jsonl",
        "run/up.lock",
        "run/report.json",
        "secrets/pepper.key",
    ):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(name)
    (home / "datasets").mkdir()
    (home / "datasets" / ".lock").write_text("")
    (home / "datasets" / ".table.csv.1-2.unfinished").write_text("half")
    return home


def copied(target: Path) -> dict[str, str]:
    return {
        path.relative_to(target).as_posix(): path.read_text() for path in target.rglob("*") if path.is_file()
    }


def test_whole_files_are_copied_and_nothing_that_is_left_out(home: Path, tmp_path: Path) -> None:
    gone = copy_files(home, tmp_path / "copy", leave_out={"run", "secrets"}, progress=SILENT)
    assert gone == 0
    assert copied(tmp_path / "copy") == {
        "artifacts/1/model.txt": "artifacts/1/model.txt",
        "spool/a.open.jsonl": "spool/a.open.jsonl",
    }
    assert size_of_files(home, leave_out={"run", "secrets"}) == len(
        "artifacts/1/model.txt" + "spool/a.open.jsonl"
    )


def test_only_the_owner_can_read_the_copy(home: Path, tmp_path: Path) -> None:
    (home / "artifacts/1/model.txt").chmod(0o644)
    copy_files(home, tmp_path / "copy", leave_out=(), progress=SILENT)
    assert stat.S_IMODE((tmp_path / "copy/artifacts/1/model.txt").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "copy/artifacts").stat().st_mode) == 0o700


def test_a_second_pass_adds_what_is_new_and_keeps_what_was_removed(home: Path, tmp_path: Path) -> None:
    copy_files(home, tmp_path / "copy", leave_out={"run", "secrets"}, progress=SILENT)
    (home / "spool/a.open.jsonl").unlink()  # its decisions are in the ledger by now
    (home / "artifacts/2").mkdir()
    (home / "artifacts/2/model.txt").write_text("second")
    (home / "artifacts/1/model.txt").write_text("first, longer than it was")
    copy_files(home, tmp_path / "copy", leave_out={"run", "secrets"}, progress=SILENT)
    assert copied(tmp_path / "copy") == {
        "artifacts/1/model.txt": "first, longer than it was",
        "artifacts/2/model.txt": "second",
        "spool/a.open.jsonl": "spool/a.open.jsonl",
    }


def test_files_written_after_the_database_was_copied_stay_out(home: Path, tmp_path: Path) -> None:
    """They were made of rows that the copy does not have."""
    os.utime(home / "artifacts/1/model.txt", (2_000.0, 2_000.0))
    os.utime(home / "spool/a.open.jsonl", (1_000.0, 1_000.0))
    copy_files(home, tmp_path / "copy", leave_out={"run", "secrets"}, progress=SILENT, until_s=1_500.0)
    assert copied(tmp_path / "copy").keys() == {"spool/a.open.jsonl"}


def test_a_file_renamed_meanwhile_is_copied_under_its_new_name(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that claims a file of the spool renames it: one pass may see neither name."""
    copy, names = home_copy._copy, iter(["b.taken.jsonl"])

    def renamed_first(file: Path, target: Path, until_s: float) -> None:
        if file.name == "a.open.jsonl" and (name := next(names, None)):
            file.rename(file.with_name(name))
        copy(file, target, until_s)

    monkeypatch.setattr(home_copy, "_copy", renamed_first)
    copy_settled(home, tmp_path / "copy", leave_out={"run", "secrets"}, progress=SILENT)
    assert "spool/b.taken.jsonl" in copied(tmp_path / "copy")


def test_files_that_never_settle_are_said_so(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(file: Path, target: Path, until_s: float) -> None:
        raise FileNotFoundError(file)

    monkeypatch.setattr(home_copy, "_copy", gone)
    with pytest.raises(UnavailableError) as refused:
        copy_settled(home, tmp_path / "copy", leave_out=(), progress=SILENT)
    assert refused.value.code == "backup.unsettled"
