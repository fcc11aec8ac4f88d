"""Giving memory back to the system that an allocator keeps for later."""

from __future__ import annotations

import ctypes
import gc
import sys

ARENAS = "MALLOC_ARENA_MAX"
"""glibc keeps an arena for each thread, up to eight a core, and what one frees the others do not use."""

FEW_ARENAS = "2"


def give_back() -> None:
    """Collect garbage, and give whole free pages back; call it after something large was read and let go of."""
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl does not
        if trim is not None:
            trim(0)
