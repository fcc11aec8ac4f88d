"""The dataset store against real processes and a real disk: killed, crowded, full; and with the real table."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from drivetrain.adapters.disk.datasets import DatasetStore
from drivetrain.rental.price.model.dataset import RENTAL_PRICING

NAME = RENTAL_PRICING.name
OPEN_STORE = """
import sys
from pathlib import Path
from drivetrain.adapters.disk.datasets import DatasetStore
from drivetrain.core.errors import UnavailableError
from drivetrain.rental.price.model.dataset import RENTAL_PRICING
store = DatasetStore(Path(sys.argv[1]), [RENTAL_PRICING])
"""
GENERATE = OPEN_STORE + "store.generate('rental-pricing', rows=int(sys.argv[2]), seed=int(sys.argv[3]))"
GENERATE_ON_A_FULL_DISK = (
    OPEN_STORE
    + """
try:
    store.generate('rental-pricing', rows=50_000, seed=1)
except UnavailableError as error:
    print(error.code)
"""
)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "datasets"


@pytest.fixture
def store(folder):
    return DatasetStore(folder, [RENTAL_PRICING])


def python(code, *arguments, **options):
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], **options)


def wait_for_bytes(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not (path.exists() and path.stat().st_size):
        assert time.monotonic() < deadline, "the other process never began to write"
        time.sleep(0.01)


def test_a_process_killed_while_writing_leaves_no_table_and_no_lock(store, folder):
    killed = python(GENERATE, folder, 1_000_000_000, 1)
    try:
        wait_for_bytes(folder / NAME / ".incoming" / "table.csv")
    finally:
        killed.kill()
        killed.wait()
    assert store.history(NAME) == ()
    assert store.generate(NAME, rows=10, seed=1) == store.current(NAME)


def test_processes_that_add_at_once_all_keep_their_table(store, folder):
    crowd = [python(GENERATE, folder, 1_000, seed) for seed in range(4)]
    assert [process.wait(timeout=100) for process in crowd] == [0, 0, 0, 0]
    kept = store.history(NAME)
    assert len({reference.sha256 for reference in kept}) == 4
    assert [reference.path.parent.name[:6] for reference in kept] == ["000004", "000003", "000002", "000001"]


def test_a_full_disk_is_named_and_keeps_the_current_table(store, folder):
    """A limit on the size of a file stands in for the end of the disk: the same write fails in the same place."""
    before = store.generate(NAME, rows=10, seed=1)
    full = python(
        GENERATE_ON_A_FULL_DISK,
        folder,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)),
    )
    answer, _ = full.communicate(timeout=100)
    assert answer.strip() == "data.disk_full"
    assert store.current(NAME) == before
    assert not (folder / NAME / ".incoming").exists()


@pytest.mark.real_table
def test_the_real_table_is_found_kept_as_real_and_has_the_published_header(store):
    data_dir = os.environ.get("DRIVETRAIN_DATA_DIR")
    if not data_dir:
        pytest.skip("DRIVETRAIN_DATA_DIR names no folder with the real tables")
    file = store.find(NAME, [Path(data_dir)])
    if file is None:
        pytest.skip(f"no rental prices in {data_dir}")
    reference = store.add(
        NAME, file, source=RENTAL_PRICING.source, licence=RENTAL_PRICING.licence, is_synthetic=False
    )
    assert not reference.is_synthetic
    assert reference.path.read_text(encoding="utf-8").splitlines()[0].split(",") == list(
        RENTAL_PRICING.header
    )
