"""Ending with the parent process, however it ends: an orphan works for nobody."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

ORPHAN_GRACE_S = 10.0
"""How long an orphan may take to end by SIGTERM before it ends itself the hard way."""

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent_pid: int, signum: signal.Signals) -> None:
    """In a child process, before anything else: end when the parent is gone, even by ``kill -9``.

    On Linux the kernel sends the signal the moment the thread that started the child ends. A daemon thread looks
    once a second as well: for other systems, and to end a child that has not finished ``ORPHAN_GRACE_S`` after
    its signal. Set by the child itself, because ``preexec_fn`` may deadlock in a parent that has threads.

    Args:
        parent_pid: compared because the parent may have died before this call.
        signum: SIGTERM where something must be finished first, SIGKILL where nothing needs to be.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signum)
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signum)
    end_when_orphaned(parent_pid)


def end_when_orphaned(parent_pid: int) -> None:
    """In a child process that any thread of its parent may have started: end within a second or so of the parent.

    The kernel's signal would come when that thread ends, and threads of a pool end before their process.
    """
    threading.Thread(
        target=_end_when_orphaned, args=(parent_pid,), name="die-with-parent", daemon=True
    ).start()


def _end_when_orphaned(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORPHAN_GRACE_S)
    os._exit(1)
