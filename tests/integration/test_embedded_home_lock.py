"""Two platforms on one home, with real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from drivetrain.adapters.embedded.home_lock import HomeLock
from drivetrain.core.errors import ConflictError

# Holds the lock, and has a child that inherits every descriptor it can.
HOLDER = """
import subprocess, sys, time
from pathlib import Path
from drivetrain.adapters.embedded.home_lock import HomeLock
with HomeLock(Path(sys.argv[1])):
    child = subprocess.Popen(["sleep", "600"], close_fds=False, stdout=subprocess.DEVNULL)
    print(child.pid, flush=True)
    time.sleep(600)
"""


def test_a_held_home_is_refused_by_name_and_free_after_kill_9_although_a_child_lives_on(
    tmp_path: Path,
) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    grandchild = psutil.Process(int(holder.stdout.readline()))
    try:
        with (
            pytest.raises(ConflictError, match=rf"process {holder.pid} since .*DRIVETRAIN_HOME") as refused,
            HomeLock(tmp_path),
        ):
            pass
        assert refused.value.code == "home.in_use"
        seen = HomeLock(tmp_path).holder()
        assert seen is not None
        assert seen.pid == holder.pid

        holder.kill()
        holder.wait()
        assert grandchild.is_running()
        assert HomeLock(tmp_path).holder() is None
        with HomeLock(tmp_path) as lock:
            taken = lock.holder()
            assert taken is not None
            assert taken.pid == os.getpid()
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
        grandchild.kill()
