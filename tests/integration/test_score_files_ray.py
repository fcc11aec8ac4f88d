"""The same folder on Ray: bit by bit what the plain engine makes, also when a node is lost in the middle."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from pyarrow import parquet
from tests.support.trip_files import bytes_of, packed, write_rides

from drivetrain.core.errors import UnavailableError
from drivetrain.core.progress import SilentProgress
from drivetrain.trips.bulk.adapters.parquet_files import ParquetFolders, ParquetTables
from drivetrain.trips.bulk.adapters.ray_engine import RayEngine
from drivetrain.trips.bulk.application.score_files import ScoreFiles
from drivetrain.trips.bulk.application.score_fragment import PlainEngine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        importlib.util.find_spec("ray") is None, reason="needs Ray: pip install 'drivetrain[ray]'"
    ),
]
ROOT = Path(__file__).parents[2]
FILES, ROWS = 16, 2_000
DELAY_S = 0.5
"""Per fragment, so that a node that is lost is lost with a fragment in its hands."""

MODULES = os.pathsep.join((str(ROOT), str(ROOT / "src")))
"""Every node needs the same modules as the driver."""

LOCAL_RUN = """
from pathlib import Path
from drivetrain.bootstrap.installation import open_installation
from drivetrain.core.progress import SilentProgress
from drivetrain.settings import Settings
from drivetrain.trips.bulk.adapters.local import score_files
from tests.support.trip_files import packed

installation = open_installation(Settings())
done = score_files(installation, Path("in"), Path("out"), engine="ray", version=None, progress=SilentProgress(),
                   pack=lambda installation, version: packed())
print(done.rows)
"""


def score(folders, engine, model):
    return ScoreFiles(folders, engine, SilentProgress())(model)


def score_plainly(source, target, model):
    folders = ParquetFolders(source, target)
    return score(folders, PlainEngine(ParquetTables(folders.root, folders.target)), model)


@pytest.fixture
def short_folder():
    """A folder with a short path: Ray's sockets lie in it."""
    folder = Path(tempfile.mkdtemp(prefix="dt-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def cluster(short_folder, monkeypatch):
    """Two nodes on this machine, one core each; the second one is there to be lost."""
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_TMPDIR", str(short_folder))
    monkeypatch.setenv("PYTHONPATH", MODULES)
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 128 << 20, "include_dashboard": False}
    nodes = Cluster(initialize_head=True, head_node_args=node)
    nodes.add_node(**node)
    nodes.wait_for_nodes()
    yield nodes
    nodes.shutdown()


def test_a_node_is_lost_in_the_middle_and_every_row_is_there_once_bit_by_bit(cluster, tmp_path):
    source, target, marks = tmp_path / "in", tmp_path / "out", tmp_path / "marks"
    marks.mkdir()
    for number in range(FILES):
        write_rides(source / f"{number:02d}.parquet", ROWS, seed=number)
    model = packed(delay_s=DELAY_S, marks=marks)
    (second,) = cluster.worker_nodes
    lost = threading.Event()

    def lose_second_node():
        """Once it works and the run is a quarter through; its processes are killed, not asked."""
        while len(list(target.glob("*.parquet"))) < FILES // 4 or not worked(marks, second.node_id):
            time.sleep(0.02)
        cluster.remove_node(second, allow_graceful=False)
        lost.set()

    threading.Thread(target=lose_second_node, daemon=True).start()
    folders = ParquetFolders(source, target)
    done = score(folders, RayEngine(folders.root, folders.target, address=cluster.address), model)

    assert lost.is_set(), "the node was to be lost during the run"
    assert done.rows == FILES * ROWS
    ids = parquet.read_table(target).column("trip_id")
    assert len(ids) == len(ids.unique()) == FILES * ROWS
    marks_of_plain = packed(delay_s=0.0)
    score_plainly(source, tmp_path / "plain", marks_of_plain)
    assert figures(target) == figures(tmp_path / "plain")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "auto", "nowhere.invalid:6379"])
def test_a_cluster_that_is_not_there_is_said_so_within_seconds(tmp_path, address):
    write_rides(tmp_path / "in/a.parquet", 10)
    folders = ParquetFolders(tmp_path / "in", tmp_path / "out")
    with pytest.raises(UnavailableError) as missing:
        score(folders, RayEngine(folders.root, folders.target, address=address), packed())
    assert missing.value.code == "trips.ray_unreachable"
    assert address in missing.value.detail
    assert bytes_of(tmp_path / "out") == {}


def worked(marks, node_id):
    return any(path.name.startswith(node_id) for path in marks.iterdir())


def figures(folder):
    """Every table of a folder, by name; hidden files would be leftovers."""
    names = [name for name in bytes_of(folder) if name != "_scored.json"]
    return {name: parquet.read_table(folder / name).replace_schema_metadata() for name in names}


def test_a_local_run_makes_the_identical_folder_and_leaves_nothing_behind(tmp_path, short_folder):
    for number in range(3):
        write_rides(tmp_path / f"in/{number}.parquet", 1_000, seed=number)
    score_plainly(tmp_path / "in", tmp_path / "plain", packed())
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "DRIVETRAIN_"))}
    environment = {**kept, "HOME": str(home), "TMPDIR": str(short_folder), "PYTHONPATH": MODULES}
    command = [sys.executable, "-c", LOCAL_RUN]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (done.stdout, done.stderr) == ("3000\n", ""), "Ray is to be quiet"
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "plain")
    assert list(home.iterdir()) == []
    assert list(short_folder.iterdir()) == []
