"""``python -m bench.backups``: backups of a home of its own made, verified, restored, and damaged in random places.

A damage is a flipped bit, a cut file, a missing file or one too many; verifying has to name that file. Everything is
below a temporary folder, and gone afterwards.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from bench import report
from bench.decisions import fill_ledger
from bench.report import Figure, at_most, shown
from drivetrain.bootstrap.backups.making import BackupMade, make_backup
from drivetrain.bootstrap.backups.restoring import restore_backup
from drivetrain.bootstrap.backups.verifying import verify_backup
from drivetrain.bootstrap.home import Home
from drivetrain.bootstrap.installation import LocalInstallation
from drivetrain.core.progress import SilentProgress
from drivetrain.settings import Settings

DAMAGES, QUICK_DAMAGES = 200, 12
DECISIONS, QUICK_DECISIONS = 1_000_000, 10_000
MOST_RESTORE_S = 60

_PASSPHRASE = b"a passphrase of the bench"
_SILENT = SilentProgress()


def measure(decisions: int, damages: int, seed: int, folder: Path) -> list[Figure]:
    """Time a large backup, then damage a small one."""
    large = _settings(folder / "large")
    with _timed() as filled_s:
        _fill(large, decisions)
    with _timed() as made_s:
        made = make_backup(large, folder / "backups", _PASSPHRASE, _SILENT)
    with _timed() as verified_s:
        verified = verify_backup(made.folder, _SILENT)
    with _timed() as restored_s:
        restored = restore_backup(large, made.folder, folder / "restored", _PASSPHRASE, _SILENT)
    if not verified.is_whole or restored.kept_rows["decisions"] != decisions:
        raise AssertionError("the restored ledger is not the one that was backed up")
    small = _settings(folder / "small")
    _fill(small, 1_000)
    found, took_s = _found(make_backup(small, folder / "backups", _PASSPHRASE, _SILENT), damages, seed)
    return [
        shown("decisions, made up", [decisions], "", fill_s=filled_s()),
        shown("size of the backup", [made.manifest.size_bytes / 2**20], "MiB"),
        shown("backup", [made_s()], "s"),
        shown("verification", [verified_s()], "s"),
        at_most(
            "restore, with verification and the start of the database", [restored_s()], MOST_RESTORE_S, "s"
        ),
        Figure(
            f"of {damages} damages found and named",
            f"{found}",
            f"{damages}",
            found == damages,
            {"seed": seed},
        ),
        shown("verifications of a damaged backup, each", [took_s / damages], "s"),
    ]


def _found(made: BackupMade, damages: int, seed: int) -> tuple[int, float]:
    """How many are named, and how long looking took."""
    draw = random.Random(seed)
    kinds = [_flip, _cut, _miss, _add]
    found, took_s = 0, 0.0
    for number in range(damages):
        file = made.folder / draw.choice(made.manifest.files).path
        with kinds[number % len(kinds)](file, draw) as damaged, _timed() as looked_s:
            verified = verify_backup(made.folder, _SILENT)
        took_s += looked_s()
        name = damaged.relative_to(made.folder).as_posix()
        found += name in {damage.path for damage in verified.damages}
    if not verify_backup(made.folder, _SILENT).is_whole:
        raise AssertionError("a damage was not undone")
    return found, took_s


@contextmanager
def _flip(file: Path, draw: random.Random) -> Iterator[Path]:
    """One bit of it, for as long as the block runs; an empty file gets a byte."""
    content = file.read_bytes()
    changed = bytearray(content or b"\0")
    changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    file.write_bytes(changed)
    yield file
    file.write_bytes(content)


@contextmanager
def _cut(file: Path, draw: random.Random) -> Iterator[Path]:
    content = file.read_bytes()
    file.write_bytes(content[: draw.randrange(len(content))] if content else b"\0")
    yield file
    file.write_bytes(content)


@contextmanager
def _miss(file: Path, _: random.Random) -> Iterator[Path]:
    content = file.read_bytes()
    file.unlink()
    yield file
    file.write_bytes(content)


@contextmanager
def _add(file: Path, draw: random.Random) -> Iterator[Path]:
    another = file.with_name(f"{file.name}.{draw.randrange(10**9)}")
    another.write_bytes(b"")
    yield another
    another.unlink()


def _fill(settings: Settings, decisions: int) -> None:
    home = Home(settings.home)
    home.signer()
    home.pepper()
    with LocalInstallation(settings, home).database() as opened:
        fill_ledger(opened.url, decisions)


def _settings(home: Path) -> Settings:
    home.mkdir()
    return Settings(home=home, database_url=None)


@contextmanager
def _timed() -> Iterator[Callable[[], float]]:
    began = time.perf_counter()
    ended = began
    yield lambda: ended - began
    ended = time.perf_counter()


def main() -> int:
    """Print the figures; 0 when every target was met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="A few seconds; not for quoting.")
    parser.add_argument("--decisions", type=int)
    parser.add_argument("--damages", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="Where the temporary folder is made.")
    wanted = parser.parse_args()
    decisions = wanted.decisions or (QUICK_DECISIONS if wanted.quick else DECISIONS)
    damages = wanted.damages or (QUICK_DAMAGES if wanted.quick else DAMAGES)
    about = report.describe("none", is_quick=wanted.quick)
    with tempfile.TemporaryDirectory(prefix="drivetrain-bench-", dir=wanted.folder) as folder:
        sections = {"backups": measure(decisions, damages, wanted.seed, Path(folder))}
    about = {**about, "load_after": os.getloadavg()}
    report.show(sections, about)
    path = report.write(sections, about)
    Console(stderr=True).print(f"Written: {path}", soft_wrap=True)
    return int(any(figure.is_met is False for figure in sections["backups"]))


if __name__ == "__main__":
    sys.exit(main())
